from django.apps import AppConfig


class StorefrontConfig(AppConfig):
    name = "zhanggui.storefront"
    label = "storefront"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from zhanggui.reviews import shown  # noqa: PLC0415
        from zhanggui.storefront import menu, places, policies, telling  # noqa: F401, PLC0415 - hung at start

        places.fill(places.STANDING, shown.standing)
        places.fill(places.REVIEWS, shown.of_product)
