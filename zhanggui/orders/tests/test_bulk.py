"""Bulk acts: over a selection or a whole filter, resumed after a kill, undone where that can be."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.cast import HOUSE, NOON, actor, everything, mall, shop, sign_in, staff
from zhanggui.jobs.actions.running import run_here
from zhanggui.jobs.actions.stopping import undo
from zhanggui.jobs.models import Job, Outcome
from zhanggui.kit.refusals import Invalid
from zhanggui.orders import bulk, queries
from zhanggui.orders.actions.marks import mark
from zhanggui.orders.models import Mark, Order
from zhanggui.orders.states import State
from zhanggui.orders.tests.cast import arriving, bring, ordered
from zhanggui.people.actors import actor_of
from zhanggui.people.models import Grant, Staff
from zhanggui.people.powers import Power

pytestmark = pytest.mark.django_db


def pairs(*orders):
    return [(o.pk, Order.objects.get(pk=o.pk).version) for o in orders]


def do(act, how, orders, by=None):
    by = by or actor(*everything(), name="主管")
    return run_here(bulk.begin(by=by, act=act, how=how, chosen=pairs(*orders), run=False))


def flags():
    return sorted(Order.objects.values_list("flag", flat=True))


def test_flags_many_and_takes_it_back():
    orders = bring(*[arriving() for _ in range(5)])
    job = do("flag", {"flag": 1}, orders)
    assert (job.state, job.done, job.failed) == (Job.State.DONE, 5, 0)
    assert flags() == [1] * 5
    run_here(undo(by=owner_of(job), job=job))
    assert flags() == [0] * 5
    assert not Mark.objects.filter(off_at__isnull=True, kind="flag").exists()


def owner_of(job):
    return actor_of(Staff.objects.get(pk=job.staff_id))


def test_a_row_that_moved_is_refused_and_listed():
    still, moved = bring(arriving(), arriving())
    chosen = pairs(still, moved)
    mark(by=HOUSE, order=moved, template="free", wish="别动", at=NOON)
    job = run_here(bulk.begin(by=actor(*everything()), act="flag", how={"flag": 2}, chosen=chosen, run=False))
    assert (job.done, job.failed) == (2, 1)
    assert Order.objects.get(pk=still.pk).flag == 2
    assert Order.objects.get(pk=moved.pk).flag == 0
    refused = Outcome.objects.get(job=job, result="refused")
    assert refused.label == moved.number
    assert "改动" in refused.message


def test_marks_many_and_takes_them_back():
    orders = bring(*[arriving() for _ in range(3)])
    job = do("mark", {"template": "wish", "wish": "顺丰"}, orders)
    assert Order.objects.filter(memo__contains="顺丰").count() == 3
    run_here(undo(by=owner_of(job), job=job))
    assert not Order.objects.filter(memo__contains="顺丰").exists()


def test_assigns_and_gives_back_only_what_nobody_passed_on():
    first, second = bring(arriving(), arriving())
    ann, bob = staff("ann", Power.ORDER_SEE), staff("bob", Power.ORDER_SEE)
    job = do("assign", {"owner": ann.pk}, [first, second])
    assert set(Order.objects.values_list("owner_id", flat=True)) == {ann.pk}
    Order.objects.filter(pk=second.pk).update(owner_id=bob.pk)
    run_here(undo(by=owner_of(job), job=job))
    assert Order.objects.get(pk=first.pk).owner_id is None
    assert Order.objects.get(pk=second.pk).owner_id == bob.pk


def test_closing_cannot_be_undone_and_refuses_paid_orders():
    unpaid, paid = ordered(), ordered(state=State.PAID)
    job = do("close", {"reason": "缺货"}, [unpaid, paid])
    assert Order.objects.get(pk=unpaid.pk).state == State.CLOSED_UNPAID
    assert Order.objects.get(pk=paid.pk).state == State.PAID
    assert (job.done, job.failed) == (2, 1)
    assert job.undo_until is None


def test_extends_shipped_orders():
    order = ordered(state=State.SHIPPED)
    before = order.next_due_at
    job = do("extend", {"days": 3}, [order])
    assert job.failed == 0, list(Outcome.objects.values_list("message", flat=True))
    assert (Order.objects.get(pk=order.pk).next_due_at - before).days == 3


def test_goes_on_where_a_killed_run_stopped(monkeypatch):
    monkeypatch.setattr(bulk, "PIECE", 2)
    orders = bring(*[arriving() for _ in range(5)])
    job = bulk.begin(by=actor(*everything()), act="flag", how={"flag": 3}, chosen=pairs(*orders), run=False)
    real, calls = bulk.ACTS["flag"].do, []

    def dies(by, ids, how):
        calls.append(list(ids))
        if len(calls) == 2:
            raise RuntimeError("killed")
        return real(by, ids, how)

    broken = bulk.Act("flag", "批量插旗", Power.ORDER_MARK, dies, bulk._unmark)
    monkeypatch.setattr(
        "zhanggui.jobs.registry._runners", {"orders.flag": lambda j, b: bulk._run(broken, j, b)}
    )
    stopped = run_here(job)
    assert (stopped.state, stopped.place) == (Job.State.FAILED, 2)
    assert Outcome.objects.filter(job=job).count() == 2
    Job.objects.filter(pk=job.pk).update(state=Job.State.WAITING)
    done = run_here(job)
    assert (done.state, done.done) == (Job.State.DONE, 5)
    assert flags() == [3] * 5
    assert Outcome.objects.filter(job=job).count() == 5
    assert Mark.objects.filter(kind="flag").count() == 5


def test_powers_hold_shop_by_shop_inside_a_job():
    here, there = ordered(), ordered(into=mall())
    mei = actor(Power.ORDER_SEE, Power.ORDER_MARK, at=shop())
    job = do("flag", {"flag": 1}, [here, there], by=mei)
    assert (job.done, job.failed) == (2, 1)
    assert Order.objects.get(pk=there.pk).flag == 0


def _meanwhile(monkeypatch, happens):
    """Something happens to the rights of the person between the first piece and the second."""
    monkeypatch.setattr(bulk, "PIECE", 2)
    real = bulk._piece

    def piece(act, by, how, chosen, place):
        rows = real(act, by, how, chosen, place)
        if place == 0:
            happens(by.staff_id)
        return rows

    monkeypatch.setattr(bulk, "_piece", piece)


def test_a_role_withdrawn_in_the_middle_ends_the_rest(monkeypatch):
    orders = bring(*[arriving() for _ in range(5)])
    _meanwhile(monkeypatch, lambda pk: Grant.objects.filter(staff=pk).delete())
    job = do("flag", {"flag": 3}, orders)
    assert (job.state, job.failed, flags()) == (Job.State.DONE, 3, [0, 0, 0, 3, 3])


def test_an_account_disabled_in_the_middle_stops_the_job(monkeypatch):
    orders = bring(*[arriving() for _ in range(5)])
    _meanwhile(monkeypatch, lambda pk: Staff.objects.filter(pk=pk).update(is_active=False))
    job = do("flag", {"flag": 3}, orders)
    assert (job.state, job.place, flags()) == (Job.State.FAILED, 2, [0, 0, 0, 3, 3])
    assert "停用" in job.trouble


def test_a_piece_costs_the_same_however_long():
    bring(*[arriving() for _ in range(4)])
    by = actor(*everything())

    def cost(chosen):
        job = bulk.begin(by=by, act="flag", how={"flag": 1}, chosen=chosen, run=False)
        with CaptureQueriesContext(connection) as told:
            run_here(job)
        return len(told)

    few = cost(bulk.chosen_of(queries.filtered(HOUSE, {"flag": "0"}))[:2])
    bring(*[arriving() for _ in range(30)])
    assert cost(bulk.chosen_of(queries.filtered(HOUSE, {"flag": "0"}))) <= few + 2


def test_nothing_chosen_and_nonsense_are_refused():
    with pytest.raises(Invalid):
        bulk.begin(by=HOUSE, act="flag", how={"flag": 1}, chosen=[])
    with pytest.raises(Invalid):
        bulk.begin(by=HOUSE, act="explode", how={}, chosen=[(1, 1)])


def test_the_page_sends_a_selection_or_the_whole_filter(client, monkeypatch):
    sign_in(client, staff("boss", *everything()))
    red, grey = bring(arriving(), arriving())
    mark(by=HOUSE, order=red, template="free", wish="红的", flag=1, at=NOON)
    version = Order.objects.get(pk=grey.pk).version
    answer = client.post(
        "/orders/bulk/", {"flag": "4", "ids": f"{grey.pk}.{version}"}, HTTP_HX_REQUEST="true"
    )
    assert answer.status_code == 200
    job = Job.objects.get()
    assert job.order["chosen"] == [[grey.pk, version]]
    client.post("/orders/bulk/", {"flag": "4", "all": "1", "filter": "flag=1"})
    assert Job.objects.order_by("-pk").first().order["chosen"][0][0] == red.pk
    for bad in (
        {"flag": "9", "ids": "1.1"},
        {"act": "x", "ids": "1.1"},
        {"flag": "1", "ids": "1;1"},
        {"flag": "1"},
    ):
        assert client.post("/orders/bulk/", bad).status_code == 422, bad
    assert Job.objects.count() == 2


def test_a_person_without_the_power_opens_no_job(client):
    order = ordered()
    sign_in(client, staff("looker", Power.ORDER_SEE))
    answer = client.post("/orders/bulk/", {"flag": "1", "ids": f"{order.pk}.1"})
    assert answer.status_code == 403
    assert not Job.objects.exists()
