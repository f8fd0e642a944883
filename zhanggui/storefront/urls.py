"""The addresses of this room, in sections; each section is sorted."""

from django.urls import URLPattern, path

from zhanggui.storefront.views import categories, home, plaza, product, search

app_name = "storefront"

urlpatterns: list[URLPattern] = [
    # the window
    path("s/", plaza.show, name="plaza"),
    path("s/<slug:code>/", home.show, name="home"),
    path("s/<slug:code>/categories/", categories.show, name="categories"),
    path("s/<slug:code>/goods/<int:pk>/", product.show, name="product"),
    path("s/<slug:code>/search/", search.of_shop, name="search"),
    path("search/", search.of_house, name="search-all"),
    # buying
    # decoration
]
