from django.apps import AppConfig


class ShopsConfig(AppConfig):
    name = "zhanggui.shops"
    label = "shops"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from zhanggui.people import scopes  # noqa: PLC0415
        from zhanggui.shops import events, menu, queries  # noqa: F401, PLC0415 - the menu hangs its entries up

        scopes.tell(queries.all_scopes)
