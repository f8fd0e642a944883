from datetime import timedelta

import pytest

from zhanggui.checkout.acting import HOUSE
from zhanggui.checkout.actions.auctioned import follow_deposits, place_waiting, place_won, waiting_of
from zhanggui.checkout.actions.backs import done
from zhanggui.checkout.actions.payments import open_deposit, take
from zhanggui.checkout.models import MoneyBack
from zhanggui.checkout.tests.cast import buyer, goods, opened, own_shop, told
from zhanggui.customers.actions.addresses import add
from zhanggui.customers.whereto import Whereto
from zhanggui.journal.news import deliver_due
from zhanggui.kit.clock import now
from zhanggui.ledger.books import balances, unbalanced
from zhanggui.orders.actions.receipt import settle_refund
from zhanggui.orders.models import Order
from zhanggui.orders.sealing import open_receiver
from zhanggui.promotions.actions.auctions import take_due
from zhanggui.promotions.events import AuctionWon, DepositsMoved
from zhanggui.promotions.models import Auction, Deposit

pytestmark = pytest.mark.django_db


def auction(sku, me):
    made = Auction.objects.create(
        shop=own_shop(), sku=sku, title="拍卖", state="live", start_fen=100, step_fen=100, deposit_fen=500,
        starts_at=now() - timedelta(hours=1), ends_at=now() + timedelta(hours=1), made_by="test",
    )  # fmt: skip
    return made, Deposit.objects.create(auction=made, buyer=me, amount_fen=500)


def test_a_winner_gets_an_order_and_the_deposit_is_set_off():
    me = buyer()
    add(
        by=HOUSE,
        buyer=me,
        whereto=Whereto("王小明", "13800138000", "湖北省", "武汉市", "洪山区", "珞喻路1号"),
        at=now(),
    )
    made, deposit = auction(goods(price_fen=99900), me)
    payment = open_deposit(by=HOUSE, deposit_id=deposit.pk, provider="sandbox", at=now(), buyer_id=me.pk)
    assert take(by=HOUSE, told=[told(payment)], at=now()) == ["paid"]
    assert balances() == {"escrow": 500, "deposit_held": -500}
    Auction.objects.update(state="sold", top_bidder=me, top_fen=3000)
    won = AuctionWon(
        made.pk, made.shop_id, me.pk, 3000, made.sku_id, 1, now() + timedelta(days=1), deposit.pk
    )
    assert place_won(by=HOUSE, won=won, at=now()).ok
    assert place_won(by=HOUSE, won=won, at=now()) is None
    order = Order.objects.get()
    assert order.due_fen == 4000
    rest = opened(order)
    assert rest.amount_fen == 3500
    assert take(by=HOUSE, told=[told(rest)], at=now()) == ["paid"]
    order.refresh_from_db()
    deposit.refresh_from_db()
    assert (order.state, deposit.state) == ("paid", "set_off")
    assert balances() == {"escrow": 4000, "goods_due": -3000, "postage_due": -1000}
    assert unbalanced() == []


def test_who_did_not_win_gets_the_deposit_back_once():
    me = buyer()
    made, deposit = auction(goods(), me)
    payment = open_deposit(by=HOUSE, deposit_id=deposit.pk, provider="sandbox", at=now(), buyer_id=me.pk)
    take(by=HOUSE, told=[told(payment)], at=now())
    moved = DepositsMoved(made.pk, made.shop_id, (deposit.pk,), "back")
    follow_deposits(by=HOUSE, told=moved, at=now())
    follow_deposits(by=HOUSE, told=moved, at=now())
    assert MoneyBack.objects.get().amount_fen == 500


def won_by(me, *, pay_until=None):
    made, deposit = auction(goods(price_fen=99900), me)
    payment = open_deposit(by=HOUSE, deposit_id=deposit.pk, provider="sandbox", at=now(), buyer_id=me.pk)
    take(by=HOUSE, told=[told(payment)], at=now())
    until = pay_until or now() + timedelta(days=1)
    Auction.objects.update(state="sold", top_bidder=me, top_fen=3000, pay_until=until)
    return AuctionWon(made.pk, made.shop_id, me.pk, 3000, made.sku_id, 1, until, deposit.pk)


def live_at(me, phone="13800138000"):
    where = Whereto("王小明", phone, "湖北省", "武汉市", "洪山区", "珞喻路1号")
    add(by=HOUSE, buyer=me, whereto=where, at=now())


def test_the_order_of_a_winner_waits_for_an_address_and_keeps_its_deadline():
    me = buyer()
    won = won_by(me)
    assert place_won(by=HOUSE, won=won, at=now()) is None
    assert place_waiting(by=HOUSE, at=now()) == 0
    assert [row.pk for row in waiting_of(me, at=now())] == [won.auction_id]
    live_at(me)
    assert (place_waiting(by=HOUSE, at=now()), place_waiting(by=HOUSE, buyer=me, at=now())) == (1, 0)
    order = Order.objects.get()
    assert (order.due_fen, order.next_due_at, waiting_of(me, at=now())) == (4000, won.pay_until, [])
    assert opened(order).amount_fen == 3500


def test_a_winner_with_only_a_landline_gets_an_order():
    me = buyer()
    won = won_by(me)
    live_at(me, phone="02787654321")
    assert place_won(by=HOUSE, won=won, at=now()).ok
    receiver = open_receiver(Order.objects.get().receiver)
    assert (receiver.phone, receiver.landline) == ("", "02787654321")


def test_an_address_that_comes_too_late_places_nothing():
    me = buyer()
    won = won_by(me, pay_until=now() - timedelta(seconds=1))
    live_at(me)
    assert place_waiting(by=HOUSE, at=now()) == 0
    assert place_won(by=HOUSE, won=won, at=now()) is None
    assert not Order.objects.exists()


def test_a_winner_who_does_not_pay_loses_order_and_deposit():
    me = buyer()
    live_at(me)
    won = won_by(me)
    place_won(by=HOUSE, won=won, at=now())
    order = Order.objects.get()
    assert take_due(by=HOUSE, at=now() + timedelta(days=2)) == 1
    while deliver_due():
        pass
    order.refresh_from_db()
    assert (order.state, order.close_reason) == ("closed_unpaid", "未及时付款")
    assert balances() == {"escrow": 500, "shop_income": -500}


def test_a_refund_of_what_was_won_reaches_the_deposit_too():
    me = buyer()
    live_at(me)
    place_won(by=HOUSE, won=won_by(me), at=now())
    order = Order.objects.get()
    take(by=HOUSE, told=[told(opened(order))], at=now())
    settle_refund(by=HOUSE, order=order, refunded_fen=4000, at=now())
    while deliver_due():
        pass
    assert sorted(MoneyBack.objects.values_list("amount_fen", flat=True)) == [500, 3500]
    for back in MoneyBack.objects.all():
        assert done(by=HOUSE, back=back, at=now())
    assert balances() == {}
    assert unbalanced() == []
