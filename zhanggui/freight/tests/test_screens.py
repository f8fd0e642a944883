"""The pages of freight: who may see and change what, and that a form never loses what was typed."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests import cast
from zhanggui.freight.actions.quoting import keep
from zhanggui.freight.models import Carrier, CostAsked, Quote, Surcharge, Template, Zone
from zhanggui.freight.quotes import Part, Wish
from zhanggui.freight.seeds import lay_tables
from zhanggui.journal.models import Entry
from zhanggui.people.powers import Power

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    row = cast.shop("WH01")
    lay_tables(by=cast.HOUSE, shop=row)
    return row


@pytest.fixture
def table(shop):
    return Template.objects.get(shop=shop)


@pytest.fixture
def editor(client, shop):
    cast.sign_in(client, cast.staff("101", Power.FREIGHT_SEE, Power.FREIGHT_EDIT, at=shop))
    return client


@pytest.fixture
def reader(client, shop):
    cast.sign_in(client, cast.staff("102", Power.FREIGHT_SEE, at=shop))
    return client


def address(table):
    return reverse("freight:table", args=[table.shop.code, table.pk])


def form_of(answer) -> dict[str, str]:
    """What a browser would send back of the table editor's page."""
    page = answer.content.decode().partition('id="table-form"')[2].partition("</form>")[0]
    values = {}
    for tag in re.findall(r"<input[^>]*>", page):
        name = re.search(r'name="([^"]+)"', tag)
        if name and ('type="checkbox"' not in tag or " checked" in tag):
            value = re.search(r'value="([^"]*)"', tag)
            values[name[1]] = value[1] if value else ""
    values |= dict(re.findall(r'<textarea name="([^"]+)"[^>]*>([^<]*)</textarea>', page))
    for name, options in re.findall(r'<select name="([^"]+)".*?>(.*?)</select>', page, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options)
        values[name] = chosen[1] if chosen else ""
    return values


@pytest.mark.parametrize("name", ["shops", "tester", "quotes", "costs", "carriers", "regions"])
def test_every_page_opens_for_a_reader(reader, name):
    assert reader.get(reverse(f"freight:{name}")).status_code == 200


def test_a_reader_sees_the_shop_and_its_table_but_changes_nothing(reader, shop, table):
    page = reader.get(reverse("freight:shop", args=[shop.code]))
    assert "武汉市" in page.content.decode()
    answer = reader.get(address(table))
    assert answer.status_code == 200
    assert reader.post(address(table), form_of(answer)).status_code == 403
    assert reader.post(reverse("freight:table-removal", args=[shop.code, table.pk])).status_code == 403
    assert Template.objects.get(pk=table.pk).version == 1


def test_another_shops_freight_is_not_there(editor, shop):
    other = cast.mall("SH01")
    lay_tables(by=cast.HOUSE, shop=other)
    theirs = Template.objects.get(shop=other)
    extra = Surcharge.objects.filter(shop=other).first()
    for url in (
        reverse("freight:shop", args=[other.code]),
        address(theirs),
        reverse("freight:table", args=[shop.code, theirs.pk]),
        reverse("freight:table-new", args=[other.code]),
        reverse("freight:surcharge", args=[other.code, extra.pk]),
    ):
        assert editor.get(url).status_code == 404, url
    assert editor.post(address(theirs), {"version": "1"}).status_code == 404
    assert "SH01" not in editor.get(reverse("freight:shops")).content.decode()


def test_saving_what_was_read_changes_no_price(editor, table):
    before = list(
        Zone.objects.filter(template=table).order_by("position").values("name", "regions", "first_fen")
    )
    answer = editor.post(address(table), form_of(editor.get(address(table))))
    assert answer.status_code == 302
    after = list(
        Zone.objects.filter(template=table).order_by("position").values("name", "regions", "first_fen")
    )
    assert [(z["name"], sorted(z["regions"]), z["first_fen"]) for z in after] == [
        (z["name"], sorted(z["regions"]), z["first_fen"]) for z in before
    ]
    assert Entry.objects.filter(what="freight.changed").get().change["version"] == [1, 2]


def test_the_further_kilo_at_home_is_set_and_stands_in_the_daybook(editor, table):  # C8
    values = form_of(editor.get(address(table)))
    values |= {"zone-0-add_standard": "1", "zone-0-add_fen": "2.50"}
    assert editor.post(address(table), values).status_code == 302
    zone = Zone.objects.get(template=table, name="武汉市")
    assert (zone.add_standard, zone.add_fen) == (1000, 250)
    change = Entry.objects.get(what="freight.changed").change
    assert change["zone 武汉市"][0]["add"] == [None, None]
    assert change["zone 武汉市"][1]["add"] == [1000, 250]


@pytest.mark.parametrize(
    ("column", "text", "said"),
    [
        ("zone-0-add_fen", "7", "续费不能高于首费"),
        ("zone-0-first_fen", "1000", "999.99"),
        ("zone-0-first_fen", "abc", "读不懂"),
        ("zone-0-first_standard", "0.05", "0.1"),
        ("zone-0-first_standard", "", "请填写"),
        ("zone-0-regions", "火星", "火星"),
        ("zone-0-regions", "江浙沪、湖北", "一个地区只能在一行"),
        ("name", "很" * 26, "50"),
        ("ships_from", "火星", "发货城市"),
    ],
)
def test_a_limit_is_refused_by_name_and_the_typed_stays(editor, table, column, text, said):
    values = form_of(editor.get(address(table))) | {"zone-0-add_standard": "1", "zone-0-add_fen": "1"}
    values[column] = text
    answer = editor.post(address(table), values)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert form_of(answer)[column] == text
    assert Template.objects.get(pk=table.pk).version == 1
    assert Zone.objects.get(template=table, name="武汉市").add_fen is None


def test_a_stale_page_is_told_what_changed_and_overwrites_nothing(editor, table):
    old = form_of(editor.get(address(table)))
    editor.post(address(table), old | {"zone-0-first_fen": "6.50"})
    answer = editor.post(address(table), old | {"zone-0-first_fen": "5.00"})
    assert answer.status_code == 409
    assert "¥6.50" in answer.content.decode()
    assert Zone.objects.get(template=table, name="武汉市").first_fen == 650
    seen = form_of(answer)
    assert (seen["version"], seen["zone-0-first_fen"]) == ("2", "5.00")
    assert editor.post(address(table), seen).status_code == 302
    assert Zone.objects.get(template=table, name="武汉市").first_fen == 500


def test_one_more_row_is_shown_without_saving(editor, table):
    values = form_of(editor.get(address(table)))
    answer = editor.post(address(table), values | {"more": "zone", "zone-0-name": "改了一半"})
    rows = form_of(answer)
    assert rows["zone-0-name"] == "改了一半"
    assert rows["zone-9-name"] == ""
    free = form_of(editor.post(address(table), values | {"more": "free"}))
    assert free["free-0-pieces"] == ""
    assert Template.objects.get(pk=table.pk).version == 1


def test_a_row_is_removed_and_a_free_condition_added(editor, table):
    values = form_of(editor.get(address(table)))
    values |= {"zone-2-gone": "on", "free-0-regions": "", "free-0-amount_fen": "99", "free-0-pieces": ""}
    assert editor.post(address(table), values).status_code == 302
    assert not Zone.objects.filter(template=table, name="东北三省").exists()
    assert table.free_rules.get().amount_fen == 9900


def test_a_table_is_made_copied_and_removed(editor, shop, table):
    made = editor.post(
        reverse("freight:table-new", args=[shop.code]),
        {"name": "顺丰官方", "carrier": "SF", "ships_from": "武汉", "valuation": "weight"},
    )
    fresh = Template.objects.get(shop=shop, name="顺丰官方")
    assert made.status_code == 302
    assert (fresh.ships_from, fresh.is_default, fresh.carrier.code) == ("420100", True, "SF")
    copied = editor.post(
        reverse("freight:table-copy", args=[shop.code, table.pk]), {"shop": shop.code, "name": "副本"}
    )
    assert copied.status_code == 302
    twin = Template.objects.get(name="副本")
    assert (twin.zones.count(), twin.is_default) == (table.zones.count(), False)
    again = editor.post(
        reverse("freight:table-copy", args=[shop.code, table.pk]), {"shop": shop.code, "name": "副本"}
    )
    assert again.status_code == 422
    refused = editor.post(reverse("freight:table-removal", args=[shop.code, table.pk]), {"version": "1"})
    assert refused.status_code == 409
    editor.post(reverse("freight:table-default", args=[shop.code, twin.pk]), {"version": "1"})
    editor.post(reverse("freight:table-removal", args=[shop.code, table.pk]), {"version": "2"})
    assert set(Template.objects.filter(shop=shop).values_list("name", flat=True)) == {"顺丰官方", "副本"}


def test_an_empty_shop_is_offered_the_usual_tables(client):
    fresh = cast.shop("WH05")
    cast.sign_in(client, cast.staff("105", Power.FREIGHT_SEE, Power.FREIGHT_EDIT, at=fresh))
    page = client.get(reverse("freight:shop", args=["WH05"])).content.decode()
    assert "按公司规则建表" in page
    assert client.post(reverse("freight:tables-usual", args=["WH05"])).status_code == 302
    assert Template.objects.get(shop=fresh).name == "普通快递（武汉）"
    assert "按公司规则建表" not in client.get(reverse("freight:shop", args=["WH05"])).content.decode()


def test_a_surcharge_is_added_changed_and_removed(editor, shop):
    url = reverse("freight:surcharge-new", args=[shop.code])
    assert editor.post(url, {"name": "海岛", "fee": "0"}).status_code == 422
    assert editor.post(url, {"name": "海岛", "fee": "8", "fallback_only": "on"}).status_code == 422
    assert (
        editor.post(url, {"name": "海岛", "fee": "8", "regions": "舟山", "active": "on"}).status_code == 302
    )
    row = Surcharge.objects.get(shop=shop, name="海岛")
    assert (row.fee_fen, row.regions) == (800, ["330900"])
    own = reverse("freight:surcharge", args=[shop.code, row.pk])
    assert editor.post(own, {"name": "海岛", "fee": "9", "version": "1"}).status_code == 302
    assert editor.post(own, {"name": "海岛", "fee": "7", "version": "1"}).status_code == 409
    assert Surcharge.objects.get(pk=row.pk).fee_fen == 900
    editor.post(reverse("freight:surcharge-removal", args=[shop.code, row.pk]), {"version": "2"})
    assert not Surcharge.objects.filter(pk=row.pk).exists()


def test_the_tester_writes_the_receipt_and_keeps_no_address(reader, shop):
    asked = {
        "shop": shop.code,
        "address": "王小明 13800138000 广东省深圳市南山区科技园1号",
        "weight": "1.2",
        "pieces": "1",
    }
    page = reader.post(reverse("freight:tester"), asked)
    text = page.content.decode()
    assert "¥24.00" in text
    assert "S1-07" in text
    assert "顺丰速运" in text
    assert not Quote.objects.exists()
    kept = reader.post(reverse("freight:tester"), asked | {"keep": "1"})
    quote = Quote.objects.get()
    assert kept["Location"].endswith(f"/freight/quotes/{quote.key}/")
    assert (quote.fee_fen, quote.asked["to"]) == (2400, "440305")
    row = str(Quote.objects.values().get())
    assert not any(word in row for word in ("王小明", "13800138000", "科技园"))
    assert "¥24.00" in reader.get(kept["Location"]).content.decode()


@pytest.mark.parametrize("to", ["440305", "广东省深圳市南山区"])
def test_a_link_names_the_region_and_no_person(reader, shop, to):
    asked = {"shop": shop.code, "to": to, "pieces": "1", "weight": "1"}
    page = reader.get(reverse("freight:tester"), asked).content.decode()
    assert "¥12.00" in page
    assert "广东省深圳市南山区" in page
    assert reader.get(reverse("freight:tester"), asked | {"to": "火星"}).status_code == 200


def test_the_tester_answers_a_fragment_and_names_what_is_missing(reader, shop):
    asked = {"shop": shop.code, "address": "湖北武汉", "pieces": "1"}
    answer = reader.post(reverse("freight:tester"), asked, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert "<html" not in answer.content.decode()
    assert "重量未知" in answer.content.decode()
    wrong = reader.post(reverse("freight:tester"), asked | {"weight": "x"}, headers={"HX-Request": "true"})
    assert wrong.status_code == 422


def test_a_quote_of_another_shop_is_not_there(reader):
    other = cast.mall("SH01")
    lay_tables(by=cast.HOUSE, shop=other)
    kept = keep(by=cast.HOUSE, wish=Wish(other, "420100", (Part(1, 500),)), at=cast.NOON)
    assert reader.get(reverse("freight:quote", args=[kept.key])).status_code == 404
    page = reader.post(reverse("freight:tester"), {"shop": "SH01", "address": "武汉", "pieces": "1"})
    assert page.status_code == 422


def test_the_real_cost_is_entered_on_the_page(editor, shop):  # S1-06
    asked = {"shop": shop.code, "address": "西藏拉萨城关区", "weight": "1", "pieces": "1", "keep": "1"}
    editor.post(reverse("freight:tester"), asked)
    task = CostAsked.objects.get()
    assert "拉萨" in editor.get(reverse("freight:costs")).content.decode()
    url = reverse("freight:cost-answer", args=[task.pk])
    assert editor.post(url, {"fee": "0"}).status_code == 422
    assert CostAsked.objects.get().answered_at is None
    done = editor.post(url, {"fee": "38.50", "note": "申通网点"})
    assert "¥38.50" in editor.get(done["Location"]).content.decode()
    assert editor.post(url, {"fee": "1"}).status_code == 409
    assert Quote.objects.get().fee_fen == 3850


def test_a_carrier_is_everybodys_so_only_who_edits_everywhere_may(editor, client):
    url = reverse("freight:carrier", args=["STO"])
    values = {"aliases": "申通，STO快递", "waybill_pattern": "[0-9]{3}", "active": "on", "version": "1"}
    assert editor.post(url, values).status_code == 403
    cast.sign_in(client, cast.staff("103", Power.FREIGHT_SEE, Power.FREIGHT_EDIT))
    assert client.post(url, values | {"waybill_pattern": "(a+)+"}).status_code == 422
    assert client.post(url, values).status_code == 302
    assert Carrier.objects.get(code="STO").waybill_pattern == "[0-9]{3}"
    assert client.post(url, values).status_code == 409


def test_a_number_shows_its_candidates(reader):
    page = reader.get(reverse("freight:carriers") + "?waybill=868020761207").content.decode()
    assert "申通快递" in page
    assert "圆通速递" in page
    assert "德邦快递" not in page


def test_the_overview_costs_the_same_for_many_shops(reader, client):
    cast.sign_in(client, cast.staff("104", Power.FREIGHT_SEE))
    counts = []
    client.get(reverse("freight:shops"))  # the first page of a process reads what stays in memory
    for more in (1, 5):
        for n in range(more):
            lay_tables(by=cast.HOUSE, shop=cast.shop(f"W{more}{n}"))
        with CaptureQueriesContext(connection) as seen:
            client.get(reverse("freight:shops"))
        counts.append(len(seen))
    assert counts[0] == counts[1]
