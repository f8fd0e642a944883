"""Bulk acts: over a selection or a whole filter, resumed after a kill, undone where that can be."""

import json
from functools import partial

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.cast import HOUSE, NOON, actor, everything, mall, shop, sign_in, staff
from tests.racing import race
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


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("key", ["of-this-page", ""])
def test_the_same_form_sent_many_times_at_once_opens_one_job(key):
    person, (order,) = staff("boss", *everything()), bring(arriving())
    form = {"flag": "4", "ids": f"{order.pk}.{Order.objects.get(pk=order.pk).version}", "key": key}

    def send(**also):
        return sign_in(Client(), person).post("/orders/bulk/", form | also).status_code

    assert race(*[send] * 8) == [302] * 8
    assert Job.objects.count() == 1
    assert race(*[partial(send, key=f"page-{n}") for n in range(4)]) == [302] * 4
    assert Job.objects.count() == 5, "control: forms of different pages are different wishes"


def test_a_form_whose_job_came_to_nothing_may_be_sent_again():
    by, (order,) = actor(*everything(), name="主管"), bring(arriving())
    wish = {"by": by, "act": "flag", "how": {"flag": 1}, "chosen": pairs(order), "key": "k"}
    first = bulk.begin(**wish)
    assert bulk.begin(**wish) == first
    assert bulk.begin(**wish | {"how": {"flag": 2}}) != first
    assert bulk.begin(**wish | {"by": actor(*everything(), name="同事")}) != first
    Job.objects.filter(pk=first.pk).update(state=Job.State.CANCELLED)
    assert bulk.begin(**wish) != first


def shown(*orders):
    return [f"{pk}.{version}" for pk, version in pairs(*orders)]


def told(answer):
    return json.loads(answer["HX-Trigger"])["zg:toast"]


def test_a_small_selection_is_done_at_once_and_its_toast_takes_it_back(client):
    sign_in(client, staff("boss", *everything()))
    orders = [ordered(memo="发顺丰", flag=4), ordered(memo="", flag=0)]
    answer = client.post("/orders/bulk/", {"flag": "3", "ids": shown(*orders)}, HTTP_HX_REQUEST="true")
    page = answer.content.decode()
    assert flags() == [3, 3]
    assert page.count("data-row") == page.count("flag-3") == 2
    assert all(f'value="{pick}"' in page for pick in shown(*orders)), "the next act needs the new versions"
    assert "zg:jobs" not in answer["HX-Trigger"]
    assert "2 个订单" in told(answer)["message"]
    back = client.post(told(answer)["undo"], HTTP_ACCEPT="application/json")
    assert back.json() == {"undone": True}
    assert sorted(Order.objects.values_list("memo", "flag")) == [("", 0), ("发顺丰", 4)]
    again = client.post(told(answer)["undo"], HTTP_ACCEPT="application/json")
    assert again.status_code == 409
    assert flags() == [0, 4]


def test_the_toast_says_what_did_not_change_and_why(client):
    sign_in(client, staff("boss", *everything()))
    red, moved, same = bring(arriving(), arriving(), arriving())
    mark(by=HOUSE, order=red, template="attribute", wish="白色", at=NOON)
    client.post("/orders/bulk/", {"flag": "3", "ids": shown(same)}, HTTP_HX_REQUEST="true")
    ids = shown(red, moved, same)
    mark(by=HOUSE, order=moved, template="free", wish="别动", at=NOON)
    answer = client.post("/orders/bulk/", {"flag": "3", "ids": ids}, HTTP_HX_REQUEST="true")
    message = told(answer)["message"]
    for words in ("1 个没有变化", "1 个没有处理", "还有更重要的标记", "被别人改动过"):
        assert words in message
    nothing = client.post("/orders/bulk/", {"flag": "3", "ids": shown(same)}, HTTP_HX_REQUEST="true")
    assert told(nothing)["undo"] == ""
    closing = {"act": "close", "reason": "缺货", "ids": shown(same)}
    assert told(client.post("/orders/bulk/", closing, HTTP_HX_REQUEST="true"))["undo"] == ""


def test_more_than_a_screenful_and_the_whole_filter_stay_jobs(client, monkeypatch):
    monkeypatch.setattr("zhanggui.orders.views.bulk.AT_ONCE", 1)
    sign_in(client, staff("boss", *everything()))
    orders = bring(arriving(), arriving())
    many = {"flag": "3", "ids": shown(*orders)}
    for sent in (many, {"flag": "2", "all": "1", "filter": "flag=0"}):
        answer = client.post("/orders/bulk/", sent, HTTP_HX_REQUEST="true")
        job = Job.objects.order_by("-pk").first()
        assert json.loads(answer["HX-Trigger"]) == {"zg:jobs": {"job": job.pk}}
        assert job.state == Job.State.WAITING
    assert flags() == [0, 0]
    run_here(job)
    drawer = client.get("/jobs/drawer/").content.decode()
    assert f'data-undo="/jobs/{job.pk}/undoing/"' in drawer
    assert client.post(f"/jobs/{job.pk}/undoing/", HTTP_ACCEPT="application/json").json() == {"undone": True}


def test_nobody_undoes_the_bulk_act_of_another(client):
    sign_in(client, staff("boss", *everything()))
    order = ordered()
    answer = client.post("/orders/bulk/", {"flag": "3", "ids": shown(order)}, HTTP_HX_REQUEST="true")
    sign_in(client, staff("rival", *everything()))
    assert client.post(told(answer)["undo"]).status_code == 404
    assert flags() == [3]


def test_a_person_without_the_power_opens_no_job(client):
    order = ordered()
    sign_in(client, staff("looker", Power.ORDER_SEE))
    answer = client.post("/orders/bulk/", {"flag": "1", "ids": f"{order.pk}.1"})
    assert answer.status_code == 403
    assert not Job.objects.exists()
