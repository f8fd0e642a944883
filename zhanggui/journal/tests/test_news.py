"""News is told with the act, heard after it, at least once, in order, and put off while a listener fails."""

import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.db.models.functions import Now

from zhanggui.journal import news
from zhanggui.journal.models import Announcement, Delivery, Entry


@dataclass(frozen=True)
class Told:
    """News of this test."""

    number: int
    words: tuple[str, ...] = ()


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[Told]:
    """What the one listener of `Told` heard."""
    got: list[Told] = []
    monkeypatch.setattr(news, "_kinds", news._kinds | {"Told": Told})
    monkeypatch.setattr(news, "_listeners", news._listeners | {"Told": {"tests.listener": got.append}})
    return got


def listener(monkeypatch: pytest.MonkeyPatch, **named: object) -> None:
    monkeypatch.setitem(news._listeners, "Told", dict(named))  # type: ignore[misc]


def due_now() -> None:
    Delivery.objects.filter(done_at=None).update(next_at=Now() - timedelta(seconds=1))


@pytest.mark.django_db
def test_it_is_heard_once_by_each_and_in_order(heard: list[Told], monkeypatch: pytest.MonkeyPatch) -> None:
    other: list[Told] = []
    listener(monkeypatch, first=heard.append, second=other.append)
    for number in range(5):
        news.announce(Told(number, ("a", "b")))
    assert news.waiting() == 10
    assert news.deliver_due() == 10
    assert heard == other == [Told(number, ("a", "b")) for number in range(5)]
    assert (news.deliver_due(), news.waiting()) == (0, 0)


@pytest.mark.django_db
def test_many_cost_no_more_statements_than_one(heard: list[Told], django_assert_num_queries: object) -> None:
    for many in (1, 300):
        with django_assert_num_queries(1):  # type: ignore[operator]  # and two COPYs, which are not counted
            news.announce(*[Told(number) for number in range(many)])


@pytest.mark.django_db
def test_an_act_that_is_rolled_back_tells_nothing(heard: list[Told]) -> None:
    def act() -> None:
        with transaction.atomic():
            news.announce(Told(1))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        act()
    assert news.deliver_due() == 0
    assert not Announcement.objects.filter(name="Told").exists()


@pytest.mark.django_db
def test_a_failing_listener_is_tried_again_and_holds_up_nobody(
    heard: list[Told], monkeypatch: pytest.MonkeyPatch
) -> None:
    failing = [True]

    def moody(told: Told) -> None:
        Entry.objects.create(what="test.moody", kind="test", actor="x", source="test", change={})
        if failing[0]:
            raise ValueError("not today")

    listener(monkeypatch, calm=heard.append, moody=moody)
    news.announce(Told(1), Told(2))
    assert news.deliver_due() == 4
    assert heard == [Told(1), Told(2)]
    assert not Entry.objects.filter(what="test.moody").exists(), "a failed effect leaves nothing"
    waiting = Delivery.objects.filter(done_at=None)
    assert {(copy.tries, copy.trouble) for copy in waiting} == {(1, "ValueError('not today')")}
    assert news.deliver_due() == 0, "not at once again"
    failing[0] = False
    due_now()
    assert news.deliver_due() == 2
    assert Entry.objects.filter(what="test.moody").count() == 2
    assert news.waiting() == 0


@pytest.mark.django_db
def test_a_listener_that_always_fails_is_given_up_and_stays_visible(
    heard: list[Told], monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(told: Told) -> None:
        raise ValueError

    listener(monkeypatch, never=never)
    news.announce(Told(1))
    for _ in range(news._MOST_TRIES + 3):
        due_now()
        news.deliver_due()
    assert Delivery.objects.get(listener="never").tries == news._MOST_TRIES
    assert news.waiting() == 1


@pytest.mark.django_db
def test_the_effect_and_the_mark_commit_together(heard: list[Told], monkeypatch: pytest.MonkeyPatch) -> None:
    def effect(told: Told) -> None:
        Entry.objects.create(what="test.effect", kind="test", actor="x", source="test", change={})

    listener(monkeypatch, effect=effect)
    news.announce(Told(1))

    def die_before_the_commit() -> None:
        with transaction.atomic():
            news.deliver_due()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        die_before_the_commit()
    assert not Entry.objects.filter(what="test.effect").exists()
    assert news.waiting() == 1, "at least once: it is heard again"
    news.deliver_due()
    assert Entry.objects.filter(what="test.effect").count() == 1


@pytest.mark.django_db
def test_news_that_nobody_knows_any_more_is_laid_aside(
    heard: list[Told], monkeypatch: pytest.MonkeyPatch
) -> None:
    news.announce(Told(1))
    monkeypatch.setattr(news, "_kinds", {})
    assert news.deliver_due() == 1
    assert Delivery.objects.get(announcement__name="Told").trouble == "nobody listens any more"


@pytest.mark.django_db
def test_old_news_is_forgotten_only_when_everybody_heard_it(
    heard: list[Told], monkeypatch: pytest.MonkeyPatch
) -> None:
    news.announce(Told(1))
    news.deliver_due()
    news.announce(Told(2))
    Announcement.objects.update(made_at=Now() - timedelta(days=40))
    assert news.forget(older_than=timedelta(days=30)) == 1
    assert [row.news["number"] for row in Announcement.objects.filter(name="Told")] == [2]


CHILD = """
import os, signal, sys
import django; django.setup()
from dataclasses import dataclass
from django.conf import settings
from django.db import transaction
from zhanggui.journal import daybook, news
from zhanggui.kit.actor import system

@dataclass(frozen=True)
class Told:
    number: int
    words: tuple = ()

news._kinds["Told"] = Told
news._listeners["Told"] = {"tests.listener": print}
with transaction.atomic():
    daybook.write(by=system("x", "test"), what="test.act", kind="test")
    news.announce(Told(7))
    if sys.argv[1] == "only on_commit":
        news.Delivery.objects.all().delete()  # the control: the news lives in this process only
    transaction.on_commit(lambda: os.kill(os.getpid(), signal.SIGKILL))
raise SystemExit("the process should be dead")
"""


@pytest.mark.processes
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("way", "arrives"), [("kept with the act", True), ("only on_commit", False)])
def test_a_process_killed_right_after_the_commit_loses_no_news(
    heard: list[Told], way: str, arrives: bool
) -> None:
    given = connection.get_connection_params()
    address = f"postgres://{given.get('user') or ''}@{given.get('host') or ''}/{given['dbname']}"
    if str(given.get("host") or "").startswith("/"):
        address = f"postgres://{given['user']}@/{given['dbname']}?host={given['host'].replace('/', '%2F')}"
    elif given.get("password"):
        address = f"postgres://{given['user']}:{given['password']}@{given['host']}:{given.get('port') or 5432}/{given['dbname']}"
    child = subprocess.run(
        [sys.executable, "-c", CHILD, way], env=os.environ | {"DATABASE_URL": address}, check=False
    )
    assert child.returncode == -signal.SIGKILL
    assert Entry.objects.filter(what="test.act").exists(), "the act itself is committed"
    news.deliver_due()
    assert (heard == [Told(7)]) is arrives
