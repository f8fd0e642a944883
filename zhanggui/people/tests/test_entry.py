"""Signing in and out over HTTP."""

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.cast import everything, staff
from zhanggui.journal.models import Entry
from zhanggui.kit.sealed import seal
from zhanggui.people import rules
from zhanggui.people.actions.entry import SEALED_AS
from zhanggui.people.devices import cookie_name
from zhanggui.people.models import Device, SignIn, Staff, Visit
from zhanggui.people.tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db


def sign_in(client, password=PASSWORD, work_no="kf001", **more):
    return client.post(reverse("people:sign-in"), {"work_no": work_no, "password": password, **more})


def test_the_right_password_opens_the_house_and_is_written_down(client, mei):
    answer = sign_in(client)
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert client.get("/me/").status_code == 200
    assert Entry.objects.get(what="staff.signed_in").staff_id == mei.pk
    assert Visit.objects.get().session_key == client.session.session_key


def test_the_cookies_are_out_of_reach_of_scripts_and_other_sites(client, mei):
    cookies = sign_in(client).cookies
    for name in ("zhanggui", cookie_name()):
        assert cookies[name]["httponly"]
        assert cookies[name]["samesite"] == "Lax"
        assert cookies[name]["path"] == "/"
        assert not cookies[name]["domain"]
    assert len(cookies["zhanggui"].value) >= 32


def test_a_session_key_planted_before_signing_in_is_not_kept(client, mei):
    session = client.session
    session["planted"] = 1
    session.save()
    client.cookies["zhanggui"] = session.session_key
    sign_in(client)
    assert client.session.session_key != session.session_key
    assert not Session.objects.filter(session_key=session.session_key).exists()


@pytest.mark.parametrize(("work_no", "password"), [("kf001", "wrong"), ("nobody", PASSWORD), ("KF002", "x")])
def test_every_wrong_answer_is_the_same_page(client, mei, work_no, password):
    Staff.objects.create(work_no="KF002", name="离职", is_active=False)
    answer = sign_in(client, password, work_no)
    assert answer.status_code == 422
    assert "工号或密码不对。" in answer.content.decode()
    assert "_auth_user_id" not in client.session


def test_too_many_tries_say_when_to_come_back(client, mei):
    for _ in range(rules.STRANGER_TRIES):
        assert sign_in(client, "wrong").status_code == 422
    answer = sign_in(client)
    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= 3601
    assert "分钟后再试" in answer.content.decode()
    assert "_auth_user_id" not in client.session


def test_the_victim_comes_in_on_the_browser_used_before(client, mei):
    sign_in(client)
    client.post(reverse("people:sign-out"))
    for _ in range(rules.STRANGER_TRIES + 1):
        sign_in(Client(), "wrong")
    assert sign_in(client).status_code == 302


@pytest.mark.parametrize(
    ("wanted", "where"),
    [
        ("/me/", "/me/"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("http:///evil.example", "/"),
        ("me/", "/"),
    ],
)
def test_one_is_sent_on_within_the_house_only(client, mei, wanted, where):
    assert sign_in(client, next=wanted)["Location"] == where


@pytest.mark.parametrize("number", ["z\u0131m", "k\u017f001", "小美"])
def test_a_number_in_other_letters_is_refused_before_anything_is_looked_up(client, mei, number):
    answer = sign_in(client, work_no=number)
    assert answer.status_code == 422
    assert "字母、数字" in answer.content.decode()
    assert not SignIn.objects.exists()


def test_signing_in_again_where_one_is_signed_in_gives_a_fresh_session(client, mei):
    """A second tab with the page of signing in, kept open since before."""
    sign_in(client)
    first = client.session.session_key
    assert sign_in(client).status_code == 302
    assert client.get("/me/").status_code == 200
    assert client.session.session_key != first
    assert Visit.objects.get().session_key == client.session.session_key
    assert not Session.objects.filter(session_key=first).exists()


def test_a_colleague_who_signs_in_over_it_leaves_no_session_of_the_first(client, mei):
    sign_in(client)
    other = staff("kf002")
    other.set_password(PASSWORD)
    other.save()
    assert sign_in(client, work_no="kf002").status_code == 302
    assert Visit.objects.get().staff == other


GUESSES = {
    "people:password": lambda guess: {"old": guess, "new": "a-new-Lamp-of-brass"},
    "people:two-factor-ending": lambda guess: {"password": guess},
    "people:recovery-codes": lambda guess: {"password": guess},
}


@pytest.mark.parametrize("page", GUESSES)
def test_guessing_the_password_inside_a_session_ends(client, mei, page):
    Staff.objects.filter(pk=mei.pk).update(two_factor_sealed=seal("JBSWY3DPEHPK3PXP", about=SEALED_AS))
    kept = Staff.objects.get(pk=mei.pk)
    client.force_login(kept)
    for _ in range(rules.STRANGER_TRIES):
        answer = client.post(reverse(page), GUESSES[page]("wrong"))
        assert answer.status_code == 422
        assert "现在的密码不对。" in answer.content.decode()
    answer = client.post(reverse(page), GUESSES[page](PASSWORD))
    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= 3601
    mei.refresh_from_db()
    assert (mei.password, mei.two_factor_sealed) == (kept.password, kept.two_factor_sealed)
    assert SignIn.objects.filter(ok=False, work_no="kf001").count() == rules.STRANGER_TRIES
    assert sign_in(Client()).status_code == 429  # one budget with the door


def test_who_asked_for_a_page_comes_to_it_afterwards(client, mei):
    answer = client.get("/me/")
    assert answer["Location"] == "/sign-in/?next=%2Fme%2F"
    assert 'value="/me/"' in client.get(answer["Location"]).content.decode()


def test_signing_out_ends_the_session_on_the_server(client, mei):
    sign_in(client)
    key = client.session.session_key
    client.post(reverse("people:sign-out"))
    client.cookies["zhanggui"] = key
    assert client.get("/me/").status_code == 302
    assert not Visit.objects.exists()


def test_a_session_cookie_copied_to_another_browser_opens_nothing(client, mei):
    sign_in(client)
    thief = Client()
    thief.cookies["zhanggui"] = client.cookies["zhanggui"].value
    assert thief.get("/me/").status_code == 302
    assert client.get("/me/").status_code == 200


def test_unreadable_input_is_a_form_error(client, mei):
    for work_no in ("", "x" * 41, "kf\x00001"):
        assert sign_in(client, work_no=work_no).status_code == 422


def test_one_browser_can_be_known_to_two_people(client, mei):
    other = staff("kf002", name="小丽")
    other.set_password(PASSWORD)
    other.save()
    sign_in(client)
    client.post(reverse("people:sign-out"))
    sign_in(client, work_no="kf002")
    assert set(Device.objects.values_list("staff", flat=True)) == {mei.pk, other.pk}


def test_a_live_request_asks_three_questions_about_who_it_is(client, mei):
    sign_in(client)
    client.get("/powers/")
    with CaptureQueriesContext(connection) as asked:
        assert client.get("/powers/").status_code == 200
    who = ('"django_session"', '"people_staff"', '"people_grant"', '"people_visit"')
    assert sum(any(f"FROM {table}" in one["sql"] for table in who) for one in asked) == 3


class TestEndsAtOnce:
    """A session that is open ends at the next request (G6.4, G8.2)."""

    @pytest.fixture
    def signed_in(self, client, mei):
        sign_in(client)
        assert client.get("/me/").status_code == 200
        return client

    def test_when_the_account_is_disabled(self, signed_in, mei):
        Staff.objects.filter(pk=mei.pk).update(is_active=False)
        assert signed_in.get("/me/").status_code == 302

    def test_when_the_password_changes(self, signed_in, mei):
        mei.set_password("another-otter-lamp")
        mei.save()
        assert signed_in.get("/me/").status_code == 302

    def test_when_the_epoch_is_raised(self, signed_in, mei):
        Staff.objects.filter(pk=mei.pk).update(session_epoch=2)
        assert signed_in.get("/me/").status_code == 302

    def test_but_not_without_a_reason(self, signed_in, mei):
        """The control: another column changes nothing."""
        Staff.objects.filter(pk=mei.pk).update(name="小美丽")
        assert signed_in.get("/me/").status_code == 200

    def test_when_a_power_is_withdrawn(self, client):
        boss = staff("dz001", *everything())
        client.force_login(boss)
        assert client.get("/staff/").status_code == 200
        boss.grants.all().delete()
        assert client.get("/staff/").status_code == 403


class TestChangingOnesPassword:
    URL = "/me/password/"

    def test_ends_the_other_sessions_and_keeps_this_one(self, client, mei):
        elsewhere = Client()
        sign_in(elsewhere)
        sign_in(client)
        before = client.session.session_key
        answer = client.post(self.URL, {"old": PASSWORD, "new": "golden-heron-desk"})
        assert answer.status_code == 302
        assert client.get("/me/").status_code == 200
        assert client.session.session_key != before
        assert elsewhere.get("/me/").status_code == 302
        assert Entry.objects.filter(what="staff.password_changed").count() == 1

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ("wrong", "golden-heron-desk"),
            (PASSWORD, "short12"),
            (PASSWORD, "password123"),
            (PASSWORD, "kf001kf0"),
            (PASSWORD, "zhanggui1"),
            (PASSWORD, PASSWORD),
            (PASSWORD, "x" * 129),
        ],
    )
    def test_is_refused_beside_the_field(self, client, mei, old, new):
        sign_in(client)
        answer = client.post(self.URL, {"old": old, "new": new})
        assert answer.status_code == 422
        assert 'class="error"' in answer.content.decode()
        mei.refresh_from_db()
        assert mei.check_password(PASSWORD)

    @pytest.mark.parametrize("new", ["aaaabbbbcccc", "90317426", "只有汉字的密码八个", " spaces are kept "])
    def test_no_rules_of_composition(self, client, mei, new):
        sign_in(client)
        assert client.post(self.URL, {"old": PASSWORD, "new": new}).status_code == 302
        mei.refresh_from_db()
        assert mei.check_password(new)

    def test_who_has_a_one_time_password_must_change_it_first(self, client, mei):
        Staff.objects.filter(pk=mei.pk).update(must_change_password=True)
        sign_in(client)
        assert client.get("/powers/")["Location"] == self.URL
        assert client.get(self.URL).status_code == 200
        client.post(self.URL, {"old": PASSWORD, "new": "golden-heron-desk"})
        assert client.get("/powers/").status_code == 200


def test_one_may_end_ones_other_sessions_one_by_one_and_all(client, mei):
    phone, tablet = Client(), Client()
    for browser in (phone, tablet, client):
        sign_in(browser)
    visit = Visit.objects.get(session_key=phone.session.session_key)
    client.post(reverse("people:my-visit-ending", args=[visit.pk]))
    assert phone.get("/me/").status_code == 302
    assert tablet.get("/me/").status_code == 200
    client.post(reverse("people:my-visits-ending"))
    assert tablet.get("/me/").status_code == 302
    assert client.get("/me/").status_code == 200
