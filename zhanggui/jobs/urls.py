"""Addresses of the room `jobs`."""

from django.urls import path, re_path

from zhanggui.jobs import views

app_name = "jobs"
urlpatterns = [
    path("jobs/", views.index, name="list"),
    path("jobs/drawer/", views.drawer, name="drawer"),
    path("jobs/<int:pk>/", views.show, name="show"),
    path("jobs/<int:pk>/", views.show, name="detail"),
    path("jobs/<int:pk>/result.csv", views.result, name="result"),
    re_path(
        r"^jobs/(?P<pk>[0-9]{1,18})/(?P<verb>cancellation|pause|resumption|undoing)/$",
        views.stop,
        name="stop",
    ),
]
