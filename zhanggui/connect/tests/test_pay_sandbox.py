"""Alipay's adapter against the sandbox, a process that checks and makes every signature by itself."""

from datetime import timedelta

import pytest
from django.utils import translation

from tests.cast import HOUSE, merchant
from zhanggui.checkout.models import MoneyBack
from zhanggui.connect.payment import outbound, ports
from zhanggui.connect.payment.accounts import account_of
from zhanggui.connect.payment.sandbox.setup import ensure_account
from zhanggui.connect.tests.pay_cast import payment
from zhanggui.connect.tests.pay_process import cashier
from zhanggui.kit.clock import day_of, now

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]


@pytest.fixture(scope="module")
def till(tmp_path_factory):
    with cashier(tmp_path_factory.mktemp("sandbox")) as running:
        yield running


@pytest.fixture
def desk(till, settings):
    settings.SANDBOX_URL = till.url
    ensure_account(by=HOUSE, merchant_id=merchant().pk, home=till.home, gateway=till.gateway)
    till.faults(down=False, refund_dies=0)
    return ports.provider("sandbox")


def waiting(number, fen=5990, **also):
    return payment(number, fen, provider="sandbox", **also)


def begin(desk, one):
    return desk.start(one, return_url="http://shop.example/pay/").url


def test_the_life_of_a_payment(desk, till):
    one = waiting("P1")
    assert desk.query(one).state == ports.UNKNOWN
    page = till.arrive(begin(desk, one))
    assert "¥59.90" in page
    assert 'href="http://shop.example/pay/"' in page
    assert desk.query(one).state == ports.OPEN
    assert "支付失败" in till.pay(begin(desk, one), result="fail")
    assert desk.query(one).state == ports.OPEN
    assert "支付成功" in till.pay(begin(desk, one))
    heard = desk.query(one)
    assert (heard.state, heard.amount_fen, heard.number) == (ports.PAID, 5990, "P1")
    assert heard.ref
    assert abs(heard.paid_at - now()) < timedelta(minutes=1), "China's clock, whatever the machine's zone"
    with pytest.raises(ports.Declined):
        desk.close(one)


@pytest.mark.parametrize(
    ("reads", "title", "order"), [("zh-hans", "沙箱收银台", "订单 L1"), ("en", "Sandbox cashier", "Order L2")]
)
def test_the_cashier_speaks_the_language_that_the_buyer_reads_in_the_shop(desk, till, reads, title, order):
    one = waiting(order.split()[1])
    with translation.override(reads):
        url = begin(desk, one)
    page = till.arrive(url)
    assert title in page
    assert f">{order}<" in page


def test_a_closed_payment_takes_no_money(desk, till):
    one = waiting("P2")
    url = begin(desk, one)
    till.arrive(url)
    desk.close(one)
    desk.close(one)
    assert desk.query(one).state == ports.CLOSED
    assert "已经关闭" in till.arrive(url)


def test_a_changed_address_is_refused_by_the_cashier(desk, till):
    url = begin(desk, waiting("P3"))
    with pytest.raises(OSError, match="400"):
        till.arrive(url.replace("59.90", "0.01"))
    assert not [row for row in till.state()["trades"] if row["number"] == "P3"]


def test_a_refund_pays_out_once_however_often_it_is_asked(desk, till):
    one = waiting("P4")
    till.pay(begin(desk, one))
    back = MoneyBack.objects.create(payment=one, ref="B1", amount_fen=1990, why="-")
    first, again = desk.refund(back), desk.refund(back)
    assert (first.state, again.state) == (ports.DONE, ports.DONE)
    assert first.at == again.at, "the moment of the one payout"
    assert [row["fen"] for row in till.state()["refunds"] if row["number"] == "P4"] == [1990]
    too_much = MoneyBack.objects.create(payment=one, ref="B2", amount_fen=4001, why="-")
    assert desk.refund(too_much).state == ports.FAILED


def test_a_refund_whose_answer_is_lost_is_unreachable_and_then_done(desk, till):
    one = waiting("P5")
    till.pay(begin(desk, one))
    back = MoneyBack.objects.create(payment=one, ref="B5", amount_fen=100, why="-")
    till.faults(refund_dies=1)
    with pytest.raises(ports.Unreachable):
        desk.refund(back)
    assert desk.refund(back).state == ports.DONE
    assert [row["fen"] for row in till.state()["refunds"] if row["number"] == "P5"] == [100]


def test_the_bill_tells_payments_fees_and_refunds(desk, till):
    one = waiting("P6", 12345)
    till.pay(begin(desk, one))
    desk.refund(MoneyBack.objects.create(payment=one, ref="B6", amount_fen=345, why="-"))
    rows = [
        row for row in desk.bill(account_of(merchant().pk, "sandbox"), day_of(now())) if row.number == "P6"
    ]
    assert [(row.kind, row.amount_fen, row.fee_fen, row.back_ref) for row in rows] == [
        ("paid", 12345, 74, ""),
        ("back", 345, 0, "B6"),
    ]


def test_a_provider_that_is_down_is_unreachable(desk, till):
    till.faults(down=True)
    with pytest.raises(ports.Unreachable):
        desk.query(waiting("P7"))


def test_nobody_is_asked_inside_a_transaction(desk):
    from django.db import transaction

    with transaction.atomic(), pytest.raises(RuntimeError, match="transaction"):
        desk.query(waiting("P8"))


def test_the_way_out_leads_only_to_named_public_hosts(till):
    with pytest.raises(outbound.Forbidden):
        outbound.send(till.gateway, hosts=["openapi.alipay.com"], inside=True)
    with pytest.raises(outbound.Forbidden):
        outbound.send(till.gateway, hosts=["127.0.0.1"])
    secure = till.gateway.replace("http:", "https:")
    with pytest.raises(outbound.Forbidden, match="own network"):
        outbound.send(secure, hosts=["127.0.0.1"])
