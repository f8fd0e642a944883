"""Addresses of the room `console`."""

from django.urls import path

from zhanggui.console.views import acts, drafts, home, keys, looks, notices, palette, style, tiles, views

app_name = "console"
urlpatterns = [
    path("", home.show, name="home"),
    path("looks/", looks.create, name="looks"),
    path("palette/", palette.palette, name="palette"),
    path("keys/", keys.sheet, name="keys"),
    path("drafts/", drafts.drafts, name="drafts"),
    path("acts/", acts.acts, name="acts"),
    path("notices/", notices.notices, name="notices"),
    path("views/", views.views, name="views"),
    path("views/<int:pk>/", views.change, name="view"),
    path("views/<int:pk>/deletion/", views.delete, name="view-delete"),
    path("views/<int:pk>/count/", views.count, name="view-count"),
    path("tiles/orders/", tiles.orders, name="tile-orders"),
    path("tiles/jobs/", tiles.jobs, name="tile-jobs"),
    path("tiles/acts/", tiles.acts, name="tile-acts"),
    path("style/", style.style, name="style"),
]
