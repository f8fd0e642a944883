"""The addresses of this room, in sections; each section is sorted."""

from django.urls import URLPattern, path

from zhanggui.storefront.urls_buying import BUYING
from zhanggui.storefront.views import (
    auctions,
    categories,
    coupons,
    home,
    plaza,
    product,
    search,
    sharing,
    waits,
)
from zhanggui.storefront.views.decoration import assets, editor, face, looks, notices

app_name = "storefront"

urlpatterns: list[URLPattern] = [
    # the window
    path("s/", plaza.show, name="plaza"),
    path("s/<slug:code>/", home.show, name="home"),
    path("s/<slug:code>/auctions/", auctions.index, name="auctions"),
    path("s/<slug:code>/auctions/<int:pk>/", auctions.show, name="auction"),
    path("s/<slug:code>/auctions/<int:pk>/bids/", auctions.bid, name="auction-bids"),
    path("s/<slug:code>/auctions/<int:pk>/deposit/", auctions.deposit, name="auction-deposit"),
    path("s/<slug:code>/categories/", categories.show, name="categories"),
    path("s/<slug:code>/coupons/", coupons.index, name="shop-coupons"),
    path("s/<slug:code>/coupons/<int:pk>/", coupons.take, name="shop-coupon"),
    path("s/<slug:code>/goods/<int:pk>/", product.show, name="product"),
    path("s/<slug:code>/goods/<int:pk>/share/", sharing.show, name="share"),
    path("s/<slug:code>/search/", search.of_shop, name="search"),
    path("search/", search.of_house, name="search-all"),
    # buying
    *BUYING,
    # what is waited for
    path("waits/", waits.wanted, name="wanted"),
    # decoration
    path("decoration/", face.index, name="decorations"),
    path("decoration/<slug:code>/", looks.index, name="decoration"),
    path("decoration/<slug:code>/face/", face.face, name="face"),
    path("decoration/<slug:code>/looks/<int:pk>/", looks.look, name="look"),
    path("decoration/<slug:code>/looks/<int:pk>/blocks/", editor.add, name="blocks"),
    path("decoration/<slug:code>/looks/<int:pk>/blocks/<slug:key>/", editor.change, name="block"),
    path("decoration/<slug:code>/looks/<int:pk>/blocks/<slug:key>/place/", editor.move, name="block-place"),
    path(
        "decoration/<slug:code>/looks/<int:pk>/blocks/<slug:key>/removal/",
        editor.remove,
        name="block-removal",
    ),
    path("decoration/<slug:code>/looks/<int:pk>/copy/", looks.copy, name="look-copy"),
    path("decoration/<slug:code>/looks/<int:pk>/publication/", looks.publication, name="look-publication"),
    path("decoration/<slug:code>/looks/<int:pk>/removal/", looks.removal, name="look-removal"),
    path("decoration/<slug:code>/looks/<int:pk>/withdrawal/", looks.withdrawal, name="look-withdrawal"),
    path("decoration/<slug:code>/notices/", notices.index, name="notices"),
    path("decoration/<slug:code>/notices/<int:pk>/", notices.notice, name="notice"),
    path("decoration/<slug:code>/notices/<int:pk>/removal/", notices.removal, name="notice-removal"),
    path("decoration/<slug:code>/pictures/", assets.index, name="pictures"),
    path("decoration/<slug:code>/pictures/<int:pk>/removal/", assets.removal, name="picture-removal"),
]
