"""The checkout: what is seen is what is charged, once."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.cast import HOUSE
from zhanggui.catalog.models import Sku
from zhanggui.checkout.models import CartLine, Payment
from zhanggui.checkout.tests.cast import coupon, goods, offer, red_packet
from zhanggui.connect.models import PayAccount
from zhanggui.customers.actions.addresses import change as change_address
from zhanggui.customers.addressing import opened
from zhanggui.customers.tests import cast as customers
from zhanggui.freight.models import Carrier, CostAsked, Surcharge, Template, Zone
from zhanggui.kit.clock import now
from zhanggui.kit.sealed import seal, unseal
from zhanggui.orders.models import Order, Priced
from zhanggui.orders.sealing import open_receiver
from zhanggui.shops.models import Setting
from zhanggui.stock.models import Balance
from zhanggui.storefront.models import Face
from zhanggui.storefront.tests.buying import at_home, form_of, open_shop, put, submit

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _light(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    open_shop()


def total(answer):
    return re.search(r'id="total">([^<]*)<', answer.content.decode())[1]


def test_what_is_seen_is_charged_and_the_way_leads_on_to_paying():
    tea, (person, client) = goods(price_fen=5000), at_home()
    put(client, tea, 2)
    page = client.get("/checkout/")
    assert total(page) == "¥110.00"
    answer = submit(client, page, **{f"message-{open_shop().pk}": "请轻放"})
    order = Order.objects.get()
    assert answer["Location"] == f"/pay/?order={order.number}"
    assert (order.buyer, order.due_fen, order.buyer_message) == (person, 11000, "请轻放")
    assert open_receiver(order.receiver).address == "珞喻路1号"
    assert not CartLine.objects.exists()
    assert client.get("/checkout/").status_code == 302


def test_no_address_in_the_clear_stands_on_the_page():
    tea, (_person, client) = goods(), at_home()
    put(client, tea)
    page = client.get("/checkout/").content.decode()
    assert "139****9000" in page
    for secret in ("王小明", "13900139000", "珞喻路"):
        assert secret not in page


def test_the_same_form_twice_is_one_order_also_from_another_tab():
    tea, (_person, client) = goods(), at_home()
    put(client, tea)
    page, tab = client.get("/checkout/"), client.get("/checkout/")
    assert form_of(page)["key"] == form_of(tab)["key"]
    first, again, other = submit(client, page), submit(client, page), submit(client, tab)
    assert first["Location"] == again["Location"] == other["Location"]
    assert Order.objects.count() == 1
    assert Balance.objects.get().promised == 1


def ask_for_minutes(minutes):
    Setting.objects.create(
        shop=open_shop(), name="checkout.same_order_minutes", value=minutes, since="2020-01-01", set_by="-"
    )


def test_without_the_key_the_second_press_would_be_a_second_order():
    """The control of the key alone: the question about the same order (below) is switched off."""
    ask_for_minutes(0)
    tea, (_person, client) = goods(), at_home()
    put(client, tea)
    page = client.get("/checkout/")
    submit(client, page)
    submit(client, page, key="another")
    assert Order.objects.count() == 2


def test_the_next_purchase_of_the_same_things_is_a_new_one():
    tea, (_person, client) = goods(), at_home()
    for _ in range(2):
        put(client, tea)
        submit(client, client.get("/checkout/"))
    assert Order.objects.count() == 2


def test_the_same_key_with_another_body_is_refused_and_points_to_the_order():
    tea, (_person, client) = goods(), at_home()
    put(client, tea)
    page = client.get("/checkout/")
    submit(client, page)
    answer = submit(client, page, **{f"message-{open_shop().pk}": "别的"})
    assert answer.status_code == 409
    assert "/my/orders/" in answer.content.decode()
    assert Order.objects.count() == 1


def test_a_price_that_changed_since_is_shown_old_and_new_and_must_be_accepted():
    tea, (_person, client) = goods(price_fen=5000), at_home()
    put(client, tea)
    page = client.get("/checkout/")
    Sku.objects.filter(pk=tea.pk).update(price_fen=5500)
    answer = submit(client, page)
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "¥60.00</del>" in text
    assert "¥65.00" in text
    assert "接受新价格并提交" in text
    assert not Order.objects.exists()
    submit(client, answer)
    assert Order.objects.get().due_fen == 6500


def test_a_total_that_was_tampered_with_is_refused():
    tea, (_person, client) = goods(price_fen=5000), at_home()
    put(client, tea)
    shop = open_shop().pk
    for change in (
        {f"seen-{shop}": "1"},
        {f"digest-{shop}": "x"},
        {f"digest-{shop}": ""},
        {f"seen-{shop}": ""},
    ):
        assert submit(client, client.get("/checkout/"), **change).status_code == 409
    assert not Order.objects.exists()


def test_short_stock_says_how_many_can_be_had_and_one_tap_mends_it():
    tea, cake, (_person, client) = goods(pieces=5), goods("CAKE"), at_home()
    put(client, tea, 4)
    put(client, cake)
    page = client.get("/checkout/")
    Balance.objects.filter(sku=tea).update(on_hand=2)
    answer = submit(client, page)
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "只剩 2 件" in text
    assert not Order.objects.exists()
    assert not Balance.objects.filter(promised__gt=0).exists()
    fix = re.search(r'value="(fix [\d-]+)"', text)[1]
    mended = client.post("/checkout/", form_of(answer) | {"do": fix})
    submit(client, mended)
    assert dict(Order.objects.get().lines.values_list("sku__code", "pieces")) == {"TEA": 2, "CAKE": 1}


def test_the_best_coupon_is_chosen_and_another_choice_is_charged_as_shown():
    tea, (person, client) = goods(price_fen=10000), at_home()
    small, big = coupon(500, 5000, to=person, name="小券"), coupon(2000, 5000, to=person, name="大券")
    put(client, tea)
    page = client.get("/checkout/")
    assert total(page) == "¥90.00"
    shop = open_shop().pk
    own = form_of(page) | {f"pick-{shop}": "own", f"coupon-{shop}": [small.pk], "do": "update"}
    chosen = client.post("/checkout/", own)
    assert total(chosen) == "¥105.00"
    submit(client, chosen)
    assert Order.objects.get().due_fen == 10500
    assert big.coupons.get().state == "free"


def test_red_packets_pay_and_can_be_left_out():
    tea, (person, client) = goods(price_fen=5000), at_home()
    packet = red_packet(person, 1500)
    put(client, tea)
    page = client.get("/checkout/")
    assert total(page) == "¥45.00"
    without = client.post("/checkout/", form_of(page) | {"red": "own", "packet": [], "do": "update"})
    assert total(without) == "¥60.00"
    submit(client, page)
    order = Order.objects.get()
    assert (order.due_fen, order.red_fen) == (6000, 1500)
    packet.refresh_from_db()
    assert (packet.left_fen, packet.held_fen) == (0, 1500)


def test_goods_in_instalments_bar_red_packets_and_say_why():
    tea, (person, client) = goods(instalments=True), at_home()
    red_packet(person, 1500)
    put(client, tea)
    page = client.get("/checkout/")
    assert "有商品分期付款，整单不能用红包" in page.content.decode()
    assert total(page) == "¥60.00"


def test_a_red_packet_is_shared_out_over_two_shops_and_both_are_placed():
    other = open_shop("OW02")
    tea, cake = goods(price_fen=5000), goods("CAKE", price_fen=2000, in_shops=[other])
    person, client = at_home()
    red_packet(person, 6000)
    put(client, tea)
    put(client, cake, shop=other)
    page = client.get("/checkout/")
    assert total(page) == "¥30.00"
    answer = submit(client, page)
    numbers = Order.objects.order_by("pk").values_list("number", flat=True)
    assert answer["Location"] == "/pay/?" + "&".join(f"order={number}" for number in numbers)
    assert sum(Order.objects.values_list("red_fen", flat=True)) == 6000


def test_one_shop_that_cannot_keeps_both_from_being_placed():
    other = open_shop("OW02")
    tea, cake = goods(), goods("CAKE", in_shops=[other])
    _person, client = at_home()
    put(client, tea)
    put(client, cake, shop=other)
    page = client.get("/checkout/")
    Balance.objects.filter(sku=cake).update(on_hand=0)
    answer = submit(client, page)
    assert answer.status_code == 409
    assert "已售罄" in answer.content.decode()
    assert not Order.objects.exists()
    assert not Balance.objects.filter(promised__gt=0).exists()


def test_another_courier_costs_what_the_page_says():
    tea, (_person, client) = goods(), at_home()
    shop = open_shop()
    sf = Carrier.objects.create(code="SF", name="顺丰", position=1)
    Surcharge.objects.create(
        shop=shop, name="顺丰加价", carrier=sf, fee_fen=1500, fallback_only=True, active=True
    )
    put(client, tea)
    page = client.get("/checkout/")
    assert "顺丰" in page.content.decode()
    dear = client.post("/checkout/", form_of(page) | {f"carrier-{shop.pk}": "SF", "do": "update"})
    assert total(dear) == "¥75.00"
    # pressed without looking at the new price: refused, and shown
    assert submit(client, page, **{f"carrier-{shop.pk}": "SF"}).status_code == 409
    submit(client, dear)
    order = Order.objects.get()
    assert (order.carrier, order.postage_fen) == ("SF", 2500)


def test_a_place_that_is_asked_first_gets_no_price_and_opens_the_question():
    shop = open_shop()
    table = Template.objects.get(shop=shop)
    Zone.objects.create(
        template=table, name="西藏", regions=["540000"], first_standard=1, first_fen=0, ask_first=True
    )
    tea, person = goods(), customers.buyer()
    customers.address(person, province="西藏自治区", city="拉萨市", district="城关区")
    client = customers.shopping(person)
    put(client, tea)
    page = client.get("/checkout/")
    text = page.content.decode()
    assert "待确认" in text
    assert "请客服确认运费" in text
    assert 'id="total"' not in text
    answer = submit(client, page)
    assert answer.status_code == 409
    assert "邮费需要先问过快递" in answer.content.decode()
    assert CostAsked.objects.count() == 1
    assert not Order.objects.exists()
    assert Balance.objects.get().promised == 0


def test_who_cannot_go_on_for_an_undefined_postage_reads_what_to_do():
    tea, (_person, client) = goods(), at_home()
    shop = open_shop()
    Zone.objects.filter(template__shop=shop).update(add_fen=None, add_standard=None, first_standard=1)
    Face.objects.filter(shop=shop).update(hotline="400-800-0127")
    put(client, tea, 3)
    page = client.get("/checkout/").content.decode()
    assert "换一个收货地址" in page
    assert "400-800-0127" in page
    assert "请客服确认运费" not in page


def test_pay_on_delivery_only_where_the_shop_allows_it_and_with_its_call_first():
    tea, (_person, client) = goods(), at_home()
    shop = open_shop()
    put(client, tea)
    page = client.get("/checkout/")
    assert "货到付款" not in page.content.decode()
    submit(client, page, **{f"cod-{shop.pk}": "1"})
    assert not Order.objects.filter(cod=True).exists()
    Setting.objects.create(shop=shop, name="orders.cod", value=True, since="2020-01-01", set_by="-")
    put(client, tea)
    page = client.get("/checkout/")
    assert "客服会先打电话与您确认" in page.content.decode()
    chosen = client.post("/checkout/", form_of(page) | {f"cod-{shop.pk}": "1", "do": "update"})
    answer = submit(client, chosen)
    assert answer["Location"] == "/my/orders/"
    order = Order.objects.get(cod=True)
    assert (order.state, order.cod_call) == ("paid", "waiting")


def test_invoice_gift_card_and_time_are_kept_and_the_words_sealed():
    tea, (_person, client) = goods(), at_home()
    put(client, tea)
    page = client.get("/checkout/")
    wrong = submit(client, page, invoice="company", title="江城大学", tax_no="123")
    assert wrong.status_code == 422
    assert 'id="id_tax_no_error"' in wrong.content.decode()
    assert not Order.objects.exists()
    given = {
        "invoice": "company",
        "title": "江城大学",
        "tax_no": "91420100MA4KX12345",
        "card": "生日快乐",
        "when": "weekend",
    }
    submit(client, wrong, **given)
    row = Priced.objects.get()
    assert row.wishes == {"invoice": "company", "when": "weekend", "card": "yes"}
    words = unseal(row.sealed, about="wishes")
    assert all(text in words for text in ("江城大学", "91420100MA4KX12345", "生日快乐"))


def test_one_thing_bought_at_once_leaves_the_cart_alone():
    tea, cake, (_person, client) = goods(), goods("CAKE"), at_home()
    put(client, cake)
    answer = put(client, tea, 2, now="1")
    page = client.get(answer["Location"])
    assert "茶 TEA" in page.content.decode()
    assert "茶 CAKE" not in page.content.decode()
    submit(client, page)
    assert dict(Order.objects.get().lines.values_list("sku__code", "pieces")) == {"TEA": 2}
    assert CartLine.objects.get().sku == cake


def test_without_an_address_nothing_is_placed_and_the_page_leads_to_the_form():
    tea, person = goods(), customers.buyer()
    client = customers.shopping(person)
    put(client, tea)
    page = client.get("/checkout/")
    assert "/my/addresses/new/?back=%2Fcheckout%2F" in page.content.decode()
    assert submit(client, page).status_code == 422
    assert not Order.objects.exists()


def refused_for_its_address(answer):
    assert answer.status_code == 409
    assert "这个收货地址已经删除或改过，请重新选择" in answer.content.decode()
    assert not Order.objects.exists()
    assert CartLine.objects.exists()


def test_another_buyers_address_is_not_used_and_none_in_its_place():
    tea, (_person, client) = goods(), at_home()
    strange = customers.address(customers.buyer("小虾"), name="别人", address="别处1号")
    put(client, tea)
    refused_for_its_address(submit(client, client.get("/checkout/"), address=strange.key))


def _elsewhere(person, client):
    """The checkout page with another address than the default one picked."""
    other = customers.address(person, name="李雷", address="另一条路2号")
    assert not other.is_default
    page = client.post("/checkout/", dict(form_of(client.get("/checkout/"))) | {"address": other.key})
    assert form_of(page)["address"] == [other.key]
    return other, page


@pytest.mark.parametrize("then", ["removed", "changed", "nothing"])
def test_an_order_goes_where_its_buyer_saw_it_go_or_nowhere(then):
    tea, (person, client) = goods(), at_home()
    put(client, tea)
    other, page = _elsewhere(person, client)
    if then == "removed":
        client.post(f"/my/addresses/{other.key}/removal/")
    elif then == "changed":
        words = replace(opened(other), address="第三条路3号")
        change_address(
            by=HOUSE,
            buyer=person,
            key=other.key,
            whereto=words,
            default=False,
            version=other.version,
            at=now(),
        )
    answer = submit(client, page)
    if then == "nothing":
        assert answer.status_code == 302
        assert open_receiver(Order.objects.get().receiver).address == "另一条路2号"
        return
    refused_for_its_address(answer)
    shown = person.addresses.get(dropped_at=None, is_default=True) if then == "removed" else other
    assert form_of(answer)["address"] == [shown.key], "what the page shows next is what the next press takes"
    assert submit(client, answer).status_code == 302
    home = open_receiver(Order.objects.get().receiver).address
    assert home == ("珞喻路1号" if then == "removed" else "第三条路3号")


@pytest.mark.parametrize(
    "text", ["{0}-{1}-0", "{0}-{1}--1", "{0}-{1}-1.5", "{0}-{1}-²", "{0}-{1}-１", "{0}-{1}", "x"]
)
def test_a_line_that_cannot_be_read_is_not_left_out(text):
    tea, cake, (_person, client) = goods(), goods("CAKE"), at_home()
    put(client, tea)
    put(client, cake)
    page = client.get("/checkout/")
    shop = open_shop().pk
    for lines in ([f"{shop}-{cake.pk}-1", text.format(shop, tea.pk)], [text.format(shop, tea.pk)]):
        answer = submit(client, page, line=lines)
        assert answer.status_code == 422
        assert "有一行商品读不懂" in answer.content.decode()
    assert not Order.objects.exists()
    assert client.get("/checkout/", {"buy": text.format(shop, tea.pk)}).status_code == 422
    assert submit(client, page).status_code == 302, "the control: the lines as the page wrote them"


def test_a_form_that_saw_more_shops_than_it_names_is_not_placed():
    _person, client, shops = two_shops()
    page = client.get("/checkout/")
    lines = [line for line in form_of(page)["line"] if line.startswith(f"{shops[0]}-")]
    assert submit(client, page, line=lines).status_code == 422
    assert not Order.objects.exists()
    assert submit(client, page).status_code == 302
    assert Order.objects.count() == 2


def test_who_is_not_signed_in_comes_back_to_the_checkout():
    tea, _person = goods(), at_home()
    client = Client()
    put(client, tea)
    answer = client.get("/checkout/")
    assert answer["Location"] == "/buyer/sign-in/?next=%2Fcheckout%2F"
    back = client.post(
        "/buyer/sign-in/",
        {"phone": customers.PHONES["小鱼"], "password": customers.PASSWORD, "next": "/checkout/"},
    )
    assert back["Location"] == "/checkout/"
    assert "茶 TEA" in client.get("/checkout/").content.decode()


def test_lines_say_what_came_off_and_by_which_rule():
    tea, (_person, client) = goods(price_fen=10000), at_home()
    offer("reduction", {"tiers": [{"at": 10000, "off_fen": 1234}]}, name="满百减")
    put(client, tea)
    text = client.get("/checkout/").content.decode()
    assert '满百减 <span class="num">-¥12.34' in text
    assert "满 ¥100 减 ¥12.34" in text


def test_a_shop_that_closed_its_door_takes_no_order():
    tea, (_person, client) = goods(), at_home()
    put(client, tea)
    page = client.get("/checkout/")
    open_shop().face.delete()
    assert submit(client, page).status_code == 404
    assert not Order.objects.exists()


def test_the_page_costs_the_same_statements_whatever_is_bought():
    _person, client = at_home()
    put(client, goods("T0"))
    client.get("/checkout/")

    def cost():
        with CaptureQueriesContext(connection) as asked:
            assert client.get("/checkout/").status_code == 200
        return len(asked)

    few = cost()
    for number in range(1, 20):
        put(client, goods(f"T{number}"))
    client.get("/checkout/")  # the key of the form is written anew
    assert cost() == few
    assert few <= 20


@pytest.mark.parametrize(
    "change",
    [
        {"line": "9" * 30},
        {"line": "1-2"},
        {"line": "x-y-z"},
        {"line": []},
        {"key": ""},
        {"address": "nobody"},
        {"carrier-1": "🚚"},
        {"red": "own", "packet": ["x", "9" * 25]},
    ],
)
def test_odd_forms_are_answered_and_place_nothing_unseen(change):
    tea, (_person, client) = goods(), at_home()
    put(client, tea)
    page = client.get("/checkout/")
    answer = client.post("/checkout/", form_of(page) | {"do": "place"} | change)
    assert answer.status_code in (302, 404, 409, 422)
    assert Order.objects.count() == (answer.status_code == 302)


def two_shops():
    """Three things of two shops: tea and cake of OW01, a dearer pot of OW02, all in the cart."""
    one, two = open_shop(), open_shop("OW02")
    tea, cake = goods(price_fen=3000, in_shops=[one]), goods("CAKE", price_fen=2000, in_shops=[one])
    pot = goods("POT", price_fen=8000, in_shops=[two])
    person, client = at_home()
    for sku, shop in ((tea, one), (cake, one), (pot, two)):
        put(client, sku, shop=shop)
    return person, client, [one.pk, two.pk]


def test_three_things_of_two_shops_with_a_coupon_and_a_red_packet_are_bought_at_once():
    person, client, shops = two_shops()
    voucher = coupon(1000, 2000, to=person, shop_ids=shops, name="两店通用券")
    red_packet(person, 6000)
    page = client.get("/checkout/")
    # 50 + 80 + 2 parcels of 10, the coupon once, the red packet handed on
    assert total(page) == "¥80.00"
    answer = submit(client, page)
    assert answer.status_code == 302, answer.content.decode()
    orders = Order.objects.order_by("shop__code")
    assert sum(one.due_fen for one in orders) == 14000
    assert sum(one.red_fen for one in orders) == 6000
    assert voucher.coupons.get().state == "held"
    assert answer["Location"] == "/pay/?" + "&".join(f"order={one.number}" for one in orders)


def test_a_coupon_that_two_shops_could_use_goes_where_it_saves_most():
    person, client, shops = two_shops()
    # The first shop's basket reaches the small coupon of its own as well; the pot has only the coupon of both.
    coupon(900, 4000, to=person, name="本店券")
    both = coupon(1000, 4000, to=person, shop_ids=shops, name="两店通用券")
    page = client.get("/checkout/")
    assert total(page) == "¥131.00"
    assert submit(client, page).status_code == 302
    assert dict(Order.objects.values_list("shop__code", "due_fen")) == {"OW01": 5100, "OW02": 8000}
    assert both.coupons.get().order_id == Order.objects.get(shop__code="OW02").pk


@pytest.mark.parametrize(
    "limit", [{"budget_fen": 1500}, {"times": 1}, {"per_buyer": 1}, {"first_order_only": True}]
)
def test_what_an_offer_over_two_shops_has_left_counts_once(limit):
    _person, client, shops = two_shops()
    offer("reduction", {"tiers": [{"at": 4000, "off_fen": 1000}]}, shop_ids=shops, name="跨店满减", **limit)
    page = client.get("/checkout/")
    assert total(page) == "¥140.00"
    assert submit(client, page).status_code == 302
    assert sum(Order.objects.values_list("due_fen", flat=True)) == 14000


def test_going_back_after_placing_asks_before_the_same_is_placed_once_more():
    tea, (_person, client) = goods(), at_home()
    buy = f"/checkout/?buy={open_shop().pk}-{tea.pk}-2"
    first = client.get(buy)
    assert 'id="twin"' not in first.content.decode()
    submit(client, first)
    order = Order.objects.get()
    page = client.get(buy)
    text = page.content.decode()
    assert "您刚刚下过同样的单" in text
    assert f'href="/my/orders/{order.number}/"' in text
    assert "再下一单" in text
    assert form_of(page)["key"] != form_of(first)["key"]
    # Who presses on knows it; a double click of that is one more order, not two.
    for _ in range(2):
        assert submit(client, page).status_code == 302
    assert Order.objects.count() == 2


def test_the_same_order_from_a_page_that_could_not_know_is_asked_about_and_takes_nothing():
    tea, (_person, client) = goods(), at_home()
    page = client.get(f"/checkout/?buy={open_shop().pk}-{tea.pk}-2")
    submit(client, page)
    Order.objects.update(placed_at=now() - timedelta(minutes=3, seconds=10))
    answer = submit(client, page, key="of another device")
    assert answer.status_code == 409
    assert "您 3 分钟前下过同样的单" in answer.content.decode()
    assert Order.objects.count() == 1
    assert Balance.objects.get().promised == 2
    assert submit(client, answer).status_code == 302
    assert Order.objects.count() == 2


@pytest.mark.parametrize("other", ["pieces", "address", "time", "cancelled", "buyer", "setting"])
def test_what_is_not_the_same_is_not_asked_about(other):
    tea, (person, client) = goods(pieces=50), at_home()
    shop = open_shop()
    submit(client, client.get(f"/checkout/?buy={shop.pk}-{tea.pk}-2"))
    pieces = 2
    if other == "pieces":
        pieces = 3
    elif other == "address":
        person.addresses.update(is_default=False)
        new = customers.address(person, name="李雷", address="另一条路2号")
        person.addresses.filter(pk=new.pk).update(is_default=True)
    elif other == "time":
        Order.objects.update(placed_at=now() - timedelta(minutes=10, seconds=1))
    elif other == "cancelled":
        Order.objects.update(state="closed_unpaid")
    elif other == "buyer":
        client = at_home("小虾")[1]
    else:
        ask_for_minutes(0)
    page = client.get(f"/checkout/?buy={shop.pk}-{tea.pk}-{pieces}")
    assert 'id="twin"' not in page.content.decode()
    assert submit(client, page).status_code == 302
    assert Order.objects.count() == 2


def test_a_present_makes_no_other_order_of_it():
    tea, cup, (_person, client) = goods(), goods("CUP"), at_home()
    offer("gift", {"tiers": [{"at": 1000, "present": {"sku_id": cup.pk, "pieces": 1}}]})
    buy = f"/checkout/?buy={open_shop().pk}-{tea.pk}-1"
    page = client.get(buy)
    assert "赠品随包裹寄出，不另收运费" in page.content.decode()
    submit(client, page)
    assert Order.objects.get().lines.count() == 2
    assert "您刚刚下过同样的单" in client.get(buy).content.decode()


def account(provider):
    PayAccount.objects.create(
        merchant_id=open_shop().merchant_id,
        provider=provider,
        name=provider,
        app="a",
        sealed=seal("{}", about="x"),
    )


def test_the_way_of_paying_is_chosen_on_this_page_where_there_are_several(settings):
    settings.SANDBOX_URL = "http://127.0.0.1:1"
    tea, (_person, client) = goods(), at_home()
    put(client, tea)
    assert 'name="provider"' not in client.get("/checkout/").content.decode()
    account("alipay")
    page = client.get("/checkout/")
    assert "支付方式" not in page.content.decode()
    assert "provider" not in form_of(page), "the payment's own page, with its sum, leads to the only one"
    account("wechat")
    text = client.get("/checkout/").content.decode()
    assert re.findall(r'name="provider" id="way-(\w+)" value="\w+"( checked)?', text) == [
        ("alipay", " checked"),
        ("wechat", ""),
    ]
    # What was chosen stays chosen when the page is priced anew, and the payment is opened with the order.
    given = dict(form_of(client.get("/checkout/"))) | {"provider": "wechat"}
    assert 'id="way-wechat" value="wechat" checked' in client.post("/checkout/", given).content.decode()
    answer = client.post("/checkout/", given | {"do": "place"})
    payment = Payment.objects.get()
    assert (payment.provider, answer["Location"]) == ("wechat", f"/pay/{payment.number}/?go=1")


def test_the_boxes_of_coupons_stay_where_they_are():
    tea, (person, client) = goods(price_fen=9000), at_home()
    for off in (300, 900, 600):
        coupon(off, 1000, to=person, name=f"券{off}")
    put(client, tea)
    shop = open_shop()

    def boxes(page):
        return re.findall(rf'id="coupon-{shop.pk}-(\d+)"', page.content.decode())

    page = client.get("/checkout/")
    first = boxes(page)
    assert len(first) == 3
    for ticked in ([], first[:1], first[1:2], first[2:]):
        given = dict(form_of(page)) | {f"pick-{shop.pk}": "own", f"coupon-{shop.pk}": ticked}
        assert boxes(client.post("/checkout/", given)) == first


def test_a_coupon_says_for_which_goods_it_is_and_nothing_is_said_twice():
    tea, cake, (person, client) = goods(price_fen=9000), goods("CAKE"), at_home()
    coupon(900, 1000, to=person, name="茶券", scope={"products": [tea.product_id]})
    coupon(5000, 90000, to=person, name="大券")
    put(client, tea)
    text = client.get("/checkout/").content.decode()
    assert "限「茶 TEA」" in text
    assert "限指定商品" not in text
    assert text.count("还差 ¥810 满 ¥900") == 1
    assert text.count("茶券") == 1 + text.count('<p class="small off">茶券')
    assert "限「茶 TEA」" in client.get("/my/coupons/").content.decode()
    put(client, cake)
    assert "限指定商品" not in client.get("/cart/").content.decode()


def test_without_an_address_the_page_says_so_and_the_way_leads_back():
    tea = goods()
    person = customers.buyer("小虾")
    client = customers.shopping(person)
    put(client, tea)
    page = client.get("/checkout/")
    text = page.content.decode()
    assert "还没有收货地址" in text
    link = re.search(r'href="(/my/addresses/new/\?back=[^"]+)"', text)[1].replace("&amp;", "&")
    answer = submit(client, page)
    assert answer.status_code == 422
    assert "请先填写收货地址" in answer.content.decode()
    assert link in answer.content.decode().replace("&amp;", "&")
    assert not Order.objects.exists()
    where = customers.whereto()
    typed = {name: getattr(where, name) for name in where.__dataclass_fields__}
    saved = client.post(link, dict(form_of(client.get(link))) | typed)
    assert saved.status_code == 302, saved.content.decode()
    assert saved["Location"].startswith("/checkout/?buy=")
    back = client.get(saved["Location"])
    assert submit(client, back).status_code == 302
    assert Order.objects.count() == 1
