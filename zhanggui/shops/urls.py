"""Addresses of the room `shops`."""

from django.urls import URLPattern

app_name = "shops"
urlpatterns: list[URLPattern] = []
