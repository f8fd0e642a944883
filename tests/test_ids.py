"""No page names two things alike: a script that asks for an id gets the first one, be it the wrong one."""

from collections import Counter
from html.parser import HTMLParser
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.routes import ROUTES, Stage
from zhanggui.people.seeds import OWNER

pytestmark = pytest.mark.django_db


class Ids(HTMLParser):
    """Counts the ids of a page; what stands inside a <template> is no part of it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: Counter[str] = Counter()
        self.templates = 0
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if not self.templates:
            self.found.update(value for name, value in attrs if name == "id" and value)
        self.templates += tag == "template"

    def handle_endtag(self, tag: str) -> None:
        self.templates -= tag == "template"

    def twice(self) -> list[str]:
        return sorted(name for name, many in self.found.items() if many > 1)


def html(answer: Any) -> str:
    """The text of a page; "" of what is none."""
    if answer.streaming or not answer.get("Content-Type", "").startswith("text/html"):
        return ""
    return str(answer.content.decode())


def test_no_page_has_the_same_id_twice(settings: Any):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    stage = Stage()
    clients = [stage.client(stage.person_of(OWNER)), Client()]
    wrong, framed = {}, 0
    for route in ROUTES:
        if "GET" not in route.methods.split():
            continue
        address = reverse(route.name, kwargs=route.sample(stage)) + route.query
        for client in clients[: 1 if route.power is not None else 2]:
            ids = Ids(html(client.get(address)))
            framed += ids.found["words"]
            if ids.twice():
                wrong[route.name] = ids.twice()
    assert framed > 50, "the walk saw few pages with the frame's own ids"
    assert wrong == {}


def test_an_id_that_stands_twice_is_found():
    """The control: the page's own element beside the frame's, but not what a template keeps for later."""
    page = '<template id="words"><p id="a"></p></template><p id="a"></p><div id="words"></div>'
    assert Ids(page).twice() == ["words"]
