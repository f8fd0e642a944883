"""Addresses of the room `freight`."""

from django.urls import path

from zhanggui.freight.views import carriers, costs, quotes, shops, surcharges, tables

app_name = "freight"
_SHOP = "freight/shops/<str:code>/"
urlpatterns = [
    path("freight/", shops.index, name="shops"),
    path("freight/regions/", shops.region_list, name="regions"),
    path(_SHOP, shops.shop, name="shop"),
    path(f"{_SHOP}tables/", tables.usual, name="tables-usual"),
    path(f"{_SHOP}tables/new/", tables.new, name="table-new"),
    path(f"{_SHOP}tables/<int:pk>/", tables.table, name="table"),
    path(f"{_SHOP}tables/<int:pk>/copy/", tables.copy, name="table-copy"),
    path(f"{_SHOP}tables/<int:pk>/default/", tables.default, name="table-default"),
    path(f"{_SHOP}tables/<int:pk>/removal/", tables.removal, name="table-removal"),
    path(f"{_SHOP}surcharges/new/", surcharges.new, name="surcharge-new"),
    path(f"{_SHOP}surcharges/<int:pk>/", surcharges.surcharge, name="surcharge"),
    path(f"{_SHOP}surcharges/<int:pk>/removal/", surcharges.removal, name="surcharge-removal"),
    path("freight/quotes/", quotes.index, name="quotes"),
    path("freight/quotes/new/", quotes.tester, name="tester"),
    path("freight/quotes/<str:key>/", quotes.quote, name="quote"),
    path("freight/costs/", costs.index, name="costs"),
    path("freight/costs/<int:pk>/answer/", costs.answer, name="cost-answer"),
    path("freight/carriers/", carriers.index, name="carriers"),
    path("freight/carriers/<str:code>/", carriers.carrier, name="carrier"),
]
