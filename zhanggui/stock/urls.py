"""The addresses of this room."""

from django.urls import path

from zhanggui.stock.views import shelves

app_name = "stock"

urlpatterns = [
    path("stock/", shelves.index, name="shelves"),
    path("stock/balances/<int:pk>/safety/", shelves.safety, name="safety"),
    path("stock/skus/<int:pk>/quota/", shelves.quota, name="quota"),
]
