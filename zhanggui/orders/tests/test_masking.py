"""Phone numbers that buyers, clerks and platforms write into free texts are masked wherever an order is shown."""

import pytest

from tests.cast import NOON, everything, sign_in, staff
from zhanggui.kit.sealed import masked_text
from zhanggui.orders.models import Mark, Order, Overwrite
from zhanggui.orders.states import State
from zhanggui.orders.tests.cast import arriving, bring, line

pytestmark = pytest.mark.django_db

MESSAGE, MEMO, TITLE, SPEC = "13911110001", "139 1111 0002", "+8613911110003", "１３９１１１１０００４"
MARK, OURS, THEIRS = "13911110005", "13911110006", "027-87650007"
SECRETS = (MESSAGE, MEMO, TITLE, SPEC, MARK, OURS, THEIRS, "13911110003", "13911110004")


def talkative(state: str = State.PAID) -> Order:
    """An order with a phone number in every text that somebody else writes."""
    goods = line(f"T恤 加微信{TITLE}", spec=f"红 {SPEC}")
    order = bring(
        arriving(
            goods,
            state=state,
            buyer_message=f"送前打{MESSAGE}谢谢",
            memo=f"客户说打{MEMO}",
            title=goods.title,
        )
    )[0]
    Mark.objects.create(
        order=order, department="store", kind="note", text=f"从平台来的{MARK}", author="", at=NOON
    )
    Overwrite.objects.create(
        order=order,
        seen_at=NOON,
        our_memo=f"我们{OURS}",
        our_flag=0,
        their_memo=f"他们{THEIRS}",
        their_flag=1,
    )
    return order


@pytest.mark.parametrize("what", ["list", "shipping", "", "peek/", "row/", "print/", "money/goods/"])
def test_no_phone_in_a_text_is_shown(client, what):
    order = talkative()
    browser = sign_in(client, staff("boss", *everything()))
    place = {"list": "/orders/", "shipping": "/orders/shipping/"}.get(
        what, f"/orders/{order.shop.code}/{order.number}/{what}"
    )
    answer = browser.get(place)
    assert answer.status_code == 200
    page = answer.content.decode()
    assert "139****0003" in page, "the title"
    assert order.number in page
    for secret in SECRETS:
        assert secret not in page


def test_what_is_shown_masked_is_kept_and_found(client):
    """The texts stay as they came; looking at the page changes nothing."""
    order = talkative()
    before = Order.objects.values("title", "memo", "buyer_message", "version").get(pk=order.pk)
    browser = sign_in(client, staff("boss", *everything()))
    browser.get(f"/orders/{order.shop.code}/{order.number}/")
    assert Order.objects.values("title", "memo", "buyer_message", "version").get(pk=order.pk) == before
    assert MESSAGE in before["buyer_message"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("打13812345678。", "打138****5678。"),
        ("138-1234-5678", "138****5678"),
        ("+86 138 1234 5678", "138****5678"),
        ("008613812345678", "138****5678"),
        ("１３８１２３４５６７８", "138****5678"),
        ("027-87654321", "027****4321"),
        ("(0755)26990000", "(0755****0000"),
        ("13812345678/13987654321", "138****5678/139****4321"),
    ],
)
def test_phones_in_a_text(text, shown):
    assert masked_text(text) == shown


@pytest.mark.parametrize(
    "text",
    ["3028689418086124", "YT1380000000012", "2026-11-11 10:00", "¥1,380.00", "73812345678901", "", "两件"],
)
def test_other_numbers_stay(text):
    assert masked_text(text) == text
