"""One-time codes: once only, one neighbour each way, and a reset never skips them (G8.3)."""

from datetime import timedelta

import pyotp
import pytest
import time_machine
from django.test import Client

from tests.cast import HOUSE, NOON, everything, staff
from zhanggui.journal.models import Entry
from zhanggui.kit.refusals import Invalid, NotNow
from zhanggui.kit.sealed import seal
from zhanggui.people import rules
from zhanggui.people.actions import entry, two_factor
from zhanggui.people.actions.entry import SEALED_AS
from zhanggui.people.actions.staff import reset_password, reset_two_factor
from zhanggui.people.actors import actor_of
from zhanggui.people.models import Grant, Role, SignIn, Staff
from zhanggui.people.rules import TooMany
from zhanggui.people.tests.conftest import PASSWORD
from zhanggui.people.twofactor import recovery_hash

pytestmark = pytest.mark.django_db
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def code(at=NOON):
    return pyotp.TOTP(SECRET).at(at)


@pytest.fixture
def guarded(mei):
    mei.two_factor_sealed = seal(SECRET, about=SEALED_AS)
    mei.recovery_codes = [recovery_hash("AAAA-BBBB-CCCC"), recovery_hash("DDDD-EEEE-FFFF")]
    mei.save()
    return mei


def give(person, text, at=NOON):
    entry.prove_code(staff=Staff.objects.get(pk=person.pk), code=text, address="203.0.113.5", token="", at=at)


def test_a_code_works_once(guarded):
    give(guarded, code())
    with pytest.raises(Invalid):
        give(guarded, code())


def test_an_older_code_than_the_last_used_is_refused(guarded):
    give(guarded, code())
    with pytest.raises(Invalid):
        give(guarded, code(NOON - timedelta(seconds=30)))


def test_without_the_step_a_replay_would_get_in(guarded):
    """The control: it is the remembered step that refuses the replay."""
    give(guarded, code())
    Staff.objects.update(two_factor_step=0)
    give(guarded, code())


@pytest.mark.parametrize(("seconds", "good"), [(-61, False), (-30, True), (0, True), (30, True), (61, False)])
def test_the_neighbouring_steps_count_and_no_others(guarded, seconds, good):
    late = code(NOON + timedelta(seconds=seconds))
    if good:
        give(guarded, late)
    else:
        with pytest.raises(Invalid):
            give(guarded, late)


def test_two_with_the_same_code_at_the_same_instant_get_in_once(guarded):
    one, two = Staff.objects.get(pk=guarded.pk), Staff.objects.get(pk=guarded.pk)
    assert entry.use_code(one, code(), at=NOON)
    assert not entry.use_code(two, code(), at=NOON)


def test_a_recovery_code_works_once_however_it_is_typed(guarded):
    give(guarded, "aaaabbbb cccc")
    with pytest.raises(Invalid):
        give(guarded, "AAAA-BBBB-CCCC")
    give(guarded, "DDDD-EEEE-FFFF")


def test_codes_are_not_stored_readable(guarded):
    row = Staff.objects.get(pk=guarded.pk)
    assert SECRET.encode() not in bytes(row.two_factor_sealed)
    assert not any("AAAA" in kept for kept in row.recovery_codes)


def test_guessing_codes_ends(guarded):
    for _ in range(rules.CODE_TRIES):
        with pytest.raises(Invalid):
            give(guarded, "000000")
    with pytest.raises(TooMany):
        give(guarded, code())
    assert SignIn.objects.filter(step="code", ok=True).count() == 0


def sign_in(client):
    return client.post("/sign-in/", {"work_no": "kf001", "password": PASSWORD, "next": "/me/"})


def test_the_password_alone_opens_nothing(client, guarded):
    assert sign_in(client)["Location"] == "/sign-in/code/?next=%2Fme%2F"
    assert client.get("/me/").status_code == 302
    assert client.get("/sign-in/code/").status_code == 200
    answer = client.post("/sign-in/code/", {"code": "AAAA-BBBB-CCCC", "next": "/me/"})
    assert answer["Location"] == "/me/"
    assert client.get("/me/").status_code == 200


def test_the_second_step_needs_the_first(client, guarded):
    assert client.get("/sign-in/code/")["Location"] == "/sign-in/"
    assert client.post("/sign-in/code/", {"code": "AAAA-BBBB-CCCC"})["Location"] == "/sign-in/"
    assert len(Staff.objects.get(pk=guarded.pk).recovery_codes) == 2


def test_the_first_step_is_forgotten_when_the_password_changes_in_between(client, guarded):
    sign_in(client)
    guarded.set_password("golden-heron-desk")
    guarded.save()
    assert client.post("/sign-in/code/", {"code": "AAAA-BBBB-CCCC"})["Location"] == "/sign-in/"


def test_the_first_step_is_forgotten_after_ten_minutes(client, guarded):
    with time_machine.travel(NOON, tick=False) as clock:
        sign_in(client)
        clock.shift(601)
        assert client.get("/sign-in/code/").status_code == 302


def test_setting_up_shows_a_picture_and_gives_recovery_codes_once(client, mei):
    sign_in(client)
    page = client.get("/me/two-factor/").content.decode()
    assert "<svg" in page
    assert "style=" not in page.split("<figure")[1].split("</figure>")[0]
    secret = page.split('<code class="mono">')[1].split("<")[0].replace(" ", "")
    assert client.get("/me/two-factor/").content.decode().count(secret[:4])
    bad = client.post("/me/two-factor/", {"code": "000000"})
    assert bad.status_code == 422
    good = client.post("/me/two-factor/", {"code": pyotp.TOTP(secret).now()})
    assert good.content.decode().count('<code class="mono strong">') == 10
    mei.refresh_from_db()
    assert mei.two_factor_sealed is not None
    assert len(mei.recovery_codes) == 10


def test_what_is_on_cannot_be_replaced_silently(guarded):
    with pytest.raises(NotNow):
        two_factor.turn_on(by=HOUSE, staff=guarded, secret=SECRET, code=code(), at=NOON)


class TestDemanded:
    @pytest.fixture
    def demanded(self, mei):
        Grant.objects.create(
            staff=mei, role=Role.objects.create(name="财务", powers=["staff.see"], two_factor=True)
        )
        return mei

    def test_a_role_that_demands_it_opens_nothing_until_it_is_set_up(self, client, demanded):
        sign_in(client)
        assert client.get("/staff/")["Location"] == "/me/two-factor/"
        assert client.get("/staff/", headers={"HX-Request": "true"})["HX-Redirect"] == "/me/two-factor/"
        secret = pyotp.random_base32()
        two_factor.turn_on(
            by=actor_of(demanded), staff=demanded, secret=secret, code=pyotp.TOTP(secret).at(NOON), at=NOON
        )
        assert client.get("/staff/").status_code == 200

    def test_it_cannot_be_turned_off(self, demanded):
        demanded.two_factor_sealed = seal(SECRET, about=SEALED_AS)
        demanded.save()
        with pytest.raises(NotNow):
            two_factor.turn_off(by=actor_of(demanded), staff=demanded, password=PASSWORD)
        demanded.refresh_from_db()
        assert demanded.two_factor_sealed is not None


def test_turning_off_asks_for_the_password(guarded):
    with pytest.raises(Invalid):
        two_factor.turn_off(by=actor_of(guarded), staff=guarded, password="wrong")
    two_factor.turn_off(by=actor_of(guarded), staff=guarded, password=PASSWORD)
    guarded.refresh_from_db()
    assert guarded.two_factor_sealed is None
    assert guarded.recovery_codes == []


class TestReset:
    def test_of_the_password_leaves_the_second_factor(self, client, guarded):
        made = reset_password(by=HOUSE, staff=guarded)
        answer = client.post("/sign-in/", {"work_no": "kf001", "password": made})
        assert answer["Location"].startswith("/sign-in/code/")

    def test_of_the_second_factor_asks_for_the_leaders_code_and_then_for_a_new_secret(self, client, guarded):
        boss = actor_of(staff("dz001", *everything()))
        given = reset_two_factor(by=boss, staff=guarded)
        assert sign_in(client)["Location"].startswith("/sign-in/code/")
        assert client.post("/sign-in/code/", {"code": "AAAA-BBBB-CCCC"}).status_code == 422
        assert client.get("/powers/").status_code == 302
        client.post("/sign-in/code/", {"code": given})
        assert client.get("/powers/")["Location"] == "/me/two-factor/"
        assert Entry.objects.get(what="staff.two_factor_reset").work_no == "dz001"
        again = Client()
        sign_in(again)
        assert again.get("/powers/")["Location"] == "/me/two-factor/", "still owing: nothing opens"
