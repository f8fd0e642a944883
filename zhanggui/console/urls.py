"""Addresses of the room `console`."""

from django.urls import path

from zhanggui.console.views import home, looks

app_name = "console"
urlpatterns = [
    path("", home.show, name="home"),
    path("looks/", looks.create, name="looks"),
]
