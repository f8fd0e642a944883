from django.apps import AppConfig


class FreightConfig(AppConfig):
    name = "zhanggui.freight"
    label = "freight"
    default_auto_field = "django.db.models.BigAutoField"
