from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "zhanggui.people"
    label = "people"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from zhanggui.people import menu  # noqa: F401, PLC0415 - hangs its entries up
