"""Numbers and texts that are none are turned away before a view or the database meets them (G7.3)."""

import pytest
from django.test import Client, RequestFactory

from tests.cast import everything, sign_in, staff
from zhanggui.kit.numbers import whole
from zhanggui.kit.odd import OddInputMiddleware


def test_a_whole_number_is_ascii_digits_that_fit_a_bigint():
    assert [whole(text) for text in ("0", "17", "007", "9" * 18)] == [0, 17, 7, 10**18 - 1]
    for text in ("", "²", "٣", "1.0", "-1", "+1", " 1", "1_000", "9" * 19, "9" * 5000, "1\x00"):
        assert whole(text) is None, text[:20]


@pytest.fixture
def browser(db) -> Client:
    """A person's browser; what no view catches is raised."""
    return sign_in(Client(), staff("boss", *everything()))


@pytest.mark.parametrize(
    "address",
    [
        "/orders/%00/x/",
        "/orders/WH01/%00/",
        "/freight/carriers/%00/",
        "/freight/quotes/%00/",
        "/freight/shops/%00/",
        "/no/such/%00",
    ],
)
def test_an_address_with_nul_is_not_found(browser: Client, address: str):
    answer = browser.get(address)
    assert (answer.status_code, "没有找到这个页面" in answer.content.decode()) == (404, True)


@pytest.mark.parametrize(
    "address",
    [
        *(f"/daybook/?{name}=a%00" for name in ("who", "what", "kind", "object", "source", "address")),
        "/staff/?q=%00",
        "/reveals/?staff=%00",
        "/orders/?a%00b=1",
    ],
)
def test_a_query_with_nul_is_refused_in_a_sentence(browser: Client, address: str):
    answer = browser.get(address)
    assert (answer.status_code, "这个请求读不懂" in answer.content.decode()) == (400, True)


def test_a_form_with_nul_is_refused_however_it_is_sent(db):
    browser = sign_in(Client(enforce_csrf_checks=True), staff("boss", *everything()))
    browser.cookies["csrf"] = token = "a" * 32
    for address, fields in (
        ("/drafts/", {"place": "a\x00", "fields": '{"a": ["b"]}'}),
        ("/views/", {"name": "\x00"}),
    ):
        fields["csrfmiddlewaretoken"] = token
        assert browser.post(address, fields).status_code == 400
        kind = "application/x-www-form-urlencoded"
        body = "&".join(f"{name}={value}" for name, value in fields.items()).replace("\x00", "%00")
        assert browser.post(address, body, content_type=kind).status_code == 400


def test_a_session_cookie_that_names_nul_is_refused(browser: Client):
    assert browser.get("/", headers={"Cookie": 'zhanggui="abcdefgh\\000"'}).status_code == 400


def test_a_form_in_a_foreign_charset_is_refused(browser: Client):
    for charset in ("utf-7", "utf-16", "latin-1"):
        assert browser.get("/orders/?q=1", CONTENT_TYPE=f"text/plain; charset={charset}").status_code == 400
        kind = f"multipart/form-data; boundary=x; charset={charset}"
        assert browser.post("/drafts/", b"--x--", content_type=kind).status_code == 400
    assert browser.get("/orders/?q=1", CONTENT_TYPE="text/plain; charset=UTF-8").status_code == 200


def test_an_upload_that_nobody_read_is_not_read_by_the_check():
    upload = RequestFactory().post("/imports/", {"shop": "a\x00"})
    assert OddInputMiddleware(lambda request: None).process_view(upload, None, [], {}) is None  # type: ignore[arg-type,return-value]
    assert not hasattr(upload, "_post")
    upload.POST  # noqa: B018 - now somebody read it
    said = OddInputMiddleware(lambda request: None).process_view(upload, None, [], {})  # type: ignore[arg-type,return-value]
    assert said is not None
    assert said.status_code == 400
