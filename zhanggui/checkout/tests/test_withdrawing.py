"""A buyer's own cancelled order stays cancelled: its open payment is withdrawn, and money that still comes goes back."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from tests import cast
from zhanggui.checkout import queries
from zhanggui.checkout.acting import HOUSE
from zhanggui.checkout.actions import backs
from zhanggui.checkout.actions.following import cancel
from zhanggui.checkout.actions.payments import take
from zhanggui.checkout.actions.withdrawing import withdraw
from zhanggui.checkout.models import MoneyBack, Payment
from zhanggui.checkout.tests.cast import buyer, coupon, goods, opened, placed, told
from zhanggui.journal.models import Announcement, Entry
from zhanggui.journal.news import deliver_due
from zhanggui.kit.clock import now
from zhanggui.ledger.books import balances, unbalanced
from zhanggui.orders.models import Timer
from zhanggui.orders.timers import fire_due
from zhanggui.stock.models import Balance
from zhanggui.stock.queries import unexplained

pytestmark = pytest.mark.django_db
WHY = "买家不想买了"
AGO = now()


def hear():
    while deliver_due():
        pass


def give_up(order):
    cancel(by=HOUSE, buyer=buyer(), order=order, reason=WHY, at=now())


def test_money_for_an_order_that_its_buyer_cancelled_goes_back_though_the_goods_are_there():
    me = buyer()
    bonus = coupon(100, 100, to=me)
    order = placed((goods(pieces=9), 1))
    payment = opened(order)
    give_up(order)
    assert take(by=HOUSE, told=[told(payment)], at=now()) == ["back"]
    order.refresh_from_db()
    assert (order.state, order.close_reason) == ("closed_unpaid", WHY)
    back = MoneyBack.objects.get()
    assert (back.amount_fen, back.state) == (payment.amount_fen, "asked")
    assert "已经取消" in back.why
    assert bonus.coupons.get().state == "free"
    assert Balance.objects.get().promised == 0
    assert unexplained() == unbalanced() == []


def test_of_a_merged_payment_only_the_cancelled_part_goes_back():
    tea = goods(pieces=9)
    gone, kept = placed((tea, 1)), placed((tea, 2))
    payment = opened(gone, kept)
    give_up(gone)
    assert take(by=HOUSE, told=[told(payment)], at=now()) == ["back"]
    gone.refresh_from_db()
    kept.refresh_from_db()
    assert (gone.state, kept.state) == ("closed_unpaid", "paid")
    assert list(MoneyBack.objects.values_list("order_id", "amount_fen")) == [(gone.pk, gone.due_fen)]
    assert balances(order_id=gone.pk) == {"escrow": gone.due_fen, "stray": -gone.due_fen}
    assert Balance.objects.get().promised == 2


def test_the_books_of_a_cancelled_order_whose_money_went_back_are_not_called_empty():
    order = placed((goods(), 1))
    page = cast.sign_in(Client(), cast.staff("账房", *cast.everything()))
    here = reverse("checkout:books", args=[order.shop.code, order.number])
    assert "还没有入账" in page.get(here).content.decode()
    payment = opened(order)
    give_up(order)
    take(by=HOUSE, told=[told(payment)], at=now())
    assert backs.done(by=HOUSE, back=MoneyBack.objects.get(), at=now())
    assert balances(order_id=order.pk) == {}
    shown = page.get(here).content.decode()
    assert "逐笔分录" in shown
    assert "还没有入账" not in shown


def test_payments_are_listed_by_when_they_began_page_by_page(monkeypatch):
    tea = goods(pieces=9)
    rows = [opened(placed((tea, 1))) for _ in range(5)]
    for row, hours in zip(rows, (3, 1, 5, 1, 2), strict=True):
        Payment.objects.filter(pk=row.pk).update(made_at=AGO - timedelta(hours=hours))
    came = Payment.objects.filter(pk=rows[4].pk)  # money of nobody: by when it came
    came.update(state="stray", paid_at=AGO - timedelta(hours=4))
    monkeypatch.setattr(queries, "_SIZE", 2)
    seen, before = [], None
    for _ in range(3):
        found, before = queries.payments(cast.HOUSE, before=before)
        seen += [row.pk for row in found]
    assert seen == [rows[n].pk for n in (3, 1, 0, 4, 2)]
    assert before is None


def test_control_an_order_that_the_timer_closed_still_comes_back_to_life():
    order = placed((goods(), 1))
    payment = opened(order)
    Timer.objects.update(due_at=now() - timedelta(seconds=1))
    assert fire_due() == 1
    hear()
    assert take(by=HOUSE, told=[told(payment)], at=now()) == ["paid"]
    order.refresh_from_db()
    assert order.state == "paid"
    assert not MoneyBack.objects.exists()


def test_cancelling_withdraws_the_open_payment_and_the_rest_gets_a_fresh_one():
    tea = goods()
    gone, kept, other = placed((tea, 1)), placed((tea, 2)), placed((tea, 1))
    merged, apart = opened(gone, kept), opened(other)
    give_up(gone)
    hear()
    merged.refresh_from_db()
    apart.refresh_from_db()
    assert merged.state == "open", "it is closed here when it is closed at the provider"
    assert (merged.closes_at <= now(), apart.closes_at <= now()) == (True, False)
    assert (
        Announcement.objects.filter(name="PaymentsWithdrawn", news={"payment_ids": [merged.pk]}).count() == 1
    )
    assert Entry.objects.get(what="payment.withdrawn").object_id == merged.pk
    fresh = opened(kept)
    assert fresh.pk != merged.pk
    assert fresh.amount_fen == kept.due_fen
    # Who had the old page of the provider open and paid there too gets that money back whole.
    assert take(by=HOUSE, told=[told(fresh)], at=now()) == ["paid"]
    assert take(by=HOUSE, told=[told(merged)], at=now()) == ["back"]
    kept.refresh_from_db()
    assert kept.state == "paid"
    assert sum(MoneyBack.objects.values_list("amount_fen", flat=True)) == merged.amount_fen
    assert unbalanced() == []


def test_withdrawing_twice_or_what_is_not_closed_changes_nothing(django_assert_num_queries):
    gone, kept = placed((goods(), 1)), placed((goods("CUP"), 1))
    payment, second = opened(gone), opened(kept)
    give_up(gone)
    assert withdraw(by=HOUSE, order_ids=[gone.pk, kept.pk], at=now()) == [payment.pk]
    with django_assert_num_queries(3):  # with the savepoint of the test
        assert withdraw(by=HOUSE, order_ids=[gone.pk, kept.pk], at=now()) == []
    assert Payment.objects.get(pk=second.pk).closes_at > now()
    assert Announcement.objects.filter(name="PaymentsWithdrawn").count() == 1
