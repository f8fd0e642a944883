"""A shop changes its forbidden words: all its products are examined again, with progress, on the day it holds."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import cast
from tests.cast import HOUSE
from zhanggui.catalog import regating
from zhanggui.catalog.actions import listings as verbs
from zhanggui.catalog.models import Listing
from zhanggui.catalog.tests.cast import own, ready
from zhanggui.jobs.actions import run_here
from zhanggui.jobs.models import Job
from zhanggui.journal.news import deliver_due
from zhanggui.kit.clock import day_of, now
from zhanggui.people.powers import Power
from zhanggui.shops.actions.settings import set_value

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def words(text, *, name="catalog.words_forbidden", by=HOUSE, since=None, shop=None, at=None):
    moment = at or now()
    set_value(by=by, shop=shop or own(), name=name, text=text, since=since or day_of(moment), at=moment)
    deliver_due()


def troubles():
    return {row.product.title: row.troubles for row in Listing.objects.select_related("product")}


def job():
    return Job.objects.get(kind=regating.KIND)


def test_a_word_forbidden_today_stands_at_the_old_drafts_and_goes_when_it_is_allowed_again():
    ready("清香绿茶"), ready("浓香红茶")
    words("浓香")
    assert troubles() == {"清香绿茶": [], "浓香红茶": []}, "not before the job ran"
    done = run_here(job())
    assert (done.state, done.total, done.done, done.counts) == ("done", 2, 2, {"changed": 0, "refused": 1})
    assert troubles() == {"清香绿茶": [], "浓香红茶": ["terms"]}
    told = done.outcomes.get()
    assert told.result == "refused"
    assert "浓香" in told.message
    words("浓香", name="catalog.words_allowed")
    again = run_here(Job.objects.filter(kind=regating.KIND).latest("pk"))
    assert troubles() == {"清香绿茶": [], "浓香红茶": []}
    assert again.counts == {"changed": 1, "refused": 0}


def test_what_is_on_a_shelf_stays_there_and_is_found_under_trouble():
    tea = ready("浓香红茶")
    verbs.put_on(by=HOUSE, listing_ids=[tea.pk], at=now())
    words("浓香")
    run_here(job())
    tea.refresh_from_db()
    assert (tea.state, tea.troubles) == ("on", ["terms"])


def test_only_rules_of_the_gate_open_a_job_and_two_changes_at_once_open_one():
    ready()
    words("2", name="catalog.hero_least")
    assert not Job.objects.filter(kind=regating.KIND).exists()
    words("浓香")
    words("浓香 清香")
    assert Job.objects.filter(kind=regating.KIND).count() == 1


def test_a_rule_for_a_day_to_come_is_looked_at_on_that_day_once():
    ready("浓香红茶")
    words("浓香", since=day_of(now()) + 2 * DAY)
    assert not Job.objects.filter(kind=regating.KIND).exists()
    assert regating.look_again_due(by=HOUSE, at=now() + DAY) == 0
    assert regating.look_again_due(by=HOUSE, at=now() + 2 * DAY) == 1
    run_here(job())
    assert regating.look_again_due(by=HOUSE, at=now() + 2 * DAY) == 0


def test_another_shops_products_are_left_alone_and_the_job_is_its_setters():
    ready("浓香红茶")
    other = own("OW02")
    chief = cast.actor(Power.SHOP_EDIT, at=other, name="店长")
    words("浓香", shop=other, by=chief)
    assert (job().staff_id, job().shop_id) == (chief.staff_id, other.pk)
    run_here(job())
    assert troubles() == {"浓香红茶": []}


def test_a_killed_run_goes_on_where_it_was(monkeypatch):
    monkeypatch.setattr(regating, "PIECE", 1)
    rows = [ready(f"浓香茶{number}") for number in range(3)]
    words("浓香")
    Job.objects.filter(kind=regating.KIND).update(place=rows[0].pk, done=1)
    done = run_here(job())
    assert (done.done, done.counts["refused"]) == (3, 2)
    rows[0].refresh_from_db()
    assert rows[0].troubles == [], "done before the kill, not again"


def test_many_products_cost_no_more_statements_than_a_few():
    def cost(many):
        for number in range(many):
            ready(f"茶{many}-{number}")
        words(f"浓香{many}")
        with CaptureQueriesContext(
            connection,
        ) as asked:
            run_here(Job.objects.filter(kind=regating.KIND).latest("pk"))
        return len(asked)

    assert cost(2) == cost(30)
