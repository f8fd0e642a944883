"""A crowd of buyers at the door: the rest is told to come back, and has not tried. The gate: `people/tests/test_hashing.py`."""

import pytest

from zhanggui.customers import hashing
from zhanggui.customers.actions import accounts
from zhanggui.customers.models import Account, Try
from zhanggui.kit.clock import now
from zhanggui.people.rules import TooMany


@pytest.mark.django_db
def test_who_is_sent_away_has_not_tried(monkeypatch):
    from zhanggui.customers.tests import cast

    person = cast.buyer("小鱼")
    monkeypatch.setattr(hashing, "_gate", hashing.Gate(1, -1))
    with pytest.raises(TooMany):
        accounts.register(
            merchant_id=person.merchant_id,
            phone="13900139555",
            password="three small boats",
            address="::1",
            at=now(),
        )
    with pytest.raises(TooMany):
        accounts.change_password(
            buyer=person, old="wrong", new="three small boats", address="::1", token="", at=now()
        )
    assert Account.objects.count() == 1
    assert not Try.objects.filter(ok=False).exists()
