"""The page of a product: its matrix without a script, its prices, its postage, and what happens when a SKU is gone."""

import json
import re
from datetime import timedelta

import pytest
from django.test import Client

from tests.cast import HOUSE, NOON
from zhanggui.catalog.models import Picture, Sku
from zhanggui.customers.tests.cast import buyer as account
from zhanggui.customers.tests.cast import shopping
from zhanggui.freight.quotes import quote
from zhanggui.freight.seeds import lay_tables
from zhanggui.kit.clock import day_of, now
from zhanggui.kit.refusals import NotFound
from zhanggui.promotions.tests.offering import offer
from zhanggui.stock.models import Balance
from zhanggui.storefront.queries.product import look_at
from zhanggui.storefront.tests.cast import buyer, open_shop, shelved, stocked
from zhanggui.storefront.views.product import matrix

pytestmark = pytest.mark.django_db
LATER = now() + timedelta(days=1)
SPECS = {"尺码:L;颜色:白": 10_000, "尺码:M;颜色:白": 10_000, "尺码:L;颜色:黑": 12_000}


def seen(listing, **also):
    given = {"at": NOON, "buyer": None, "sku_id": None, "region": ""} | also
    return look_at(listing.shop, listing.pk, **given)


def sku(listing, spec):
    return Sku.objects.get(product=listing.product, spec=spec)


def sell_out(one):
    Balance.objects.filter(sku=one).update(on_hand=0)


def test_every_value_leads_to_a_sku_and_what_was_never_made_is_told():
    open_shop()
    shirt = shelved("衬衫", prices=SPECS)
    stocked(shirt, 9)
    found = seen(shirt, sku_id=sku(shirt, "尺码:M;颜色:白").pk)
    sizes, colours = ({c.value: c for c in choices} for _name, choices in found.options)
    assert sizes["M"].here
    assert colours["白"].here
    assert sizes["L"].sku.spec == "尺码:L;颜色:白"
    assert not sizes["L"].out
    assert colours["黑"].sku.spec == "尺码:L;颜色:黑", "the nearest that is there"
    assert colours["黑"].out, "M in black was never made"


def test_a_sku_that_is_gone_is_said_with_what_is_nearest():
    open_shop()
    shirt = shelved("衬衫", prices=SPECS)
    stocked(shirt, 9)
    gone = sku(shirt, "尺码:M;颜色:白")
    sell_out(gone)
    assert seen(shirt).chosen.sku.spec == "尺码:L;颜色:白", "one that can be had is chosen first"
    found = seen(shirt, sku_id=gone.pk)
    assert found.gone
    assert [one.sku.spec for one in found.instead] == ["尺码:L;颜色:白", "尺码:L;颜色:黑"]
    page = Client().get(f"/s/OW01/goods/{shirt.pk}/?sku={gone.pk}").content.decode()
    assert "刚刚售罄" in page
    assert re.search(r'<button class="pill pill-buy"[^>]*disabled', page)


def test_the_ladder_names_the_rule_and_each_sku_its_own_price():
    open_shop()
    shirt = shelved("衬衫", prices=SPECS)
    stocked(shirt, 9)
    offer("flash", terms={"percent_bp": 8_000})
    found = seen(shirt)
    prices = {one.sku.spec: (one.tag.list_fen, one.tag.now_fen) for one in found.offered}
    assert prices == {spec: (fen, fen * 8 // 10) for spec, fen in SPECS.items()}
    assert len(found.ladders) == 2
    assert found.chosen.tag.why[0]
    assert [row["ladder"] for row in matrix(found)] == [0, 0, 1]


@pytest.mark.parametrize("region", ["420106", "310115", "650102", "110105"])
def test_the_postage_is_the_quote_to_the_fen(region: str):
    shop = open_shop()
    lay_tables(by=HOUSE, shop=shop)
    tea = shelved("绿茶", prices={"": 9_900})
    found = seen(tea, region=region)
    receipt = quote(shop=shop, to=region, pieces=1, weight_g=300, amount_fen=9_900, on=day_of(NOON))
    assert receipt.outcome == "priced"
    assert found.sending.fee_fen == receipt.fee_fen
    assert found.sending.why


def test_tibet_is_asked_first_and_a_province_of_two_prices_wants_its_city():
    shop = open_shop()
    lay_tables(by=HOUSE, shop=shop)
    tea = shelved("绿茶")
    tibet = seen(tea, region="540102").sending
    assert (tibet.fee_fen, tibet.ask) == (None, True)
    hubei = seen(tea, region="420000").sending
    assert (hubei.fee_fen, hubei.vague) == (None, True)
    page = Client().get(f"/s/OW01/goods/{tea.pk}/?region=540000").content.decode()
    assert "需客服确认运费" in page
    page = Client().get(f"/s/OW01/goods/{tea.pk}/?region=420000").content.decode()
    assert '<option value="420100"' in page


def test_where_it_is_sent_reads_well_in_english():
    shop = open_shop()
    lay_tables(by=HOUSE, shop=shop)
    path = f"/s/OW01/goods/{shelved('绿茶').pk}/?region=310115"
    page = Client(headers={"cookie": "zg-language=en"}).get(path).content.decode()
    found = re.search(r"<span>To ([^<]+)</span> <strong>", page)
    assert found, page
    assert found[1].endswith(":")
    assert "：" not in found[1]
    chinese = Client().get(path).content.decode()
    assert re.search(r"<span>送到 [^<]+：</span>", chinese)


def test_the_cutoff_is_promised_only_before_it():
    open_shop()
    tea = shelved("绿茶")
    assert "今日发" in seen(tea).cutoff
    assert "明日发" in seen(tea, at=NOON + timedelta(hours=5)).cutoff


def test_a_bundle_shows_its_parts_and_what_it_saves():
    open_shop()
    tea, cup = shelved("绿茶", prices={"": 10_000}), shelved("盖碗", prices={"": 5_000})
    pieces = {str(sku(tea, "").pk): 1, str(sku(cup, "").pk): 2}
    offer("bundle", terms={"pieces": pieces, "price_fen": 18_000})
    (bundle,) = seen(tea).bundles
    assert (bundle.price_fen, bundle.off_fen) == (18_000, 2_000)
    assert [(part[0], part[2], part[3]) for part in bundle.parts] == [
        ("绿茶", 1, None),
        ("盖碗", 2, cup.pk),
    ]


def test_what_is_not_on_this_shelf_is_not_found():
    open_shop()
    other = open_shop("OW02")
    tea = shelved("绿茶", into=other)
    draft = shelved("草稿", at=None)
    with pytest.raises(NotFound):
        look_at(open_shop(), tea.pk, at=NOON, buyer=None, sku_id=None, region="")
    for pk in (tea.pk, draft.pk, 10**9):
        assert Client().get(f"/s/OW01/goods/{pk}/").status_code == 404


def test_odd_words_in_the_address_change_nothing():
    open_shop()
    tea = shelved("绿茶")
    for query in (
        "sku=x",
        "sku=-1",
        "region=999999",
        "city=' OR 1",
        "sku=99999999999999999999",
    ):
        assert Client().get(f"/s/OW01/goods/{tea.pk}/?{query}").status_code == 200


def test_the_page_stands_without_a_script_and_its_forms_name_the_sku():
    open_shop()
    shirt = shelved("衬衫", prices=SPECS)
    stocked(shirt, 9)
    Picture.objects.create(
        product=shirt.product, name="a" * 32 + ".jpg", width=800, height=800, size=1, alt="一件衬衫"
    )
    one = sku(shirt, "尺码:M;颜色:白")
    page = Client().get(f"/s/OW01/goods/{shirt.pk}/?sku={one.pk}").content.decode()
    assert f'<input type="hidden" name="sku" value="{one.pk}">' in page
    assert f'href="?sku={sku(shirt, "尺码:L;颜色:白").pk}"' in page
    told = re.search(r'data-matrix="([^"]*)"', page)[1].replace("&quot;", '"')
    assert {row["id"] for row in json.loads(told)} == set(shirt.product.skus.values_list("pk", flat=True))
    for image in re.findall(r"<img[^>]*>", page):
        assert "width=" in image
        assert "height=" in image
    assert "style=" not in page


def test_it_costs_the_same_statements_however_many_skus(django_assert_num_queries):
    shop = open_shop()
    lay_tables(by=HOUSE, shop=shop)
    offer("flash", terms={"percent_bp": 8_000}, ends_at=now() + timedelta(days=1))
    offer("coupon", ends_at=now() + timedelta(days=1))
    small = shelved("绿茶")
    large = shelved("红茶", prices={f"规格:{n}克": 1000 + n for n in range(40)})
    for listing in (small, large):
        stocked(listing, 9)
    Client().get(f"/s/OW01/goods/{small.pk}/")
    for listing in (small, large):
        with django_assert_num_queries(9):
            assert Client().get(f"/s/OW01/goods/{listing.pk}/?region=420106").status_code == 200
    who = buyer()
    with django_assert_num_queries(9):
        seen(large, buyer=who, at=now())


def test_the_page_of_a_signed_in_buyer_costs_at_most_fifteen_statements(django_assert_num_queries):
    shop = open_shop()
    lay_tables(by=HOUSE, shop=shop)
    tea, cup = shelved("绿茶"), shelved("盖碗")
    pieces = {str(sku(tea, "").pk): 1, str(sku(cup, "").pk): 1}
    ends = now() + timedelta(days=1)
    offer("flash", terms={"percent_bp": 8_000}, ends_at=ends)
    offer("voucher", first_order_only=True, ends_at=ends)
    offer("bundle", terms={"pieces": pieces, "price_fen": 15_000}, ends_at=ends)
    client = shopping(account())
    address = f"/s/OW01/goods/{tea.pk}/?region=420106"
    client.get(address)
    with django_assert_num_queries(15):
        assert "搭配套餐" in client.get(address).content.decode()


def test_only_offers_that_concern_the_product_stand_on_its_page():
    open_shop()
    tea, cup, pot = (shelved(name, prices={"": 10_000}) for name in ("绿茶", "盖碗", "茶壶"))
    gone = shelved("停售的", at=None)
    t, c, p, g = (sku(one, "").pk for one in (tea, cup, pot, gone))
    offer("flash", name="盖碗特价", terms={"prices": {str(c): 8_000}})
    offer("flash", name="两样特价", terms={"prices": {str(t): 9_000, str(p): 7_000}})
    offer("bundle", name="别的搭配", terms={"pieces": {str(c): 1, str(p): 1}, "price_fen": 15_000})
    offer("bundle", name="配不齐", terms={"pieces": {str(t): 1, str(g): 1}, "price_fen": 9_000})
    offer(
        "bundle", name="茶与碗", terms={"pieces": {str(t): 1, str(c): 1}, "price_fen": 15_000}, ends_at=LATER
    )
    offer("reduction", name="茶壶满减", scope={"products": [pot.product_id]})
    found = seen(tea)
    assert [rule.name for rule in found.rules] == ["两样特价"]
    assert "70" not in found.rules[0].text, "the price of another product"
    assert [bundle.name for bundle in found.bundles] == ["茶与碗"]
    page = Client().get(f"/s/OW01/goods/{tea.pk}/").content.decode()
    assert f'再配 <a href="/s/OW01/goods/{cup.pk}/">盖碗</a>' in page
    assert "盖碗特价" not in page


def test_an_offer_of_one_sku_says_which():
    open_shop()
    shirt = shelved("衬衫", prices=SPECS)
    offer("flash", name="白的便宜", terms={"prices": {str(sku(shirt, "尺码:L;颜色:白").pk): 8_000}})
    (rule,) = seen(shirt, sku_id=sku(shirt, "尺码:L;颜色:黑").pk).rules
    assert rule.only == "L 白"


def test_what_is_for_others_is_not_shown_to_a_buyer_who_is_known():
    open_shop()
    tea = shelved("绿茶")
    offer("reduction", name="三级专享", levels=[3])
    assert [rule.name for rule in seen(tea).rules] == ["三级专享"], "a visitor may be anybody"
    assert seen(tea, buyer=buyer(level=1)).rules == ()


def test_a_product_is_shared_by_a_plain_link_and_a_qr_code_without_a_script():
    open_shop()
    listing = shelved("恩施玉露")
    page = Client().get(f"/s/OW01/goods/{listing.pk}/").content.decode()
    link = re.search(rf'href="(/s/OW01/goods/{listing.pk}/share/\?sku=\d+)"', page)[1]
    shared = Client().get(link).content.decode()
    sku = listing.product.skus.get().pk
    assert f'value="http://testserver/s/OW01/goods/{listing.pk}/?sku={sku}"' in shared
    assert 'class="qr"' in shared
    listing.state = "off"
    listing.save(update_fields=["state"])
    assert Client().get(link).status_code == 404
