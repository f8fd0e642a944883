"""A crowd at the door: a few hashes at once, the rest is told to come back."""

import threading

import pytest

from zhanggui.customers import hashing
from zhanggui.customers.actions import accounts
from zhanggui.customers.models import Account, Try
from zhanggui.kit.clock import now
from zhanggui.people.rules import TooMany


def test_so_many_at_once_so_many_wait_the_rest_is_refused():
    gate, begun, done = hashing.Gate(1, 2), threading.Event(), threading.Event()
    most, inside, refused = [0], [0], []

    def come():
        try:
            with gate.turn():
                inside[0] += 1
                most[0] = max(most[0], inside[0])
                begun.set()
                done.wait(5)
                inside[0] -= 1
        except TooMany as no:
            refused.append(no.status)

    first = threading.Thread(target=come)
    first.start()
    assert begun.wait(5)
    others = [threading.Thread(target=come) for _ in range(6)]
    for one in others:
        one.start()
    for one in others:
        one.join(0.2)
    assert refused == [429] * 4
    done.set()
    for one in (first, *others):
        one.join(5)
    assert most == [1]
    with gate.turn():
        pass  # every place was given back


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
