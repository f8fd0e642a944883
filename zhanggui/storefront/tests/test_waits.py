"""A buyer asks to hear of what is sold out, and reads it when it can be had again; the team sees what is waited for."""

import pytest
from django.test import Client

from tests.cast import shop as a_shop
from tests.cast import sign_in, staff
from zhanggui.customers.tests.cast import buyer, shopping
from zhanggui.people.powers import Power
from zhanggui.stock.models import Balance
from zhanggui.storefront.models import Wait
from zhanggui.storefront.tests.cast import open_shop, shelved, stocked

pytestmark = pytest.mark.django_db


def sold_out(title="绿茶"):
    open_shop()
    tea = shelved(title)
    stocked(tea, 0)
    return tea, tea.product.skus.get()


def test_what_is_sold_out_is_waited_for_once_and_told_when_it_is_back():
    tea, sku = sold_out()
    client = shopping(buyer())
    assert "到货通知我" in client.get(f"/s/OW01/goods/{tea.pk}/").content.decode()
    for _ in range(2):
        assert client.post("/my/waits/", {"shop": "OW01", "sku": sku.pk}).status_code == 302
    assert Wait.objects.count() == 1
    assert "还没到货" in client.get("/my/waits/").content.decode()
    Balance.objects.update(on_hand=5, safety=5)
    assert "已到货" not in client.get("/my/waits/").content.decode(), "safety stock cannot be sold"
    Balance.objects.update(safety=0)
    assert "已到货" in client.get("/my/waits/").content.decode()
    assert "到货通知我" not in client.get(f"/s/OW01/goods/{tea.pk}/").content.decode()


def test_a_visitor_signs_in_first_and_what_is_not_listed_is_nowhere():
    _tea, sku = sold_out()
    assert "/buyer/sign-in/" in Client().post("/my/waits/", {"shop": "OW01", "sku": sku.pk})["Location"]
    assert shopping(buyer()).post("/my/waits/", {"shop": "OW01", "sku": "999999"}).status_code == 404
    assert not Wait.objects.exists()


def test_another_buyers_wait_is_nowhere():
    _tea, sku = sold_out()
    client = shopping(buyer())
    client.post("/my/waits/", {"shop": "OW01", "sku": sku.pk})
    row = Wait.objects.get()
    other = shopping(buyer("小虾"))
    assert "绿茶" not in other.get("/my/waits/").content.decode()
    assert other.post(f"/my/waits/{row.pk}/removal/").status_code == 404
    assert Wait.objects.exists()
    assert client.post(f"/my/waits/{row.pk}/removal/").status_code == 302
    assert not Wait.objects.exists()


def test_the_team_sees_what_is_waited_for_in_its_own_shops():
    _tea, sku = sold_out()
    for nick in ("小鱼", "小虾"):
        shopping(buyer(nick)).post("/my/waits/", {"shop": "OW01", "sku": sku.pk})
    clerk = sign_in(Client(), staff("6101", Power.CATALOG_SEE, at=open_shop()))
    assert '<td class="num">2</td>' in clerk.get("/waits/").content.decode()
    stranger = sign_in(Client(), staff("6102", Power.CATALOG_SEE, at=a_shop("TB09")))
    assert "绿茶" not in stranger.get("/waits/").content.decode()
