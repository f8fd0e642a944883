"""Bulk acts over a selection or over the whole filter.

A small selection is done in the request: its rows come back as they stand now, with a toast that can undo it.
More is a job of the background worker. Both are jobs, so that each row's outcome is kept and can be undone.
"""

import json
from typing import Any
from urllib.parse import parse_qs

from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from zhanggui.jobs.actions.running import run_here
from zhanggui.jobs.actions.stopping import undo
from zhanggui.jobs.models import Job
from zhanggui.kit.clock import now
from zhanggui.kit.numbers import whole
from zhanggui.kit.refusals import Invalid, NotFound, NotNow, Refused
from zhanggui.kit.toasts import toast
from zhanggui.orders import bulk as jobs
from zhanggui.orders import forms
from zhanggui.orders.queries import filters
from zhanggui.orders.queries.pages import MOST_CHOSEN, rows_of
from zhanggui.orders.views.columns import back, shown_columns
from zhanggui.people.http import Request, needs
from zhanggui.people.powers import Power
from zhanggui.shops.models import Shop

AT_ONCE = 50
"""So many chosen orders are done in the request, so that the rows and the way back are there at once (A5)."""
KINDS = [f"orders.{act}" for act in jobs.ACTS]


@require_POST
@needs(Power.ORDER_SEE)
def bulk(request: Request) -> HttpResponse:
    """POST /orders/bulk/: `act` with its fields, on `ids` (id.version) or with `all=1` on the `filter`."""
    try:
        job = _begin(request)
    except Refused as refusal:
        template = "orders/bulk.html#said" if request.htmx else "orders/bulk.html"
        return render(request, template, {"refusal": refusal, "back": back(request)}, status=refusal.status)
    if request.POST.get("all") != "1" and job.total <= AT_ONCE:
        return _at_once(request, job)
    if request.htmx:
        answer = render(
            request, "orders/bulk.html#said", {"job": job, "job_url": reverse("jobs:show", args=[job.pk])}
        )
        answer["HX-Trigger"] = json.dumps({"zg:jobs": {"job": job.pk}})
        return answer
    return toast(request, HttpResponseRedirect(back(request)), job.title)


@require_POST
@needs(Power.ORDER_SEE)
def bulk_undoing(request: Request, pk: int) -> HttpResponse:
    """POST /orders/bulk/<pk>/undoing/: takes one's own bulk act back; a small one is back when this answers."""
    mine = Job.objects.filter(pk=pk, staff_id=request.actor.staff_id, kind__in=KINDS).first()
    if mine is None:
        raise NotFound(_("没有可撤销的操作"))
    undoing = undo(by=request.actor, job=mine)
    if mine.total <= AT_ONCE:
        undoing = _run(undoing)
        if undoing.state == Job.State.FAILED:
            raise NotNow(undoing.trouble)
    if request.headers.get("Accept", "").startswith("application/json"):
        return JsonResponse({"undone": True})
    return HttpResponseRedirect(reverse("orders:list"))


def _at_once(request: Request, job: Job) -> HttpResponse:
    job = _run(job)
    bad = job.state == Job.State.FAILED
    way_back = reverse("orders:bulk-undoing", args=[job.pk]) if _undoable(job) else ""
    if not request.htmx:
        answer: HttpResponse = HttpResponseRedirect(back(request))
        return toast(request, answer, _summary(job), undo=way_back, bad=bad)
    orders = filters.visible_to(request.actor).filter(pk__in=[pk for pk, _v in job.order["chosen"]])
    shops = {shop.pk: shop for shop in Shop.objects.filter(pk__in=orders.values("shop_id"))}
    rows = rows_of(orders, shops=shops, at=now())
    answer = render(request, "orders/bulk.html#rows", {"rows": rows, "columns": shown_columns(request)})
    return toast(request, answer, _summary(job), undo=way_back, bad=bad)


def _run(job: Job) -> Job:
    try:
        return run_here(job)
    except NotNow:  # the same form a second time, or the worker was faster: it stands there as it is
        job.refresh_from_db()
        return job


def _undoable(job: Job) -> bool:
    way = job.undo_until is not None and job.undone_at is None
    return way and job.outcomes.filter(before__isnull=False).exists()


def _summary(job: Job) -> str:
    """What came of it in one sentence: how many changed, and why the others did not."""
    if job.state == Job.State.FAILED:
        return job.trouble
    parts = [job.title]
    counts = job.counts
    if counts.get("unchanged"):
        parts.append(_("%(many)s 个没有变化") % {"many": counts["unchanged"]})
    if counts.get("refused"):
        parts.append(_("%(many)s 个没有处理") % {"many": counts["refused"]})
    said = job.outcomes.exclude(message="").order_by("row").values_list("message", flat=True)
    parts += list(dict.fromkeys(said))[:2]
    return "；".join(parts)


def _begin(request: Request) -> Job:
    act = "flag" if "flag" in request.POST and not request.POST.get("act") else request.POST.get("act", "")
    if act not in jobs.ACTS:
        raise Invalid(_("没有这种批量操作。"), "act")
    if not request.actor.can_somewhere(jobs.ACTS[act].power):
        request.actor.must(jobs.ACTS[act].power)
    chosen = _chosen(request)
    return jobs.begin(
        by=request.actor,
        act=act,
        how=_how(act, request),
        chosen=chosen,
        key=request.POST.get("key", "")[:40],
        run=request.POST.get("all") == "1" or len(chosen) > AT_ONCE,
    )


def _how(act: str, request: Request) -> dict[str, Any]:
    form = {
        "flag": forms.SetFlag,
        "mark": forms.Mark,
        "assign": forms.Owner,
        "close": forms.Closure,
        "extend": forms.Extension,
    }[act](request.POST)
    if not form.is_valid():
        raise Invalid(forms.first_error(form), act)
    values: dict[str, Any] = form.cleaned_data
    return values


def _chosen(request: Request) -> list[tuple[int, int]]:
    if request.POST.get("all") == "1":
        params = parse_qs(request.POST.get("filter", "")[:4000])
        return jobs.chosen_of(filters.filtered(request.actor, params))
    pairs = []
    for text in request.POST.getlist("ids")[: MOST_CHOSEN + 1]:
        pk, version = (whole(part) for part in (text.partition(".")[::2]))
        if pk is None or version is None:
            raise Invalid(_("读不懂选中的订单，请刷新页面后重选。"), "ids")
        pairs.append((pk, version))
    mine = set(
        filters.visible_to(request.actor).filter(pk__in=[pk for pk, _v in pairs]).values_list("pk", flat=True)
    )
    return [pair for pair in pairs if pair[0] in mine]
