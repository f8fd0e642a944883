"""The adapters against what the providers themselves published: signatures that we did not make.

Alipay: notices of 2019 in the tests of its official Node SDK (alipay/alipay-sdk-nodejs-all, test/alipay.test.js), one
signed without `sign_type`, one with it. WeChat Pay: the notice in the tests of its official Go SDK
(wechatpay-apiv3/wechatpay-go, core/notify/notify_test.go).
"""

from datetime import UTC, datetime

import pytest

from zhanggui.connect.payment.accounts import Account
from zhanggui.connect.payment.alipay import _Client, verified
from zhanggui.connect.payment.ports import BadNotice, Incoming
from zhanggui.connect.payment.sandbox import keys
from zhanggui.connect.payment.wechat import Wechat, client_of
from zhanggui.connect.tests.pay_cast import key, pkcs8

ALIPAY_KEY = (
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAqObrdC7hrgAVM98tK0nv3hSQRGGKT4lBsQjHiGjeYZjOPIPHR5knm2jnnz/YGIXIofVHk"
    "A/tAlBAd5DrY7YpvI4tP5EONLtZKC2ghBMx7McI2wRD0xiqzxOQr1FuhZGJ8/AUokBzJrzY+aGX2xcOrxFYRlFilvVLTXg4LWjR1tdPkO6+i7wQZA"
    "IVMClPkwVRZEbaERRHlKqTzv2gGv5rDU8gRoe1LeaN+6BlbTqHWkQcNCUNrA8C6l17XAXGKDsm/9TFWwO8EPHHHCaQdjtV5/FdcWIt+L8SR1ss7EX"
    "TjYDFtxcKVv9rEoY1lX8T4mX+GbXfZHraG5NCF1+XioL5JwIDAQAB"
)
ALIPAY_KEY_2 = (
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAk6DCsBIUhWriFohzRV8Fic6oQWNnLKKILNk97VU5qcHEuxYzCujKoyva5gy1170mFJw4I"
    "cgJF8AyS7iDUwzAwF4Pp9CpWxDhUhe7mdQJhjBmvTcPLGFFrzlj6unO5lAcbdwaxPUtSxOaNxPJGrTK/wnKQSbjTMMltp1J68q2Tfgrsn/NdZ6lrx"
    "O9rvmky8kowqaH5NjntyHO59jCGabMj5sI14z8N61wB/QuIJrDuzIPMPrSNbq0cOWcSCDG09oUHTp9fk7suDB8UiFcmVTXOvK3d4HbeX8V9YsEMxr"
    "wxEoYgRRj6K2qrC6oxw480cqf2ueumCmHg6xrcgkyXK81hwIDAQAB"
)
WITHOUT = {
    "gmt_create": "2019-08-15 15:37:55",
    "charset": "utf-8",
    "seller_email": "z97-yuquerevenue@service.aliyun.com",
    "subject": "语雀空间 500人规模",
    "sign": "QUxj7MQ0NQT++AyDbykzTw6iWflrgfY7EIssTaNfJaDkOHqZAFv3hbr97h+z/LCkmnqkBq+V81uHtb3q+i19W1B7FlMNfJB8XPSFD3xdHXE"
    "zvj9ccFTE9gxCEG+3oub4TeNe+rrOCt+3cfOFRh5jZzAiZbEZQem3ZMdhIHz/I6TVGNWuPOL4Wr56/Vjq57BLZUPKYpDo7DVfNEYeu0dZ76irMhE4"
    "a5FJ26c6qQu9gnG6NmKhtn+tSI6859RKF9bzptbM49klrliVnjBI4m6y7f329Ur9lecC/UlbIo3vKDFmcsLlADKu64FT5jjyRVaVQcP64khZdJwRd"
    "zrJ5QxxxQ==",
    "buyer_id": "2088102534368455",
    "invoice_amount": "0.10",
    "notify_id": "2019081500222153759068450559621257",
    "fund_bill_list": '[{"amount":"0.10","fundChannel":"ALIPAYACCOUNT"}]',
    "notify_type": "trade_status_sync",
    "trade_status": "TRADE_SUCCESS",
    "receipt_amount": "0.10",
    "buyer_pay_amount": "0.10",
    "app_id": "2019073166072302",
    "sign_type": "RSA2",
    "seller_id": "2088531891668739",
    "gmt_payment": "2019-08-15 15:37:58",
    "notify_time": "2019-08-15 15:37:59",
    "version": "1.0",
    "out_trade_no": "20190815153750722-564-55",
    "total_amount": "0.10",
    "trade_no": "2019081522001468450509133591",
    "auth_app_id": "2019073166072302",
    "buyer_logon_id": "xud***@126.com",
    "point_amount": "0.00",
}
WITH = {
    "app_id": "2017122801303261",
    "charset": "UTF-8",
    "commodity_order_id": "2019030800000018079639",
    "contactor": "技术支持测试的公司",
    "merchant_pid": "2088721996721370",
    "method": "alipay.open.servicemarket.order.notify",
    "name": "技术支持测试的公司",
    "notify_id": "2019030800222102023008121054923345",
    "notify_time": "2019-03-08 10:20:23",
    "notify_type": "servicemarket_order_notify",
    "order_item_num": "1",
    "order_ticket": "29b1c37d99ab48c5bd5bdaeaeaefbB37",
    "order_time": "2019-03-08 10:20:08",
    "phone": "17826894615",
    "service_code": "58621634",
    "sign": "MsK5SCw8oqLw4f0hiNSd5OVGXxBY3wnQeT8vn5PklJSZFWSZbK4hQbNvkp4ZezeXQH514cEv0ul6Qow8yh6e6yM06LfEL+EZjcpZ0nxzFGR"
    "NQ5qq2AUc1OaXQdk92AGvxh+Iq4NGpPQFBd4D8EBJa3NJd8+czMfQskceosOQFqUtLQMYa5DPs+VpN7VM5BdXjaVIuKn5d9Wm2B9dI9ObIM+YRySD"
    "kZZPv14DVmUvcrcqJfOR8aHvtSd7B4l92wUQPQgQKNcOQho7xOHS/Bk+Y74AZL2y7TkNmdDoq9OGsThuF5tDW9rI9nVwXxOtsuB+bstra+W7aw9x9"
    "DvkKgdSRw==",
    "sign_type": "RSA2",
    "timestamp": "2019-03-08 10:20:23",
    "title": "麦禾商城模版",
    "total_price": "0.00",
    "version": "1.0",
}
WECHAT_KEY = (
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA2VCTd91fnUn73Xy9DLvt/V62TVxRTEEstVdeRaZ3B3leO0pldE806mXO"
    "4RwdHXagHQ4vGeZN0yqm++rDsGK+U3AH7kejyD2pXshNP9Cq5YwbptiLGtjcquw4HNxJQUOmDeJf2vg6byms9RUipiq4SzbJKqJF"
    "lUpbuIPDpSpWz10PYmyCNeDGUUK65E5h2B834uxl1zNLYQCrkdBzb8oUxwYeP5a2DNxmjL5lsJML7DGr5znsevnoqGRwTm9fxCGf"
    "y8wus7hwKz6clt3Whmmda7UAdb1c08hEQFVRbF14AR73xbnd8N0obCWJPCbzMCtkaSef4FdEEgEXJiw0VAJT8wIDAQAB"
)
WECHAT_SIGNATURE = (
    "tJHIiIS9eB2hAYstmAmbbD3ZE5LiIm/Ug5tuL4fC0YOFRWIHV39UFIZXC0e9Wl6lBu6sKvkqDkzpqzBsVHyXF"
    "lbYZTOQrVdG4b6LfTnK4mikv9++ixJMd3vTf2yCqvBkh98zs3Ds5zsYQakzbcwhmw4fMJs4nPLws28H0UW9FjDR//rxELLwXvV1VEA1I"
    "BLX70xptjL8hrfUjEE8kkry6yNJTHZRU8CAc7qHli2Ng1V1qb9ARbK8A3ThmFmPQvRGrapI/jS2laKKgYUmfdEdkNO6B2Cke5e8VTxY4"
    "06ArAmQ90GAihDwIcb16TQMnzCMBoutnwZKNiKRACrFmtxw2Q=="
)
WECHAT_BODY = (
    '{"id":"3119dfba-e649-5eec-ab1e-3412bc4d2e17","create_time":"2021-06-24T16:37:26+08:00",'
    '"resource_type":"encrypt-resource","event_type":"PAYSCORE.USER_OPEN_SERVICE","summary":"签约成功",'
    '"resource":{"original_type":"payscore","algorithm":"AEAD_AES_256_GCM","ciphertext":"'
    "YDS3lKPaC4Y52Gf3uhft5qUBlIa8b428AWTtTauHQfQrRw+X1WpiuHIDy0vo1Vd6VEq67aVyqPdDYMkRVSDaZL3iZt"
    "tevRMOoPKMifozg6XPWjIZumks/GpT48lI4NizyeaqLBokNebthah3o1H76qSlO9NkDjp9bzmKLEYYH9TEklFUpsvPqOTOcgSLgh21YJXYR"
    '7dEBXFgRLiNIKRgO5JdXh1hccRUAlyVWxE54PXpnQ==","associated_data":"payscore","nonce":"Kj7QIyUiYx1q"}}'
)
WECHAT_HEADERS = {
    "HTTP_WECHATPAY_NONCE": "EcZ9Cmy4Xyx1i6RlJQzLcCyEqDa26NBz",
    "HTTP_WECHATPAY_TIMESTAMP": "1624523846",
    "HTTP_WECHATPAY_SERIAL": "D7CE59D1F522D701",
    "HTTP_WECHATPAY_SIGNATURE": WECHAT_SIGNATURE,
    "HTTP_WECHATPAY_SIGNATURE_TYPE": "WECHATPAY2-SHA256-RSA2048",
}
SENT = datetime.fromtimestamp(1624523846, UTC)


def alipay(public: str) -> _Client:
    told = {"private": keys.private_pem(key("merchant")), "public": public}
    return _Client(Account(1, 1, "alipay", "1", "", 60, told), gateway="https://example.com", inside=False)


def wechat(v3: str = "testMchAPIv3Key0") -> Account:
    told = {
        "private": pkcs8("merchant"),
        "serial": "1",
        "appid": "wx1",
        "v3": v3,
        "public": WECHAT_KEY,
        "public_id": "D7CE59D1F522D701",
    }
    return Account(1, 1, "wechat", "1234567890", "", 60, told)


def test_alipays_notice_signed_without_sign_type_is_believed():
    assert verified(alipay(ALIPAY_KEY), WITHOUT)


def test_alipays_notice_signed_with_sign_type_is_believed():
    assert verified(alipay(ALIPAY_KEY_2), WITH)


@pytest.mark.parametrize("field", ["total_amount", "out_trade_no", "trade_status", "app_id", "sign"])
def test_one_letter_changed_and_alipays_notice_is_not_believed(field):
    assert not verified(alipay(ALIPAY_KEY), WITHOUT | {field: WITHOUT[field][:-2] + "9="})
    assert not verified(alipay(ALIPAY_KEY_2), WITHOUT), "another key of Alipay's is not this one"
    assert not verified(alipay(ALIPAY_KEY), WITHOUT | {"more": "1"})


def test_wechats_notice_is_believed_and_opened():
    core = client_of(wechat())._core
    assert core.believes(WECHAT_HEADERS, WECHAT_BODY)
    event, kind, inner = Wechat()._opened(core, WECHAT_HEADERS, WECHAT_BODY)
    assert (event, kind) == ("3119dfba-e649-5eec-ab1e-3412bc4d2e17", "PAYSCORE.USER_OPEN_SERVICE")
    assert inner["mchid"] == "1234567890"
    assert inner["out_contract_code"] == "21640bdbd08e473e828f3206a2741c6e"


def test_wechats_notice_changed_or_for_another_key_is_not():
    core = client_of(wechat())._core
    assert not core.believes(WECHAT_HEADERS, WECHAT_BODY.replace("2021-06-24", "2021-06-25"))
    assert not core.believes(WECHAT_HEADERS | {"HTTP_WECHATPAY_NONCE": "x"}, WECHAT_BODY)
    assert not core.believes(WECHAT_HEADERS | {"HTTP_WECHATPAY_SERIAL": "zz"}, WECHAT_BODY)
    assert not core.believes({}, WECHAT_BODY)
    other = client_of(wechat(v3="testMchAPIv3Key1"))._core
    assert Wechat()._opened(other, WECHAT_HEADERS, WECHAT_BODY) is None


def test_wechats_notice_older_than_five_minutes_is_a_replay():
    late = SENT.replace(year=2022)
    with pytest.raises(BadNotice, match="replay"):
        Wechat().read_notice(Incoming(WECHAT_BODY.encode(), WECHAT_HEADERS, late))
