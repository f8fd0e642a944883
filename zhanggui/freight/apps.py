from django.apps import AppConfig


class FreightConfig(AppConfig):
    name = "zhanggui.freight"
    label = "freight"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from zhanggui.freight import menu, policies  # noqa: F401, PLC0415
