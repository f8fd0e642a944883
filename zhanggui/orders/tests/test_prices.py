"""Prices change only while unpaid; the kind of shop decides what (S1-17, C10); section 6's rows."""

from datetime import timedelta

import pytest

from tests.cast import HOUSE, NOON, actor, mall, shop, staff
from zhanggui.journal.models import Entry
from zhanggui.kit.refusals import Invalid, NotAllowed, NotNow
from zhanggui.orders.actions.concessions import BelowFloor, OwnRequest, decide, offer
from zhanggui.orders.actions.prices import (
    MOST_FEN,
    MallPrice,
    NeedsLeader,
    change_postage_many,
    change_price,
)
from zhanggui.orders.models import Concession, Order
from zhanggui.orders.states import State
from zhanggui.orders.tests.cast import line, ordered
from zhanggui.people.actors import actor_of
from zhanggui.people.models import Staff
from zhanggui.people.powers import Power
from zhanggui.shops.models import Setting

pytestmark = pytest.mark.django_db


def setting(into, name, value):
    Setting.objects.create(shop=into, name=name, value=value, since=NOON.date(), set_by="test")


def agent(name="小美"):
    return actor(Power.ORDER_PRICE, name=name)


def leader(name="主管"):
    return actor(Power.ORDER_PRICE, Power.CONCESSION_LEADER, name=name)


def total(order):
    order.refresh_from_db()
    assert sum(order.lines.values_list("share_fen", flat=True)) == order.due_fen - order.postage_fen
    return order.due_fen


def test_a_bazaar_shop_may_go_down_to_nothing_but_not_below():
    """S1-17 alone, in a shop that lifted the ladder of S2-03 from its price changes."""
    setting(shop(), "orders.price_within_ladder", False)
    order = ordered(line(price_fen=5990), line("袜子", 1000))
    change_price(by=leader(), order=order, goods_fen=0, postage_fen=0, at=NOON)
    assert total(order) == 0
    with pytest.raises(Invalid):
        change_price(by=HOUSE, order=order, line_totals={order.lines.first().pk: -1}, at=NOON)
    with pytest.raises(Invalid):
        change_price(by=HOUSE, order=order, postage_fen=-1, at=NOON)
    assert total(order) == 0


def test_a_line_alone_may_change_and_the_time_to_pay_begins_anew():
    order = ordered(line(price_fen=5990), line("袜子", 1000))
    first = order.lines.get(position=1)
    later = NOON + timedelta(hours=5)
    change_price(
        by=HOUSE, order=order, line_totals={first.pk: 5900}, postage_fen=1500, at=later, reason="老客户"
    )
    assert total(order) == 5900 + 1000 + 1500
    assert order.next_due_at == later + timedelta(hours=72)
    assert order.timers.filter(dropped_at=None).count() == 1
    entry = Entry.objects.get(what="order.priced", object_id=order.pk)
    assert entry.change["due_fen"] == [7990, 8400]
    assert entry.reason == "老客户"


def test_a_mall_shop_may_only_lower_the_postage():
    order = ordered(into=mall())
    with pytest.raises(MallPrice, match="优惠券.*赠品.*邮费"):
        change_price(by=HOUSE, order=order, goods_fen=5000, at=NOON)
    with pytest.raises(MallPrice):
        change_price(by=HOUSE, order=order, postage_fen=1001, at=NOON)
    assert total(order) == 6990
    change_price(by=HOUSE, order=order, postage_fen=0, at=NOON)
    assert total(order) == 5990


@pytest.mark.parametrize("into", [shop, mall])
@pytest.mark.parametrize("state", [state for state in State if state != State.UNPAID])
def test_a_paid_price_is_final_in_every_shop(into, state):
    order = ordered(state=state, into=into())
    with pytest.raises(NotNow, match="等待买家付款"):
        change_price(by=HOUSE, order=order, goods_fen=1, at=NOON)
    with pytest.raises(NotNow):
        change_price(by=HOUSE, order=order, postage_fen=0, at=NOON)
    assert total(order) == 6990


def test_an_order_whose_lines_nobody_told_changes_as_a_whole():
    order = ordered(lines=(), due_fen=6990, goods_fen=5990)
    with pytest.raises(NeedsLeader):
        change_price(by=HOUSE, order=order, goods_fen=5000, at=NOON)
    change_price(by=HOUSE, order=order, goods_fen=5900, at=NOON)
    order.refresh_from_db()
    assert (order.due_fen, order.adjust_fen) == (6900, -90)


def test_without_the_power_nothing_changes():
    order = ordered()
    with pytest.raises(NotAllowed):
        change_price(by=actor(Power.ORDER_SEE), order=order, postage_fen=0, at=NOON)
    with pytest.raises(NotAllowed):
        change_price(by=actor(Power.ORDER_PRICE, at=mall(), name="别店"), order=order, postage_fen=0, at=NOON)
    assert total(order) == 6990


def test_an_agent_cannot_walk_around_the_ladder_by_changing_the_price():
    order = ordered(line(price_fen=10000))
    change_price(by=agent(), order=order, goods_fen=9700, at=NOON)
    with pytest.raises(NeedsLeader, match="让价"):
        change_price(by=agent("小丽"), order=order, goods_fen=9699, at=NOON)
    assert total(order) == 10700
    setting(shop(), "orders.price_within_ladder", False)
    change_price(by=agent("小红"), order=order, goods_fen=9000, at=NOON)
    assert total(order) == 10000


def test_a_leader_cannot_walk_around_the_second_person_by_changing_the_price():
    """No price page takes what a concession refuses: neither the floor nor the other leader (G6.3)."""
    boss, order = leader(), ordered(line(price_fen=10000))
    only = order.lines.get()
    asked = offer(by=boss, order=order, basis_points=9550, at=NOON)
    with pytest.raises(OwnRequest):
        decide(by=boss, concession=asked, agree=True, at=NOON)
    for fen in (0, 1, 9499, 9550, 9699):
        with pytest.raises(NeedsLeader, match="另一位主管"):
            change_price(by=boss, order=order, line_totals={only.pk: fen}, at=NOON)
    assert total(order) == 11000
    change_price(by=boss, order=order, postage_fen=0, at=NOON)  # the postage is no concession
    assert total(order) == 10000
    decide(by=leader("店长"), concession=asked, agree=True, at=NOON)
    assert total(order) == 9550


def test_cheaper_goods_are_counted_as_a_concession_and_dearer_ones_are_not():
    setting(shop(), "orders.concession_attempts", 2)
    order = ordered(line(price_fen=10000))
    change_price(by=agent(), order=order, goods_fen=9900, reason="老客户", at=NOON)
    change_price(by=HOUSE, order=order, goods_fen=9950, at=NOON)
    change_price(by=HOUSE, order=order, goods_fen=9800, at=NOON)
    told = order.concessions.order_by("attempt").values_list("attempt", "basis_points", "state", "reason")
    assert list(told) == [(1, 9900, "granted", "老客户"), (2, 9800, "granted", "")]
    with pytest.raises(NotNow, match="2 次"):
        change_price(by=HOUSE, order=order, goods_fen=9750, at=NOON)
    with pytest.raises(NotNow, match="2 次"):
        offer(by=HOUSE, order=order, basis_points=9750, at=NOON)
    assert total(order) == 10800


def test_below_the_threshold_a_price_change_needs_a_leader_too():
    setting(shop(), "orders.concession_threshold", 10000)
    order = ordered(line(price_fen=9999))
    with pytest.raises(NeedsLeader, match="100"):
        change_price(by=leader(), order=order, goods_fen=9900, at=NOON)
    assert total(order) == 10999


@pytest.mark.parametrize("asker", ["main", "sub", "other sub"])
def test_a_sub_account_of_the_asker_is_the_asker(asker):
    powers = (Power.ORDER_PRICE, Power.CONCESSION_LEADER)
    main, sub, other = staff("zg001", *powers), staff("zg001-1", *powers), staff("zg001-2", *powers)
    Staff.objects.filter(pk__in=[sub.pk, other.pk]).update(main=main)
    accounts = {"main": main, "sub": sub, "other sub": other}
    order = ordered()
    asked = offer(by=actor_of(accounts.pop(asker)), order=order, basis_points=9500, at=NOON)
    for account in accounts.values():
        with pytest.raises(OwnRequest):
            decide(by=actor_of(account), concession=asked, agree=True, at=NOON)
    assert total(order) == 6990
    decide(by=leader(), concession=asked, agree=True, at=NOON)
    assert total(order) < 6990


@pytest.mark.parametrize("how", [{"postage_fen": MOST_FEN + 1}, {"goods_fen": MOST_FEN + 1}])
def test_an_amount_beyond_a_million_yuan_is_a_slip(how):
    order = ordered()
    with pytest.raises(Invalid, match="1,000,000"):
        change_price(by=leader(), order=order, at=NOON, **how)
    with pytest.raises(Invalid):
        change_price(
            by=leader("店长"), order=order, line_totals={order.lines.get().pk: MOST_FEN + 1}, at=NOON
        )
    assert total(order) == 6990
    (outcome,) = change_postage_many(by=HOUSE, order_ids=[order.pk], postage_fen=MOST_FEN + 1, at=NOON)
    assert outcome.result == "refused"
    change_price(by=leader("另一位"), order=order, postage_fen=MOST_FEN, at=NOON)
    assert total(order) == 5990 + MOST_FEN


def test_the_ladder_97_alone_95_with_the_leader_94_never():
    order = ordered(line(price_fen=10000), line("袜子", 333))
    assert offer(by=agent(), order=order, basis_points=9700, at=NOON).state == Concession.State.GRANTED
    assert total(order) == 1000 + 10024  # 10333 x 97 %, up to the fen
    with pytest.raises(BelowFloor):
        offer(by=agent("小丽"), order=order, basis_points=9400, at=NOON)
    asked = offer(by=agent("小红"), order=order, basis_points=9500, at=NOON)
    assert (asked.state, asked.attempt) == (Concession.State.ASKED, 2)
    assert total(order) == 11024
    decide(by=leader(), concession=asked, agree=True, at=NOON)
    assert total(order) == 1000 + 9817
    assert Entry.objects.filter(what="concession.granted").count() == 2


def test_who_asks_is_not_who_approves_not_even_a_leader():
    boss = leader()
    order = ordered()
    asked = offer(by=boss, order=order, basis_points=9500, at=NOON)
    assert asked.state == Concession.State.ASKED
    with pytest.raises(OwnRequest):
        decide(by=boss, concession=asked, agree=True, at=NOON)
    with pytest.raises(NotAllowed):
        decide(by=agent(), concession=asked, agree=True, at=NOON)
    assert total(order) == 6990
    decide(by=leader("店长"), concession=asked, agree=False, at=NOON)
    assert total(order) == 6990
    with pytest.raises(NotNow):
        decide(by=leader("另一位"), concession=asked, agree=True, at=NOON)


def test_below_the_threshold_an_agent_has_no_limit_of_its_own():
    setting(shop(), "orders.concession_threshold", 10000)
    assert offer(by=agent(), order=ordered(), basis_points=9800, at=NOON).state == Concession.State.ASKED
    big = ordered(line(price_fen=10000))
    assert offer(by=agent("小丽"), order=big, basis_points=9800, at=NOON).state == Concession.State.GRANTED


def test_attempts_are_counted_and_end():
    setting(shop(), "orders.concession_attempts", 2)
    order = ordered(line(price_fen=10000))
    offer(by=HOUSE, order=order, basis_points=9900, at=NOON)
    offer(by=HOUSE, order=order, basis_points=9800, at=NOON)
    with pytest.raises(NotNow, match="2 次"):
        offer(by=HOUSE, order=order, basis_points=9700, at=NOON)
    assert total(order) == 10800


def test_a_concession_is_not_granted_when_the_order_was_paid_meanwhile():
    order = ordered()
    asked = offer(by=agent(), order=order, basis_points=9500, at=NOON)
    Order.objects.filter(pk=order.pk).update(state=State.PAID)
    with pytest.raises(NotNow):
        decide(by=leader(), concession=asked, agree=True, at=NOON)
    asked.refresh_from_db()
    assert (asked.state, total(order)) == (Concession.State.ASKED, 6990)


def test_a_mall_shop_concedes_with_a_coupon_a_gift_or_the_postage():
    order = ordered(into=mall())
    with pytest.raises(MallPrice, match="优惠券"):
        offer(by=HOUSE, order=order, basis_points=9700, at=NOON)
    assert not Concession.objects.exists()
