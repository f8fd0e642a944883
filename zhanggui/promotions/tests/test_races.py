"""Two at the same instant for the last one: one gets it. Each race has its control without the guard."""

import time
from contextlib import contextmanager

import pytest
from django.db import connection, transaction

from tests import cast
from tests.racing import race, refusals
from zhanggui.promotions.actions import auctions, purses, using
from zhanggui.promotions.actions.red_packets import Grant, grant_many
from zhanggui.promotions.models import (
    Auction,
    Bid,
    Coupon,
    Offer,
    RedPacket,
    RedPacketIssue,
    RedPacketUse,
    Share,
    Use,
)
from zhanggui.promotions.queries import balance
from zhanggui.promotions.tests.offering import (
    DAY,
    NOON,
    buyer,
    coupon,
    flashed,
    goods,
    hold,
    offer,
    own,
    packet,
    priced,
)

pytestmark = pytest.mark.django_db(transaction=True)


def take(one):
    return lambda: using.hold_many(by=cast.HOUSE, holds=[one], at=NOON)[one.order_id]


def all_explained():
    return (
        balance.unexplained_packets() == []
        and balance.unexplained_offers() == []
        and balance.unexplained_coupons() == []
    )


@contextmanager
def without(table, *constraints):
    """Take CHECKs of a table away; they stand again afterwards, once the harm is wiped out."""
    with connection.cursor() as cursor:
        kept = {}
        for name in constraints:
            cursor.execute("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s", [name])
            kept[name] = cursor.fetchone()[0]
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    try:
        yield
    finally:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            cursor.execute(f"DELETE FROM {table}")
            cursor.execute("SET session_replication_role = origin")
        with connection.cursor() as cursor:
            for name, rule in kept.items():
                cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {rule}")


def looking(model, wanted=None):
    """A lock that does not lock: it reads, and lets the rival read the same before anything is written."""

    def look(*_args, **_also):
        rows = list(model.objects.all())
        time.sleep(0.2)
        return rows if wanted is None else wanted(rows)

    return look


def test_the_last_time_of_an_offer_is_had_once():
    sale = offer(times=3)
    orders = [hold(n, priced((sale, 10)), buyer(f"买家{n}")) for n in range(1, 9)]
    results = race(*[take(one) for one in orders])
    assert refusals(results) == []
    assert results.count("") == 3
    assert all_explained()


def test_control_without_the_lock_the_limit_is_passed(monkeypatch):
    sale = offer(times=1)
    orders = [hold(n, priced((sale, 10)), buyer(f"买家{n}")) for n in range(1, 5)]
    monkeypatch.setattr(using, "_lock_offers", looking(Offer, lambda rows: {row.pk: row for row in rows}))
    with without("promotions_offer", "offer_within_times"):
        results = race(*[take(one) for one in orders])
        assert results.count("") > 1
        assert balance.unexplained_offers() == []
        assert Offer.objects.get(pk=sale.pk).used_times > 1
        Use.objects.all().delete()


def test_the_last_piece_of_a_share_is_had_once():
    tea = goods()
    sale = offer("flash", shares={tea.pk: 3})
    orders = [
        hold(n, priced((sale, 10, 2), lines=[flashed(sale, tea.pk, 2)]), buyer(f"买家{n}"))
        for n in range(1, 7)
    ]
    results = race(*[take(one) for one in orders])
    assert refusals(results) == []
    assert results.count("") == 1
    assert Share.objects.get().used == 2
    assert all_explained()


def test_control_without_the_lock_a_share_is_given_away_twice(monkeypatch):
    tea = goods()
    sale = offer("flash", shares={tea.pk: 1})
    orders = [
        hold(n, priced((sale, 10, 1), lines=[flashed(sale, tea.pk, 1)]), buyer(f"买家{n}"))
        for n in range(1, 5)
    ]
    seen = looking(Share, lambda rows: {(r.offer_id, r.sku_id): [r.pk, r.pieces - r.used] for r in rows})
    monkeypatch.setattr(using, "_lock_shares", seen)
    with without("promotions_share", "share_within"):
        assert race(*[take(one) for one in orders]).count("") > 1
        assert Share.objects.get().used > 1


def test_one_coupon_pays_for_one_order():
    ann = buyer()
    purse = offer("coupon", times=9)
    coupon(purse, ann)
    results = race(*[take(hold(n, priced((purse, 500)), ann)) for n in range(1, 7)])
    assert refusals(results) == []
    assert results.count("") == 1
    assert all_explained()


def test_control_without_lock_and_guard_one_coupon_pays_twice(monkeypatch):
    ann = buyer()
    purse = offer("coupon", times=9)
    ticket = coupon(purse, ann)
    monkeypatch.setattr(using, "_lock_buyers", lambda _ids: None)
    monkeypatch.setattr(
        using, "_lock_coupons", looking(Coupon, lambda rows: {(ann.pk, purse.pk): [row.pk for row in rows]})
    )
    monkeypatch.setattr(using, "_all_of", lambda _written, _wanted: None)
    results = race(*[take(hold(n, priced((purse, 500)), ann)) for n in range(1, 4)])
    assert results.count("") > 1
    assert Use.objects.filter(offer=purse, state="held").count() > 1
    assert Coupon.objects.filter(pk=ticket.pk).count() == 1


def test_one_buyer_at_two_windows_does_not_pass_his_limit():
    ann = buyer()
    sale = offer(per_buyer=1)
    results = race(*[take(hold(n, priced((sale, 10)), ann)) for n in range(1, 7)])
    assert refusals(results) == []
    assert results.count("") == 1


def test_control_without_the_lock_one_buyer_passes_his_limit(monkeypatch):
    ann = buyer()
    sale = offer(per_buyer=1)
    used_by = using.used_by

    def slowly(*args):
        found = used_by(*args)
        time.sleep(0.2)
        return found

    monkeypatch.setattr(using, "_lock_buyers", lambda _ids: None)
    monkeypatch.setattr(using, "used_by", slowly)
    assert race(*[take(hold(n, priced((sale, 10)), ann)) for n in range(1, 4)]).count("") > 1


def test_a_red_packet_never_pays_more_than_it_holds():
    ann = buyer()
    one, two = packet(ann, 1_000, "a"), packet(ann, 1_000, "b")
    # odd orders name the two in the opposite order: they wait, they never deadlock
    baskets = [priced(red=[(one, 300), (two, 300)] if n % 2 else [(two, 300), (one, 300)]) for n in range(8)]
    results = race(*[take(hold(n, basket, ann)) for n, basket in enumerate(baskets, 1)])
    assert refusals(results) == []
    assert results.count("") == 3
    assert all_explained()


def test_control_without_lock_and_check_it_pays_more(monkeypatch):
    ann = buyer()
    money = packet(ann, 1_000)

    def look(ids):
        rows = {row.pk: row for row in RedPacket.objects.select_related("issue").filter(pk__in=list(ids))}
        time.sleep(0.2)
        return rows

    monkeypatch.setattr(using, "_lock_buyers", lambda _ids: None)
    monkeypatch.setattr(using, "_lock_packets", look)
    with without("promotions_redpacket", "red_packet_adds_up"):
        assert race(*[take(hold(n, priced(red=[(money, 700)]), ann)) for n in range(1, 4)]).count("") > 1
        assert RedPacket.objects.get().left_fen < 0
        RedPacketUse.objects.all().delete()


def test_paying_and_closing_at_the_same_instant_one_wins_and_all_is_explained():
    ann = buyer()
    sale, purse = offer(times=5), offer("coupon", times=9)
    coupon(purse, ann)
    money = packet(ann)
    take(hold(1, priced((sale, 10), (purse, 500), red=[(money, 400)]), ann))()
    race(
        lambda: using.settle_many(by=cast.HOUSE, order_ids=[1], at=NOON),
        lambda: using.give_back_many(by=cast.HOUSE, order_ids=[1], at=NOON),
        lambda: using.give_back_many(by=cast.HOUSE, order_ids=[1], at=NOON),
    )
    assert set(Use.objects.values_list("state", flat=True)) in ({"used"}, {"back"})
    assert all_explained()


def test_a_rush_for_coupons_gives_out_no_more_than_there_are_and_one_to_each():
    purse = offer("coupon", times=5, per_buyer=1)
    rush = [buyer(f"买家{n % 8}") for n in range(16)]

    def claim(who):
        return lambda: purses.claim(by=cast.HOUSE, buyer=who, shop_id=own().pk, offer_id=purse.pk, at=NOON).pk

    results = race(*[claim(who) for who in rush])
    assert Coupon.objects.count() == 5
    assert Coupon.objects.values("buyer").distinct().count() == 5
    assert all("领完" in str(refusal) for refusal in refusals(results))
    assert balance.unexplained_coupons() == []


def test_control_without_lock_and_check_a_rush_gives_out_more(monkeypatch):
    purse = offer("coupon", times=1, per_buyer=1)
    enough = purses._enough

    def slowly(*args):
        found = enough(*args)
        time.sleep(0.1)
        return found

    monkeypatch.setattr(purses, "_enough", slowly)
    monkeypatch.setattr(Offer.objects.none().__class__, "select_for_update", lambda rows, **_also: rows)
    rush = [buyer(f"买家{n}") for n in range(4)]
    with without("promotions_offer", "coupons_within_number"):
        race(
            *[
                lambda who=who: purses.claim(
                    by=cast.HOUSE, buyer=who, shop_id=own().pk, offer_id=purse.pk, at=NOON
                )
                for who in rush
            ]
        )
        assert Coupon.objects.count() > 1
        Coupon.objects.all().delete()


def test_the_same_red_packet_granted_twice_at_once_is_one():
    issue = RedPacketIssue.objects.create(
        merchant=cast.merchant(),
        name="双11",
        budget_fen=1_000,
        good_from=NOON,
        good_until=NOON + DAY,
        made_by="测试",
    )
    ann = buyer()
    results = race(
        *[lambda: grant_many(by=cast.HOUSE, row=issue, grants=[Grant("one", ann.pk, 600)], at=NOON)["one"]]
        * 6
    )
    assert refusals(results) == []
    assert len(set(results)) == 1
    assert balance.unexplained_issues() == []


def _auction():
    return Auction.objects.create(
        shop=own(),
        sku=goods(),
        title="老茶一饼",
        state=Auction.State.LIVE,
        start_fen=10_000,
        step_fen=500,
        starts_at=NOON - DAY,
        ends_at=NOON + DAY,
        made_by="测试",
    )


def _bid(row, who, fen):
    return lambda: auctions.bid(by=cast.HOUSE, auction_id=row.pk, buyer_id=who.pk, amount_fen=fen, at=NOON)


def test_of_two_equal_bids_at_once_one_stands():
    row = _auction()
    results = race(*[_bid(row, buyer(f"买家{n}"), 10_000) for n in range(6)])
    assert len(refusals(results)) == 5
    assert all(isinstance(refusal, auctions.TooLow) for refusal in refusals(results))
    assert Bid.objects.count() == 1
    row.refresh_from_db()
    assert (row.top_fen, row.bids_count) == (10_000, 1)


def test_control_without_the_lock_a_bid_is_lost_under_a_lower_one(monkeypatch):
    """Two bids at once, the lower one written last: without the lock it stands as the top."""
    row = _auction()

    def look(pk):
        seen = Auction.objects.get(pk=pk)
        time.sleep(0.1)
        return seen

    monkeypatch.setattr(auctions, "_locked", look)
    high, low = _bid(row, buyer("高"), 20_000), _bid(row, buyer("低"), 10_000)

    def late():
        time.sleep(0.05)
        return low()

    for _try in range(20):
        results = race(high, late)
        row.refresh_from_db()
        if not refusals(results) and row.top_fen == 10_000:
            break
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            cursor.execute("DELETE FROM promotions_bid")
            cursor.execute("SET session_replication_role = origin")
        Auction.objects.update(top_fen=None, top_bidder=None, bids_count=0)
    assert (row.top_fen, Bid.objects.count()) == (10_000, 2)


def test_two_workers_end_an_auction_once():
    from zhanggui.journal.models import Announcement

    row = _auction()
    _bid(row, buyer(), 10_000)()
    results = race(*[lambda: auctions.end_due(by=cast.HOUSE, at=NOON + 2 * DAY)] * 4)
    assert refusals(results) == []
    assert sum(results) == 1
    assert Announcement.objects.filter(name="AuctionWon").count() == 1
