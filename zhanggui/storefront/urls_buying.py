"""The addresses of a buyer's own pages, by what they are about."""

from django.urls import URLPattern, path

from zhanggui.storefront.views import (
    account,
    addresses,
    cart,
    checkout,
    favourites,
    orders,
    pay,
    purse,
    waits,
)

BUYING: list[URLPattern] = [
    # the account
    path("buyer/sign-in/", account.sign_in, name="sign-in"),
    path("buyer/register/", account.register, name="register"),
    path("buyer/sign-out/", account.sign_out, name="sign-out"),
    path("my/", account.mine, name="my"),
    path("my/password/", account.password, name="my-password"),
    # addresses
    path("my/addresses/", addresses.index, name="addresses"),
    path("my/addresses/new/", addresses.new, name="address-new"),
    path("my/addresses/<str:key>/", addresses.edit, name="address"),
    path("my/addresses/<str:key>/default/", addresses.default, name="address-default"),
    path("my/addresses/<str:key>/removal/", addresses.drop, name="address-removal"),
    # cart, checkout, paying
    path("cart/", cart.index, name="cart"),
    path("cart/changes/", cart.changes, name="cart-changes"),
    path("cart/lines/", cart.lines, name="cart-lines"),
    path("checkout/", checkout.checkout, name="checkout"),
    path("pay/", pay.choose, name="pay"),
    path("pay/<str:number>/", pay.payment, name="payment"),
    # orders
    path("my/orders/", orders.index, name="my-orders"),
    path("my/orders/<str:number>/", orders.order, name="my-order"),
    path("my/orders/<str:number>/again/", orders.again, name="my-order-again"),
    path("my/orders/<str:number>/cancellation/", orders.cancellation, name="my-order-cancellation"),
    path("my/orders/<str:number>/confirmation/", orders.confirmation, name="my-order-confirmation"),
    path("my/orders/<str:number>/extension/", orders.extension, name="my-order-extension"),
    path("my/orders/<str:number>/receiver/", orders.receiver, name="my-order-receiver"),
    path("my/orders/<str:number>/refund/", orders.refund, name="my-order-refund"),
    # purse and favourites
    path("my/coupons/", purse.coupons, name="coupons"),
    path("my/red-packets/", purse.red_packets, name="red-packets"),
    path("my/waits/", waits.index, name="waits"),
    path("my/waits/<int:pk>/removal/", waits.forget, name="wait-removal"),
    path("my/favourites/", favourites.index, name="favourites"),
    path("my/favourites/<int:pk>/", favourites.like, name="favourite"),
]
