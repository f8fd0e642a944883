from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "zhanggui.catalog"
    label = "catalog"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from zhanggui.catalog import bulk, listeners, menu, policies, regating, telling  # noqa: F401, PLC0415
