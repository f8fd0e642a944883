"""Every address of the house."""

from django.urls import include, path

from zhanggui.kit import pictures

urlpatterns = [
    path("pictures/<str:name>", pictures.serve, name="picture"),
    path("", include("zhanggui.storefront.urls")),  # first: buyers are many, and addresses are tried in order
    path("", include("zhanggui.console.urls")),
    path("", include("zhanggui.people.urls")),
    path("", include("zhanggui.shops.urls")),
    path("", include("zhanggui.orders.urls")),
    path("", include("zhanggui.freight.urls")),
    path("", include("zhanggui.jobs.urls")),
    path("", include("zhanggui.journal.urls")),
    path("", include("zhanggui.connect.urls")),
    path("", include("zhanggui.catalog.urls")),
    path("", include("zhanggui.stock.urls")),
    path("", include("zhanggui.promotions.urls")),
    path("", include("zhanggui.checkout.urls")),
    path("", include("zhanggui.reviews.urls")),
]

handler400 = "zhanggui.kit.errors.bad_request"
handler403 = "zhanggui.kit.errors.forbidden"
handler404 = "zhanggui.kit.errors.not_found"
handler500 = "zhanggui.kit.errors.server_error"
