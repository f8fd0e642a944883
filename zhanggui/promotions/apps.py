from django.apps import AppConfig


class PromotionsConfig(AppConfig):
    name = "zhanggui.promotions"
    label = "promotions"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from zhanggui.promotions import conflict_job, events, menu, policies, telling  # noqa: F401, PLC0415
