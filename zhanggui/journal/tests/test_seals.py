"""The chain over the daybook finds every tampering, and loses no line that became visible late."""

import threading

import pytest
from django.db import DatabaseError, connection, connections, transaction

from tests.cast import HOUSE
from zhanggui.journal.daybook import write
from zhanggui.journal.models import Entry, Seal
from zhanggui.journal.seals import seal_new, verify


def lines(many: int, what: str = "test.line") -> list[int]:
    for number in range(many):
        write(
            by=HOUSE, what=what, kind="test", object_id=number, change={"n": [None, number]}, reason="为什么"
        )
    return list(Entry.objects.order_by("-pk").values_list("pk", flat=True)[:many])[::-1]


def tamper(statement: str, *values: object) -> None:
    """What somebody with the database's own password could do."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE journal_entry DISABLE TRIGGER entry_only_grows")
        cursor.execute(statement, values)
        cursor.execute("ALTER TABLE journal_entry ENABLE TRIGGER entry_only_grows")


@pytest.mark.django_db
def test_sealed_lines_hold_and_new_ones_continue_the_chain() -> None:
    assert seal_new() == 0
    lines(5)
    assert seal_new() == 5
    lines(3)
    assert seal_new() == 3
    found = verify()
    assert (found.seals, found.entries, found.broken_at) == (2, 8, None)


@pytest.mark.django_db
def test_a_long_daybook_is_sealed_in_portions() -> None:
    lines(7)
    assert [seal_new(most=3), seal_new(most=3), seal_new(most=3), seal_new(most=3)] == [3, 3, 1, 0]
    assert verify().broken_at is None


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE journal_entry SET reason = '别的' WHERE id = %(middle)s",
        "UPDATE journal_entry SET at = at + interval '1 microsecond' WHERE id = %(middle)s",
        "UPDATE journal_entry SET change = '{\"n\": [null, 99]}' WHERE id = %(middle)s",
        "UPDATE journal_entry SET actor = '', reason = actor || reason WHERE id = %(middle)s",
        "DELETE FROM journal_entry WHERE id = %(middle)s",
        "DELETE FROM journal_entry WHERE id = %(last)s",
        "DELETE FROM journal_entry WHERE id = %(first)s",
        "INSERT INTO journal_entry (id, at, what, kind, actor, work_no, source, address, change, reason) "
        "SELECT -id, at, what, kind, actor, work_no, source, address, change, reason FROM journal_entry WHERE id = %(first)s; "
        "UPDATE journal_entry SET id = %(first)s + 1000000 WHERE id = %(middle)s; "
        "UPDATE journal_entry SET id = %(middle)s WHERE id = -%(first)s",
        "UPDATE journal_entry SET id = -id WHERE id IN (%(middle)s, %(last)s); "
        "UPDATE journal_entry SET id = CASE WHEN id = -%(middle)s THEN %(last)s ELSE %(middle)s END WHERE id < 0",
        "UPDATE journal_seal SET entries = entries + 1",
        "UPDATE journal_seal SET digest = 'x'",
        "UPDATE journal_seal SET last_id = last_id - 1",
    ],
    ids=[
        "reason altered", "moment altered", "change altered", "text moved between columns", "middle deleted",
        "last deleted", "first deleted", "replaced by a copy", "two swapped", "count altered", "digest altered",
        "range shortened",
    ],
)  # fmt: skip
def test_tampering_is_found(statement: str) -> None:
    ids = lines(6)
    seal_new()
    assert verify().broken_at is None, "control: it holds before"
    spots = {"first": ids[0], "middle": ids[2], "last": ids[-1]}
    with connection.cursor() as cursor:
        for table, name in (("journal_entry", "entry_only_grows"), ("journal_seal", "seal_only_grows")):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {name}")
        for part in statement.split("; "):
            cursor.execute(part, spots)
    assert verify().broken_at is not None


@pytest.mark.django_db
@pytest.mark.parametrize(
    "act", ["UPDATE journal_entry SET what = 'x'", "DELETE FROM journal_entry", "TRUNCATE journal_entry"]
)
def test_the_database_itself_refuses_to_alter_the_daybook(act: str) -> None:
    lines(1)
    with (
        pytest.raises(DatabaseError, match="only grows"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(act)
    assert Entry.objects.filter(what="test.line").count() == 1


def _late_writer(ready: threading.Event, go: threading.Event) -> None:
    with transaction.atomic():
        write(by=HOUSE, what="test.late", kind="test")
        ready.set()
        go.wait(10)
    connections.close_all()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control without the guard"])
def test_a_lower_line_that_is_committed_later_is_not_lost(
    guarded: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready, go = threading.Event(), threading.Event()
    late = threading.Thread(target=_late_writer, args=(ready, go))
    late.start()
    assert ready.wait(10)
    lines(2, "test.early")  # higher numbers, committed first
    if not guarded:
        monkeypatch.setattr("zhanggui.journal.seals._writers", lambda cursor: set())
    sealed = seal_new(patience=0.3)
    go.set()
    late.join()
    if guarded:
        assert sealed == 0, "somebody may still add a line in between"
        assert seal_new() == 3
        assert verify().broken_at is None
    else:
        assert sealed == 2
        assert verify().broken_at is not None, "the late line makes an honest daybook look forged"


@pytest.mark.django_db(transaction=True)
def test_writers_who_come_later_are_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    lines(2)
    threads = []
    ready, go = threading.Event(), threading.Event()

    from zhanggui.journal import seals

    ask = seals._writers

    def then_somebody_comes(cursor: object) -> set[str]:
        seen = ask(cursor)
        if not threads:
            threads.append(threading.Thread(target=_late_writer, args=(ready, go)))
            threads[0].start()
            assert ready.wait(10)
        return seen

    monkeypatch.setattr(seals, "_writers", then_somebody_comes)
    assert seal_new(patience=0.3) == 2
    go.set()
    threads[0].join()
    monkeypatch.undo()
    assert seal_new() == 1
    assert verify().broken_at is None
    assert Seal.objects.count() == 2
