"""Addresses of the room `shops`."""

from django.urls import path

from zhanggui.shops.views import shops

app_name = "shops"
urlpatterns = [
    path("shops/", shops.index, name="shops"),
    path("shops/new/", shops.new, name="new"),
    path("shops/<str:code>/", shops.shop, name="shop"),
    path("shops/<str:code>/details/", shops.details, name="details"),
    path("shops/<str:code>/closing/", shops.closing, name="closing"),
    path("shops/<str:code>/settings/<str:name>/", shops.values, name="setting"),
    path("shops/<str:code>/coming/<int:pk>/removal/", shops.coming_removal, name="coming-removal"),
]
