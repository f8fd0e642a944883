from django.apps import AppConfig


class ReviewsConfig(AppConfig):
    name = "zhanggui.reviews"
    label = "reviews"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from zhanggui.reviews import listeners, menu, policies, words  # noqa: F401, PLC0415
