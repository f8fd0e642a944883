"""A walk through all that may happen to orders of our own shops; after every step the books balance to the fen (G3.1)."""

import os
from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests import cast
from zhanggui.checkout import queries
from zhanggui.checkout.acting import HOUSE
from zhanggui.checkout.actions import backs, straying
from zhanggui.checkout.actions.following import cancel
from zhanggui.checkout.actions.payments import found, open_payment, take
from zhanggui.checkout.models import MoneyBack, Payment
from zhanggui.checkout.tests.cast import buyer, coupon, goods, offer, own_shop, place, red_packet, told
from zhanggui.journal.news import deliver_due
from zhanggui.kit.clock import now
from zhanggui.kit.refusals import Refused
from zhanggui.ledger.books import balances, unbalanced
from zhanggui.orders import rules
from zhanggui.orders.actions.receipt import confirm, settle_refund
from zhanggui.orders.actions.shipping import ship
from zhanggui.orders.models import Order, Timer
from zhanggui.orders.timers import fire_due
from zhanggui.people.powers import Power
from zhanggui.promotions.models import RedPacket
from zhanggui.stock.models import Balance
from zhanggui.stock.queries import unexplained

EXAMPLES = int(os.environ.get("BUYING_WALKS", "5"))


class Buying(RuleBasedStateMachine):
    """Buyers order, pay too little, too late, twice; the shop ships, refunds; timers fire; providers answer."""

    def __init__(self) -> None:
        super().__init__()
        self.frame = transaction.atomic()
        self.frame.__enter__()
        self.shop = own_shop()
        self.skus = [
            goods("TEA", price_fen=4999, pieces=6),
            goods("CUP", price_fen=1234, pieces=4, hold="payment"),
        ]
        offer("reduction", {"tiers": [{"at": 5000, "off_fen": 333}]}, house=True)
        offer("gift", {"tiers": [{"at": 9000, "present": {"sku_id": self.skus[1].pk, "pieces": 1}}]})
        coupon(100, 1000, to=buyer("甲"))
        self.trades = 0
        self.two = [cast.actor(Power.PAYMENT_SETTLE, name=name) for name in ("财务甲", "财务乙")]
        for n, nick in enumerate(("甲", "乙")):
            red_packet(buyer(nick), 777, ref=str(n))

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.frame.__exit__(None, None, None)

    def some(self, data: st.DataObject, **wanted: object) -> Order | None:
        rows = list(Order.objects.filter(**wanted).order_by("pk"))
        return data.draw(st.sampled_from(rows)) if rows else None

    @rule(nick=st.sampled_from(["甲", "乙"]), which=st.integers(0, 1), pieces=st.integers(1, 3))
    def order(self, nick: str, which: int, pieces: int) -> None:
        outcome = place((self.skus[which], pieces), by=buyer(nick), shop=self.shop)
        assert outcome.result in ("placed", "sold_out"), outcome

    @rule(data=st.data())
    def buy(self, data: st.DataObject) -> None:
        if found := self.some(data, state="unpaid"):
            self.bought(found)

    def bought(self, order: Order) -> None:
        payment = open_payment(by=HOUSE, order_ids=[order.pk], provider="sandbox", at=now())
        take(by=HOUSE, told=[told(payment)], at=now())

    @rule(data=st.data(), provider=st.sampled_from(["sandbox", "alipay"]))
    def open(self, data: st.DataObject, provider: str) -> None:
        if found := self.some(data, state="unpaid"):
            open_payment(by=HOUSE, order_ids=[found.pk], provider=provider, at=now())

    @precondition(lambda self: Payment.objects.exists())
    @rule(
        data=st.data(),
        off=st.sampled_from([0, 0, 0, 0, -1, 500]),
        state=st.sampled_from(["paid", "paid", "closed"]),
    )
    def hear(self, data: st.DataObject, off: int, state: str) -> None:
        payment = data.draw(st.sampled_from(list(Payment.objects.order_by("pk"))))
        take(by=HOUSE, told=[told(payment, fen=max(payment.amount_fen + off, 0), state=state)], at=now())

    @rule(data=st.data())
    def late(self, data: st.DataObject) -> None:
        if found := self.some(data, state="unpaid"):
            Timer.objects.filter(order=found).update(due_at=now() - timedelta(seconds=1))
            fire_due()

    @rule(data=st.data())
    def give_up(self, data: st.DataObject) -> None:
        if found := self.some(data, state="unpaid"):
            assert found.buyer is not None
            cancel(by=HOUSE, buyer=found.buyer, order=found, reason="买家不想买了", at=now())

    @rule(data=st.data(), share=st.integers(0, 100), whole=st.booleans())
    def refund(self, data: st.DataObject, share: int, whole: bool) -> None:
        if found := self.some(data, state__in=["paid", "shipped", "finished"], paid_fen__gt=0):
            left = found.paid_fen - found.refunded_fen
            fen = left if whole else left * share // 100
            settle_refund(by=cast.HOUSE, order=found, refunded_fen=fen, at=now(), whole=whole)

    @rule(data=st.data())
    def send(self, data: st.DataObject) -> None:
        if found := self.some(data, state="paid"):
            try:
                ship(by=cast.HOUSE, order=found, carrier="", waybill="", at=now())
            except Refused:
                return

    @rule(data=st.data())
    def arrive(self, data: st.DataObject) -> None:
        if (found := self.some(data, state="shipped")) and found.refund != "open":
            confirm(by=cast.HOUSE, order=found, at=now())

    @precondition(lambda self: MoneyBack.objects.filter(state="asked").exists())
    @rule(data=st.data(), good=st.booleans())
    def answer(self, data: st.DataObject, good: bool) -> None:
        back = data.draw(st.sampled_from(list(MoneyBack.objects.filter(state="asked").order_by("pk"))))
        if good:
            backs.done(by=HOUSE, back=back, at=now())
        else:
            backs.failed(by=HOUSE, back=back, trouble="x", at=now())

    @precondition(lambda self: Payment.objects.filter(state="paid", provider="sandbox").exists())
    @rule(data=st.data(), fen=st.sampled_from([1, 4999, 5999]), known=st.booleans())
    def more_money(self, data: st.DataObject, fen: int, known: bool) -> None:
        """A second trade for a payment, or money for a payment that nobody knows; told twice."""
        paid = Payment.objects.filter(state="paid", provider="sandbox", told_number="").order_by("pk")
        if not paid:
            return
        payment = data.draw(st.sampled_from(list(paid)))
        self.trades += 1
        ref = f"MORE{self.trades}"
        if known:
            word = told(payment, fen=fen, ref=ref)
            assert take(by=HOUSE, told=[word, word], at=now()) == ["differs", "repeated"]
        else:
            word = told(Payment(number=f"X{ref}", provider="sandbox"), fen=fen, ref=ref)
            owner = payment.merchant_id
            assert found(by=HOUSE, told=word, merchant_id=owner, made_at=now(), at=now()) is not None
            assert found(by=HOUSE, told=word, merchant_id=owner, made_at=now(), at=now()) is None

    @precondition(lambda self: Payment.objects.filter(queries.WAITING).exists())
    @rule(data=st.data(), back=st.booleans())
    def settle_stray(self, data: st.DataObject, back: bool) -> None:
        payment = data.draw(st.sampled_from(list(Payment.objects.filter(queries.WAITING).order_by("pk"))))
        try:
            if back:
                straying.give_back(by=cast.HOUSE, payment=payment, reason="-", at=now())
            elif order := self.some(data, state="unpaid"):
                straying.assign(by=cast.HOUSE, payment=payment, order=order, reason="-", at=now())
        except Refused:
            return

    @precondition(lambda self: MoneyBack.objects.exclude(state="asked").exists())
    @rule(data=st.data(), act=st.sampled_from(["again", "hand", "late", "recovered"]))
    def after_a_refusal(self, data: st.DataObject, act: str) -> None:
        """Asked again, repaid by bank, a success that comes late, money that is recovered: whatever is refused changes nothing."""
        back = data.draw(st.sampled_from(list(MoneyBack.objects.exclude(state="asked").order_by("pk"))))
        try:
            if act == "again":
                backs.again(by=cast.HOUSE, back=back, at=now())
            elif act == "hand":
                for by in self.two:
                    backs.by_hand(by=by, back=back, bank_ref=f"B{back.pk}", at=now())
            elif act == "late":
                backs.heard(by=HOUSE, ref=back.ref, at=now())
            else:
                backs.recovered(by=cast.HOUSE, back=back, reason="-", at=now())
        except Refused:
            return

    @rule()
    def news(self) -> None:
        while deliver_due():
            pass

    @invariant()
    def nothing_is_sold_twice(self) -> None:
        assert unexplained() == []
        assert all(shelf.promised <= shelf.on_hand for shelf in Balance.objects.all())

    @invariant()
    def the_books_balance(self) -> None:
        assert unbalanced() == []
        assert sum(balances().values()) == 0
        cash = 0
        for order in Order.objects.all():
            stands, wanted = balances(order_id=order.pk), rules.position(order)
            for account in ("goods_due", "postage_due", "shop_income", "postage_income", "red_packet_cost",
                            "discount_given", "coupon_cost"):  # fmt: skip
                assert stands.get(account, 0) == wanted.get(account, 0), (order, account)
            assert (
                -stands.get("red_packet_returned", 0) - stands.get("red_packet_expired", 0)
                == order.red_refunded_fen
            )
        for payment in Payment.objects.all():
            done = sum(payment.backs.filter(state="done").values_list("amount_fen", flat=True))
            twice = sum(payment.backs.filter(doubt_at__isnull=False).values_list("amount_fen", flat=True))
            cash += (payment.told_fen or 0) - done - twice
            open_ = sum(payment.backs.exclude(state="failed").values_list("amount_fen", flat=True))
            assert payment.refunded_fen == open_ <= (payment.told_fen or 0)
        assert balances().get("escrow", 0) == cash
        assert queries.stray().off_fen == 0
        by_bank = sum(MoneyBack.objects.filter(state="hand").values_list("amount_fen", flat=True))
        won = sum(MoneyBack.objects.filter(cleared_at__isnull=False).values_list("amount_fen", flat=True))
        owed = MoneyBack.objects.filter(doubt_at__isnull=False, cleared_at__isnull=True)
        assert balances().get("bank", 0) == won - by_bank
        assert balances().get("double_back", 0) == sum(owed.values_list("amount_fen", flat=True))

    @invariant()
    def red_packets_add_up(self) -> None:
        for packet in RedPacket.objects.all():
            held = Order.objects.filter(buyer=packet.buyer, state="unpaid").values_list("red_fen", flat=True)
            assert packet.held_fen == sum(held)
            parts = (
                packet.left_fen,
                packet.held_fen,
                packet.used_fen,
                packet.expired_fen,
                packet.revoked_fen,
            )
            assert packet.amount_fen == sum(parts)


@pytest.mark.django_db
def test_the_books_balance_whatever_happens():
    run_state_machine_as_test(
        Buying,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
            phases=[Phase.explicit, Phase.generate],
        ),
    )


@pytest.mark.django_db
def test_control_a_posting_that_is_forgotten_is_found(monkeypatch):
    walk = Buying()
    try:
        walk.order("甲", 0, 2)
        order = Order.objects.get()
        monkeypatch.setattr("zhanggui.orders.batch.post_later", lambda movements: 0)
        walk.bought(order)
        with pytest.raises(AssertionError):
            walk.the_books_balance()
    finally:
        walk.teardown()
