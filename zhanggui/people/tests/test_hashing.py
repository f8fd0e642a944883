"""A crowd at the door: a few hashes at once, the rest is told to come back."""

import threading

import pytest
from django.db import connection

from tests.cast import NOON
from zhanggui.kit.refusals import Invalid
from zhanggui.people import hashing
from zhanggui.people.actions import entry
from zhanggui.people.actions.staff import change_own_password
from zhanggui.people.models import SignIn, Visit
from zhanggui.people.rules import TooMany
from zhanggui.people.tests.conftest import PASSWORD


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


@pytest.fixture
def full(monkeypatch):
    monkeypatch.setattr(hashing, "_gate", hashing.Gate(1, -1))


@pytest.mark.django_db
def test_who_is_sent_away_at_the_door_is_told_when_and_has_not_tried(client, mei, full):
    for _ in range(30):
        answer = client.post("/sign-in/", {"work_no": "kf001", "password": "wrong"})
        assert answer.status_code == 429
        assert answer["Retry-After"]
        assert "请稍候几秒再试" in answer.content.decode()
    assert not SignIn.objects.filter(ok=False).exists()
    assert not Visit.objects.exists()


@pytest.mark.django_db
def test_a_signed_in_person_waits_at_the_same_gate(mei, full):
    before = mei.password
    with pytest.raises(TooMany):
        change_own_password(by=None, staff=mei, old=PASSWORD, new="three small boats", at=None)
    mei.refresh_from_db()
    assert mei.password == before


@pytest.mark.django_db(transaction=True)
def test_twelve_parallel_sign_ins_hold_one_core_and_the_others_are_answered_at_once(mei, monkeypatch):
    """The gate is round the real check: while one is being hashed no other is, and more than wait are refused."""
    inside, most, refused, lock = [0], [0], [], threading.Lock()
    begun, go = threading.Event(), threading.Event()

    def slowly(**unused):
        with lock:
            inside[0] += 1
            most[0] = max(most[0], inside[0])
        begun.set()
        go.wait(10)
        with lock:
            inside[0] -= 1

    monkeypatch.setattr(entry, "authenticate", lambda request, **given: slowly(**given))
    monkeypatch.setattr(hashing, "_gate", hashing.Gate(1, 3))

    def come():
        try:
            entry.prove_password(work_no="kf001", password="x", address="::1", token="", at=NOON)
        except TooMany:
            refused.append(1)
        except Invalid:
            pass
        finally:
            connection.close()

    crowd = [threading.Thread(target=come) for _ in range(12)]
    for one in crowd:
        one.start()
    assert begun.wait(10)
    for _ in range(100):
        if len(refused) == 8:
            break
        go.wait(0.05)
    assert len(refused) == 8, "they have their answer while the first is still being hashed"
    go.set()
    for one in crowd:
        one.join(10)
    assert most == [1]
    assert SignIn.objects.filter(ok=False).count() == 4
