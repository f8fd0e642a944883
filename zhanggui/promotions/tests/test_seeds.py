"""The offers a demo begins with: of each state, usable at once, laid once."""

import pytest

from tests import cast
from zhanggui.catalog.models import Listing
from zhanggui.journal.models import Entry
from zhanggui.journal.telling import told
from zhanggui.journal.words import known
from zhanggui.promotions import seeds, tasks
from zhanggui.promotions.models import Auction, Offer, OfferKind
from zhanggui.promotions.queries import live
from zhanggui.promotions.tests.offering import NOON, buyer, goods, own

pytestmark = pytest.mark.django_db


def _laid():
    shop = own()
    for n in range(5):
        sku = goods(f"SKU{n}", price=5_000 + 1_000 * n, cost=1_000)
        Listing.objects.create(shop=shop, product=sku.product, state="on", on_at=NOON)
    return seeds.lay_offers(by=cast.HOUSE, merchant=cast.merchant(), shops=[shop], at=NOON)


def test_a_handful_of_offers_of_nearly_every_kind_once():
    laid = _laid()
    assert {row.kind for row in laid} == set(OfferKind.values) - {"buy_get", "presale"}
    states = set(Offer.objects.values_list("state", flat=True))
    assert states == {"live", "scheduled", "review", "draft"}
    assert seeds.lay_offers(by=cast.HOUSE, merchant=cast.merchant(), shops=[own()], at=NOON) == []
    running = live.offers_for(cast.merchant().pk, [own().pk], at=NOON, buyer_id=buyer().pk)[own().pk]
    assert len(running) >= 7


def test_red_packets_and_auctions_are_laid_once():
    _laid()
    first = seeds.lay_red_packets(by=cast.HOUSE, merchant=cast.merchant(), at=NOON)
    assert seeds.lay_red_packets(by=cast.HOUSE, merchant=cast.merchant(), at=NOON) == first
    made = seeds.lay_auctions(by=cast.HOUSE, shop=own(), at=NOON)
    assert len(made) == 2
    assert seeds.lay_auctions(by=cast.HOUSE, shop=own(), at=NOON) == []
    assert set(Auction.objects.values_list("state", flat=True)) == {"live", "scheduled"}


def test_every_line_of_the_daybook_is_said_in_words():
    _laid()
    seeds.lay_red_packets(by=cast.HOUSE, merchant=cast.merchant(), at=NOON)
    seeds.lay_auctions(by=cast.HOUSE, shop=own(), at=NOON)
    entries = list(Entry.objects.filter(kind__in=["offer", "auction", "red_packet_issue"]))
    assert all(known(entry.what) for entry in entries)
    said = told(entries)
    rules = [part.after for parts in said.values() for part in parts if part.name == "规则"]
    assert rules
    assert any("满" in rule for rule in rules)
    assert not any("{" in part.after or "_" in part.name for parts in said.values() for part in parts)


def test_the_worker_does_its_rounds_and_finds_nothing_the_second_time():
    _laid()
    before = Entry.objects.count()
    tasks.every_moment(0)
    tasks.every_minute(0)
    first = Entry.objects.count()
    tasks.every_moment(0)
    tasks.every_minute(0)
    assert Entry.objects.count() == first >= before
