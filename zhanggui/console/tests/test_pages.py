"""The frame's own pages answer, in both languages, and keep what a person chose."""

import json

import pytest
from django.urls import reverse
from django.utils import translation

from tests.cast import everything, sign_in, staff
from zhanggui.console.models import Draft, SavedView
from zhanggui.people.models import Staff

pytestmark = pytest.mark.django_db
PAGES = [
    "console:home",
    "console:notices",
    "console:views",
    "console:acts",
    "console:keys",
    "jobs:list",
    "journal:daybook",
]


@pytest.fixture
def mei(client):
    person = staff("1001", *everything(), name="王小美")
    sign_in(client, person)
    return person


@pytest.mark.parametrize("route", PAGES)
@pytest.mark.parametrize("language", ["", "en"])
def test_answers(client, mei, route, language):
    Staff.objects.filter(pk=mei.pk).update(language=language)
    answer = client.get(reverse(route))
    assert answer.status_code == 200
    assert f'lang="{language or "zh-Hans"}"' in answer.content.decode()


def test_chinese_first_whatever_the_browser_wishes(client, mei):
    assert 'lang="zh-Hans"' in client.get("/", HTTP_ACCEPT_LANGUAGE="en-US,en").content.decode()
    assert translation.get_language() == "zh-hans"


def test_looks_stay_with_the_person(client, mei):
    client.post("/looks/", {"theme": "dark", "density": "cosy", "language": "en", "next": "/notices/"})
    mei.refresh_from_db()
    assert (mei.theme, mei.density, mei.language) == ("dark", "cosy", "en")
    page = client.get("/").content.decode()
    assert 'data-theme="dark"' in page
    assert 'lang="en"' in page


def test_no_other_look_is_kept_and_nobody_is_sent_away(client, mei):
    answer = client.post("/looks/", {"theme": "pink"})
    assert answer.status_code == 422
    mei.refresh_from_db()
    assert mei.theme == ""
    assert client.post("/looks/", {"theme": "dark", "next": "https://evil.example/"})["Location"] == "/"


def test_before_signing_in_the_language_lives_in_a_cookie(client):
    client.post("/looks/", {"language": "en", "next": "/"})
    assert client.cookies["zg-language"].value == "en"


def test_drafts_are_sealed_and_ones_own(client, mei):
    fields = {"memo": ["明天发，收件人李四"]}
    client.post("/drafts/", {"place": "orders/WH01/1/memo", "fields": json.dumps(fields)})
    assert client.get("/drafts/?place=orders/WH01/1/memo").json() == {"fields": fields}
    assert "李四".encode() not in bytes(Draft.objects.get().sealed)
    client.post("/drafts/", {"place": "orders/WH01/1/memo", "fields": json.dumps({"memo": ["后天"]})})
    assert client.get("/drafts/?place=orders/WH01/1/memo").json()["fields"] == {"memo": ["后天"]}
    sign_in(client, staff("1002"))
    assert client.get("/drafts/?place=orders/WH01/1/memo").json() == {"fields": None}


def test_a_draft_thrown_away_is_gone(client, mei):
    client.post("/drafts/", {"place": "x", "fields": '{"a": ["1"]}'})
    client.post("/drafts/", {"place": "x", "fields": ""})
    assert not Draft.objects.exists()


@pytest.mark.parametrize("fields", ["[1]", '{"a": 1}', "{"])
def test_an_unreadable_draft_is_refused(client, mei, fields):
    assert client.post("/drafts/", {"place": "x", "fields": fields}).status_code == 422
    assert not Draft.objects.exists()


def test_a_view_is_saved_shared_with_ones_role_and_deleted_by_its_owner_only(client, mei):
    role = mei.grants.get().role
    client.post("/views/", {"page": "jobs:list", "name": "失败的", "query": "state=failed", "role": role.pk})
    view = SavedView.objects.get()
    assert (view.name, view.query, view.role) == ("失败的", "state=failed", role)
    assert "失败的" in client.get("/views/").content.decode()
    assert client.post("/views/", {"page": "jobs:list", "name": "失败的", "query": ""}).status_code == 422

    friend = staff("1002")
    sign_in(client, friend)
    assert "失败的" not in client.get("/views/").content.decode()
    assert client.post(f"/views/{view.pk}/deletion/").status_code == 404
    friend.grants.create(role=role, shop_id=None)
    assert "失败的" in client.get("/views/").content.decode()


def test_the_chips_above_a_list_offer_to_keep_what_is_filtered_now(client, mei):
    here = {"HTTP_HX_REQUEST": "true", "HTTP_HX_CURRENT_URL": "http://testserver/jobs/?state=failed&after=9"}
    chips = client.get("/views/?page=jobs:list", **here).content.decode()
    assert 'name="query" value="state=failed"' in chips
    client.post("/views/", {"page": "jobs:list", "name": "失败的", "query": "state=failed"})
    chips = client.get("/views/?page=jobs:list", **here).content.decode()
    assert 'aria-current="true"' in chips
    assert "失败的" in chips
    nothing = client.get("/views/?page=jobs:list", HTTP_HX_REQUEST="true").content.decode()
    assert 'name="query"' not in nothing


def test_a_saved_view_of_orders_counts_its_rows(client, mei):
    client.post("/views/", {"page": "orders:list", "name": "待付款", "query": "view=unpaid"})
    assert client.get(f"/views/{SavedView.objects.get().pk}/count/").content == b"0"
    client.post("/views/", {"page": "orders:list", "name": "坏的", "query": "view=nonsense"})
    assert client.get(f"/views/{SavedView.objects.get(name='坏的').pk}/count/").content == b""


def test_sharing_with_a_role_one_does_not_have_is_refused(client, mei):
    from zhanggui.people.models import Role

    lead = Role.objects.create(name="主管", powers=[])
    sign_in(client, staff("1003"))
    answer = client.post("/views/", {"page": "jobs:list", "name": "x", "query": "", "role": lead.pk})
    assert answer.status_code == 403
    assert not SavedView.objects.exists()


def test_palette_names_every_page_with_pinyin(client, mei):
    items = {item["label"]: item for item in client.get("/palette/").json()["items"]}
    assert items["操作日志"]["initials"] == "czrz"
    assert items["操作日志"]["pinyin"] == "caozuorizhi"
    assert items["操作日志"]["keys"] == "g l"
    assert "操作日志" not in {item["label"] for item in _palette_of(client, staff("1009"))}


def _palette_of(client, person):
    return sign_in(client, person).get("/palette/").json()["items"]
