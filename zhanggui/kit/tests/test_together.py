"""Writes that wait for each other are the same writes, seen by whatever is read after them."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from zhanggui.kit.bulk import copy_in
from zhanggui.kit.clock import now
from zhanggui.kit.models import Bell
from zhanggui.kit.together import MOST_ROWS, aside, change, together

pytestmark = pytest.mark.django_db


def _ring(*topics):
    copy_in(Bell, ("topic", "about", "rang_at"), [(topic, "", now()) for topic in topics])


def _rename(before, after):
    change("kit_bell", "UPDATE kit_bell SET topic = %s WHERE topic = %s", [after, before])


def _topics():
    """What this test rang: the bells of an earlier one ring from a thread of their own and may come late."""
    return sorted(Bell.objects.filter(topic__in=["a", "b", "c"]).values_list("topic", flat=True))


def test_many_writes_are_one_statement():
    with CaptureQueriesContext(connection) as asked, together():
        _ring("a", "b")
        _ring("c")
        change("another_table", "SELECT 1", [])
    assert len(asked) == 1
    assert _topics() == ["a", "b", "c"]


def test_what_is_read_in_between_sees_what_waited():
    with together():
        _ring("a")
        assert _topics() == ["a"]
        _ring("b")
        with aside("another_table"), CaptureQueriesContext(connection) as asked:
            list(Bell.objects.all())
        assert len(asked) == 1, "said to look elsewhere, so nothing was sent before it"
        with aside("kit_bell"):
            assert _topics() == ["a", "b"]


def test_a_change_of_what_waits_comes_after_it():
    with together():
        _ring("a")
        _rename("a", "b")
        _rename("b", "c")
        _ring("a")
    assert _topics() == ["a", "c"]


def test_an_error_throws_away_what_waits():
    with pytest.raises(ZeroDivisionError), transaction.atomic(), together():  # noqa: PT012
        _ring("a")
        raise ZeroDivisionError
    with pytest.raises(IntegrityError), transaction.atomic(), together():  # noqa: PT012
        _ring("a")
        copy_in(Bell, ("topic", "about", "rang_at"), [(None, "", now())])
    with together():
        _ring("b")
    assert _topics() == ["b"]


def test_a_savepoint_within_takes_back_only_its_own():
    with together():
        _ring("a")
        try:
            with transaction.atomic():
                _ring("b")
                raise ZeroDivisionError
        except ZeroDivisionError:
            _ring("c")
    assert _topics() == ["a", "c"]


def test_a_long_list_is_copied_in_its_place():
    with together():
        _ring("a")
        _ring(*["b"] * (MOST_ROWS + 1))
        _rename("b", "c")
    assert len(_topics()) == MOST_ROWS + 2
    assert set(_topics()) == {"a", "c"}
