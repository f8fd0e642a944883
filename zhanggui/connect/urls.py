"""Addresses of the room `connect`."""

from django.urls import URLPattern

app_name = "connect"
urlpatterns: list[URLPattern] = []
