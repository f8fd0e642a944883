from django.apps import AppConfig


class StorefrontConfig(AppConfig):
    name = "zhanggui.storefront"
    label = "storefront"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from zhanggui.storefront import menu, policies  # noqa: F401, PLC0415 - hung at start
