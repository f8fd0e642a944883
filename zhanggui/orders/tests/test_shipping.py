"""Shipping: whole and in parts, gates, waybills used once, one parcel for several orders, tracking."""

from datetime import timedelta

import pytest

from tests.cast import HOUSE, NOON, actor
from zhanggui.freight.models import Carrier
from zhanggui.kit.refusals import Invalid, NotAllowed, NotNow
from zhanggui.ledger.books import balances
from zhanggui.orders.actions.receipt import open_refund
from zhanggui.orders.actions.shipping import (
    CallFirst,
    Node,
    Shipment,
    WaybillUsed,
    add_track,
    ship,
    ship_many,
    ship_together,
)
from zhanggui.orders.models import Change, Order, Parcel, ParcelLine
from zhanggui.orders.states import Call, State
from zhanggui.orders.tests.cast import line, ordered, receiver, shelve
from zhanggui.people.powers import Power
from zhanggui.stock.models import Balance

pytestmark = pytest.mark.django_db
ZTO = "718123456789"


@pytest.fixture(autouse=True)
def _carrier():
    Carrier.objects.update_or_create(code="ZTO", defaults={"name": "中通", "waybill_pattern": r"\d{12}"})


def test_shipping_takes_the_goods_out_and_starts_the_ten_days():
    shelve(pieces=3)
    order = ordered(line(code="TEE-W-M", pieces=2), state=State.PAID)
    ship(by=HOUSE, order=order, carrier="ZTO", waybill=f"No:{ZTO}", at=NOON)
    order.refresh_from_db()
    assert (order.state, order.shipped_at, order.carrier, order.waybill) == (State.SHIPPED, NOON, "ZTO", ZTO)
    assert order.next_due_at == NOON + timedelta(days=10)
    assert Balance.objects.values_list("on_hand", "promised").get() == (1, 0)
    assert ParcelLine.objects.get().pieces == 2
    assert order.lines.get().stock == "out"


def test_surface_mail_has_thirty_days():
    Carrier.objects.update_or_create(code="POST", defaults={"name": "平邮", "waybill_pattern": ""})
    order = ordered(state=State.PAID)
    ship(by=HOUSE, order=order, carrier="POST", waybill="PA12345678901", at=NOON)
    order.refresh_from_db()
    assert order.next_due_at == NOON + timedelta(days=30)


def test_an_order_may_leave_in_parts():
    shelve(pieces=3)
    order = ordered(line(code="TEE-W-M", pieces=3), line("袜子"), state=State.PAID)
    tee, sock = order.lines.order_by("position")
    ship(by=HOUSE, order=order, carrier="ZTO", waybill="718000000001", lines={tee.pk: 2}, at=NOON)
    order.refresh_from_db()
    assert (order.state, order.next_due_at) == (State.PART_SHIPPED, None)
    with pytest.raises(Invalid, match="还可以发 1 件"):
        ship(by=HOUSE, order=order, carrier="ZTO", waybill="718000000002", lines={tee.pk: 2}, at=NOON)
    assert Parcel.objects.count() == 1
    ship(by=HOUSE, order=order, carrier="ZTO", waybill="718000000002", lines={sock.pk: 1}, at=NOON)
    order.refresh_from_db()
    assert order.state == State.PART_SHIPPED
    ship(by=HOUSE, order=order, carrier="ZTO", waybill="718000000003", at=NOON)
    order.refresh_from_db()
    assert order.state == State.SHIPPED
    assert Balance.objects.get().on_hand == 0
    assert order.next_due_at is not None


@pytest.mark.parametrize("state", [s for s in State if s not in (State.PAID, State.PART_SHIPPED)])
def test_only_paid_orders_are_shipped(state):
    order = ordered(state=state)
    with pytest.raises(NotNow):
        ship(by=HOUSE, order=order, carrier="ZTO", waybill=ZTO, at=NOON)
    assert not Parcel.objects.exists()


def test_a_waybill_that_is_not_its_carriers_is_refused():
    order = ordered(state=State.PAID)
    for carrier, waybill in (("ZTO", "12"), ("ZTO", ""), ("NOBODY", ZTO), ("", ZTO)):
        with pytest.raises(Invalid):
            ship(by=HOUSE, order=order, carrier=carrier, waybill=waybill, at=NOON)
    order.refresh_from_db()
    assert (order.state, Parcel.objects.count()) == (State.PAID, 0)


def test_a_waybill_is_used_once():
    one, two, three = (ordered(state=State.PAID) for _ in range(3))
    ship(by=HOUSE, order=one, carrier="ZTO", waybill=ZTO, at=NOON)
    with pytest.raises(WaybillUsed, match="合并"):
        ship(by=HOUSE, order=two, carrier="ZTO", waybill=ZTO, at=NOON)
    outcomes = ship_many(
        by=HOUSE,
        shipments=[Shipment(two.pk, "ZTO", "718000000001"), Shipment(three.pk, "ZTO", "718000000001")],
        at=NOON,
    )
    assert [outcome.result for outcome in outcomes] == ["done", "refused"]
    assert Order.objects.get(pk=three.pk).state == State.PAID
    assert Parcel.objects.count() == 2


def test_shipping_twice_ships_once():
    order = ordered(state=State.PAID)
    outcomes = ship_many(
        by=HOUSE,
        shipments=[Shipment(order.pk, "ZTO", "718000000001"), Shipment(order.pk, "ZTO", "718000000002")],
        at=NOON,
    )
    assert [outcome.result for outcome in outcomes] == ["done", "refused"]
    assert ParcelLine.objects.count() == Parcel.objects.count() == 1


def test_pay_on_delivery_waits_for_the_call():
    order = ordered(state=State.PAID, cod=True, paid_at=None)
    assert order.cod_call == Call.WAITING
    for call in (Call.WAITING, Call.REFUSED):
        Order.objects.update(cod_call=call)
        with pytest.raises(CallFirst):
            ship(by=HOUSE, order=order, carrier="ZTO", waybill=ZTO, at=NOON)
    Order.objects.update(cod_call=Call.AGREED)
    ship(by=HOUSE, order=order, carrier="ZTO", waybill=ZTO, at=NOON)
    assert balances(order_id=order.pk) == {"cod_receivable": 6990, "goods_due": -5990, "postage_due": -1000}


def test_an_open_change_or_refund_holds_the_parcel_back():
    order = ordered(line(), line("袜子"), state=State.PAID)
    change = Change.objects.create(
        order=order, kind="receiver", sealed=b"", stage="paid", reason="-", asker="x", asked_at=NOON
    )
    with pytest.raises(NotNow, match="修改申请"):
        ship(by=HOUSE, order=order, carrier="ZTO", waybill=ZTO, at=NOON)
    Change.objects.filter(pk=change.pk).update(state=Change.State.REFUSED)
    tee, sock = order.lines.order_by("position")
    open_refund(by=HOUSE, order=order, line=tee, at=NOON)
    with pytest.raises(NotNow, match="退款"):
        ship(by=HOUSE, order=order, carrier="ZTO", waybill=ZTO, at=NOON)
    ship(by=HOUSE, order=order, carrier="ZTO", waybill=ZTO, lines={sock.pk: 1}, at=NOON)
    order.refresh_from_db()
    assert order.state == State.PART_SHIPPED


def test_several_orders_of_one_receiver_leave_in_one_parcel():
    one, two = ordered(state=State.PAID), ordered(state=State.PAID)
    stranger = ordered(state=State.PAID, receiver=receiver("李四"))
    with pytest.raises(Invalid):
        ship_together(by=HOUSE, order_ids=[one.pk, stranger.pk], carrier="ZTO", waybill=ZTO, at=NOON)
    late = ordered(state=State.UNPAID)
    with pytest.raises(NotNow):
        ship_together(by=HOUSE, order_ids=[one.pk, late.pk], carrier="ZTO", waybill=ZTO, at=NOON)
    assert not Order.objects.filter(state=State.SHIPPED).exists()
    ship_together(by=HOUSE, order_ids=[one.pk, two.pk], carrier="ZTO", waybill=ZTO, at=NOON)
    assert Parcel.objects.get().contents.count() == 2
    assert set(Order.objects.filter(waybill=ZTO).values_list("state", flat=True)) == {State.SHIPPED}


def test_an_order_whose_lines_nobody_told_leaves_as_a_whole():
    order = ordered(lines=(), due_fen=6990, goods_fen=5990, pieces=3, state=State.PAID)
    ship(by=HOUSE, order=order, carrier="ZTO", waybill=ZTO, at=NOON)
    assert ParcelLine.objects.values_list("line", "pieces").get() == (None, 3)


def test_tracking_nodes_are_added_once():
    order = ordered(state=State.PAID)
    ship(by=HOUSE, order=order, carrier="ZTO", waybill=ZTO, at=NOON)
    parcel = Parcel.objects.get()
    nodes = [Node(NOON, "上海分拨中心/装件入车扫描", "上海"), Node(NOON + timedelta(days=1), "签收人：本人")]
    assert add_track(by=HOUSE, parcel=parcel, nodes=nodes[:1], at=NOON) == 1
    assert add_track(by=HOUSE, parcel=parcel, nodes=nodes, at=NOON, signed=True) == 1
    parcel.refresh_from_db()
    assert parcel.signed_at == NOON + timedelta(days=1)


def test_without_the_power_nothing_leaves():
    order = ordered(state=State.PAID)
    with pytest.raises(NotAllowed):
        ship(by=actor(Power.ORDER_SEE), order=order, carrier="ZTO", waybill=ZTO, at=NOON)
    assert not Parcel.objects.exists()
