from django.apps import AppConfig


class StockConfig(AppConfig):
    name = "zhanggui.stock"
    label = "stock"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from zhanggui.stock import menu, telling  # noqa: F401, PLC0415
