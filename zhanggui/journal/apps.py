from django.apps import AppConfig


class JournalConfig(AppConfig):
    name = "zhanggui.journal"
    label = "journal"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from zhanggui.journal import menu  # noqa: F401, PLC0415
