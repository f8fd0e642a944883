"""Setting up accounts, and looking at bills: keys go in and never come out."""

import pytest
from django.test import Client

from tests.cast import HOUSE, NOON, merchant, shop, sign_in, staff
from zhanggui.connect.models import PayAccount, PayBill, PayDifference, PayNotice
from zhanggui.connect.payment.accounts import account_of, opened
from zhanggui.connect.payment.sandbox import keys
from zhanggui.connect.payment.sandbox.setup import ensure_account
from zhanggui.connect.tests.pay_cast import account, key, pkcs8
from zhanggui.journal.models import Entry
from zhanggui.people.powers import Power

pytestmark = pytest.mark.django_db


def boss(*powers: str) -> Client:
    return sign_in(Client(), staff("9001", *(powers or (Power.PAYMENT_SETUP,))))


def typed(**also):
    bare = keys.private_pem(key("merchant")).split("-----")[2].replace("\n", "")
    return {
        "name": "支付宝",
        "app": "2021000000000001",
        "gateway": "",
        "fee_bp": "60",
        "key_private": bare,
        "key_public": keys.public_pem(key("provider").public_key()),
        "version": "1",
    } | also


@pytest.fixture(autouse=True)
def _merchant():
    shop()


def test_an_account_is_opened_with_keys_as_the_tools_give_them():
    answer = boss().post("/payments/accounts/new/alipay/", typed())
    assert answer.status_code == 302, answer.content.decode()
    row = PayAccount.objects.get()
    secret = typed()["key_private"]
    assert opened(row).keys["private"] == secret
    assert secret.encode() not in bytes(row.sealed)
    assert secret[:40] not in str(list(Entry.objects.values_list("change", "reason")))


def test_the_private_key_is_never_shown_again():
    account()
    row = PayAccount.objects.get()
    page = boss().get(f"/payments/accounts/{row.pk}/").content.decode()
    lines = keys.private_pem(key("merchant")).splitlines()[1:-1]
    assert not any(line in page for line in lines)
    assert "BEGIN PUBLIC KEY" in page


def test_a_secret_left_empty_stays_and_a_stale_form_is_refused():
    account()
    row = PayAccount.objects.get()
    client = boss()
    before = opened(row).keys["private"]
    address = f"/payments/accounts/{row.pk}/"
    assert client.post(address, typed(key_private="", fee_bp="55")).status_code == 302
    row.refresh_from_db()
    assert (row.fee_bp, row.version, opened(row).keys["private"]) == (55, 2, before)
    assert client.post(address, typed(key_private="", fee_bp="10", version="1")).status_code == 409
    row.refresh_from_db()
    assert row.fee_bp == 55
    assert Entry.objects.get(what="pay_account.changed").change == {
        "fee_bp": [60, 55],
        "name": ["alipay", "支付宝"],
    }


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("key_private", "MIIB"),
        ("key_private", ""),
        ("key_public", "hello"),
        ("gateway", "http://openapi.alipay.com/"),
        ("gateway", "javascript:alert(1)"),
        ("app", "1 2"),
        ("fee_bp", "-1"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(field, value):
    answer = boss().post("/payments/accounts/new/alipay/", typed(**{field: value}))
    assert answer.status_code == 422
    assert not PayAccount.objects.exists()


def test_wechat_asks_for_its_own_keys():
    told = {
        "key_appid": "wx1",
        "key_serial": "AB12",
        "key_private": pkcs8("merchant"),
        "key_v3": "x" * 32,
        "key_public_id": "PUB_KEY_ID_1",
    }
    client = boss()
    assert client.post("/payments/accounts/new/wechat/", typed(**told, key_h5="")).status_code == 302
    assert account_of(merchant().pk, "wechat").keys["v3"] == "x" * 32
    assert (
        client.post("/payments/accounts/new/wechat/", typed(**(told | {"key_v3": "short"}))).status_code
        == 422
    )
    assert client.post("/payments/accounts/new/wechat/", typed(**told)).status_code == 409, "one of a kind"


def test_closing_destroys_the_keys():
    row = account()
    assert boss().post(f"/payments/accounts/{row.pk}/closing/").status_code == 302
    row.refresh_from_db()
    assert (row.active, opened(row).keys) == (False, {})


def test_nobody_without_the_power_in_all_shops_sees_accounts_or_bills():
    row = account()
    one_shop = sign_in(Client(), staff("9002", Power.PAYMENT_SETUP, Power.PAYMENT_SEE, at=shop()))
    for address in (
        "/payments/accounts/",
        f"/payments/accounts/{row.pk}/",
        "/payments/bills/",
        "/payments/notices/",
    ):
        assert one_shop.get(address).status_code == 403
    assert one_shop.post(f"/payments/accounts/{row.pk}/closing/").status_code == 403
    row.refresh_from_db()
    assert row.active


def test_the_sandbox_is_opened_once(tmp_path):
    first = ensure_account(by=HOUSE, merchant_id=merchant().pk, home=tmp_path)
    assert ensure_account(by=HOUSE, merchant_id=merchant().pk, home=tmp_path).pk == first.pk
    assert keys.known(tmp_path, first.app) is not None
    assert keys.known(tmp_path, "../provider") is None


def a_bill() -> PayBill:
    sums = {"rows": 2, "paid_fen": 5990, "back_fen": 0, "fee_fen": 36, "compared_at": NOON}
    row = PayBill.objects.create(merchant_id=merchant().pk, provider="alipay", day=NOON.date(), **sums)
    PayDifference.objects.create(bill=row, kind="extra", what="paid", number="P-EXTRA", theirs_fen=5990)
    PayNotice.objects.create(
        provider="alipay", event="e", number="P-ODD", told={"amount_fen": 1}, state="parked"
    )
    return row


def test_a_difference_is_settled_with_words_once():
    row = a_bill()
    one = row.differences.get()
    client = boss(Power.PAYMENT_SEE, Power.PAYMENT_SETTLE)
    assert "59.90" in client.get("/payments/bills/").content.decode()
    assert "P-EXTRA" in client.get(f"/payments/bills/{row.pk}/").content.decode()
    assert "P-ODD" in client.get("/payments/notices/").content.decode()
    address = f"/payments/differences/{one.pk}/settlement/"
    assert client.post(address, {"note": " "}).status_code == 422
    assert client.post(address, {"note": "昨天的测试款"}).status_code == 302
    assert client.post(address, {"note": "又一次"}).status_code == 409
    one.refresh_from_db()
    assert one.note == "昨天的测试款"
    assert boss2().post(address, {"note": "x"}).status_code == 403


def boss2() -> Client:
    return sign_in(Client(), staff("9003", Power.PAYMENT_SEE))


def test_a_parked_notice_says_what_to_do():
    PayNotice.objects.create(
        provider="alipay",
        event="m" * 32,
        number="P1",
        told={"amount_fen": 1, "ref": "T99"},
        state="parked",
        trouble="another amount or trade",
    )
    page = boss(Power.PAYMENT_SEE).get("/payments/notices/").content.decode()
    assert "又来了另一笔款" in page
    assert "T99" in page
