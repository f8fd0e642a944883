"""A buyer's own orders and payments: what is shown, what may be done, and that they are nobody else's."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from tests.cast import HOUSE
from zhanggui.checkout.acting import HOUSE as SHOP
from zhanggui.checkout.actions import backs
from zhanggui.checkout.actions.payments import take
from zhanggui.checkout.models import CartLine, MoneyBack, Payment
from zhanggui.checkout.tasks import place_won_orders
from zhanggui.checkout.tests.cast import coupon, goods, opened, paid, pay, placed, red_packet, told
from zhanggui.connect.models import PayAccount
from zhanggui.connect.payment import ports
from zhanggui.customers.models import Address
from zhanggui.customers.tests import cast as customers
from zhanggui.freight.models import Carrier, Zone
from zhanggui.kit.clock import now
from zhanggui.kit.sealed import seal
from zhanggui.orders.actions.shipping import Shipment, ship_many
from zhanggui.orders.models import Order
from zhanggui.orders.sealing import open_receiver
from zhanggui.orders.tests.cast import receiver
from zhanggui.promotions.models import Auction
from zhanggui.storefront.models import Favourite
from zhanggui.storefront.tests.buying import at_home, open_shop
from zhanggui.storefront.urls_buying import BUYING

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _light(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    open_shop()


@pytest.fixture
def way(monkeypatch, settings):
    """A provider that answers what the story says; gives what it was asked."""
    settings.SANDBOX_URL = "http://127.0.0.1:1"
    PayAccount.objects.create(
        merchant_id=open_shop().merchant_id,
        provider="sandbox",
        name="沙箱",
        app="a",
        sealed=seal("{}", about="x"),
    )

    class Desk:
        name = "sandbox"
        asked: list = []
        says = ports.UNKNOWN

        def start(self, payment, *, return_url, phone=True):
            self.back = return_url
            return ports.Start(url=f"https://pay.example/{payment.number}")

        def query(self, payment):
            self.asked.append(payment.number)
            return ports.Heard(
                "sandbox", payment.merchant_id, payment.number, self.says, payment.amount_fen, "T1", now()
            )

    desk = Desk()
    Desk.asked = []
    monkeypatch.setitem(ports._providers, "sandbox", desk)
    return desk


def test_the_list_and_the_page_tell_of_the_own_order():
    person, client = at_home()
    coupon(1000, 2000, to=person, name="满20减10")
    order = placed((goods(price_fen=5000), 2), by=person)
    listed = client.get("/my/orders/?tab=unpaid").content.decode()
    assert order.number in listed
    assert "¥100.00" in listed
    assert order.number not in client.get("/my/orders/?tab=shipped").content.decode()
    page = client.get(f"/my/orders/{order.number}/").content.decode()
    assert "满20减10" in page
    assert "满 ¥20 减 ¥10" in page
    assert "王**" in page
    for secret in ("王小明", "13800138000", "珞喻路"):
        assert secret not in page


def test_a_buyer_cancels_while_it_is_unpaid_and_not_after():
    person, client = at_home()
    tea = goods()
    order = placed((tea, 1), by=person)
    answer = client.post(f"/my/orders/{order.number}/cancellation/", {"reason": "买家不想买了"})
    assert answer.status_code == 302
    order.refresh_from_db()
    assert order.state == "closed_unpaid"
    done = paid((tea, 1), by=person)
    refused = client.post(f"/my/orders/{done.number}/cancellation/", {"reason": "买家不想买了"})
    assert refused.status_code == 409
    done.refresh_from_db()
    assert done.state == "paid"


def shipped(person):
    order = paid((goods(), 1), by=person)
    Carrier.objects.get_or_create(code="STO", defaults={"name": "申通"})
    ship_many(by=HOUSE, shipments=[Shipment(order.pk, "STO", "7701234567890")], at=now())
    order.refresh_from_db()
    assert order.state == "shipped"
    return order


def test_a_buyer_waits_longer_and_confirms():
    person, client = at_home()
    order = shipped(person)
    page = client.get(f"/my/orders/{order.number}/").content.decode()
    assert "7701234567890" in page
    assert "确认收货" in page
    before = order.next_due_at
    assert client.post(f"/my/orders/{order.number}/extension/", {"days": "3"}).status_code == 302
    order.refresh_from_db()
    assert (order.next_due_at - before).days == 3
    assert client.post(f"/my/orders/{order.number}/extension/", {"days": "99"}).status_code == 422
    assert client.post(f"/my/orders/{order.number}/confirmation/").status_code == 302
    order.refresh_from_db()
    assert order.state == "finished"


def test_the_last_edit_of_the_receiver_is_before_payment_and_inside_the_district():
    person, client = at_home()
    order = placed((goods(), 1), by=person, receiver=receiver())
    near = customers.address(person, name="李雷", address="珞喻路2号")
    far = customers.address(
        person, province="上海市", city="上海市", district="浦东新区", address="世纪大道1号"
    )
    form = {"address": near.key, "version": order.version}
    assert client.post(f"/my/orders/{order.number}/receiver/", form).status_code == 302
    assert open_receiver(Order.objects.get().receiver).name == "李雷"
    order.refresh_from_db()
    answer = client.post(
        f"/my/orders/{order.number}/receiver/", {"address": far.key, "version": order.version}
    )
    assert answer.status_code == 409
    assert "运费会不一样" in answer.content.decode()
    assert pay(order) == "paid"
    order.refresh_from_db()
    answer = client.post(
        f"/my/orders/{order.number}/receiver/", {"address": near.key, "version": order.version}
    )
    assert answer.status_code == 409


def test_buying_again_puts_what_is_still_there_into_the_cart():
    person, client = at_home()
    tea, cake = goods(), goods("CAKE")
    order = placed((tea, 2), (cake, 1), by=person)
    cake.product.listings.update(state="off")
    assert client.post(f"/my/orders/{order.number}/again/")["Location"] == "/cart/"
    assert dict(CartLine.objects.values_list("sku__code", "pieces")) == {"TEA": 2}
    assert "有 1 种已下架" in client.get("/cart/").content.decode()


def test_two_orders_are_paid_together_and_the_page_resolves_by_asking(way):
    person, client = at_home()
    tea = goods(price_fen=5000)
    one, two = placed((tea, 1), by=person), placed((tea, 1), by=person)
    choose = client.get(f"/pay/?order={one.number}&order={two.number}")
    assert "¥120.00" in choose.content.decode()
    answer = client.post("/pay/", {"order": [one.number, two.number], "provider": "sandbox"})
    payment = Payment.objects.get()
    assert answer["Location"] == f"/pay/{payment.number}/?go=1"
    going = client.get(answer["Location"]).content.decode()
    assert f'content="0;url=https://pay.example/{payment.number}"' in going
    assert way.back.endswith(f"/pay/{payment.number}/")
    waiting = client.get(f"/pay/{payment.number}/").content.decode()
    assert "正在确认付款，请勿重复支付" in waiting
    assert 'http-equiv="refresh" content="4;' in waiting
    client.get(f"/pay/{payment.number}/")
    assert len(way.asked) == 1  # at most every few seconds, however often the page is loaded
    way.says = ports.PAID
    Payment.objects.update(asked_at=None)
    assert "付款成功" in client.get(f"/pay/{payment.number}/").content.decode()
    assert set(Order.objects.values_list("state", flat=True)) == {"paid"}
    assert "http-equiv" not in client.get(f"/pay/{payment.number}/").content.decode()


def test_the_same_payment_is_opened_once_and_paying_again_from_the_list_finds_it(way):
    person, client = at_home()
    order = placed((goods(), 1), by=person)
    for _ in range(3):
        client.post("/pay/", {"order": order.number, "provider": "sandbox"})
    assert Payment.objects.count() == 1
    assert f"/pay/?order={order.number}" in client.get("/my/orders/").content.decode()


def test_a_provider_that_does_not_answer_is_said_and_nothing_is_lost(way, monkeypatch):
    person, client = at_home()
    payment = opened(placed((goods(), 1), by=person))

    def silent(*a, **k):
        raise ports.Unreachable("no")

    monkeypatch.setattr(way, "start", silent)
    monkeypatch.setattr(way, "query", silent)
    assert "您没有被扣款" in client.get(f"/pay/{payment.number}/?go=1").content.decode()
    page = client.get(f"/pay/{payment.number}/").content.decode()
    assert "我们会继续确认" in page
    payment.refresh_from_db()
    assert payment.state == "open"


@pytest.mark.parametrize("provider", ["alipay", "", "red", "nobody"])
def test_a_way_that_the_merchant_does_not_have_opens_nothing(way, provider):
    person, client = at_home()
    order = placed((goods(), 1), by=person)
    answer = client.post("/pay/", {"order": order.number, "provider": provider})
    assert answer.status_code == 422
    assert not Payment.objects.exists()


def test_red_packets_that_pay_all_need_no_provider(way):
    person, client = at_home()
    red_packet(person, 9900)
    tea = goods(price_fen=5000)
    Zone.objects.update(first_fen=0)
    order = placed((tea, 1), by=person)
    assert order.red_fen == 5000
    page = client.get(f"/pay/?order={order.number}").content.decode()
    assert "红包已全额抵扣" in page
    answer = client.post("/pay/", {"order": order.number, "provider": "red"})
    assert "付款成功" in client.get(answer["Location"]).content.decode()
    assert not MoneyBack.objects.exists()


def everything(person):
    """One thing of every kind that an own page can name."""
    order = placed((goods(), 1), by=person)
    return {
        "number": {"payment": opened(order).number, "": order.number},
        "key": person.addresses.get().key,
        "order": order,
    }


@pytest.mark.parametrize(
    "route", [route for route in BUYING if "<str:" in str(route.pattern)], ids=lambda r: r.name
)
def test_nothing_of_one_buyer_is_found_by_another(route, way):
    """Two buyers over every address that names a thing: 404, and nothing changed."""
    mine, _client = at_home()
    _other, stranger = at_home("小虾")
    things = everything(mine)
    numbers = things["number"]
    given = (
        {"key": things["key"]}
        if "key" in str(route.pattern)
        else {"number": numbers.get(route.name, numbers[""])}
    )
    where = reverse(f"storefront:{route.name}", kwargs=given)
    before = (list(Order.objects.values()), list(Address.objects.values()), list(Payment.objects.values()))
    body = {"reason": "买家不想买了", "days": "3", "address": things["key"], "version": "1"}
    answers = [stranger.get(where), stranger.post(where, body)]
    assert {answer.status_code for answer in answers} <= {404, 405}
    assert 404 in {answer.status_code for answer in answers}
    for answer in answers:
        assert "139****9000" not in answer.content.decode()
    assert before == (
        list(Order.objects.values()),
        list(Address.objects.values()),
        list(Payment.objects.values()),
    )
    assert not way.asked


def test_anothers_orders_cannot_be_paid_or_merged_in(way):
    mine, _client = at_home()
    other, stranger = at_home("小虾")
    tea = goods()
    order, own = placed((tea, 1), by=mine), placed((tea, 1), by=other)
    for numbers in ([order.number], [own.number, order.number]):
        assert stranger.get("/pay/", {"order": numbers}).status_code == 404
        assert stranger.post("/pay/", {"order": numbers, "provider": "sandbox"}).status_code == 404
    assert not Payment.objects.exists()


def test_lists_and_purse_show_only_ones_own(way):
    mine, _client = at_home()
    _other, stranger = at_home("小虾")
    things = everything(mine)
    coupon(1000, 2000, to=mine, name="只给小鱼的券")
    red_packet(mine, 1234)
    Favourite.objects.create(buyer=mine, listing=open_shop().listings.get())
    for path in (
        "/my/",
        "/my/orders/",
        "/my/coupons/",
        "/my/red-packets/",
        "/my/favourites/",
        "/my/addresses/",
    ):
        page = stranger.get(path).content.decode()
        for canary in (things["order"].number, "只给小鱼的券", "12.34", "茶 TEA"):
            assert canary not in page, path


@pytest.mark.parametrize("route", BUYING, ids=lambda r: r.name)
def test_who_is_not_signed_in_gets_no_further_than_the_door(route):
    """Every own page sends to the door; the door itself, the cart and adding to it are open."""
    if not hasattr(route.callback, "of_buyer"):
        assert route.name in {"sign-in", "register", "cart", "cart-changes", "cart-lines"}
        return
    kinds = {"key": "k", "number": "1", "pk": 1}
    given = {name: value for name, value in kinds.items() if f":{name}>" in str(route.pattern)}
    where = reverse(f"storefront:{route.name}", kwargs=given)
    for answer in (Client().get(where), Client().post(where)):
        assert answer.status_code == 405 or answer["Location"].startswith("/buyer/sign-in/")


def test_a_buyer_asks_for_his_money_back_before_it_is_sent():
    me, mine = at_home()
    order = paid((goods("POT"), 1), (goods("CUP"), 1), by=me)
    other = at_home("小虾")[1]
    shown = mine.get(reverse("storefront:my-order", args=[order.number])).content.decode()
    assert "申请退款" in shown
    assert "全款" in shown
    address = reverse("storefront:my-order-refund", args=[order.number])
    given = {"line": order.lines.get(code="CUP").pk, "reason": "买家不想买了"}
    assert other.post(address, given).status_code == 404
    assert mine.post(address, given | {"reason": "x"}).status_code == 422
    assert mine.post(address, given).status_code == 302
    assert [line.refund for line in order.lines.order_by("code")] == ["open", ""]
    assert (
        "退款申请正在处理" in mine.get(reverse("storefront:my-order", args=[order.number])).content.decode()
    )
    assert mine.post(address, {"keep": "1"}).status_code == 302
    assert [line.refund for line in order.lines.order_by("code")] == ["", ""]


def test_a_winner_without_an_address_is_asked_for_it_and_then_has_an_order():
    me = customers.buyer("小蟹")
    mine = customers.shopping(me)
    sku = goods(price_fen=9900)
    Auction.objects.create(
        shop=open_shop(), sku=sku, title="老茶壶", state="sold", start_fen=100, step_fen=100, deposit_fen=0,
        starts_at=now() - timedelta(hours=2), ends_at=now() - timedelta(hours=1), made_by="test",
        top_bidder=me, top_fen=3000, pay_until=now() + timedelta(hours=5),
    )  # fmt: skip
    assert "老茶壶" in mine.get(reverse("storefront:my")).content.decode()
    customers.address(me)
    assert place_won_orders() == 1
    assert "老茶壶" not in mine.get(reverse("storefront:my")).content.decode()
    assert Order.objects.get().buyer_id == me.pk


def test_what_is_paid_says_paid_and_what_is_not_says_what_is_due():
    person, client = at_home()
    done, waiting = paid((goods(price_fen=5000), 1), by=person), placed((goods("CUP"), 1), by=person)
    for order, word, other in ((done, "实付", "应付"), (waiting, "应付", "实付")):
        page = client.get(f"/my/orders/{order.number}/").content.decode()
        assert word in page
        assert other not in page
    client.post(f"/my/orders/{waiting.number}/cancellation/", {"reason": "买家不想买了"})
    closed = client.get(f"/my/orders/{waiting.number}/").content.decode()
    assert "未付" in closed
    assert "应付" not in closed
    assert client.get("/my/orders/?tab=to_ship").content.decode().count("实付") == 1
    assert "应付" not in client.get("/my/orders/?tab=to_ship").content.decode()
    assert "实付" not in client.get("/my/orders/?tab=unpaid").content.decode()


def test_a_payment_that_was_given_up_says_so_and_what_to_do(way):
    person, client = at_home()
    order = placed((goods(), 1), by=person)
    payment = opened(order)
    way.says = ports.OPEN
    page = client.get(f"/pay/{payment.number}/").content.decode()
    assert "付款没有成功" in page
    assert "您没有被扣款" in page
    assert "正在确认" not in page
    assert f'href="/pay/{payment.number}/?go=1"' in page
    assert f'href="/pay/?order={order.number}"' in page
    # The page looks again by itself, and says the same while it is not its turn to ask.
    assert f'content="4;url=/pay/{payment.number}/?unpaid=1"' in page
    assert "付款没有成功" in client.get(f"/pay/{payment.number}/?unpaid=1").content.decode()
    assert len(way.asked) == 1
    way.says = ports.PAID
    Payment.objects.update(asked_at=None)
    assert "付款成功" in client.get(f"/pay/{payment.number}/?unpaid=1").content.decode()


def test_a_merged_payment_of_which_an_order_was_cancelled_is_not_paid_but_the_rest_is(way):
    person, client = at_home()
    tea = goods()
    gone, kept = placed((tea, 1), by=person), placed((tea, 2), by=person)
    payment = opened(gone, kept)
    client.post(f"/my/orders/{gone.number}/cancellation/", {"reason": "买家不想买了"})
    for query in ("", "?go=1"):  # before the news was heard, and however it is asked for
        page = client.get(f"/pay/{payment.number}/{query}").content.decode()
        assert "这笔支付已作废" in page
        assert "pay.example" not in page
        assert f'href="/pay/?order={kept.number}"' in page
    answer = client.post("/pay/", {"order": [kept.number], "provider": "sandbox"})
    fresh = Payment.objects.order_by("-pk")[0]
    assert answer["Location"] == f"/pay/{fresh.number}/?go=1"
    assert fresh.amount_fen == kept.due_fen


def test_a_cancelled_orders_page_tells_that_its_money_came_back():
    person, client = at_home()
    order = placed((goods(price_fen=5000), 1), by=person)
    payment = opened(order)
    here = f"/my/orders/{order.number}/"
    assert "待支付" in client.get(here).content.decode()
    client.post(f"{here}cancellation/", {"reason": "买家不想买了"})
    page = client.get(here).content.decode()
    assert "已作废" in page
    assert "待支付" not in page
    assert "data-back" not in page
    assert take(by=SHOP, told=[told(payment)], at=now()) == ["back"]
    back = MoneyBack.objects.get()
    page = client.get(here).content.decode()
    assert f'data-back="asked">¥{payment.amount_fen / 100:.2f} 正在原路退回' in page
    assert backs.done(by=SHOP, back=back, at=now())
    page = client.get(here).content.decode()
    assert f'data-back="done">¥{payment.amount_fen / 100:.2f} 已原路退回' in page
    assert "正在原路退回" not in page
    assert "待支付" not in page


def test_a_return_that_was_asked_for_twice_is_told_once_and_one_that_failed_is_not_told_as_done():
    person, client = at_home()
    order = paid((goods(price_fen=5000), 1), by=person)
    payment = Payment.objects.get()
    for ref, state, trouble in (("A", "failed", "↻ B"), ("B", "failed", "no")):
        MoneyBack.objects.create(
            payment=payment, order=order, ref=ref, amount_fen=100, why="x", state=state, trouble=trouble
        )
    page = client.get(f"/my/orders/{order.number}/").content.decode()
    assert page.count("data-back=") == 1
    assert "还没有退成" in page
    assert "已原路退回" not in page
