"""The addresses of this room."""

from django.urls import URLPattern

app_name = "storefront"

urlpatterns: list[URLPattern] = []
