"""Quotes kept as receipts, ask-first tasks, and editors at the same instant; each race with its control."""

from datetime import timedelta

import pytest
from django.db.models import F

from tests import cast
from tests.racing import race, refusals
from zhanggui.freight.actions import costs, tables
from zhanggui.freight.actions.quoting import keep
from zhanggui.freight.limits import Header
from zhanggui.freight.models import CostAsked, Quote, Template, Zone
from zhanggui.freight.quotes import Part, Wish
from zhanggui.freight.rules import ZoneRow, read_receipt
from zhanggui.freight.seeds import lay_tables
from zhanggui.freight.wording import for_buyer
from zhanggui.journal.models import Entry
from zhanggui.kit.refusals import Invalid, NotAllowed
from zhanggui.people.powers import Power
from zhanggui.shops.models import Setting

LHASA, SHENZHEN = "540102", "440305"


@pytest.fixture
def shop():
    row = cast.shop("WH01")
    lay_tables(by=cast.HOUSE, shop=row)
    return row


def kept(shop, to=SHENZHEN, weight_g=900, by=cast.HOUSE):
    return keep(by=by, wish=Wish(shop, to, (Part(1, weight_g),)), at=cast.NOON)


@pytest.mark.django_db
def test_a_quote_holds_for_the_shops_minutes(shop):
    assert kept(shop).good_until == cast.NOON + timedelta(minutes=30)
    day = cast.NOON.date()
    Setting.objects.create(shop=shop, name="freight.quote_minutes", value=90, since=day, set_by="x")
    quote = kept(shop)
    assert quote.good_until == cast.NOON + timedelta(minutes=90)
    assert (quote.outcome, quote.fee_fen) == ("priced", 1200)
    assert read_receipt(quote.receipt).lines[0].why == "S1-07"
    assert not CostAsked.objects.exists()


@pytest.mark.django_db
def test_keeping_needs_the_power_in_that_shop(shop):
    stranger = cast.actor(Power.FREIGHT_SEE, at=cast.mall())
    with pytest.raises(NotAllowed):
        kept(shop, by=stranger)
    assert not Quote.objects.exists()


@pytest.mark.django_db
def test_no_price_is_kept_as_no_price(shop):
    quote = kept(shop, "420100", 1500)
    assert (quote.outcome, quote.fee_fen) == ("undefined", None)
    assert not CostAsked.objects.exists()


@pytest.mark.django_db
def test_tibet_opens_a_task_and_its_answer_prices_the_quote(shop):  # S1-06, C6
    quote = kept(shop, LHASA)
    task = CostAsked.objects.get(quote=quote)
    assert (quote.outcome, quote.fee_fen) == ("ask", None)
    assert "确认" in for_buyer(read_receipt(quote.receipt))
    later = cast.NOON + timedelta(hours=2)
    done = costs.answer(by=cast.HOUSE, task=task, fee_fen=3850, note="网点报价", at=later)
    assert (done.outcome, done.fee_fen) == ("priced", 3850)
    assert done.good_until == later + timedelta(minutes=30)
    receipt = read_receipt(done.receipt)
    assert sum(line.fee_fen for line in receipt.lines) == receipt.fee_fen == 3850
    assert for_buyer(receipt) == "您好，寄到西藏自治区拉萨市城关区，快递运费 38.50 元。"
    assert Entry.objects.get(what="quote.answered").reason == "网点报价"


@pytest.mark.django_db
@pytest.mark.parametrize("fee_fen", [0, -1, 100_000])
def test_an_answer_is_a_real_cost(shop, fee_fen):
    kept(shop, LHASA)
    task = CostAsked.objects.get()
    with pytest.raises(Invalid):
        costs.answer(by=cast.HOUSE, task=task, fee_fen=fee_fen, at=cast.NOON)
    with pytest.raises(NotAllowed):
        costs.answer(by=cast.actor(Power.FREIGHT_SEE, at=shop), task=task, fee_fen=100, at=cast.NOON)
    assert CostAsked.objects.get().answered_at is None
    assert Quote.objects.get().fee_fen is None


@pytest.mark.django_db(transaction=True)
def test_two_answers_at_once_and_one_counts(shop):
    kept(shop, LHASA)
    task = CostAsked.objects.get()
    fees = [1000, 2000, 3000, 4000]
    results = race(
        *(lambda fee=fee: costs.answer(by=cast.HOUSE, task=task, fee_fen=fee, at=cast.NOON) for fee in fees)
    )
    assert [type(trouble) for trouble in refusals(results)] == [costs.AlreadyAnswered] * 3
    quote = Quote.objects.get()
    assert quote.fee_fen == CostAsked.objects.get().fee_fen
    assert [line["rule"] for line in quote.receipt["lines"]].count("answered") == 1


@pytest.mark.django_db
def test_without_the_guard_a_second_answer_would_overwrite(shop, monkeypatch):
    """The control: an answer that does not look whether one is there."""
    kept(shop, LHASA)
    task = CostAsked.objects.get()
    plain_filter = CostAsked.objects.filter
    monkeypatch.setattr(CostAsked.objects, "filter", lambda pk, **_guard: plain_filter(pk=pk))
    for fee in (1000, 2000):
        costs.answer(by=cast.HOUSE, task=task, fee_fen=fee, at=cast.NOON)
    assert Quote.objects.get().fee_fen == 2000
    assert [line["rule"] for line in Quote.objects.get().receipt["lines"]].count("answered") == 2


HEADER = Header("普通快递", "", cast.WUHAN, "weight")


def rows(fen):
    return [
        ZoneRow(0, f"全国{fen}", ("1",), 1000, fen, 1000, fen),
        ZoneRow(0, f"湖北{fen}", ("420000",), 1000, fen),
    ]


def edit(template, fen):
    return tables.edit(
        by=cast.HOUSE, template=template, version=1, header=HEADER, zones=rows(fen), free=[], at=cast.NOON
    )


@pytest.mark.django_db(transaction=True)
def test_two_editors_at_once_and_the_table_is_one_of_theirs(shop):
    template = Template.objects.get(shop=shop)
    results = race(*(lambda fen=fen: edit(template, fen) for fen in (100, 200, 300, 400)))
    assert [type(trouble) for trouble in refusals(results)] == [tables.Stale] * 3
    held = list(Zone.objects.filter(template=template))
    assert len(held) == 2
    assert len({zone.first_fen for zone in held}) == 1
    assert Template.objects.get(pk=template.pk).version == 2
    assert Entry.objects.filter(what="freight.changed").count() == 1


@pytest.mark.django_db
def test_without_the_version_the_later_editor_would_win_unseen(shop, monkeypatch):
    """The control: claiming a table without looking at the version that was read."""

    def careless(template, version, at):
        Template.objects.filter(pk=template.pk).update(version=F("version") + 1)
        return Template.objects.select_related("carrier").get(pk=template.pk)

    monkeypatch.setattr(tables, "_claim", careless)
    template = Template.objects.get(shop=shop)
    edit(template, 100)
    edit(template, 200)
    assert set(Zone.objects.filter(template=template).values_list("first_fen", flat=True)) == {200}


@pytest.mark.django_db(transaction=True)
def test_tables_made_at_once_leave_one_default():
    shop = cast.shop("WH07")
    names = ["甲", "乙", "丙", "丁"]
    made = race(
        *(
            lambda name=name: tables.create(
                by=cast.HOUSE, shop=shop, header=Header(name, "", cast.WUHAN, "weight"), at=cast.NOON
            )
            for name in names
        )
    )
    assert refusals(made) == []
    assert Template.objects.filter(shop=shop, is_default=True).count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["", " ", "很" * 26])
def test_a_name_the_platform_would_not_take_is_refused(shop, name):
    with pytest.raises(Invalid) as refused:
        tables.create(by=cast.HOUSE, shop=shop, header=Header(name, "", cast.WUHAN, "weight"), at=cast.NOON)
    assert refused.value.field == "name"
    assert Template.objects.count() == 1
