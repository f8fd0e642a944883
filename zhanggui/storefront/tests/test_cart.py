"""The cart: whose it is, what is kept in it, and what it says."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.cast import merchant
from zhanggui.catalog.models import Listing, Sku
from zhanggui.checkout.models import CartLine
from zhanggui.checkout.tests.cast import goods, offer
from zhanggui.customers.tests.cast import PASSWORD, PHONES, buyer, shopping
from zhanggui.freight.models import FreeRule, Template
from zhanggui.stock.models import Balance
from zhanggui.storefront import cart_kept
from zhanggui.storefront.tests.buying import at_home, form_of, open_shop, put

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _light(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def change(client, do, **changes):
    return client.post("/cart/changes/", form_of(client.get("/cart/")) | {"do": do} | changes)


def test_what_is_put_in_lies_there_and_twice_is_more():
    open_shop()
    tea, (person, client) = goods(price_fen=5000), at_home()
    assert put(client, tea, 2).status_code == 302
    put(client, tea)
    line = CartLine.objects.get()
    assert (line.buyer, line.pieces, line.seen_fen, line.picked) == (person, 3, 5000, True)
    page = client.get("/cart/").content.decode()
    assert "茶 TEA" in page
    assert "¥150.00" in page


def test_a_visitors_cart_comes_along_when_he_signs_in():
    open_shop()
    tea, cake, person = goods(), goods("CAKE"), buyer()
    client = Client()
    put(client, tea, 2)
    put(client, cake)
    assert not CartLine.objects.exists()
    assert "茶 TEA" in client.get("/cart/").content.decode()
    CartLine.objects.create(buyer=person, shop=open_shop(), sku=tea, pieces=1, seen_fen=5000)
    client.post("/buyer/sign-in/", {"phone": PHONES["小鱼"], "password": PASSWORD})
    held = dict(CartLine.objects.filter(buyer=person).values_list("sku__code", "pieces"))
    assert held == {"TEA": 2, "CAKE": 1}


def test_pieces_ticks_and_removing_work_without_a_script():
    shop = open_shop()
    tea, cake, (_person, client) = goods(price_fen=5000), goods("CAKE", price_fen=2000), at_home()
    put(client, tea)
    put(client, cake)
    change(client, f"more {shop.pk}-{tea.pk}")
    assert CartLine.objects.get(sku=tea).pieces == 2
    change(client, "update", **{f"pieces {shop.pk}-{tea.pk}": "5"})
    assert CartLine.objects.get(sku=tea).pieces == 5
    change(client, "update", picked=[f"{shop.pk}-{cake.pk}"])
    assert set(CartLine.objects.filter(picked=True).values_list("sku", flat=True)) == {cake.pk}
    assert "¥20.00" in client.get("/cart/").content.decode()
    change(client, f"all {shop.pk}")
    assert CartLine.objects.filter(picked=True).count() == 2
    change(client, f"remove {shop.pk}-{tea.pk}")
    assert list(CartLine.objects.values_list("sku", flat=True)) == [cake.pk]


def test_what_is_sold_out_or_gone_stays_and_says_so():
    shop = open_shop()
    tea, cake, rice, (_p, client) = goods(pieces=2), goods("CAKE", pieces=1), goods("RICE"), at_home()
    for sku, pieces in ((tea, 5), (cake, 1), (rice, 1)):
        put(client, sku, pieces)
    Listing.objects.filter(product=rice.product).update(state="off")
    Balance.objects.filter(sku=cake).update(on_hand=0)
    page = client.get("/cart/").content.decode()
    assert "只剩 2 件" in page
    assert "已售罄" in page
    assert "已下架" in page
    assert "¥100.00" in page  # two of five can be had, the others cost nothing
    change(client, f"most {shop.pk}-{tea.pk}")
    assert CartLine.objects.get(sku=tea).pieces == 2
    change(client, "clear")
    assert list(CartLine.objects.values_list("sku", flat=True)) == [tea.pk]


def test_a_price_that_changed_is_shown_old_and_new_until_it_was_seen():
    open_shop()
    tea, (_person, client) = goods(price_fen=5000), at_home()
    put(client, tea)
    Sku.objects.filter(pk=tea.pk).update(price_fen=6000)
    page = client.get("/cart/").content.decode()
    assert "¥50.00</del>" in page
    assert "涨价了" in page
    change(client, "seen")
    assert "涨价了" not in client.get("/cart/").content.decode()


def test_an_offer_says_what_it_gave_and_what_is_missing_to_the_next_step():
    open_shop()
    tea, (_person, client) = goods(price_fen=6000, pieces=50), at_home()
    tiers = {"tiers": [{"at": 10000, "off_fen": 1000}, {"at": 20000, "off_fen": 3000}]}
    offer("reduction", tiers, name="满减")
    put(client, tea)
    assert "还差 ¥40 满 ¥100" in client.get("/cart/").content.decode()
    put(client, tea)
    page = client.get("/cart/").content.decode()
    assert "满 ¥100 减 ¥10" in page
    assert "还差 ¥80 满 ¥200" in page
    assert "¥110.00" in page


def test_the_cart_costs_the_same_statements_whatever_its_length():
    open_shop()
    other = open_shop("OW02")
    _person, client = at_home()
    put(client, goods("T0"))
    client.get("/cart/")

    def cost():
        with CaptureQueriesContext(connection) as asked:
            assert client.get("/cart/").status_code == 200
        return len(asked)

    few = cost()
    for number in range(1, 25):
        put(client, goods(f"T{number}", in_shops=[open_shop(), other]), shop=other if number % 2 else None)
    client.get("/cart/")
    assert cost() == few
    assert few <= 15


@pytest.mark.parametrize("given", [{"sku": "0"}, {"sku": "x"}, {"shop": "NONE"}, {"sku": "99999999"}])
def test_what_does_not_exist_is_not_found(given):
    open_shop()
    _person, client = at_home()
    assert client.post("/cart/lines/", {"shop": "OW01", "sku": "1", "pieces": "1"} | given).status_code == 404
    assert not CartLine.objects.exists()


def test_another_buyers_cart_is_out_of_reach():
    open_shop()
    tea, (mine, client), (_other, stranger) = goods(), at_home(), at_home("小虾")
    put(client, tea, 2)
    line = CartLine.objects.get()
    name = f"{line.shop_id}-{line.sku_id}"
    for do in (f"remove {name}", f"more {name}", "clear", "seen", "none"):
        stranger.post("/cart/changes/", {"do": do, f"pieces {name}": "9"})
    line.refresh_from_db()
    assert (line.buyer, line.pieces, line.picked) == (mine, 2, True)


def test_a_buyer_of_another_merchant_buys_nothing_here():
    open_shop()
    away = open_shop("OW09", merchant=merchant("海边商贸"))
    tea, (_person, client) = goods(), at_home()
    Listing.objects.create(shop=away, product=tea.product, state="on", on_at=tea.product.made_at)
    assert put(client, tea, shop=away).status_code == 404
    assert not CartLine.objects.exists()


def pip(client, page="/s/"):
    found = re.search(r'<span class="pip">(\d+)</span>', client.get(page).content.decode())
    return int(found[1]) if found else 0


def test_every_page_says_how_many_kinds_lie_in_the_cart():
    shop = open_shop()
    tea, cake, (_person, client) = goods(), goods("CAKE"), at_home()
    visitor = Client()
    for browser in (client, visitor):
        assert pip(browser) == 0
        put(browser, tea, 3)
        put(browser, cake)
        assert [pip(browser, page) for page in ("/s/", "/s/OW01/", "/search/", "/cart/")] == [2, 2, 2, 2]
        change(browser, f"remove {shop.pk}-{tea.pk}")
        assert pip(browser, "/cart/") == pip(browser) == 1
    assert pip(Client()) == 0


def asked_by(client, page):
    """The statements of a page that is opened for the second time."""
    client.get(page)
    with CaptureQueriesContext(connection) as asked:
        assert client.get(page).status_code == 200
    return [one["sql"] for one in asked]


def test_the_number_comes_along_and_costs_no_statement_of_its_own():
    """The cart that comes along at signing in is counted there, and afterwards a page reads no cart: it asks the same
    with a full cart as with an empty one.
    """
    open_shop()
    tea, cake, person = goods(), goods("CAKE"), buyer()
    client, empty = Client(), shopping(buyer("小虾"))
    put(client, tea)
    CartLine.objects.create(buyer=person, shop=open_shop(), sku=cake, pieces=1, seen_fen=5000)
    client.post("/buyer/sign-in/", {"phone": PHONES["小鱼"], "password": PASSWORD})
    assert (pip(client, "/my/"), pip(empty, "/my/")) == (2, 0)
    for page in ("/my/", "/my/addresses/", "/s/OW01/"):
        full = asked_by(client, page)
        assert pip(client, page) == 2
        assert not [sql for sql in full if "checkout_cartline" in sql], page
        assert len(full) == len(asked_by(empty, page)), page


def test_control_a_number_that_is_counted_on_the_page_is_seen_by_this(monkeypatch):
    open_shop()
    person, client = at_home()
    put(client, goods())
    monkeypatch.setattr(cart_kept, "many_in", lambda request: CartLine.objects.filter(buyer=person).count())
    assert [sql for sql in asked_by(client, "/my/") if "checkout_cartline" in sql]


def lines_of_page(client):
    """The text of each line's price."""
    page = client.get("/cart/").content.decode()
    return [
        " ".join(re.sub(r"<[^>]+>", " ", found).split())
        for found in re.findall(r'<p class="price">(.*?)</p>', page, re.S)
    ]


def test_a_line_shows_what_a_piece_costs_now_with_the_list_price_struck_through():
    shop = open_shop()
    tea, cake, (_person, client) = goods(price_fen=5000), goods("CAKE", price_fen=2000), at_home()
    offer("flash", {"prices": {str(tea.pk): 4200}, "percent_bp": None, "shares": {}})
    put(client, tea, 2)
    put(client, cake)
    assert sorted(lines_of_page(client)) == ["¥20.00", "¥42.00 原价 ¥50.00"]
    assert (
        '<del class="price-was"><span class="visually-hidden">原价 </span>¥50.00</del>'
        in client.get("/cart/").content.decode()
    )
    # What is not ticked has its price as well.
    change(client, f"none {shop.pk}")
    assert sorted(lines_of_page(client)) == ["¥20.00", "¥42.00 原价 ¥50.00"]


def test_pieces_beyond_the_limit_of_a_flash_price_show_what_they_cost():
    open_shop()
    tea, (_person, client) = goods(price_fen=5000), at_home()
    offer("flash", {"prices": {str(tea.pk): 4200}, "percent_bp": None, "shares": {}}, per_buyer=2)
    put(client, tea, 3)
    assert lines_of_page(client) == ["¥42.00 × 2 ¥50.00 × 1 原价 ¥50.00"]
    assert "¥134.00" in client.get("/cart/").content.decode()


def test_the_cart_says_the_postage_to_the_default_address_and_what_is_missing_to_none():
    shop = open_shop()
    tea, (_person, client) = goods(price_fen=5000), at_home()
    put(client, tea)
    page = client.get("/cart/").content.decode()
    assert "预计运费 ¥10.00" in page
    assert "包邮" not in page
    FreeRule.objects.create(template=Template.objects.get(shop=shop), regions=["420000"], amount_fen=9900)
    FreeRule.objects.create(template=Template.objects.get(shop=shop), regions=["310000"], amount_fen=6000)
    assert "满 ¥99.00 包邮，还差 ¥49.00" in client.get("/cart/").content.decode()
    put(client, tea)
    page = client.get("/cart/").content.decode()
    assert "包邮" in page
    assert "还差" not in page
    assert "预计运费" not in page


def test_who_has_no_address_is_told_when_the_postage_is_shown():
    open_shop()
    tea = goods()
    person = buyer()
    visitor, homeless = Client(), shopping(person)
    for browser, words in ((visitor, "运费在结算时显示"), (homeless, "填写地址后显示运费")):
        put(browser, tea)
        page = browser.get("/cart/").content.decode()
        assert words in page
        assert "预计运费" not in page
