"""The addresses of this room: offers and all that belongs to them lie under /offers/."""

from django.urls import path

from zhanggui.promotions.views import (
    auctions,
    conflicts,
    coupons,
    editor,
    listing,
    offer,
    red_packets,
    simulator,
)

app_name = "promotions"
_ONE = "offers/<int:pk>/"
_AUCTION = "offers/auctions/<int:pk>/"
_ISSUE = "offers/red-packets/<int:pk>/"
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
    path("offers/auctions/", auctions.index, name="auctions"),
    path("offers/auctions/new/", auctions.new, name="auction-new"),
    path(_AUCTION, auctions.auction, name="auction"),
    path(f"{_AUCTION}edit/", auctions.edit, name="auction-edit"),
    path(f"{_AUCTION}publication/", auctions.publication, name="auction-publication"),
    path(f"{_AUCTION}stop/", auctions.stop, name="auction-stop"),
    path(f"{_AUCTION}repeats/", auctions.repeats, name="auction-repeats"),
    path("offers/red-packets/", red_packets.index, name="red-packets"),
    path("offers/red-packets/new/", red_packets.new, name="red-packet-new"),
    path(_ISSUE, red_packets.issue, name="red-packet-issue"),
    path(f"{_ISSUE}approval/", red_packets.approval, name="red-packet-approval"),
    path(f"{_ISSUE}grants/", red_packets.grants, name="red-packet-grants"),
    path(f"{_ISSUE}revocations/", red_packets.revocations, name="red-packet-revocations"),
    path(f"{_ISSUE}stop/", red_packets.stop, name="red-packet-stop"),
    path(_ONE, offer.offer, name="offer"),
    path(f"{_ONE}edit/", editor.edit, name="edit"),
    path(f"{_ONE}review/", offer.review, name="review"),
    path(f"{_ONE}approval/", offer.approval, name="approval"),
    path(f"{_ONE}return/", offer.send_back, name="return"),
    path(f"{_ONE}stop/", offer.stop, name="stop"),
    path(f"{_ONE}copy/", offer.copy, name="copy"),
    path(f"{_ONE}coupons/", coupons.coupons, name="coupons"),
    path(f"{_ONE}coupons.csv", coupons.table, name="coupons-csv"),
    path(f"{_ONE}coupons/given/", coupons.given, name="coupons-given"),
]
