"""The home page: the look that holds, its blocks, prices and marks; one that fails does not take the page along."""

from datetime import datetime, timedelta

import pytest
from django.test import Client

from tests.cast import NOON, actor, sign_in, staff
from zhanggui.catalog.models import Listing, Product
from zhanggui.customers.tests.cast import buyer as account
from zhanggui.customers.tests.cast import shopping
from zhanggui.kit.clock import CHINA, now
from zhanggui.people.powers import Power
from zhanggui.promotions.tests.offering import offer
from zhanggui.storefront.models import Notice
from zhanggui.storefront.queries import home, prices
from zhanggui.storefront.queries.looks import look_at, looks_of
from zhanggui.storefront.tests.cast import buyer, look, open_shop, shelved, stocked

pytestmark = pytest.mark.django_db
EVE = datetime(2026, 11, 11, tzinfo=CHINA)
SECOND = timedelta(seconds=1)


def shown(shop, at=NOON, who=None):
    return {row.kind.code: row for row in home.fill(shop, look_at(shop.pk, at), at=at, buyer=who)}


def test_the_look_that_began_last_holds_and_gives_way_to_the_second():
    shop = open_shop()
    everyday = look(shop, "notice")
    warm = look(shop, "notice", name="预热", starts_at=EVE - timedelta(days=9), ends_at=EVE)
    day = look(shop, "notice", name="当天", starts_at=EVE, ends_at=EVE + timedelta(days=1))
    look(shop, "notice", name="草稿", state="draft", starts_at=EVE)
    assert look_at(shop.pk, EVE - timedelta(days=9) - SECOND) == everyday
    assert look_at(shop.pk, EVE - timedelta(days=9)) == warm
    assert look_at(shop.pk, EVE - SECOND) == warm
    assert look_at(shop.pk, EVE) == day
    assert look_at(shop.pk, EVE + timedelta(days=1)) == everyday


def test_the_list_tells_which_versions_meet():
    shop = open_shop()
    look(shop, "notice")
    look(shop, "notice", name="预热", starts_at=EVE - timedelta(days=9), ends_at=EVE)
    look(shop, "notice", name="当天", starts_at=EVE, ends_at=EVE + timedelta(days=1))
    met = {row.look.name: row.covers for row in looks_of(shop.pk, EVE)}
    assert met == {"日常": ("预热", "当天"), "预热": ("日常",), "当天": ("日常",)}
    assert [row.look.name for row in looks_of(shop.pk, EVE) if row.holds] == ["当天"]


def test_goods_come_by_themselves_or_as_they_were_picked():
    shop = open_shop()
    tea = shelved("绿茶", listed={"sold": 5})
    cup = shelved("盖碗", listed={"sold": 50, "shown": True})
    pot = shelved("茶壶", role=Product.Role.HERO, at=NOON - timedelta(hours=1))
    shelved("没上架", at=None)
    picked = {"kind": "goods", "key": "g", "listings": [tea.pk, cup.pk], "title": "店长推荐"}
    look(shop, blocks=[*({"kind": kind, "key": kind} for kind in ("hero", "main", "new")), picked])
    rows = shown(shop)
    titles = {code: [ware.card.title for ware in row.data["wares"]] for code, row in rows.items()}
    assert titles["hero"] == ["茶壶", "盖碗", "绿茶"]
    assert titles["main"][0] == "盖碗"
    assert titles["new"][0] == "茶壶"
    assert titles["goods"] == ["绿茶", "盖碗"]
    assert pot.pk not in picked["listings"]


def test_marks_come_from_what_can_be_sold_not_from_what_is_on_hand():
    shop = open_shop()
    look(shop, "new")
    for title, pieces, safety in (("多", 50, 0), ("少", 8, 5), ("没有", 4, 4)):
        stocked(shelved(title), pieces, safety)
    shelved("不计库存")
    marks = {ware.card.title: ware.mark for ware in shown(shop)["new"].data["wares"]}
    assert marks == {"多": "", "少": "low", "没有": "out", "不计库存": ""}


def test_a_card_shows_the_price_under_the_offers_and_with_a_coupon_in_reach():
    shop = open_shop()
    look(shop, "new")
    shelved("绿茶", prices={"": 10_000})
    offer("flash", terms={"percent_bp": 8_000})
    assert [ware.tag.now_fen for ware in shown(shop)["new"].data["wares"]] == [8_000]
    offer("coupon", terms={"threshold_fen": 5_000, "off_fen": 500}, claim_from=NOON - timedelta(days=1))
    (ware,) = shown(shop)["new"].data["wares"]
    assert (ware.tag.list_fen, ware.tag.now_fen, ware.tag.coupon_fen) == (10_000, 8_000, 7_500)
    assert ware.tag.why
    assert ware.tag.coupon_why


def test_a_coupon_out_of_reach_makes_no_price():
    shop = open_shop()
    look(shop, "new")
    shelved("绿茶", prices={"": 10_000})
    offer("coupon", terms={"threshold_fen": 5_000, "off_fen": 500}, claim_until=NOON)
    offer("coupon", terms={"threshold_fen": 5_000, "off_fen": 600}, times=3, claimed=3)
    (ware,) = shown(shop)["new"].data["wares"]
    assert ware.tag.coupon_fen is None


def test_a_block_that_fails_says_so_and_the_page_stays(monkeypatch):
    shop = open_shop()
    look(shop, "notice", "new")
    shelved("绿茶")
    Notice.objects.create(shop=shop, text="今天发货", made_by="-")

    def broken(*_args, **_also):
        raise RuntimeError("away")

    monkeypatch.setattr(home, "notices_at", broken)
    rows = shown(shop)
    assert rows["notice"].failed
    assert not rows["new"].failed
    page = Client().get("/s/OW01/").content.decode()
    assert "这一块暂时显示不了" in page
    assert "绿茶" in page


def test_prices_that_fail_leave_the_list_prices(monkeypatch):
    shop = open_shop()
    look(shop, "new")
    shelved("绿茶", prices={"": 10_000})
    offer("flash", terms={"percent_bp": 8_000})

    def broken(*_args, **_also):
        raise RuntimeError("away")

    monkeypatch.setattr(prices.engine, "price", broken)
    (ware,) = shown(shop)["new"].data["wares"]
    assert (ware.tag.now_fen, ware.tag.cut) == (10_000, False)


def test_a_countdown_that_is_over_and_slides_out_of_their_time_are_left_out():
    shop = open_shop()
    slide = {"picture": "a" * 32 + ".jpg", "alt": "双 11", "link": ""}
    times = {"from": None, "until": NOON.isoformat()}
    look(
        shop,
        blocks=[
            {"kind": "countdown", "key": "c", "until": NOON.isoformat()},
            {"kind": "banner", "key": "b", "slides": [slide | times, slide | {"alt": "日常"}]},
        ],
    )
    assert "countdown" not in shown(shop)
    assert [one["alt"] for one in shown(shop)["banner"].data["slides"]] == ["日常"]
    assert shown(shop, NOON - SECOND)["countdown"].data["parts"] == (0, 0, 0, 1)


def full(shop):
    look(
        shop,
        blocks=[
            {"kind": kind, "key": kind}
            for kind in ("notice", "coupons", "categories", "hero", "main", "new", "text")
        ]
        + [{"kind": "countdown", "key": "c", "until": (now() + timedelta(days=1)).isoformat()}],
    )
    offer("flash", terms={"percent_bp": 8_000}, ends_at=now() + timedelta(days=1))
    offer("coupon", ends_at=now() + timedelta(days=1))
    Notice.objects.create(shop=shop, text="今天发货", made_by="-")


def test_the_page_costs_the_same_statements_however_many_goods(django_assert_num_queries):
    shop = open_shop()
    full(shop)
    stocked(shelved("绿茶"), 10)
    Client().get("/s/OW01/")
    with django_assert_num_queries(12):
        assert "绿茶" in Client().get("/s/OW01/").content.decode()
    for number in range(9):
        stocked(shelved(f"红茶{number}", prices={"规格:大": 900, "规格:小": 500}), 10)
    with django_assert_num_queries(12):
        assert "红茶3" in Client().get("/s/OW01/").content.decode()


def test_a_buyer_costs_one_statement_more(django_assert_num_queries):
    shop = open_shop()
    full(shop)
    shelved("绿茶")
    who = buyer()
    with django_assert_num_queries(11):
        home.fill(shop, look_at(shop.pk, now()), at=now(), buyer=who)


def test_the_page_of_a_signed_in_buyer_costs_fifteen_statements(django_assert_num_queries):
    shop = open_shop()
    full(shop)
    offer("reduction", ends_at=now() + timedelta(days=1))
    shelved("绿茶")
    client = shopping(account())
    client.get("/s/OW01/")
    with django_assert_num_queries(15):
        client.get("/s/OW01/")


def test_a_preview_is_for_those_who_decorate_the_shop():
    shop = open_shop()
    look(shop, "notice")
    look(
        shop,
        name="当天",
        starts_at=EVE,
        blocks=[{"kind": "text", "key": "t", "text": "只在当天"}],
        ends_at=EVE + timedelta(days=1),
    )
    address = "/s/OW01/?at=2026-11-11T00:00"
    assert "只在当天" not in Client().get(address).content.decode()
    stranger = sign_in(Client(), staff("8002", Power.ORDER_SEE, at=shop))
    assert "只在当天" not in stranger.get(address).content.decode()
    page = sign_in(Client(), staff("8001", Power.SHOPFRONT_EDIT, at=shop)).get(address).content.decode()
    assert "只在当天" in page
    assert "preview-bar" in page
    assert 'content="noindex"' in page


def test_a_draft_and_a_shut_shop_can_be_looked_at_before():
    shop = open_shop()
    shop.face.open = False
    shop.face.save()
    draft = look(shop, name="草稿", state="draft", blocks=[{"kind": "text", "key": "t", "text": "还没发布"}])
    editor = sign_in(Client(), staff("8001", Power.SHOPFRONT_EDIT, at=shop))
    assert "还没发布" in editor.get(f"/s/OW01/?look={draft.pk}").content.decode()
    assert editor.get("/s/OW01/").status_code == 404
    assert Client().get(f"/s/OW01/?look={draft.pk}").status_code == 404


def test_an_empty_shop_says_that_it_is_being_set_up():
    open_shop()
    page = Client().get("/s/OW01/").content.decode()
    assert "店铺装修中" in page
    assert not Listing.objects.exists()
    assert actor().can_somewhere(Power.SHOPFRONT_EDIT) is False
