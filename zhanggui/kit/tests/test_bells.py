"""Bells are gathered and rung after commit, kept an hour, and the worker's go their own way."""

from datetime import timedelta

import psycopg
import pytest
from django.db import transaction
from django.db.models.functions import Now

from zhanggui.kit import bells
from zhanggui.kit.models import Bell


def rung() -> list[tuple[str, str]]:
    bells.flush()
    return sorted(Bell.objects.values_list("topic", "about"))


@pytest.mark.django_db(transaction=True)
def test_a_bell_rings_after_the_commit_and_never_without_it() -> None:
    with transaction.atomic():
        bells.ring("shop:1", "order:1")
        assert rung() == [], "not before"
    assert rung() == [("shop:1", "order:1")]
    with transaction.atomic():
        bells.ring("shop:1", "order:2")
        transaction.set_rollback(True)
    assert rung() == [("shop:1", "order:1")]


@pytest.mark.django_db(transaction=True)
def test_the_same_bell_many_times_in_a_moment_is_gathered() -> None:
    with transaction.atomic():
        for _ in range(50):
            bells.ring("shop:1", "order:1")
        bells.ring("shop:1", "order:2")
    got = rung()
    assert set(got) == {("shop:1", "order:1"), ("shop:1", "order:2")}
    assert len(got) < 10, "51 calls, a ring or two on a quiet machine"


@pytest.mark.django_db(transaction=True)
def test_the_worker_is_woken_on_a_channel_of_its_own_and_nothing_is_kept() -> None:
    with psycopg.connect(**bells.parameters(), autocommit=True) as ear:
        ear.execute(f"LISTEN {bells.WORKER_CHANNEL}")
        bells.ring(bells.WORKER_TOPIC, "news")
        bells.flush()
        assert [word.channel for word in ear.notifies(timeout=5, stop_after=1)] == [bells.WORKER_CHANNEL]
    assert rung() == []


@pytest.mark.django_db(transaction=True)
def test_words_too_long_for_the_table_are_cut() -> None:
    bells.ring("shop:1" + "x" * 200, "y" * 500)
    assert [(len(topic), len(about)) for topic, about in rung()] == [(80, 200)]


@pytest.mark.django_db
def test_old_bells_are_forgotten_young_ones_stay() -> None:
    Bell.objects.bulk_create([Bell(topic="shop:1", about="old"), Bell(topic="shop:1", about="young")])
    Bell.objects.filter(about="old").update(rang_at=Now() - timedelta(minutes=61))
    assert bells.purge() == 1
    assert list(Bell.objects.values_list("about", flat=True)) == ["young"]
