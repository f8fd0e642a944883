"""Waybills are checked against the chosen carrier; a number alone only has candidates."""

import time

import pytest

from tests import cast
from zhanggui.freight import waybills
from zhanggui.freight.carriers import ensure_carriers
from zhanggui.freight.models import Carrier
from zhanggui.freight.queries import carrier_named, carriers_named
from zhanggui.kit.refusals import Invalid

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _carriers():
    ensure_carriers()


@pytest.mark.parametrize(
    ("carrier", "written", "number"),
    [
        ("STO", "No:868020761207", "868020761207"),
        ("STO", " 868020761207 ", "868020761207"),
        ("STO", "'８６８020761207", "868020761207"),
        ("SF", "sf1234567890123", "SF1234567890123"),
        ("SF", "123456789012", "123456789012"),
        ("YTO", "yt1234567890123", "YT1234567890123"),
        ("EMS", "EA123456789CN", "EA123456789CN"),
        ("JD", "JDVA01234567890-1-1", "JDVA01234567890-1-1"),
        ("POST", "RA12345678", "RA12345678"),
    ],
)
def test_a_number_of_the_chosen_carrier_is_cleaned(carrier, written, number):
    assert waybills.check(carrier, written) == number


@pytest.mark.parametrize(
    ("carrier", "written"),
    [
        ("STO", "123456789012"),
        ("SF", "1234567890"),
        ("STO", ""),
        ("NOBODY", "868020761207"),
        ("", "868020761207"),
        ("SF", "1234567890123; DROP"),
        ("POST", "x" * 50),
    ],
)
def test_a_number_that_is_not_its_own_is_refused(carrier, written):
    with pytest.raises(Invalid) as refused:
        waybills.check(carrier, written)
    assert refused.value.field == "waybill"


def test_many_are_checked_in_one_statement(django_assert_num_queries):
    with django_assert_num_queries(1):
        found = waybills.check_many([("STO", "868020761207"), ("SF", "1"), ("STO", "x")] * 50)
    assert [bool(trouble) for _number, trouble in found[:3]] == [False, True, True]


def test_a_number_alone_has_candidates_ranked_by_the_shops_use(monkeypatch):
    monkeypatch.setattr(waybills, "_use", [])
    found = [row.code for row in waybills.candidates("868020761207", cast.shop())]
    assert {"SF", "STO", "TTKDEX"} <= set(found)
    assert len(found) > 5
    waybills.learn_from(lambda shop: {"TTKDEX": 3, "STO": 9})
    assert [row.code for row in waybills.candidates("868020761207", cast.shop())][:3] == [
        "STO",
        "TTKDEX",
        "SF",
    ]
    assert waybills.candidates("") == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("申通快递", "STO"),
        ("申通", "STO"),
        ("申通E物流", "STO"),
        (" 圆通速递(YTO) ", "YTO"),
        ("圆通速递（上海）", "YTO"),
        ("sf", "SF"),
        ("顺丰", "SF"),
        ("厂家自送", "SELF"),
        ("ＥＭＳ", "EMS"),
    ],
)
def test_a_carrier_is_known_by_its_names(text, code):
    assert carrier_named(text).code == code


def test_a_name_that_means_nothing_is_nobody(django_assert_num_queries):
    assert carrier_named("飞鸽传书") is None
    assert carrier_named("") is None
    with django_assert_num_queries(1):
        assert set(carriers_named(["申通", "", "飞鸽", "圆通"])) == {"申通", "圆通"}


def test_loading_again_changes_nothing_and_leaves_edited_rows(django_assert_num_queries):
    Carrier.objects.filter(code="STO").update(waybill_pattern="[0-9]{3}", edited=True)
    Carrier.objects.filter(code="YTO").update(name="圆")
    assert ensure_carriers() == 1
    assert Carrier.objects.get(code="STO").waybill_pattern == "[0-9]{3}"
    assert Carrier.objects.get(code="YTO").name == "圆通速递"
    with django_assert_num_queries(3):  # one, and the savepoint around it
        assert ensure_carriers() == 0


def test_no_pattern_of_ours_takes_long():
    began = time.perf_counter()
    for row in Carrier.objects.all():
        waybills.read_pattern(row.waybill_pattern)
        for number in ("9" * 40, "A" * 40, "1-" * 20, "12345678901"):
            waybills.fits(row.waybill_pattern, number)
    assert time.perf_counter() - began < 1


@pytest.mark.parametrize("pattern", ["(", "(a+)+", "(a|b)*c", r"(a)\1", "(a){2,}", "x" * 2001])
def test_a_pattern_that_could_take_forever_is_refused(pattern):
    with pytest.raises(Invalid):
        waybills.read_pattern(pattern)


def test_a_pattern_is_shown_by_its_shapes():
    assert waybills.shapes("(1|2)[0-9]{3}|[a|b]{2}|VIP[0-9]{9}") == [
        "(1|2)[0-9]{3}",
        "[a|b]{2}",
        "VIP[0-9]{9}",
    ]
    assert waybills.shapes("") == []
