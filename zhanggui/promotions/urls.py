"""The addresses of this room: offers and all that belongs to them lie under /offers/."""

from django.urls import path

from zhanggui.promotions.views import conflicts, editor, listing, offer, simulator

app_name = "promotions"
_ONE = "offers/<int:pk>/"
urlpatterns = [
    path("offers/", listing.index, name="offers"),
    path("offers/calendar/", listing.calendar, name="calendar"),
    path("offers/new/", editor.choose, name="new"),
    path("offers/new/<slug:kind>/", editor.new, name="new-kind"),
    path("offers/words/<slug:kind>/", editor.words, name="words"),
    path("offers/goods/", editor.goods, name="goods"),
    path("offers/simulator/", simulator.simulator, name="simulator"),
    path("offers/conflicts/", conflicts.index, name="conflicts"),
    path("offers/conflicts/jobs/", conflicts.search, name="conflict-search"),
    path(_ONE, offer.offer, name="offer"),
    path(f"{_ONE}edit/", editor.edit, name="edit"),
    path(f"{_ONE}review/", offer.review, name="review"),
    path(f"{_ONE}approval/", offer.approval, name="approval"),
    path(f"{_ONE}return/", offer.send_back, name="return"),
    path(f"{_ONE}stop/", offer.stop, name="stop"),
    path(f"{_ONE}copy/", offer.copy, name="copy"),
]
