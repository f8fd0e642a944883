"""Errors a person may read: a sentence, a number, no stack; a fragment's refusal replaces nothing."""

import re

import pytest
from django.db import OperationalError
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import path

from tests.cast import sign_in, staff
from zhanggui.kit import errors
from zhanggui.kit.refusals import NotNow
from zhanggui.people.http import needs
from zhanggui.site.urls import urlpatterns as house

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


@needs("")
def broken(request):
    raise ZeroDivisionError("secret detail")


@needs("")
def away(request):
    raise OperationalError("server closed the connection")


@needs("")
def refuses(request):
    raise NotNow("订单刚刚被别人改动了")


@needs("")
def sends(request):
    return HttpResponse("sent")


urlpatterns = [
    *house,
    path("x/broken/", broken),
    path("x/away/", away),
    path("x/refuses/", refuses),
    path("x/sends/", sends),
]
handler400 = "zhanggui.kit.errors.bad_request"
handler403 = "zhanggui.kit.errors.forbidden"
handler404 = "zhanggui.kit.errors.not_found"
handler500 = "zhanggui.kit.errors.server_error"


@pytest.fixture
def mei(client):
    client.raise_request_exception = False
    sign_in(client, staff("1001"))
    return client


def test_a_server_error_has_a_number_that_stands_in_the_log(mei, caplog):
    answer = mei.get("/x/broken/")
    assert answer.status_code == 500
    page = answer.content.decode()
    number = answer["X-Error-Number"]
    assert re.fullmatch(r"[0-9a-f]{8}", number)
    assert f'data-copy="{number}"' in page
    assert "secret" not in page
    assert "Traceback" not in page
    assert any(number in record.getMessage() for record in caplog.records)


def test_a_database_that_is_away_is_503_and_a_promise(mei):
    answer = mei.get("/x/away/")
    assert answer.status_code == 503
    assert "数据库暂时连不上" in answer.content.decode()


def test_a_page_that_is_not_there(mei):
    answer = mei.get("/no/such/page/")
    assert answer.status_code == 404
    assert "没有找到" in answer.content.decode()


def test_a_refusal_as_page_as_fragment_and_as_json(mei):
    page = mei.get("/x/refuses/")
    assert page.status_code == 409
    assert "<html" in page.content.decode()
    fragment = mei.get("/x/refuses/", HTTP_HX_REQUEST="true")
    assert (fragment.status_code, fragment["HX-Retarget"]) == (409, "#refusals")
    assert "<html" not in fragment.content.decode()
    told = mei.get("/x/refuses/", HTTP_ACCEPT="application/json")
    assert told.json() == {"code": "not_now", "message": "订单刚刚被别人改动了"}


def test_an_unreadable_request():
    assert errors.bad_request(RequestFactory().get("/")).status_code == 400
