from django.apps import AppConfig


class OrdersConfig(AppConfig):
    name = "zhanggui.orders"
    label = "orders"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from zhanggui.orders import (  # noqa: F401, PLC0415
            bulk,
            events,
            listeners,
            mark_rules,
            menu,
            policies,
            wording,
        )
