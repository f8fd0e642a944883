"""Addresses of the room `freight`."""

from django.urls import URLPattern

app_name = "freight"
urlpatterns: list[URLPattern] = []
