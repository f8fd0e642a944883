"""Searching the daybook: only the shops one may, every filter, both directions, and the chain."""

import ast
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection

from tests.cast import actor, everything, shop, sign_in, staff
from zhanggui.journal import queries, seals, words
from zhanggui.journal.daybook import Line, write, write_many
from zhanggui.kit.actor import system
from zhanggui.kit.clock import day_of, now
from zhanggui.people.powers import Power

pytestmark = pytest.mark.django_db
MEI = system("王小美", "test")


def lines(many: int, *, what: str = "order.marked", shop_id: int | None = None, **also):
    write_many(
        by=MEI,
        what=what,
        lines=[
            Line("order", number, shop_id, also.get("change", {}), also.get("reason", ""))
            for number in range(1, many + 1)
        ],
    )


def found(reader, **wanted) -> list[int]:
    return [entry.pk for entry in queries.search(reader, wanted).rows]


def test_only_the_shops_where_one_may_read_it():
    wuhan, other = shop("WH01"), shop("WH02")
    lines(2, shop_id=wuhan.pk)
    lines(3, shop_id=other.pk)
    lines(1, what="staff.disabled")
    manager = actor(Power.DAYBOOK_SEE, at=wuhan, name="店长")
    assert {entry.shop_id for entry in queries.search(manager, {}).rows} == {wuhan.pk}
    assert len(found(manager)) == 2
    assert len(found(actor(Power.DAYBOOK_SEE, name="审计"))) == 6


def test_without_the_power_the_page_says_who_may(client):
    sign_in(client, staff("1001"))
    answer = client.get("/daybook/")
    assert answer.status_code == 403
    assert "查询操作日志" in answer.content.decode()


@pytest.mark.parametrize(
    ("wanted", "many"),
    [
        ({"who": "小美"}, 3),
        ({"who": "老张"}, 0),
        ({"what": "order.closed"}, 1),
        ({"what": "order"}, 3),
        ({"kind": "order", "object": "2"}, 1),
        ({"source": "test"}, 3),
        ({"source": "web"}, 0),
        ({"since": str(day_of(now()))}, 3),
        ({"until": str(day_of(now()) - timedelta(days=1))}, 0),
    ],
)
def test_every_filter_narrows(wanted, many):
    lines(2)
    write(by=MEI, what="order.closed", kind="order", object_id=9)
    assert len(found(actor(Power.DAYBOOK_SEE), **wanted)) == many


@pytest.mark.parametrize("wanted", [{"since": "gestern"}, {"shop": "x"}, {"until": "2026-13-01"}])
def test_an_unreadable_filter_is_422_and_keeps_what_was_typed(client, wanted):
    sign_in(client, staff("1001", Power.DAYBOOK_SEE))
    answer = client.get("/daybook/", wanted)
    assert answer.status_code == 422
    assert next(iter(wanted.values())) in answer.content.decode()


def test_pages_go_both_ways_without_gap_or_double():
    lines(120)
    who = actor(Power.DAYBOOK_SEE)
    first = queries.search(who, {})
    second = queries.search(who, {}, after=first.after)
    third = queries.search(who, {}, after=second.after)
    everything_ = [entry.object_id for page in (first, second, third) for entry in page.rows]
    assert everything_ == list(range(120, 0, -1))
    assert third.after == ""
    assert [entry.pk for entry in queries.search(who, {}, before=third.before).rows] == [
        entry.pk for entry in second.rows
    ]


def test_the_page_shows_before_and_after(client):
    sign_in(client, staff("1001", *everything()))
    lines(1, change={"flag": [0, 1]}, reason="客户要求")
    page = client.get("/daybook/").content.decode()
    assert "<del>灰旗</del>" in page
    assert "<ins>红旗</ins>" in page
    assert "客户要求" in page


def test_the_chain_is_verified_and_a_broken_one_is_told(client):
    sign_in(client, staff("1001", *everything()))
    lines(3)
    assert seals.seal_new() >= 3
    assert "逐条核对无误" in client.post("/daybook/verification/").content.decode()
    with connection.cursor() as cursor:  # what an owner of the database could do, past the triggers
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("UPDATE journal_entry SET reason = 'altered' WHERE object_id = 2 AND kind = 'order'")
    assert "封存不符" in client.post("/daybook/verification/").content.decode()


def test_verifying_needs_the_power_everywhere(client):
    sign_in(client, staff("1001", Power.DAYBOOK_SEE, at=shop()))
    assert client.post("/daybook/verification/").status_code == 403
    assert "防篡改" not in client.get("/daybook/").content.decode()


def test_every_code_of_the_program_has_a_name():
    root = Path(words.__file__).parent.parent
    codes = set()
    for path in root.rglob("*.py"):
        if "tests" in path.parts or "migrations" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                for keyword in node.keywords:
                    if (
                        keyword.arg == "what"
                        and isinstance(keyword.value, ast.Constant)
                        and "." in str(keyword.value.value)
                    ):
                        codes.add(keyword.value.value)
    assert sorted(code for code in codes if not words.known(code)) == []
    assert len(codes) > 30
