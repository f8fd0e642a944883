"""The frame around every verb: all or nothing, again after a deadlock, keyword arguments only."""

import pytest
from django.db import IntegrityError, OperationalError, transaction
from psycopg import errors

from tests.cast import HOUSE
from zhanggui.journal.actions import action
from zhanggui.journal.daybook import Line, write, write_many
from zhanggui.journal.models import Entry
from zhanggui.kit.actor import Actor


@pytest.mark.django_db(transaction=True)
def test_a_verb_that_fails_leaves_nothing() -> None:
    @action
    def verb(*, by: Actor) -> None:
        write(by=by, what="test.act", kind="test")
        raise IntegrityError

    with pytest.raises(IntegrityError):
        verb(by=HOUSE)
    assert not Entry.objects.filter(what="test.act").exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("cause", [errors.DeadlockDetected, errors.SerializationFailure])
def test_after_a_deadlock_it_runs_again_and_writes_once(cause: type[Exception]) -> None:
    tries = []

    @action
    def verb(*, by: Actor) -> int:
        write(by=by, what="test.act", kind="test")
        tries.append(1)
        if len(tries) < 3:
            raise OperationalError from cause()
        return 7

    assert verb(by=HOUSE) == 7
    assert len(tries) == 3
    assert Entry.objects.filter(what="test.act").count() == 1


@pytest.mark.django_db(transaction=True)
def test_other_trouble_is_not_tried_again() -> None:
    tries = []

    @action
    def verb(*, by: Actor) -> None:
        tries.append(1)
        raise OperationalError from errors.DiskFull()

    with pytest.raises(OperationalError):
        verb(by=HOUSE)
    assert len(tries) == 1


@pytest.mark.django_db(transaction=True)
def test_inside_another_verb_the_outermost_runs_again() -> None:
    tries = []

    @action
    def inner(*, by: Actor) -> None:
        tries.append("inner")
        if len(tries) < 3:
            raise OperationalError from errors.DeadlockDetected()

    @action
    def outer(*, by: Actor) -> None:
        tries.append("outer")
        inner(by=by)

    outer(by=HOUSE)
    assert tries == ["outer", "inner", "outer", "inner"]


def test_a_verb_without_an_actor_or_with_positions_is_a_mistake() -> None:
    with pytest.raises(TypeError):
        action(lambda by: None)
    with pytest.raises(TypeError):

        @action
        def verb(*, order: int) -> None: ...


@pytest.mark.django_db
def test_lines_tell_who_what_before_and_after() -> None:
    by = Actor(name="小美", staff_id=7, work_no="2001", source="web", address="10.0.0.9")
    write_many(
        by=by, what="order.flagged", lines=[Line("order", 5, 3, {"flag": [0, 2]}, "催"), Line("order", 6, 3)]
    )
    first, second = Entry.objects.filter(what="order.flagged").order_by("pk")
    assert (first.actor, first.staff_id, first.work_no, first.source, first.address) == (
        "小美",
        7,
        "2001",
        "web",
        "10.0.0.9",
    )
    assert (first.kind, first.object_id, first.shop_id, first.change, first.reason) == (
        "order",
        5,
        3,
        {"flag": [0, 2]},
        "催",
    )
    assert second.change == {}
    assert first.at == second.at, "one act, one moment"


@pytest.mark.django_db
def test_a_line_can_be_as_long_as_names_are() -> None:
    by = Actor(name="名" * 200, source="web", address="x" * 300)
    with transaction.atomic():
        write(by=by, what="test.long", kind="test")
    assert len(Entry.objects.get(what="test.long").actor) == 80
