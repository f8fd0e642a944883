from django.apps import AppConfig


class CheckoutConfig(AppConfig):
    name = "zhanggui.checkout"
    label = "checkout"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from zhanggui.checkout import events, listeners, menu, policies, telling  # noqa: F401, PLC0415
