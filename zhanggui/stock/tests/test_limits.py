"""Safety stock and quotas on their page: what somebody else changed, what is larger than the stock, whose shops are bound."""

import pytest
from django.test import Client

from tests import cast
from tests.cast import NOON, sign_in, staff
from zhanggui.catalog.models import Sku
from zhanggui.kit.refusals import Invalid
from zhanggui.people.powers import Power
from zhanggui.shops.models import Platform
from zhanggui.stock.actions import limits
from zhanggui.stock.models import Balance, Quota
from zhanggui.stock.tests.shelving import shelve

pytestmark = pytest.mark.django_db


def own(code="OW01"):
    return cast.shop(code, platform=Platform.OWN)


@pytest.fixture
def keeper():
    """Somebody who may move stock everywhere."""
    return sign_in(Client(), staff("ck1", Power.STOCK_SEE, Power.STOCK_MOVE))


def shelf(pieces=30):
    return Balance.objects.get(sku_id=shelve(pieces=pieces))


def test_two_windows_do_not_overwrite_each_other_and_the_second_is_told_what_is_now(keeper):
    row = shelf()
    at = f"/stock/balances/{row.pk}/safety/"
    assert keeper.post(at, {"safety": 5, "seen": 0}).status_code == 302
    late = keeper.post(at, {"safety": 7, "seen": 0})
    page = late.content.decode()
    assert late.status_code == 409
    assert "从 0 改为 5" in page
    assert 'value="7"' in page
    assert 'name="seen" value="5"' in page
    row.refresh_from_db()
    assert row.safety == 5
    assert keeper.post(at, {"safety": 7, "seen": 5}).status_code == 302
    assert keeper.post(at, {"safety": 8}).status_code == 422


def test_more_than_is_on_hand_is_kept_only_by_who_says_so(keeper):
    row = shelf(30)
    at = f"/stock/balances/{row.pk}/safety/"
    asked = keeper.post(at, {"safety": 99_999, "seen": 0})
    assert asked.status_code == 409
    assert 'name="sure"' in asked.content.decode()
    row.refresh_from_db()
    assert row.safety == 0
    assert keeper.post(at, {"safety": 99_999, "seen": 0, "sure": "1"}).status_code == 302
    row.refresh_from_db()
    assert row.safety == 99_999


def test_only_our_own_shops_are_offered_a_quota_and_get_one(keeper):
    row, theirs = shelf(), cast.shop("TB01", platform=Platform.TAOBAO)
    own()
    page = keeper.get("/stock/").content.decode()
    assert 'value="OW01"' in page
    assert 'value="TB01"' not in page
    sent = keeper.post(f"/stock/skus/{row.sku_id}/quota/", {"shop": "TB01", "pieces": 3})
    assert sent.status_code == 422
    assert "只约束自营店铺" in sent.content.decode()
    with pytest.raises(Invalid):
        limits.set_quota(
            by=cast.HOUSE, shop=theirs, sku=Sku.objects.get(pk=row.sku_id), pieces=3, until=None, at=NOON
        )
    assert not Quota.objects.exists()


def test_a_quota_of_more_than_there_is_wants_a_yes_and_a_stale_one_is_told(keeper):
    row, shop = shelf(30), own()
    at = f"/stock/skus/{row.sku_id}/quota/"
    assert keeper.post(at, {"shop": shop.code, "pieces": 31}).status_code == 409
    assert not Quota.objects.exists()
    assert keeper.post(at, {"shop": shop.code, "pieces": 31, "sure": "1"}).status_code == 302
    late = keeper.post(at, {"shop": shop.code, "pieces": 10})
    assert late.status_code == 409
    assert "从 0 件改为 31 件" in late.content.decode()
    assert Quota.objects.get().pieces == 31
    assert keeper.post(at, {"shop": shop.code, "pieces": 10, "seen-OW01": 31}).status_code == 302


def test_who_may_only_look_reads_who_may_change():
    shelf()
    staff("ck1", Power.STOCK_SEE, Power.STOCK_MOVE, name="老秦")
    page = sign_in(Client(), staff("kk1", Power.STOCK_SEE)).get("/stock/").content.decode()
    assert "您可以查看，不能改安全库存。能改的人：" in page
    assert "老秦" in page
