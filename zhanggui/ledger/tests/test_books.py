from datetime import datetime

import pytest
from django.db import IntegrityError, connection, transaction

from zhanggui.kit.clock import CHINA
from zhanggui.ledger.books import Movement, balances, post, unbalanced
from zhanggui.ledger.models import Account, Posting, Transfer

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 1, 12, tzinfo=CHINA)


def paid(ref="order:1:paid", **amounts):
    return Movement(
        1, "order.paid", ref, NOON, {Account(name): fen for name, fen in amounts.items()}, order_id=1
    )


def test_a_balanced_transfer_is_posted_once():
    movement = paid(escrow=6990, goods_due=-5990, postage_due=-1000)
    assert post([movement, movement]) == 1
    assert post([movement]) == 0
    assert balances(order_id=1) == {"escrow": 6990, "goods_due": -5990, "postage_due": -1000}
    assert unbalanced() == []


def test_the_database_refuses_what_does_not_balance():
    with pytest.raises(IntegrityError, match="does not balance"), transaction.atomic():
        post([paid(escrow=6990, goods_due=-6989)])
    assert not Transfer.objects.exists()


def test_control_without_the_trigger_the_wrong_transfer_is_stored():
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE ledger_posting DISABLE TRIGGER posting_must_balance")
        post([paid(escrow=6990, goods_due=-6989)])
        assert unbalanced() == list(Transfer.objects.values_list("pk", flat=True))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda: Posting.objects.update(amount_fen=1),
        lambda: Posting.objects.all()._raw_delete("default"),
        lambda: Transfer.objects.update(shop_id=2),
    ],
)
def test_the_ledger_only_grows(spoil):
    post([paid(escrow=100, goods_due=-100)])
    with pytest.raises(IntegrityError, match="only grows"), transaction.atomic():
        spoil()
    assert balances() == {"escrow": 100, "goods_due": -100}
