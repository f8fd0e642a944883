"""The lock-out stops the attacker and not the victim (G8.1)."""

from datetime import timedelta

import pytest
from django.contrib.auth import hashers

from tests.cast import NOON, staff
from zhanggui.kit.refusals import Invalid
from zhanggui.people import devices, lockout, rules
from zhanggui.people.actions.entry import prove_password
from zhanggui.people.models import SignIn
from zhanggui.people.rules import TooMany
from zhanggui.people.tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db


def tried(password, *, work_no="kf001", address="203.0.113.9", token="", at=NOON):
    return prove_password(work_no=work_no, password=password, address=address, token=token, at=at)


def attack(many, *, work_no="kf001", addresses=200, at=NOON):
    """So many wrong tries from so many addresses; gives how many were really checked."""
    checked = 0
    for number in range(many):
        try:
            tried("wrong", work_no=work_no, address=f"198.51.100.{number % addresses}", at=at)
        except Invalid:
            checked += 1
        except TooMany:
            pass
    return checked


def test_the_right_password_opens_whatever_the_case_of_the_number(mei):
    assert tried(PASSWORD, work_no="KF001") == mei


def test_strangers_share_one_budget_over_all_their_addresses(mei):
    assert attack(300) == rules.STRANGER_TRIES
    with pytest.raises(TooMany) as refusal:
        tried(PASSWORD)
    assert 0 < refusal.value.wait <= 3601


@pytest.mark.parametrize("number", ["lili", "LILI"])
def test_no_way_of_writing_a_number_has_a_budget_of_its_own(number):
    """The database takes ı for i where case does not matter; the budget is the person's."""
    person = staff(number)
    person.set_password(PASSWORD)
    person.save()
    ways = ["lili", "Lili", "l\u0131li", "lil\u0131", "L\u0131L\u0131"]
    checked = sum(attack(rules.STRANGER_TRIES, work_no=way) for way in ways)
    assert checked == rules.STRANGER_TRIES
    assert set(SignIn.objects.values_list("work_no", flat=True)) == {"lili"}


def test_the_victim_gets_in_on_a_known_browser_meanwhile(mei):
    token = devices.remember(mei, "", label="Chrome", at=NOON)
    attack(60)
    assert tried(PASSWORD, token=token, address="198.51.100.1") == mei


def test_without_the_device_path_the_victim_would_be_locked_out(mei, monkeypatch):
    """The control: the guard removed, the wrong thing does happen."""
    token = devices.remember(mei, "", label="Chrome", at=NOON)
    attack(60)
    monkeypatch.setattr("zhanggui.people.actions.entry.known", lambda work_no, token: None)
    with pytest.raises(TooMany):
        tried(PASSWORD, token=token)


def test_a_browser_known_to_a_colleague_is_a_stranger_here(mei):
    token = devices.remember(staff("kf002"), "", label="Chrome", at=NOON)
    attack(60)
    with pytest.raises(TooMany):
        tried(PASSWORD, token=token)


def test_a_known_browser_has_an_end_too(mei):
    token = devices.remember(mei, "", label="Chrome", at=NOON)
    for _ in range(rules.DEVICE_TRIES):
        with pytest.raises(Invalid):
            tried("wrong", token=token)
    with pytest.raises(TooMany):
        tried(PASSWORD, token=token)


def test_the_budget_comes_back_after_the_window(mei):
    attack(40)
    assert tried(PASSWORD, at=NOON + rules.WINDOW + timedelta(seconds=1)) == mei


def test_the_wait_that_is_told_is_true(mei):
    for minute in range(rules.STRANGER_TRIES):
        with pytest.raises(Invalid):
            tried("wrong", at=NOON + timedelta(minutes=minute))
    late = NOON + timedelta(minutes=30)
    with pytest.raises(TooMany) as refusal:
        tried(PASSWORD, at=late)
    with pytest.raises(TooMany):
        tried(PASSWORD, at=late + timedelta(seconds=refusal.value.wait - 2))
    assert tried(PASSWORD, at=late + timedelta(seconds=refusal.value.wait)) == mei


def test_spraying_many_accounts_from_one_address_ends(mei):
    checked = 0
    for number in range(rules.ADDRESS_TRIES + 50):
        try:
            tried("wrong", work_no=f"n{number}", address="203.0.113.77")
        except Invalid:
            checked += 1
        except TooMany:
            pass
    assert checked == rules.ADDRESS_TRIES
    assert tried(PASSWORD, address="203.0.113.78") == mei


def test_success_does_not_use_up_the_budget(mei):
    for _ in range(rules.STRANGER_TRIES + 5):
        assert tried(PASSWORD) == mei


def test_a_refused_try_writes_nothing_and_hashes_nothing(mei, monkeypatch):
    attack(40)
    written = SignIn.objects.count()
    monkeypatch.setattr(hashers.MD5PasswordHasher, "encode", lambda *a, **k: pytest.fail("hashed"))
    with pytest.raises(TooMany):
        tried(PASSWORD)
    assert SignIn.objects.count() == written


@pytest.mark.parametrize("case", ["right", "wrong", "unknown", "disabled", "no password"])
def test_every_question_costs_one_hash_and_the_same_statements(
    case, mei, monkeypatch, django_assert_num_queries
):
    """Time tells nothing: the same work for unknown numbers, disabled accounts and wrong passwords."""
    if case == "disabled":
        mei.is_active = False
        mei.save()
    if case == "no password":
        mei.set_unusable_password()
        mei.save()
    hashes, encode = [], hashers.MD5PasswordHasher.encode

    def counted(self, password, salt, *more):
        hashes.append(1)
        return encode(self, password, salt, *more)

    monkeypatch.setattr(hashers.MD5PasswordHasher, "encode", counted)
    given = {"unknown": "nobody"}.get(case, "kf001")
    said = None
    # the number, device, savepoint, two locks, two counts, the place, release, the person, the outcome
    with django_assert_num_queries(11):
        try:
            tried(PASSWORD if case != "wrong" else "wrong", work_no=given)
        except Invalid as refusal:
            said = refusal.message
    assert len(hashes) == 1
    assert said == (None if case == "right" else "工号或密码不对。")


def test_places_taken_at_the_same_instant_all_count(mei):
    for _ in range(rules.STRANGER_TRIES):
        lockout.claim(step="password", work_no="kf001", address="-", device_id=None, at=NOON)
    with pytest.raises(TooMany):
        lockout.claim(step="password", work_no="KF001", address="-", device_id=None, at=NOON)
