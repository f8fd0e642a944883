"""A buyer comes in and goes out, over HTTP."""

import pytest
from django.contrib.sessions.models import Session

from tests.cast import NOON, everything, shop, sign_in, staff
from zhanggui.customers.actions import accounts
from zhanggui.customers.models import Account, Address
from zhanggui.customers.sessions import BUYER, cookie_name
from zhanggui.customers.tests.cast import PASSWORD, PHONES, address, buyer, shopping
from zhanggui.shops.models import Platform

pytestmark = pytest.mark.django_db
PHONE = PHONES["小鱼"]


@pytest.fixture(autouse=True)
def _light(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    shop("OW01", platform=Platform.OWN)


def enter(client, password=PASSWORD, phone=PHONE, **more):
    return client.post("/buyer/sign-in/", {"phone": phone, "password": password, **more})


def test_a_visitor_registers_and_is_in(client):
    answer = client.post("/buyer/register/", {"phone": PHONE, "password": PASSWORD, "nick": "江边小鱼"})
    assert (answer.status_code, answer["Location"]) == (302, "/my/")
    page = client.get("/my/").content.decode()
    assert "江边小鱼" in page
    assert "138****8001" in page
    assert PHONE not in page


@pytest.mark.parametrize(
    "path", ["/my/", "/my/addresses/", "/my/coupons/", "/my/red-packets/", "/my/favourites/"]
)
def test_own_pages_send_to_the_door_and_back_again(client, path):
    answer = client.get(path)
    assert answer.status_code == 302
    assert answer["Location"] == f"/buyer/sign-in/?next={path.replace('/', '%2F')}"
    buyer()
    back = enter(client, next=path)
    assert back["Location"] == path
    page = client.get(path)
    assert page.status_code == 200
    assert "no-store" in page["Cache-Control"]


@pytest.mark.parametrize("evil", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_one_is_sent_nowhere_else(client, evil):
    buyer()
    assert enter(client, next=evil)["Location"] == "/my/"


@pytest.mark.parametrize(("phone", "password"), [(PHONE, "wrong-wrong"), ("13911112222", PASSWORD)])
def test_every_wrong_answer_is_the_same_page(client, phone, password):
    buyer()
    answer = enter(client, password, phone)
    assert answer.status_code == 422
    assert "手机号或密码不对。" in answer.content.decode()
    assert client.get("/my/").status_code == 302


def test_the_cookie_is_out_of_reach_of_scripts_and_the_key_is_new(client):
    client.post("/buyer/register/", {"phone": PHONE, "password": PASSWORD})
    planted = client.cookies[cookie_name()].value
    client.post("/buyer/sign-out/")
    client.cookies[cookie_name()] = planted
    cookie = enter(client).cookies[cookie_name()]
    assert cookie["httponly"]
    assert (cookie["samesite"], cookie["path"]) == ("Lax", "/")
    assert cookie.value != planted
    assert not Session.objects.filter(session_key=planted).exists()


def test_a_key_that_a_stranger_planted_is_not_kept(client):
    """Fixation: the visitor's session with its cart gets another key when somebody signs in."""
    buyer()
    session = shopping(buyer("小虾"))
    planted = session.cookies[cookie_name()].value
    client.cookies[cookie_name()] = planted
    assert enter(client).cookies[cookie_name()].value != planted
    assert session.get("/my/").status_code == 302


def test_signing_out_ends_the_session_in_the_database(client):
    shopping(buyer(), client)
    key = client.cookies[cookie_name()].value
    assert client.post("/buyer/sign-out/").status_code == 302
    client.cookies[cookie_name()] = key
    assert client.get("/my/").status_code == 302


def test_a_disabled_account_is_out_at_its_next_request(client):
    person = buyer()
    shopping(person, client)
    assert client.get("/my/").status_code == 200
    from tests.cast import HOUSE

    accounts.disable(by=HOUSE, buyer_id=person.pk, reason="欺诈", at=NOON)
    assert client.get("/my/").status_code == 302
    assert enter(client).status_code == 422


def test_a_changed_password_ends_the_other_sessions_and_keeps_this_one(client):
    person = buyer()
    other = shopping(person)
    shopping(person, client)
    answer = client.post("/my/password/", {"old": PASSWORD, "new": "new-river-lamp"})
    assert answer.status_code == 302
    assert client.get("/my/").status_code == 200
    assert other.get("/my/").status_code == 302
    wrong = client.post("/my/password/", {"old": PASSWORD, "new": "newer-river-lamp"})
    assert wrong.status_code == 422
    assert "现在的密码不对。" in wrong.content.decode()


def test_a_clerk_and_a_buyer_in_one_browser_do_not_mix(client):
    """Each has a cookie and a session of their own; the end of one is not the end of the other."""
    clerk = staff("kf001", *everything())
    sign_in(client, clerk)
    assert client.get("/my/").status_code == 302
    shopping(buyer(), client)
    assert client.get("/my/").status_code == 200
    assert client.get("/me/").status_code == 200
    client.post("/sign-out/")
    assert client.get("/my/").status_code == 200
    assert client.get("/me/").status_code == 302
    sign_in(client, clerk)
    client.post("/buyer/sign-out/")
    assert client.get("/me/").status_code == 200
    assert client.get("/my/").status_code == 302


def test_a_buyers_key_is_no_clerks_key(client):
    person = buyer()
    key = shopping(person).cookies[cookie_name()].value
    client.cookies["zhanggui"] = key
    assert client.get("/me/").status_code == 302
    assert BUYER in Session.objects.get(session_key=key).get_decoded()


def test_an_address_is_added_by_pasting_and_then_masked(client):
    person = buyer()
    shopping(person, client)
    text = "王小明 13900139000 湖北省武汉市洪山区珞喻路1号"
    filled = client.post("/my/addresses/new/", {"recognise": "1", "text": text}).content.decode()
    for part in (
        'value="王小明"',
        'value="13900139000"',
        'value="武汉市"',
        'value="洪山区"',
        'value="珞喻路1号"',
    ):
        assert part in filled
    assert not Address.objects.exists()
    form = {"name": "王小明", "phone": "13900139000", "province": "湖北省", "city": "武汉市"}
    answer = client.post("/my/addresses/new/", form | {"district": "洪山区", "address": "珞喻路1号"})
    assert answer.status_code == 302
    shown = client.get("/my/addresses/").content.decode()
    assert "139****9000" in shown
    for secret in ("王小明", "13900139000", "珞喻路"):
        assert secret not in shown
    assert "珞喻路1号" in client.get(f"/my/addresses/{Address.objects.get().key}/").content.decode()


def test_a_second_paste_keeps_nothing_of_the_first_person(client):
    person = buyer()
    shopping(person, client)
    row = address(person)
    for where in ("/my/addresses/new/", f"/my/addresses/{row.key}/"):
        text = "王小明 13900139000 湖北省武汉市洪山区珞喻路1号 430070"
        first = client.post(where, {"recognise": "1", "text": text}).context["form"]
        assert (first["name"].value(), first["zip"].value()) == ("王小明", "430070")
        typed = {field.name: field.value() or "" for field in first} | {"default": "on"}
        text = "13800138002 上海市浦东新区世纪大道2号"
        page = client.post(where, typed | {"recognise": "1", "text": text})
        second = page.context["form"]
        assert [second[name].value() for name in ("name", "phone", "province", "district", "address", "zip")] == [
            "", "13800138002", "上海市", "浦东新区", "世纪大道2号", "",
        ]  # fmt: skip
        assert second["default"].value() == "on"
        for part in ("王小明", "430070", "武汉", "珞喻路"):
            assert f'value="{part}' not in page.content.decode()
        again = client.post(where, typed | {"recognise": "1", "text": " "}).context["form"]
        assert again["name"].value() == "王小明"  # nothing was pasted, so nothing is lost


def test_a_wrong_district_is_said_beside_its_field_and_what_was_typed_stays(client):
    shopping(buyer(), client)
    form = {"name": "王小明", "phone": "13900139000", "province": "湖北省", "city": "武汉市"}
    answer = client.post("/my/addresses/new/", form | {"district": "西湖区", "address": "珞喻路1号"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'id="id_district_error"' in page
    assert "洪山区" in page
    assert 'value="珞喻路1号"' in page


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("inner", ["", "default/", "removal/"])
def test_another_buyers_address_is_not_found(client, inner, method):
    if method == "get" and inner:
        return
    key = address(buyer()).key
    before = list(Address.objects.values())
    shopping(buyer("小虾"), client)
    assert getattr(client, method)(f"/my/addresses/{key}/{inner}").status_code == 404
    assert list(Address.objects.values()) == before


def test_too_many_tries_say_when_to_come_back(client):
    buyer()
    for _ in range(20):
        enter(client, "wrong-wrong")
    answer = enter(client)
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0
    assert Account.objects.count() == 1
