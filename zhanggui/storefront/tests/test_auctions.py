"""A buyer finds an auction, leaves the deposit, bids, hears that he was outbid; the same form twice bids once."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from tests.cast import HOUSE, merchant
from zhanggui.checkout.actions.payments import Told, take
from zhanggui.checkout.models import Payment
from zhanggui.connect.models import PayAccount
from zhanggui.customers.tests.cast import buyer, shopping
from zhanggui.kit.clock import now
from zhanggui.kit.sealed import seal
from zhanggui.promotions.actions import auctions
from zhanggui.promotions.models import Auction, Bid, Deposit
from zhanggui.storefront.tests.cast import open_shop, shelved
from zhanggui.storefront.views import auctions as views

pytestmark = pytest.mark.django_db


def running(**also):
    tea = shelved("老茶一饼", prices={"": 50_000})
    values = {
        "by": HOUSE,
        "shop": open_shop(),
        "sku_id": tea.product.skus.get().pk,
        "title": "老茶一饼 拍卖",
        "start_fen": 10_000,
        "step_fen": 500,
        "reserve_fen": 47_700,
        "starts_at": now() - timedelta(hours=1),
        "ends_at": now() + timedelta(hours=1),
        "extend_seconds": 0,
        "at": now() - timedelta(hours=2),
    } | also
    row = auctions.draft(**values)
    auctions.publish(by=HOUSE, auction=row, below_floor=True, at=values["at"])
    return row


def address(row, more=""):
    return f"/s/OW01/auctions/{row.pk}/{more}"


def form_of(client, row):
    page = client.get(address(row)).content.decode()
    return {
        "key": re.search(r'name="key" value="([^"]+)"', page)[1],
        "amount": re.search(r'name="amount"[^>]*value="([^"]+)"', page)[1],
    }


def bid(client, row, yuan="", key=""):
    form = form_of(client, row)
    told = {"key": key or form["key"], "amount": yuan or form["amount"]}
    return client.post(address(row, "bids/"), told)


def test_the_home_page_leads_to_what_runs_and_the_reserve_is_never_told():
    open_shop()
    client = Client()
    assert "拍卖中" not in client.get("/s/OW01/").content.decode()
    row = running()
    assert "/s/OW01/auctions/" in client.get("/s/OW01/").content.decode()
    assert address(row) in client.get("/s/OW01/auctions/").content.decode()
    page = client.get(address(row)).content.decode()
    assert "¥100.00" in page
    assert not re.search(r"(?<!\d)477(00)?(?!\d)", page), (
        "neither as yuan nor as fen; a moment may hold these digits"
    )
    assert "登录后出价" in page


def test_bids_rise_and_one_who_is_outbid_reads_it():
    row = running()
    fish, shrimp = shopping(buyer("小鱼")), shopping(buyer("小虾"))
    assert bid(fish, row).status_code == 302
    assert "您现在领先" in fish.get(address(row)).content.decode()
    assert bid(shrimp, row, "110").status_code == 302
    page = fish.get(address(row)).content.decode()
    assert "已被超过" in page
    assert "¥110.00" in page
    assert "小虾" not in page, "names of others are masked"
    answer = bid(fish, row, "112")
    assert answer.status_code == 409
    assert "115.00" in answer.content.decode(), "what it must reach"
    assert list(Bid.objects.order_by("pk").values_list("amount_fen", flat=True)) == [10_000, 11_000]


def test_the_same_form_twice_bids_once_and_with_another_amount_is_refused():
    row = running()
    fish = shopping(buyer("小鱼"))
    form = form_of(fish, row)
    assert [fish.post(address(row, "bids/"), form).status_code for _ in range(2)] == [302, 302]
    assert Bid.objects.count() == 1
    assert fish.post(address(row, "bids/"), form | {"amount": "200"}).status_code == 409
    assert Bid.objects.count() == 1


def test_control_without_the_key_the_second_click_bids_against_oneself(monkeypatch):
    monkeypatch.setattr(
        views, "bid_once", lambda *, key, buyer, **told: auctions.bid(buyer_id=buyer.pk, **told)
    )
    row = running()
    fish = shopping(buyer("小鱼"))
    form = form_of(fish, row)
    fish.post(address(row, "bids/"), form)
    assert fish.post(address(row, "bids/"), form | {"amount": "105"}).status_code == 302
    assert Bid.objects.count() == 2


@pytest.mark.parametrize("amount", ["", "x", "-5", "0", "1e5", "9" * 30])
def test_an_amount_that_is_none_is_422_and_nothing_happens(amount):
    row = running()
    fish = shopping(buyer("小鱼"))
    told = form_of(fish, row) | {"amount": amount}
    assert fish.post(address(row, "bids/"), told).status_code == 422
    assert not Bid.objects.exists()


def test_the_deposit_is_paid_first_and_leads_back_to_the_auction(settings):
    settings.SANDBOX_URL = "http://127.0.0.1:1"
    PayAccount.objects.create(
        merchant_id=merchant().pk, provider="sandbox", name="测试", app="t", sealed=seal("{}", about="x")
    )
    row = running(deposit_fen=2_000)
    person = buyer("小鱼")
    fish = shopping(person)
    assert "先交保证金" in fish.get(address(row)).content.decode()
    assert fish.post(address(row, "bids/"), {"key": "k", "amount": "100"}).status_code == 409
    assert fish.post(address(row, "deposit/"), {"provider": "cash"}).status_code == 422
    answers = [fish.post(address(row, "deposit/"), {"provider": "sandbox"}) for _ in range(2)]
    payment = Payment.objects.get()
    assert {answer["Location"] for answer in answers} == {f"/pay/{payment.number}/?go=1"}
    assert payment.amount_fen == 2_000
    take(by=HOUSE, told=[Told(payment.number, "sandbox", "T1", "paid", 2_000, now())], at=now())
    assert address(row) in fish.get(f"/pay/{payment.number}/").content.decode()
    assert Deposit.objects.get().state == Deposit.State.PAID
    assert bid(fish, row).status_code == 302
    other = shopping(buyer("小虾"))
    assert other.get(f"/pay/{payment.number}/").status_code == 404


def test_a_draft_and_another_shops_auction_are_nowhere():
    open_shop("OW02")
    row = running()
    fish = shopping(buyer("小鱼"))
    assert fish.get(f"/s/OW02/auctions/{row.pk}/").status_code == 404
    Auction.objects.update(state="draft")
    assert fish.get(address(row)).status_code == 404
    assert fish.post(address(row, "bids/"), {"key": "k", "amount": "100"}).status_code == 404
    assert fish.post(address(row, "deposit/"), {"provider": "sandbox"}).status_code == 404


def test_one_that_is_over_takes_no_bid_and_says_how_it_ended():
    row = running()
    fish = shopping(buyer("小鱼"))
    bid(fish, row, "500")
    Auction.objects.update(ends_at=now() - timedelta(seconds=1), state="sold")
    page = fish.get(address(row)).content.decode()
    assert "您拍下了" in page
    assert 'name="amount"' not in page
    assert fish.post(address(row, "bids/"), {"key": "k", "amount": "600"}).status_code == 409
    assert merchant().pk == row.shop.merchant_id


def test_the_pages_cost_the_same_however_many_bids(django_assert_num_queries):
    row = running()
    fish, shrimp = shopping(buyer("小鱼")), shopping(buyer("小虾"))
    for place in range(4):
        bid((fish, shrimp)[place % 2], row)
    shrimp.get(address(row))
    with django_assert_num_queries(7):
        shrimp.get(address(row))
    with django_assert_num_queries(2):
        Client().get("/s/OW01/auctions/")
