"""The demo's own shops: all goods pass the gate as they stand, and the buyer has a history to look at."""

import pytest

from zhanggui.catalog import gate
from zhanggui.catalog.models import Listing
from zhanggui.catalog.queries.goods import dossiers, usual_rules
from zhanggui.checkout.models import Payment
from zhanggui.connect.models import PayBill
from zhanggui.freight.models import Zone
from zhanggui.kit.clock import now
from zhanggui.ledger.books import unbalanced
from zhanggui.orders.models import Order
from zhanggui.promotions.models import Auction, Bid, Offer
from zhanggui.reviews.models import Review
from zhanggui.shops.models import Platform
from zhanggui.site.demo import fill
from zhanggui.stock.queries import unexplained

pytestmark = pytest.mark.django_db


def test_everything_in_its_window_can_be_edited_and_bought(settings, tmp_path):
    settings.HOME = tmp_path
    fill(now())
    checked = dossiers(Listing.objects.values_list("product_id", flat=True))
    assert checked
    assert {pk: gate.failing(gate.examine(one, usual_rules())) for pk, one in checked.items()} == {
        pk: [] for pk in checked
    }
    assert not Listing.objects.exclude(troubles=[]).exists()
    ours = Order.objects.filter(shop__platform=Platform.OWN, buyer__nick="江边散步")
    states = list(ours.values_list("state", flat=True))
    assert {"unpaid", "paid", "shipped", "finished", "closed_unpaid"} <= set(states), states
    assert Payment.objects.filter(state="paid").exists()
    assert Review.objects.exclude(answer="").count() >= 2
    assert Offer.objects.filter(state="ended").exists()
    assert ours.get(state="closed_refunded").money_backs.get().state == "done"
    auction = Auction.objects.filter(state="live").order_by("pk")[0]
    assert (auction.bids_count, auction.bids.count()) == (6, 6)
    assert auction.bids.filter(buyer__nick="江边散步").exists()
    assert [bill.differences.count() for bill in PayBill.objects.order_by("day")] == [0, 1]
    assert PayBill.objects.latest("day").back_fen > 0
    homes = Zone.objects.filter(template__shop__platform=Platform.OWN, ask_first=False)
    assert not homes.filter(add_fen=None).exists()
    assert (unbalanced(), unexplained()) == ([], [])
    before = (Order.objects.count(), Bid.objects.count(), PayBill.objects.count())
    fill(now())
    assert (Order.objects.count(), Bid.objects.count(), PayBill.objects.count()) == before
