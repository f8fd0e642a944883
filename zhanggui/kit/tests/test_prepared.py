"""Prepared statements say the same as the ORM's, whatever the values, and are planned once per connection."""

from datetime import UTC, date, datetime

import pytest
from django.db import DataError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from psycopg.types.json import Jsonb

from zhanggui.journal.models import Announcement, Delivery, Entry
from zhanggui.kit.bulk import copy_in
from zhanggui.kit.models import Bell
from zhanggui.kit.prepared import LONG, Rows, ask
from zhanggui.kit.together import together

pytestmark = pytest.mark.django_db

MOMENT = datetime(2026, 11, 11, 0, 0, 0, 123456, tzinfo=UTC)
TEXTS = [
    "",
    "茶",
    "O'Neil",
    'say "hi"',
    "back\\slash",
    "{1,2}",
    "NULL",
    "a,b",
    " blank ",
    "%s %% $1",
    "line\nbreak",
    "🍵",
]
CASES = [
    ("bigint", [0, -1, 2**15, 2**31, 2**62, None]),
    ("text", [*TEXTS, None]),
    ("boolean", [True, False, None]),
    ("timestamptz", [MOMENT, None]),
    ("date", [date(2026, 11, 11), None]),
    ("bytea", [b"", b"\x00\\\xff'\"", None]),
]


@pytest.mark.parametrize(("kind", "values"), CASES)
@pytest.mark.parametrize("watched", [False, True])
def test_a_value_comes_back_as_it_went(kind, values, watched):
    def asked():
        alone = [ask(f"SELECT %s::{kind}", [value])[0][0] for value in values]
        among = ask(f"SELECT v FROM unnest(%s::{kind}[]) v", [values])
        long = ask(f"SELECT DISTINCT v FROM unnest(%s::{kind}[]) v", [values * (LONG // len(values) + 1)])
        assert {row[0] for row in long} == set(values)
        return alone, [row[0] for row in among]

    if watched:
        with CaptureQueriesContext(connection) as seen:
            assert asked() == (values, values)
        assert len(seen) == len(values) + 2
        assert all(kind in query["sql"] for query in seen)
    else:
        assert asked() == (values, values)


def test_json_and_arrays_within_rows_come_back():
    told = {"name": TEXTS, "n": [1, None, 2.5, True], "deep": {"a\\b": '"'}}
    assert ask("SELECT %s::jsonb = v FROM unnest(%s::jsonb[]) v", [Jsonb(told), [Jsonb(told)]]) == [(True,)]
    assert ask("SELECT %s::text[]", [TEXTS]) == [(TEXTS,)]
    assert ask("SELECT v::text[] FROM unnest(%s::text[]) v", [[TEXTS, [], ["x"]]]) == [
        (TEXTS,),
        ([],),
        (["x"],),
    ]


def test_names_may_come_in_any_order_and_twice():
    assert ask("SELECT %(b)s::int, %(a)s::text, %(b)s::int + 1, 7 %% 4", {"a": "x", "b": 3}) == [
        (3, "x", 4, 3)
    ]
    with pytest.raises(ValueError, match="named or in order"):
        ask("SELECT %(a)s, %s", {"a": 1})


def test_what_has_no_text_is_refused():
    with pytest.raises(TypeError, match="object is not a value"):
        ask("SELECT %s", [object()])
    with pytest.raises(TypeError, match="float"):
        ask("SELECT %s::float[]", [[1.5]])
    with pytest.raises((DataError, ValueError)), transaction.atomic():
        ask("SELECT %s::text[]", [["a\0b"]])


def test_a_statement_is_planned_once_and_its_plan_kept():
    statement = "SELECT about FROM kit_bell WHERE id = ANY(%s::bigint[])"
    for ids in ([], [1], [2, 2**40], [3] * 20):
        ask(statement, [ids])
    kept = ask(
        "SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE statement = %s",
        [statement.replace("%s", "$1")],
    )
    assert kept == [(4, 0)]


def test_errors_are_djangos_and_the_connection_goes_on():
    with pytest.raises(IntegrityError), transaction.atomic():
        ask("INSERT INTO kit_bell (topic, about, rang_at) VALUES (%s, %s, now())", [None, ""])
    assert ask("SELECT 1") == [(1,)]


@pytest.mark.django_db(transaction=True)
def test_after_a_lost_connection_it_prepares_anew():
    assert ask("SELECT %s::int", [1]) == [(1,)]
    connection.close()
    assert ask("SELECT %s::int", [2]) == [(2,)]


def test_text_that_is_too_long_is_refused_not_cut():
    rows = [("t" * 81, "", MOMENT)]
    with pytest.raises(DataError), transaction.atomic(), together():
        copy_in(Bell, ("topic", "about", "rang_at"), rows)
    assert not Bell.objects.filter(topic__startswith="ttt").exists()


def test_rows_are_the_orms_rows():
    entry = Entry.objects.create(
        what="x.done",
        kind="x",
        object_id=7,
        actor="小梅",
        source="web",
        change={"a": [None, TEXTS]},
        at=MOMENT,
    )
    found = Rows(Entry, "WHERE t.id = ANY(%s::bigint[])", skip=("reason",))([entry.pk])
    assert found == [entry]
    assert found[0].get_deferred_fields() == {"reason"}
    plain = Entry.objects.get(pk=entry.pk)
    fields = [field.attname for field in Entry._meta.concrete_fields]
    assert {name: getattr(found[0], name) for name in fields} == {
        name: getattr(plain, name) for name in fields
    }


def test_rows_beside_and_more_columns():
    news = Announcement.objects.create(name="Told", news={"id": 1})
    copy = Delivery.objects.create(announcement=news, listener="l", done_at=MOMENT)
    rows = Rows(
        Delivery,
        "JOIN journal_announcement a ON a.id = t.announcement_id WHERE t.id = %s",
        also={"loud": "upper(t.listener)", "twice": "%s::int * 2"},
        beside={"announcement": (Announcement, "a")},
    )
    (found,) = rows(21, copy.pk)
    assert (found, found.loud, found.twice) == (copy, "L", 42)
    with CaptureQueriesContext(connection) as seen:
        assert found.announcement.news == {"id": 1}
    assert len(seen) == 0
