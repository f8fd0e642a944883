"""Every route with every role: what one may not see is 404, what one may not do is 403, nobody comes in unasked.

The table is tests/routes.py. The walk is over the router itself, so a route or a guard that was forgotten
fails here (G6.1, G6.2).
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.routes import CANARY, ROUTES, Route, Stage
from zhanggui.people.models import Role, Staff
from zhanggui.people.powers import Power, sections
from zhanggui.people.seeds import OWNER, ROLES

pytestmark = pytest.mark.django_db
BY_NAME = {route.name: route for route in ROUTES}


def walk(patterns: list[Any], spaces: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = (*spaces, pattern.namespace) if pattern.namespace else spaces
            yield from walk(pattern.url_patterns, inner)
        elif isinstance(pattern, URLPattern):
            yield ":".join((*spaces, pattern.name or str(pattern.pattern))), pattern.callback


VIEWS = dict(walk(get_resolver().url_patterns))
LISTED = [pytest.param(route, id=route.name) for route in ROUTES if route.name in VIEWS]
GUARDED = [case for case in LISTED if case.values[0].power is not None]  # type: ignore[attr-defined]


@pytest.fixture(autouse=True)
def _light_hashes(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def stage() -> Stage:
    return Stage()


def ask(client: Client, route: Route, stage: Stage, method: str) -> Any:
    address = reverse(route.name, kwargs=route.sample(stage)) + route.query
    return client.get(address) if method == "GET" else client.post(address, route.data)


def test_every_route_stands_in_the_table_and_every_line_of_the_table_is_a_route():
    assert sorted(set(VIEWS) - set(BY_NAME)) == [], "list these routes in tests/routes.py"
    assert sorted(set(BY_NAME) - set(VIEWS)) == [], "these lines of tests/routes.py name no route"
    assert len(BY_NAME) == len(ROUTES), "a route is listed twice"


def test_every_view_wears_the_guard_that_the_table_says():
    assert [name for name, view in VIEWS.items() if not hasattr(view, "power")] == []
    worn = {name: view.power for name, view in VIEWS.items() if name in BY_NAME}
    assert worn == {name: BY_NAME[name].power for name in worn}


@pytest.mark.parametrize("route", GUARDED)
def test_nobody_comes_in_unasked(route: Route, stage: Stage):
    for method in route.methods.split():
        answer = ask(Client(), route, stage, method)
        assert answer.status_code in (302, 401), f"{method} answered {answer.status_code}"
        assert answer.status_code == 401 or answer["Location"].startswith("/sign-in/")


@pytest.mark.parametrize("route", LISTED)
def test_only_the_listed_methods_are_answered(route: Route, stage: Stage):
    client = stage.client(stage.person_of(OWNER))
    for method in {"GET", "POST"} - set(route.methods.split()):
        assert ask(client, route, stage, method).status_code == 405


@pytest.mark.parametrize("route", GUARDED)
def test_each_role_is_let_in_exactly_when_it_holds_the_power(route: Route, stage: Stage):
    """Both ways: who lacks the power is refused with 403, who holds it is not."""
    for name, role in stage.roles.items():
        holds = route.power == "" or role.is_owner or route.power in role.powers
        client = stage.client(stage.person_of(name))
        for method in route.methods.split():
            status = ask(client, route, stage, method).status_code
            assert status < 500
            if not holds:
                assert status == 403, f"{name} {method}: {status}"
            elif not (route.strict and status == 403):
                mine = route.personal or (route.of_shop is not None and route.power == "")
                assert status != 403, f"{name} {method}: {status}"
                assert status != 404 or mine or method == "POST", f"{name} {method}: {status}"


@pytest.mark.parametrize("route", GUARDED)
def test_a_person_of_another_shop_sees_nothing_of_this_one(route: Route, stage: Stage):
    """With every power in the other shop: things of this one are 404, and no answer mentions them."""
    client = stage.client(stage.stranger)
    for method in route.methods.split():
        answer = ask(client, route, stage, method)
        assert answer.status_code < 500
        if route.of_shop is not None:
            assert answer.status_code == 404, f"{method} answered {answer.status_code}"
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        assert CANARY not in body.decode(errors="replace"), f"{method} tells of the other shop"


@pytest.mark.parametrize("route", LISTED)
def test_a_form_without_our_token_is_refused(route: Route, stage: Stage):
    if "POST" not in route.methods or route.signed:
        return
    client = Client(enforce_csrf_checks=True)
    client.force_login(stage.person_of(OWNER))
    address = reverse(route.name, kwargs=route.sample(stage))
    for sent in ({}, {"HTTP_ORIGIN": "https://evil.example"}):
        assert client.post(address, route.data, **sent).status_code == 403
    plain = client.post(address, '{"a": 1}', content_type="text/plain")
    assert plain.status_code == 403


def test_the_default_roles_are_what_the_law_of_rights_says():
    """Roles against powers, every cell of the table in docs/laws/rights.md, both ways."""
    roles = Stage().roles
    law = (Path(__file__).parent.parent / "docs/laws/rights.md").read_text()
    rows = [[cell.strip() for cell in row.split("|")[1:-1]] for row in law.splitlines() if row[:2] == "| "]
    head, *rows = rows
    said = {
        (row[0].split("`")[1], role): cell == "●"
        for row in rows
        for role, cell in zip(head[1:], row[1:], strict=True)
    }
    held = {
        (power, name): role.is_owner or power in role.powers
        for name, role in roles.items()
        for power in Power.values
    }
    assert said == held


def test_auditors_write_nothing_and_designers_only_pages():
    """Separation of duties: who checks does not do (三员); who draws pages sets no price."""
    writing = {power for power in Power.values if not power.endswith((".see", ".export"))}
    may = {"审计": set(), "推广": set(), "美工": {Power.SHOPFRONT_EDIT.value}}
    for name, writes in may.items():
        assert writing & {str(power) for power in ROLES[name][0]} == writes, name


def test_every_power_has_a_place_on_the_page_of_powers():
    placed = [power for _label, powers in sections() for power in powers]
    assert sorted(placed) == sorted(Power)
    assert len(placed) == len(set(placed))


def test_there_is_somebody_left_to_walk_with():
    """The control of the walk: it does find a view without a guard and a person without a role."""
    stage = Stage()
    assert Role.objects.count() >= len(ROLES)
    bare = Staff.objects.create(work_no="bare", name="无权")
    for case in GUARDED:
        route = case.values[0]
        if route.power:
            answer = ask(stage.client(bare), route, stage, route.methods.split()[0])
            assert answer.status_code == 403, route.name
