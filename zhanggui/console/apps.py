from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    name = "zhanggui.console"
    label = "console"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from zhanggui.console import menu, wording  # noqa: F401, PLC0415
