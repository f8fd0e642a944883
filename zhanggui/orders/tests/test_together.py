"""Several orders of one receiver in one parcel, as a clerk does it on the pages: grouped, shipped, parted."""

import pytest

from tests.cast import HOUSE, NOON, everything, mall, sign_in, staff
from zhanggui.freight.carriers import ensure_carriers
from zhanggui.kit.refusals import NotNow
from zhanggui.orders.actions.merging import accept, part
from zhanggui.orders.actions.shipping import Grouped, Shipment, ship, ship_many, ship_together
from zhanggui.orders.models import Order, Parcel, TogetherOrder
from zhanggui.orders.states import State
from zhanggui.orders.tests.cast import ordered, receiver
from zhanggui.orders.tests.test_races import at_once

pytestmark = pytest.mark.django_db
ZTO, OTHER = "538012345678", "538012345679"
BENCH = "/orders/merging/"


@pytest.fixture(autouse=True)
def the_carriers(db):
    ensure_carriers()


@pytest.fixture
def boss(client):
    return sign_in(client, staff("boss", *everything()))


def pair(many: int = 2) -> list[Order]:
    return [ordered(state=State.PAID) for _n in range(many)]


def grouped(many: int = 2) -> list[Order]:
    orders = pair(many)
    accept(by=HOUSE, order_ids=[order.pk for order in orders], at=NOON)
    return orders


def form(orders, do="ship", carrier="ZTO", waybill=ZTO, **also):
    values = {"order": [order.pk for order in orders], "do": do}
    return values | ({"carrier": carrier, "waybill": waybill} if do == "ship" else {}) | also


def states() -> set[str]:
    return set(Order.objects.values_list("state", flat=True))


def test_a_group_is_accepted_and_shipped_in_one_parcel_on_the_bench(boss):
    one, two = pair()
    answer = boss.post(BENCH, form([one, two], "accept"), follow=True)
    assert "zg-toast" in answer.client.cookies
    page = answer.content.decode()
    assert "整组发出" in page
    assert 'name="waybill"' in page
    assert states() == {State.PAID}
    boss.post(BENCH, form([one, two]))
    assert states() == {State.SHIPPED}
    assert set(Parcel.objects.get().contents.values_list("order_id", flat=True)) == {one.pk, two.pk}


def test_accepting_says_that_nothing_is_shipped_yet(boss):
    one, two = pair()
    values = form([two], "accept", version=one.version, seen=0)
    answer = boss.post(f"/orders/{one.shop.code}/{one.number}/together/", values, follow=True)
    page = answer.content.decode()
    assert "已归为一组，还没有发货" in page
    assert "已合并发货" not in page
    assert states() == {State.PAID}


def test_a_refused_waybill_ships_none_and_stays_in_the_form(boss):
    one, two = grouped()
    answer = boss.post(BENCH, form([one, two], waybill="12"))
    assert answer.status_code == 422
    assert 'value="12"' in answer.content.decode()
    assert boss.post(BENCH, form([one, two], carrier="")).status_code == 422
    assert boss.post(BENCH, form([one, two], waybill=" ")).status_code == 422
    assert states() == {State.PAID}
    assert not Parcel.objects.exists()


def test_one_that_may_not_leave_keeps_the_whole_group_in_the_house(boss):
    one, two = grouped()
    Order.objects.filter(pk=two.pk).update(troubles=["locked"])
    answer = boss.post(BENCH, form([one, two]))
    assert answer.status_code == 409
    assert "平台锁定" in answer.content.decode()
    assert states() == {State.PAID}
    assert not Parcel.objects.exists()


def test_the_order_page_ships_the_whole_group_and_names_it(boss):
    one, two = grouped()
    address = f"/orders/{one.shop.code}/{one.number}/"
    page = boss.get(address).content.decode()
    assert "和这些订单装在一个包裹里，一起发出" in page
    assert f'action="{address}shipments/"' not in page
    fresh = Order.objects.get(pk=one.pk)
    answer = boss.post(f"{address}together/", form([two], version=fresh.version, seen=0), follow=True)
    assert "这一组的订单装在一个包裹里" in answer.content.decode()
    assert states() == {State.SHIPPED}
    assert Parcel.objects.count() == 1
    assert "取消合并" not in boss.get(address).content.decode()


def test_the_order_page_parts_and_then_ships_alone(boss):
    one, two = grouped()
    address = f"/orders/{one.shop.code}/{one.number}/"
    fresh = Order.objects.get(pk=one.pk)
    boss.post(f"{address}together/", form([two], "part", version=fresh.version, seen=0))
    assert not TogetherOrder.objects.exists()
    assert f'action="{address}shipments/"' in boss.get(address).content.decode()


def test_one_of_a_group_does_not_leave_alone():
    one, two = grouped()
    with pytest.raises(Grouped, match=two.number):
        ship(by=HOUSE, order=one, carrier="ZTO", waybill=ZTO, at=NOON)
    outcomes = ship_many(by=HOUSE, shipments=[Shipment(two.pk, "ZTO", OTHER)], at=NOON)
    assert outcomes[0].result == "refused"
    assert states() == {State.PAID}
    assert not Parcel.objects.exists()
    part(by=HOUSE, order_ids=[one.pk], at=NOON)
    ship(by=HOUSE, order=one, carrier="ZTO", waybill=ZTO, at=NOON)


def test_who_stays_alone_in_a_group_leaves_alone():
    one, two = grouped()
    Order.objects.filter(pk=two.pk).update(state=State.CLOSED_REFUNDED)
    ship(by=HOUSE, order=one, carrier="ZTO", waybill=ZTO, at=NOON)
    assert Order.objects.get(pk=one.pk).state == State.SHIPPED


def test_a_group_that_changed_meanwhile_is_not_shipped():
    one, two, three = grouped(3)
    part(by=HOUSE, order_ids=[three.pk], at=NOON)
    for seen in ([one, two, three], [one], [three]):
        with pytest.raises(NotNow):
            ship_together(
                by=HOUSE, order_ids=[o.pk for o in seen], carrier="ZTO", waybill=ZTO, at=NOON, group=True
            )
    assert states() == {State.PAID}
    assert not Parcel.objects.exists()


def test_another_shops_group_is_not_there(client):
    one, two = grouped()
    sign_in(client, staff("li", *everything(), at=mall()))
    assert client.post(BENCH, form([one, two])).status_code == 404
    assert states() == {State.PAID}


def test_the_same_waybill_on_two_lines_of_the_ship_bench_is_one_parcel(boss):
    one, two = pair()
    stranger, alone = ordered(state=State.PAID, receiver=receiver("李四")), ordered(state=State.PAID)
    text = f"{one.number} {ZTO}\n{two.number} {ZTO}\n{alone.number} {OTHER}"
    assert boss.post("/orders/shipping/", {"carrier": "ZTO", "pairs": text}).status_code == 200
    assert Parcel.objects.get(waybill=ZTO).contents.count() == 2
    late = ordered(state=State.PAID)
    text = f"{late.number} 538012345670\n{stranger.number} 538012345670"
    assert boss.post("/orders/shipping/", {"carrier": "ZTO", "pairs": text}).status_code == 409
    assert Parcel.objects.count() == 2
    assert set(Order.objects.filter(pk__in=[late.pk, stranger.pk]).values_list("state", flat=True)) == {
        State.PAID
    }


@pytest.mark.django_db(transaction=True)
def test_two_who_ship_one_group_at_once_make_one_parcel():
    one, two = grouped()

    def send(waybill):
        ship_together(
            by=HOUSE, order_ids=[two.pk, one.pk], carrier="ZTO", waybill=waybill, at=NOON, group=True
        )

    said = at_once(lambda: send(ZTO), lambda: send(OTHER))
    assert sorted(said) == ["done", "refused"]
    assert Parcel.objects.count() == 1
    assert Parcel.objects.get().contents.count() == 2


@pytest.mark.django_db(transaction=True)
def test_shipping_a_group_while_it_is_parted_does_the_one_or_the_other():
    one, two = grouped()
    ids = [one.pk, two.pk]
    said = at_once(
        lambda: ship_together(by=HOUSE, order_ids=ids, carrier="ZTO", waybill=ZTO, at=NOON, group=True),
        lambda: part(by=HOUSE, order_ids=ids, at=NOON),
    )
    assert said[1] == "done"
    assert states() == ({State.SHIPPED} if said[0] == "done" else {State.PAID})
    assert Parcel.objects.count() == (1 if said[0] == "done" else 0)
