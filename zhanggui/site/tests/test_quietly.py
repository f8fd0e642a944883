"""What strangers cause in the log."""

import logging
import os

import pytest
from django.conf import settings
from django.test import Client

from zhanggui.site.quietly import Seldom, Troubles


def test_wrong_hosts_write_one_line_a_minute_without_a_traceback(settings):
    settings.ALLOWED_HOSTS = ["shop.example"]
    settings.DEBUG = False
    log, seen = logging.getLogger("django.security.DisallowedHost"), []
    hand = logging.Handler()
    hand.emit = seen.append
    seldom, was = Seldom(), list(log.filters)
    log.filters[:] = [seldom]
    log.addHandler(hand)
    try:
        answers = {Client().get("/s/", headers={"host": "evil.example"}).status_code for _ in range(5)}
        seldom._next = 0.0  # a minute later
        Client().get("/s/", headers={"host": "evil.example"})
    finally:
        log.removeHandler(hand)
        log.filters[:] = was
    assert answers == {400}
    assert [one.exc_info for one in seen] == [None, None]
    assert "evil.example" in seen[0].getMessage()
    assert "4 more" in seen[1].getMessage()


def test_the_house_is_set_up_so():
    assert settings.LOGGING["loggers"]["django.security.DisallowedHost"] == {"filters": ["seldom"]}


@pytest.mark.parametrize(
    ("status", "told"), [(400, True), (404, True), (409, False), (422, False), (500, True)]
)
def test_what_the_shop_says_to_people_is_no_line_of_the_log(status, told):
    record = logging.LogRecord("django.request", logging.WARNING, "", 0, "Conflict: /checkout/", (), None)
    record.status_code = status
    assert Troubles().filter(record) is told


def test_where_nobody_named_the_house_its_notices_reach_nobody(settings):
    """Seven notices of the tests' sandboxes came to a demo that stood at port 8000."""
    if "ZHANGGUI_URL" not in os.environ:
        assert settings.PUBLIC_URL == "http://127.0.0.1:9"
