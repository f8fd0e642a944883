"""A buyer's addresses: sealed, one default, nobody else's."""

import pytest

from tests.cast import NOON
from zhanggui.customers import queries, rules
from zhanggui.customers.acting import as_actor
from zhanggui.customers.actions import addresses
from zhanggui.customers.addressing import recognise
from zhanggui.customers.models import Address
from zhanggui.customers.tests.cast import address, buyer, whereto
from zhanggui.journal.models import Entry
from zhanggui.kit.refusals import Invalid, NotFound, NotNow

pytestmark = pytest.mark.django_db


def test_the_first_address_is_the_default_and_a_new_default_takes_its_place():
    person = buyer()
    first, second = address(person), address(person, name="王大明")
    assert [row.is_default for row in queries.addresses(person)] == [True, False]
    addresses.use_default(by=as_actor(person), buyer=person, key=second.key, at=NOON)
    assert [row.pk for row in queries.addresses(person)] == [second.pk, first.pk]
    assert Address.objects.filter(is_default=True).count() == 1


def test_name_phone_and_street_stand_in_no_table_in_the_clear():
    person = buyer()
    row = address(person)
    kept = repr([list(Address.objects.values_list()), list(Entry.objects.values_list())])
    for secret in ("王小明", "13900139000", "珞喻路"):
        assert secret not in kept
        assert secret.encode() not in bytes(row.sealed)
    assert (row.masked_name, row.masked_phone, row.region) == ("王**", "139****9000", "420111")


def test_the_owner_reads_it_in_the_clear_and_another_buyer_does_not_find_it():
    mine, other = buyer(), buyer("小虾")
    key = address(mine).key
    assert queries.address(mine, key)[1] == recognise("王小明 13900139000 湖北省武汉市洪山区珞喻路1号")
    by = as_actor(other)
    with pytest.raises(NotFound):
        queries.address(other, key)
    with pytest.raises(NotFound):
        addresses.drop(by=by, buyer=other, key=key, at=NOON)
    with pytest.raises(NotFound):
        addresses.use_default(by=by, buyer=other, key=key, at=NOON)
    with pytest.raises(NotFound):
        addresses.change(
            by=by, buyer=other, key=key, whereto=whereto(name="坏人"), default=True, version=1, at=NOON
        )
    assert queries.address(mine, key)[1].name == "王小明"


def test_a_dropped_address_is_emptied_and_the_default_goes_on():
    person = buyer()
    first, second = address(person), address(person, name="王大明")
    addresses.drop(by=as_actor(person), buyer=person, key=first.key, at=NOON)
    assert [(row.pk, row.is_default) for row in queries.addresses(person)] == [(second.pk, True)]
    gone = Address.objects.get(pk=first.pk)
    assert (gone.masked_phone, gone.province) == ("", "")


def test_a_stale_form_changes_nothing():
    person = buyer()
    row = address(person)
    given = {"by": as_actor(person), "buyer": person, "key": row.key, "default": False, "at": NOON}
    addresses.change(**given, whereto=whereto(address="珞喻路2号"), version=1)
    with pytest.raises(NotNow):
        addresses.change(**given, whereto=whereto(address="珞喻路3号"), version=1)
    assert queries.address(person, row.key)[1].address == "珞喻路2号"


@pytest.mark.parametrize(
    ("also", "field"),
    [
        ({"name": ""}, "name"),
        ({"phone": "123"}, "phone"),
        ({"address": ""}, "address"),
        ({"province": ""}, "province"),
        ({"city": "杭州市"}, "city"),
        ({"district": "西湖区"}, "district"),
        ({"district": ""}, "district"),
        ({"zip": "12"}, "zip"),
        ({"name": "长" * 26}, "name"),
    ],
)
def test_what_does_not_fit_is_refused_beside_its_field(also, field):
    person = buyer()
    with pytest.raises(Invalid) as refusal:
        address(person, **also)
    assert refusal.value.field == field
    assert not Address.objects.exists()


@pytest.mark.parametrize(
    ("province", "city", "district", "region"),
    [
        ("上海市", "上海市", "浦东新区", "310115"),
        ("北京", "", "朝阳区", "110105"),
        ("广东省", "东莞市", "", "441900"),
        ("湖北省", "仙桃市", "", "429004"),
        ("西藏自治区", "拉萨市", "城关区", "540102"),
        ("重庆市", "重庆市", "渝北区", "500112"),
        ("台湾省", "台北市", "", "710100"),
        ("香港特别行政区", "", "油尖旺区", ""),
    ],
)
def test_places_of_all_kinds_are_understood(province, city, district, region):
    """Municipalities, cities without districts, counties under the province."""
    row = address(buyer(), province=province, city=city, district=district)
    assert row.region.startswith(region)


def test_there_is_an_end_to_addresses():
    person = buyer()
    for _ in range(rules.MOST_ADDRESSES):
        address(person)
    with pytest.raises(NotNow):
        address(person)
    assert Address.objects.count() == rules.MOST_ADDRESSES
