"""Addresses of the room `journal`."""

from django.urls import path

from zhanggui.journal import views

app_name = "journal"
urlpatterns = [
    path("daybook/", views.search, name="daybook"),
    path("daybook/verification/", views.verify, name="verify"),
]
