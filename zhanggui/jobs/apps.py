from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "zhanggui.jobs"
    label = "jobs"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from zhanggui.jobs import menu  # noqa: F401, PLC0415
