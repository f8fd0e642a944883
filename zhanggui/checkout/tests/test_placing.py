from datetime import timedelta

import pytest

from zhanggui.checkout.acting import HOUSE
from zhanggui.checkout.actions.following import cancel
from zhanggui.checkout.actions.payments import open_payment
from zhanggui.checkout.actions.placing import place_many
from zhanggui.checkout.actions.submits import prune
from zhanggui.checkout.tests.cast import (
    buyer,
    coupon,
    goods,
    offer,
    opened,
    own_shop,
    pay,
    place,
    placed,
    placing,
    red_packet,
)
from zhanggui.kit.clock import now
from zhanggui.kit.refusals import NotFound, NotNow
from zhanggui.ledger.books import balances, unbalanced
from zhanggui.orders.models import Order, Timer
from zhanggui.shops.models import Setting
from zhanggui.stock.models import Balance, Quota
from zhanggui.stock.queries import sellable, unexplained

pytestmark = pytest.mark.django_db


def test_an_order_is_placed_with_all_that_belongs_to_it():
    tea = goods(price_fen=5000, pieces=10)
    order = placed((tea, 2), message="请轻放")
    assert (order.state, order.due_fen, order.postage_fen, order.source) == ("unpaid", 11000, 1000, "shop")
    assert order.receiver.masked_name == "王**"
    assert order.priced.digest
    line = order.lines.get()
    assert (line.stock, line.share_fen, line.hold) == ("held", 10000, "order")
    assert Balance.objects.get().promised == 2
    assert Timer.objects.get().kind == "close_unpaid"
    assert balances(order_id=order.pk) == {}
    assert pay(order) == "paid"
    order.refresh_from_db()
    assert (order.state, order.paid_fen) == ("paid", 11000)
    assert balances(order_id=order.pk) == {"escrow": 11000, "goods_due": -10000, "postage_due": -1000}
    assert unexplained() == []
    assert unbalanced() == []


def test_offers_red_packets_and_presents_are_taken_and_stand_in_the_books():
    me = buyer()
    tea, cup = goods(price_fen=10000), goods("CUP", price_fen=900, pieces=3)
    offer("reduction", {"tiers": [{"at": 10000, "off_fen": 1000}]})
    offer("gift", {"tiers": [{"at": 10000, "present": {"sku_id": cup.pk, "pieces": 1}}]})
    bonus = coupon(500, 1000, to=me, house=True)
    packet = red_packet(me, 2000)
    order = placed((tea, 1))
    assert (order.goods_fen, order.discount_fen, order.house_fen, order.red_fen) == (10000, 1500, 500, 2000)
    assert order.due_fen == 9500
    gift = order.lines.get(gift_of__isnull=False)
    assert (gift.sku_id, gift.share_fen, gift.stock) == (cup.pk, 0, "held")
    packet.refresh_from_db()
    assert (packet.left_fen, packet.held_fen) == (0, 2000)
    assert bonus.coupons.get().state == "held"
    payment = opened(order)
    assert payment.amount_fen == 7500
    assert pay(order) == "paid"
    order.refresh_from_db()
    assert order.paid_fen == 9500
    assert bonus.coupons.get().state == "used"
    assert balances(order_id=order.pk) == {
        "escrow": 7500,
        "red_packet_cost": 2000,
        "discount_given": 1000,
        "coupon_cost": 500,
        "goods_due": -10000,
        "postage_due": -1000,
    }


def test_what_the_buyer_saw_must_be_what_is_charged():
    tea = goods(price_fen=5000)
    seen = place((tea, 1), seen_total_fen=5999)
    assert (seen.result, seen.old_fen, seen.new_fen) == ("price_changed", 5999, 6000)
    assert place((tea, 1), seen_digest="0" * 64).result == "price_changed"
    assert not Order.objects.exists()
    assert Balance.objects.get().promised == 0
    shown = seen.basket.digest
    assert place((tea, 1), seen_total_fen=6000, seen_digest=shown).ok


def test_sold_out_says_how_many_can_be_had_and_takes_nothing():
    tea, cup = goods(pieces=2), goods("CUP", pieces=5)
    outcome = place((cup, 1), (tea, 3))
    assert (outcome.result, outcome.can_have) == ("sold_out", {tea.pk: 2})
    assert "2" in outcome.message
    assert sum(Balance.objects.values_list("promised", flat=True)) == 0
    assert place((cup, 1), (tea, 2)).ok


def test_safety_stock_and_quotas_bind_own_shops():
    ours, theirs = own_shop(), own_shop("OW02")
    tea = goods(pieces=10, in_shops=[ours, theirs])
    Balance.objects.update(safety=2)
    quota = Quota.objects.create(shop=theirs, sku=tea, pieces=3)
    assert sellable(ours.pk, [tea.pk], at=now()) == {tea.pk: 5}
    assert sellable(theirs.pk, [tea.pk], at=now()) == {tea.pk: 3}
    assert place((tea, 6)).can_have == {tea.pk: 5}
    assert place((tea, 4), shop=theirs).can_have == {tea.pk: 3}
    order = placed((tea, 3), shop=theirs)
    quota.refresh_from_db()
    assert quota.taken == 3
    cancel(by=HOUSE, buyer=buyer(), order=order, reason="买家不想买了", at=now())
    quota.refresh_from_db()
    assert quota.taken == 0
    assert placed((tea, 5))
    assert unexplained() == []


def test_an_unknown_postage_places_nothing():
    shop = own_shop("OW09", freight=False)
    tea = goods(in_shops=[shop])
    assert place((tea, 1), shop=shop).result == "postage_unknown"
    assert not Order.objects.exists()


def test_the_same_key_gives_the_same_answer_and_another_body_is_refused():
    tea = goods()
    form = placing((tea, 1), key="once")
    first = place_many(by=HOUSE, placings=[form], at=now())[0]
    again = place_many(by=HOUSE, placings=[form, form], at=now())
    assert {one.order_id for one in again} == {first.order_id}
    assert all(one.repeated for one in again)
    other = place_many(by=HOUSE, placings=[placing((tea, 2), key="once")], at=now())[0]
    assert other.code == "key_taken"
    assert Order.objects.count() == 1
    # a refused form keeps its key
    assert place((tea, 99), key="k2").result == "sold_out"
    assert place((tea, 1), key="k2").ok
    assert prune(by=HOUSE, at=now() + timedelta(hours=71)) == 0
    assert prune(by=HOUSE, at=now() + timedelta(hours=73)) == 2


def test_the_same_form_twice_in_one_list_is_one_order():
    form = placing((goods(), 1))
    outcomes = place_many(by=HOUSE, placings=[form, form], at=now())
    assert outcomes[0].order_id == outcomes[1].order_id
    assert outcomes[1].repeated
    assert Order.objects.count() == 1


def test_a_group_is_placed_whole_or_not_at_all():
    one, two = own_shop(), own_shop("OW02")
    tea, cup = goods(in_shops=[one]), goods("CUP", pieces=1, in_shops=[two])
    both = [placing((tea, 1), group="g"), placing((cup, 2), shop=two, group="g")]
    outcomes = place_many(by=HOUSE, placings=both, at=now())
    assert [o.result for o in outcomes] == ["refused", "sold_out"]
    assert not Order.objects.exists()
    assert sum(Balance.objects.values_list("promised", flat=True)) == 0
    both = [placing((tea, 1), group="h"), placing((cup, 1), shop=two, group="h")]
    assert all(o.ok for o in place_many(by=HOUSE, placings=both, at=now()))


def test_red_packets_are_handed_on_from_shop_to_shop():
    one, two, me = own_shop(), own_shop("OW02"), buyer()
    tea, cup = goods(price_fen=1000, in_shops=[one]), goods("CUP", price_fen=5000, in_shops=[two])
    red_packet(me, 3000)
    outcomes = place_many(by=HOUSE, placings=[placing((tea, 1)), placing((cup, 1), shop=two)], at=now())
    assert all(o.ok for o in outcomes), outcomes
    assert sum(Order.objects.values_list("red_fen", flat=True)) == 3000


def test_the_last_coupon_goes_once():
    me, tea = buyer(), goods()
    coupon(500, 500, to=me)
    a, b = placing((tea, 1)), placing((tea, 1))
    first, second = place_many(by=HOUSE, placings=[a, b], at=now())
    assert (first.result, second.result) == ("placed", "offer_gone")
    assert Balance.objects.get().promised == 1


def test_pay_on_delivery_waits_for_the_call_and_takes_no_red_packet():
    tea, me = goods(hold="payment"), buyer()
    red_packet(me, 500)
    assert place((tea, 1), cod=True).result == "refused"
    Setting.objects.create(shop=own_shop(), name="orders.cod", value=True, since=now().date(), set_by="-")
    order = placed((tea, 1), cod=True)
    assert (order.state, order.cod_call, order.red_fen) == ("paid", "waiting", 0)
    assert order.lines.get().stock == "held"
    with pytest.raises(NotNow):
        opened(order)


def test_a_foreign_order_is_not_there():
    order = placed((goods(), 1))
    stranger = buyer("路人")
    with pytest.raises(NotFound):
        cancel(by=HOUSE, buyer=stranger, order=order, reason="买家不想买了", at=now())
    with pytest.raises(NotFound):
        open_payment(by=HOUSE, order_ids=[order.pk], provider="sandbox", at=now(), buyer_id=stranger.pk)
