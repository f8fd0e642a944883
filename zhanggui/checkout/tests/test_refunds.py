from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest
from django.db import connections

from tests import cast
from zhanggui.checkout.acting import HOUSE
from zhanggui.checkout.actions import backs, refunds
from zhanggui.checkout.models import MoneyBack
from zhanggui.checkout.refunding import propose
from zhanggui.checkout.tests.cast import buyer, coupon, goods, offer, paid, red_packet
from zhanggui.journal.news import deliver_due
from zhanggui.kit.clock import now
from zhanggui.kit.refusals import Invalid, NotAllowed, NotFound, NotNow
from zhanggui.ledger.books import balances, unbalanced
from zhanggui.orders.models import Order
from zhanggui.people.actors import actor_of
from zhanggui.people.models import Staff
from zhanggui.people.powers import Power
from zhanggui.promotions.models import Offer, RedPacket
from zhanggui.stock.models import Balance

pytestmark = pytest.mark.django_db


def clerk(name="小周"):
    known = Staff.objects.filter(work_no=name).first()
    return actor_of(known) if known else cast.actor(Power.ORDER_SETTLE, name=name)


def hear():
    while deliver_due():
        pass


def fresh(order):
    return Order.objects.get(pk=order.pk)


def line(order, code):
    return order.lines.get(code=code, gift_of=None)


def ask(order, *codes, reason="买家不想买了"):
    ids = [line(order, code).pk for code in codes]
    refunds.ask_back(by=HOUSE, buyer=order.buyer, order=order, line_ids=ids, reason=reason, at=now())
    return fresh(order)


def settle(order, by=None):
    return refunds.settle(by=by or clerk(), order=order, version=fresh(order).version, at=now())


def hand_out():
    """The provider gives back whatever is asked."""
    hear()
    for back in MoneyBack.objects.filter(state="asked"):
        assert backs.done(by=HOUSE, back=back, at=now())


def back_of(order):
    return sum(MoneyBack.objects.filter(order=order).values_list("amount_fen", flat=True))


def test_a_paid_order_that_is_cancelled_whole_goes_back_to_the_fen():
    me = buyer()
    packet, bonus = red_packet(me, 1500), coupon(500, 600, to=me)
    tea = goods(pieces=3)
    order = paid((tea, 2))
    assert (order.due_fen, order.red_fen, Balance.objects.get().promised) == (10500, 1500, 2)
    ask(order, "TEA")
    found = propose(fresh(order), list(order.lines.all()), at=now())
    assert (found.refund_fen, found.cash_fen, found.red_returned_fen, found.postage_fen) == (
        10500, 9000, 1500, 1000,
    )  # fmt: skip
    done = settle(order)
    assert (done.cash_fen, done.red_fen) == (9000, 1500)
    hand_out()
    order, packet = fresh(order), RedPacket.objects.get(pk=packet.pk)
    assert (order.state, order.refund, order.refunded_fen) == ("closed_refunded", "done", 10500)
    assert (packet.left_fen, bonus.coupons.get().state) == (1500, "free")
    assert MoneyBack.objects.get().amount_fen == 9000
    assert Balance.objects.get().promised == 0
    assert balances(order_id=order.pk) == {"red_packet_cost": 1500, "red_packet_returned": -1500}
    assert unbalanced() == []


def three(first=19000, second=2000, third=9000, **also):
    skus = goods("POT", price_fen=first), goods("CUP", price_fen=second), goods("CAN", price_fen=third)
    return paid(*((sku, 1) for sku in skus), **also)


def test_a_broken_threshold_gives_less_back():
    offer("reduction", {"tiers": [{"at": 20000, "off_fen": 5000}]})
    order = three(19000, 2000, 3000)
    assert order.due_fen == 24000 - 5000 + 1000
    ask(order, "CUP", "CAN")
    found = propose(fresh(order), list(order.lines.order_by("position")), at=now())
    assert found.exact
    assert [row.now_fen for row in found.rows] == [19000, 0, 0]
    assert found.lost
    assert found.lost[0][0] == "reduction"
    settle(order)
    hand_out()
    order = fresh(order)
    assert (order.state, order.refund) == ("paid", "part")
    assert order.refunded_fen == found.refund_fen == back_of(order)
    assert order.refunded_fen < 5000 + 1000
    assert balances(order_id=order.pk)["escrow"] == 20000 - order.refunded_fen
    assert "refund_out" not in balances(order_id=order.pk)
    assert unbalanced() == []


@pytest.mark.parametrize("way", list(permutations(["CUP", "CAN"])))
def test_two_partial_refunds_come_to_the_same_in_either_order(way):
    offer("reduction", {"tiers": [{"at": 20000, "off_fen": 5000}]})
    order = three()
    for code in way:
        ask(fresh(order), code)
        settle(order)
    hand_out()
    order = fresh(order)
    assert order.refunded_fen == back_of(order) == 9000
    ask(order, "POT")
    settle(order, clerk())
    hand_out()
    order = fresh(order)
    assert (order.state, order.refunded_fen) == ("closed_refunded", order.paid_fen)
    assert balances(order_id=order.pk) == {}


def test_twenty_clicks_pay_once():
    order = paid((goods(), 1))
    ask(order, "TEA")
    version, outcomes = fresh(order).version, []
    for _click in range(20):
        try:
            outcomes.append(refunds.settle(by=clerk(), order=order, version=version, at=now()).refund_fen)
        except NotNow:
            outcomes.append(0)
    hand_out()
    assert outcomes == [6000] + [0] * 19
    assert MoneyBack.objects.get().amount_fen == fresh(order).refunded_fen == 6000


@pytest.mark.django_db(transaction=True)
def test_twenty_clicks_at_once_pay_once():
    order = paid((goods(), 1))
    ask(order, "TEA")
    version, by = fresh(order).version, clerk()

    def click(_n):
        try:
            return refunds.settle(by=by, order=order, version=version, at=now()).refund_fen
        except NotNow:
            return 0
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(click, range(20))) == [0] * 19 + [6000]
    hand_out()
    assert MoneyBack.objects.get().amount_fen == 6000


def test_a_large_refund_takes_two_people():
    order = paid((goods(price_fen=100000), 1))
    ask(order, "TEA")
    assert settle(order, clerk("小周")).waiting
    hear()
    assert (fresh(order).refunded_fen, MoneyBack.objects.count()) == (0, 0)
    with pytest.raises(NotAllowed, match="另一位"):
        settle(order, clerk("小周"))
    Staff.objects.create(work_no="小周:01", name="小周", main=Staff.objects.get(work_no="小周"))
    alike = replace(clerk("小周"), staff_id=Staff.objects.get(work_no="小周:01").pk)
    for one in (alike, HOUSE):
        with pytest.raises(NotAllowed, match="另一位"):
            settle(order, one)
    other = cast.actor(Power.ORDER_SETTLE, name="老李")
    assert other.staff_id != clerk("小周").staff_id
    assert not settle(order, other).waiting
    assert fresh(order).refunded_fen == 101000
    assert "refund_look" not in fresh(order).extra


def test_who_may_not_and_what_is_not_seen_is_not_settled():
    order = paid((goods(), 1))
    with pytest.raises(NotNow):
        settle(order)
    seen = ask(order, "TEA")
    with pytest.raises(NotAllowed):
        settle(order, cast.actor(Power.ORDER_SEE, name="路人"))
    with pytest.raises(NotNow):
        refunds.settle(by=clerk(), order=order, version=seen.version - 1, at=now())
    with pytest.raises(NotFound):
        refunds.ask_back(by=HOUSE, buyer=buyer("别人"), order=order, line_ids=[], reason="-", at=now())
    with pytest.raises(Invalid):
        refunds.refuse(by=clerk(), order=order, version=seen.version, reason=" ", at=now())
    refunds.refuse(by=clerk(), order=order, version=seen.version, reason="已经打包", at=now())
    assert (fresh(order).refund, fresh(order).refunded_fen) == ("", 0)
    ask(order, "TEA")
    refunds.take_back(by=HOUSE, buyer=order.buyer, order=order, at=now())
    assert fresh(order).refund == ""


def test_a_present_that_is_not_earned_stays_in_the_shop():
    cup = goods("CUP", price_fen=900)
    offer("gift", {"tiers": [{"at": 10000, "present": {"sku_id": cup.pk, "pieces": 1}}]})
    order = paid((goods("POT", price_fen=8000), 1), (goods("CAN", price_fen=4000), 1))
    assert order.lines.filter(gift_of__isnull=False).count() == 1
    ask(order, "CAN")
    settle(order)
    assert order.lines.get(gift_of__isnull=False).state == "closed"
    assert order.lines.get(code="POT").state == "paid"
    assert (fresh(order).state, fresh(order).refunded_fen) == ("paid", 4000)


def test_an_expired_red_packet_is_said_before_and_booked_after():
    packet = red_packet(buyer(), 1500)
    order = paid((goods(), 1))
    RedPacket.objects.filter(pk=packet.pk).update(good_until=now() - timedelta(seconds=1))
    ask(order, "TEA")
    found = propose(fresh(order), list(order.lines.all()), at=now())
    assert (found.red_returned_fen, found.red_expired_fen) == (0, 1500)
    settle(order)
    hand_out()
    assert balances(order_id=order.pk) == {"red_packet_cost": 1500, "red_packet_expired": -1500}


@pytest.mark.parametrize(("house", "account"), [(False, "discount_given"), (True, "coupon_cost")])
def test_postage_that_was_waived_stands_in_the_books(house, account):
    offer("free_postage", {"amount_fen": 5000}, house=house)
    order = paid((goods("POT"), 1), (goods("CAN"), 1))
    assert (order.postage_fen, order.due_fen, order.house_fen) == (0, 10000, 0)
    stands = balances(order_id=order.pk)
    assert stands == {"escrow": 10000, account: 1000, "goods_due": -10000, "postage_due": -1000}
    Offer.objects.update(state="stopped")
    ask(order, "POT")
    settle(order)
    assert balances(order_id=order.pk)[account] == 1000
    ask(fresh(order), "CAN")
    settle(order)
    hand_out()
    assert balances(order_id=order.pk) == {}
    assert unbalanced() == []


def test_a_price_that_was_changed_by_hand_gives_back_what_each_line_costs():
    order = three()
    Order.objects.filter(pk=order.pk).update(adjust_fen=-1000, due_fen=30000, paid_fen=30000)
    rows = order.lines.order_by("position")
    rows.filter(code="POT").update(adjust_fen=-1000, share_fen=18000)
    ask(fresh(order), "POT")
    found = propose(fresh(order), list(rows.all()), at=now())
    assert (found.exact, found.refund_fen) == (False, 18000)
