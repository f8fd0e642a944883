"""Orders arrive: new ones are placed, known ones move forward only, the same again changes nothing."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.cast import HOUSE, NOON, actor, mall, shop
from zhanggui.customers.models import Buyer
from zhanggui.journal.models import Announcement, Entry
from zhanggui.kit.refusals import NotAllowed
from zhanggui.ledger.books import balances
from zhanggui.orders.actions.arrival import add_details, take_in
from zhanggui.orders.models import Order, OrderLine, Overwrite, Parcel, ParcelLine, Receiver, Timer
from zhanggui.orders.sealing import open_receiver, phone_trace
from zhanggui.orders.states import LineState, Refund, State
from zhanggui.orders.tests.cast import arriving, bring, line, ordered, receiver, shelve
from zhanggui.people.powers import Power
from zhanggui.stock.models import Promise

pytestmark = pytest.mark.django_db


def results(arrived):
    return [one.result for one in arrived]


def again(*orders, into=None, at=NOON):
    return results(take_in(by=HOUSE, shop=into or shop(), orders=orders, at=at))


def test_a_new_order_is_placed_with_all_that_belongs_to_it():
    order = ordered(
        line(price_fen=5990, pieces=2, code="A-1"), buyer_message="尽快发货", memo="老客户", flag=2
    )
    assert (order.state, order.goods_fen, order.postage_fen, order.due_fen) == ("unpaid", 11980, 1000, 12980)
    assert (order.pieces, order.title, order.flag, order.memo) == (2, "纯棉T恤", 2, "老客户")
    assert order.buyer == Buyer.objects.get(nick="江边小鱼")
    assert order.region == "420111"
    assert order.lines.get().share_fen == 11980
    assert open_receiver(order.receiver).phone == "13800138000"
    assert order.receiver.masked_phone == "138****8000"
    assert Receiver.objects.filter(phone_trace=phone_trace("+86 138-0013-8000")).exists()
    assert b"13800138000" not in bytes(order.receiver.sealed)
    timer = order.timers.get()
    assert (timer.kind, timer.due_at) == (Timer.Kind.CLOSE_UNPAID, NOON + timedelta(hours=72))
    assert order.next_due_at == timer.due_at
    assert Order.objects.filter(words="老客户").exists()
    entry = Entry.objects.get(what="order.placed", object_id=order.pk)
    assert entry.change["state"] == [None, "unpaid"]
    assert "王小明" not in str(entry.change)
    assert Announcement.objects.get(name="OrdersPlaced").news == {
        "shop_id": order.shop_id,
        "order_ids": [order.pk],
    }
    assert not balances(order_id=order.pk)


def test_a_paid_order_is_booked_and_its_stock_is_held():
    sku = shelve(pieces=3)
    order = ordered(line(code="TEE-W-M", pieces=2), line(title="围巾"), state=State.PAID)
    assert balances(order_id=order.pk) == {"escrow": 18970, "goods_due": -17970, "postage_due": -1000}
    assert list(order.lines.order_by("position").values_list("stock", flat=True)) == ["held", ""]
    assert Promise.objects.get(sku=sku).pieces == 2
    late = ordered(line(code="TEE-W-M", pieces=2), state=State.PAID)
    assert late.lines.get().stock == "short"
    assert late.troubles == ["short"]


def test_who_paid_first_gets_the_stock():
    shelve(pieces=1)
    wanting = line(code="TEE-W-M")
    late, early = bring(
        arriving(wanting, state=State.PAID, paid_at=NOON),
        arriving(wanting, state=State.PAID, paid_at=NOON - timedelta(hours=1)),
    )
    assert (late.lines.get().stock, early.lines.get().stock) == ("short", "held")


def test_the_orders_discount_is_spread_over_its_lines_to_the_fen():
    order = ordered(
        line(price_fen=1000), line("袜子", 1000), line("帽子", 1000), discount_fen=1000, adjust_fen=-1
    )
    shares = list(order.lines.order_by("position").values_list("share_fen", flat=True))
    assert sum(shares) == 1999 == order.due_fen - order.postage_fen
    assert max(shares) - min(shares) <= 1


def test_money_that_does_not_add_up_is_refused_and_hurts_no_other():
    wrong = replace(arriving(), due_fen=1)
    broken = arriving(line(pieces=0))
    arrived = take_in(by=HOUSE, shop=shop(), orders=[wrong, arriving(), broken], at=NOON)
    assert results(arrived) == ["refused", "new", "refused"]
    assert "金额对不上" in arrived[0].message
    assert Order.objects.count() == 1


def test_the_same_again_is_unchanged_and_writes_nothing():
    orders = [arriving(state=state) for state in State] + [
        arriving(memo="x", flag=1, waybill="", state=State.PAID)
    ]
    assert again(*orders) == ["new"] * len(orders)
    versions = dict(Order.objects.values_list("pk", "version"))
    entries = Entry.objects.count()
    with CaptureQueriesContext(
        connection,
    ) as seen:
        assert again(*orders) == ["unchanged"] * len(orders)
    assert not [q["sql"] for q in seen if q["sql"].startswith(("UPDATE", "INSERT", "COPY"))]
    assert dict(Order.objects.values_list("pk", "version")) == versions
    assert Entry.objects.count() == entries


def test_a_newer_file_moves_an_order_forward_and_an_older_never_back():
    shelve(pieces=5)
    paid = arriving(line(code="TEE-W-M"), state=State.PAID)
    unpaid = replace(paid, state=State.UNPAID, paid_at=None)
    shipped = replace(paid, state=State.SHIPPED, shipped_at=NOON, carrier="ZTO", waybill="718123456789")
    done = replace(shipped, state=State.FINISHED, ended_at=NOON + timedelta(days=3))
    order = bring(unpaid)[0]
    for told, books in (
        (paid, {"escrow": 6990, "goods_due": -5990, "postage_due": -1000}),
        (shipped, {"escrow": 6990, "goods_due": -5990, "postage_due": -1000}),
        (done, {"escrow": 6990, "shop_income": -5990, "postage_income": -1000}),
    ):
        assert again(told) == ["changed"]
        assert balances(order_id=order.pk) == books
        assert again(told) == ["unchanged"]
    for old in (unpaid, paid, shipped):
        assert again(old) == ["unchanged"]
    order.refresh_from_db()
    assert order.state == State.FINISHED
    assert order.lines.get().stock == "out"
    assert ParcelLine.objects.get(order=order).parcel.waybill == "718123456789"
    assert not order.timers.filter(fired_at=None, dropped_at=None).exists()


def test_what_we_did_ourselves_is_not_undone_by_the_same_file():
    from zhanggui.orders.actions.prices import change_price

    told = arriving()
    order = bring(told)[0]
    change_price(by=HOUSE, order=order, postage_fen=0, at=NOON)
    assert again(told) == ["unchanged"]
    order.refresh_from_db()
    assert order.due_fen == 5990
    cheaper = replace(told, due_fen=5000, postage_fen=0, adjust_fen=-990, lines=(line(adjust_fen=-990),))
    assert again(cheaper) == ["changed"]
    order.refresh_from_db()
    assert (order.due_fen, order.lines.get().share_fen) == (5000, 5000)


def test_what_was_paid_outside_comes_back_to_life_after_we_closed_it():
    from zhanggui.orders.actions.closing import close

    shelve(pieces=1)
    told = arriving(line(code="TEE-W-M"))
    order = bring(told)[0]
    close(by=HOUSE, order=order, reason="买家不想买了", at=NOON)
    assert again(replace(told, state=State.PAID, paid_at=NOON)) == ["changed"]
    order.refresh_from_db()
    assert (order.state, order.paid_fen, order.close_reason, order.ended_at) == ("paid", 6990, "", None)
    assert (order.lines.get().state, order.lines.get().stock) == (LineState.PAID, "held")


def test_a_number_twice_in_one_list_is_taken_once_as_the_furthest():
    paid = arriving(state=State.PAID)
    unpaid = replace(paid, state=State.UNPAID, paid_at=None)
    arrived = take_in(by=HOUSE, shop=shop(), orders=[paid, unpaid], at=NOON)
    assert results(arrived) == ["new", "unchanged"]
    assert Order.objects.get().state == State.PAID


def test_the_same_number_in_two_shops_is_two_orders():
    told = arriving()
    bring(told)
    assert again(told, into=mall()) == ["new"]
    assert Order.objects.filter(number=told.number).count() == 2


def test_not_told_stays_as_it_is():
    told = arriving(memo="老客户", flag=3)
    order = bring(told)[0]
    assert again(replace(told, memo=None, flag=None, receiver=None, lines=(), nick="")) == ["unchanged"]
    order.refresh_from_db()
    assert (order.memo, order.flag, order.lines.count()) == ("老客户", 3, 1)


def test_a_memo_overwritten_outside_is_kept_in_both_versions():
    told = arriving(memo="要红色", flag=1)
    bring(told)
    assert again(replace(told, memo="要蓝色", flag=4)) == ["changed"]
    kept = Overwrite.objects.get()
    assert (kept.our_memo, kept.their_memo, kept.our_flag, kept.their_flag) == ("要红色", "要蓝色", 1, 4)


def test_a_changed_receiver_is_taken_over_until_the_end():
    told = arriving(state=State.PAID)
    order = bring(told)[0]
    moved = replace(told, receiver=receiver(city="宜昌市", district="西陵区"))
    assert again(moved) == ["changed"]
    order.refresh_from_db()
    assert (order.region, order.receiver.city) == ("420502", "宜昌市")
    assert again(moved) == ["unchanged"]


def test_an_order_without_an_address_asks_for_a_look():
    lost, odd = bring(
        arriving(receiver=None, state=State.PAID),
        arriving(receiver=receiver(province="", city="", district="")),
    )
    assert lost.troubles == ["address"]
    assert odd.troubles == ["address"]
    assert again(replace(arriving(), number=lost.number, state=State.PAID)) == ["changed"]
    lost.refresh_from_db()
    assert lost.troubles == []


def test_watched_words_ask_for_a_look():
    assert ordered(buyer_message="麻烦开发票").troubles == ["memo"]


def test_details_bring_the_lines_and_explain_the_sum():
    order = ordered(lines=(), due_fen=6990, goods_fen=5990, title="纯棉T恤，袜子", pieces=2, state=State.PAID)
    assert order.lines.count() == 0
    shelve(pieces=1)
    arrived = add_details(
        by=HOUSE,
        shop=shop(),
        details={
            order.number: (line(price_fen=5000, code="TEE-W-M"), line("袜子", 1500)),
            "missing": (line(),),
        },
        at=NOON,
    )
    assert results(arrived) == ["changed", "refused"]
    order.refresh_from_db()
    assert (order.goods_fen, order.discount_fen, order.due_fen) == (6500, 510, 6990)
    assert list(order.lines.order_by("position").values_list("state", "stock")) == [
        ("paid", "held"),
        ("paid", ""),
    ]
    assert sum(order.lines.values_list("share_fen", flat=True)) == 5990
    assert Order.objects.filter(words="袜子").exists()
    assert results(add_details(by=HOUSE, shop=shop(), details={order.number: (line(),)}, at=NOON)) == [
        "unchanged"
    ]


def test_orders_that_the_platform_merged_share_a_parcel():
    also = {"state": State.SHIPPED, "carrier": "ZTO", "waybill": "718123456789"}
    bring(arriving(**also), arriving(**also))
    assert Parcel.objects.count() == 1
    assert ParcelLine.objects.count() == 2


def test_an_open_refund_told_by_a_file_freezes_its_line():
    lines = tuple(line(name, 1000, outer_number=name) for name in "ABC")
    told = arriving(*lines, state=State.SHIPPED)
    order = bring(told)[0]
    due_at = order.timers.get().due_at
    opened = replace(told, refund=Refund.OPEN, lines=(replace(lines[0], refund=Refund.OPEN), *lines[1:]))
    assert again(opened) == ["changed"]
    assert again(opened) == ["unchanged"]
    live = order.timers.filter(fired_at=None, dropped_at=None)
    assert set(live.values_list("line__title", "due_at")) == {("B", due_at), ("C", due_at)}
    fresh = ordered(*opened.lines, state=State.SHIPPED, refund=Refund.OPEN)
    assert set(fresh.timers.values_list("line__title", flat=True)) == {"B", "C"}


def test_a_refunded_order_told_for_the_first_time():
    order = ordered(state=State.CLOSED_REFUNDED)
    assert (order.paid_fen, order.refunded_fen, order.refund) == (6990, 6990, Refund.DONE)
    assert balances(order_id=order.pk) == {"escrow": 6990, "refund_out": -6990}


def test_who_may_not_import_is_refused_and_nothing_happens():
    with pytest.raises(NotAllowed):
        take_in(by=actor(Power.ORDER_SEE), shop=shop(), orders=[arriving()], at=NOON)
    assert not Order.objects.exists()


@pytest.mark.parametrize("state", [State.UNPAID, State.PAID, State.SHIPPED])
def test_a_long_list_costs_no_more_statements_than_a_short_one(state):
    shelve(pieces=1000)
    shop()

    def cost(many):
        orders = [
            arriving(
                line(code="TEE-W-M"),
                line("袜子", 990),
                state=state,
                nick=f"n{i}",
                carrier="ZTO",
                waybill=f"7181234{i:05}",
            )
            for i in range(many)
        ]
        counts = []
        later = [replace(o, state=State.FINISHED, ended_at=NOON, memo="完成") for o in orders]
        for told in (orders, orders, later):
            with CaptureQueriesContext(connection) as seen:
                take_in(by=HOUSE, shop=shop(), orders=told, at=NOON)
            counts.append(len([q for q in seen if "SAVEPOINT" not in q["sql"]]))
        return counts

    cost(2)
    few, many = cost(2), cost(100)
    assert many == few
    assert max(many) <= 45, many


def test_no_line_of_a_list_is_lost():
    orders = [arriving(line(str(i)), line(f"x{i}")) for i in range(300)]
    bring(*orders)
    assert OrderLine.objects.count() == 600
