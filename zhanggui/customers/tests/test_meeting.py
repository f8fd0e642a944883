import pytest

from tests import cast
from tests.racing import race, refusals
from zhanggui.customers.actions import meet_many
from zhanggui.customers.models import Buyer
from zhanggui.kit.refusals import Invalid


@pytest.mark.django_db
def test_a_nick_is_one_buyer_of_a_merchant_on_a_platform(django_assert_num_queries):
    house = cast.merchant().pk
    first = meet_many(by=cast.HOUSE, merchant_id=house, platform="taobao", nicks=["小红", "小明", "小红", ""])
    assert sorted(first) == ["小明", "小红"]
    with django_assert_num_queries(4):  # two, and the savepoint around them
        assert (
            meet_many(by=cast.HOUSE, merchant_id=house, platform="taobao", nicks=["小红"])["小红"]
            == first["小红"]
        )
    other = meet_many(by=cast.HOUSE, merchant_id=house, platform="jd", nicks=["小红"])
    assert other["小红"] != first["小红"]


@pytest.mark.django_db
def test_a_nick_that_is_too_long_is_refused_and_nobody_is_met():
    with pytest.raises(Invalid):
        meet_many(by=cast.HOUSE, merchant_id=1, platform="taobao", nicks=["小红", "长" * 81])
    assert not Buyer.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_many_meet_the_same_buyers_at_once():
    house = cast.merchant().pk
    nicks = [f"买家{n}" for n in range(200)]
    lists = [nicks, list(reversed(nicks))] * 4
    results = race(
        *[
            lambda named=named: meet_many(by=cast.HOUSE, merchant_id=house, platform="taobao", nicks=named)
            for named in lists
        ]
    )
    assert refusals(results) == []
    assert all(result == results[0] for result in results)
    assert Buyer.objects.count() == 200
