from django.apps import AppConfig


class CustomersConfig(AppConfig):
    name = "zhanggui.customers"
    label = "customers"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from zhanggui.customers import wording  # noqa: F401, PLC0415 - names its lines in the daybook
