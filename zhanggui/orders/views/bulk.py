"""Bulk acts over a selection or over the whole filter: a small one is a job too, so that it can be undone."""

from typing import Any
from urllib.parse import parse_qs

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from zhanggui.jobs.models import Job
from zhanggui.kit.refusals import Invalid, Refused
from zhanggui.kit.toasts import toast
from zhanggui.orders import bulk as jobs
from zhanggui.orders import forms
from zhanggui.orders.queries import filters
from zhanggui.orders.queries.pages import MOST_CHOSEN
from zhanggui.orders.views.columns import back
from zhanggui.people.http import Request, needs
from zhanggui.people.powers import Power


@require_POST
@needs(Power.ORDER_SEE)
def bulk(request: Request) -> HttpResponse:
    """POST /orders/bulk/: `act` with its fields, on `ids` (id.version) or with `all=1` on the `filter`."""
    try:
        job = _begin(request)
    except Refused as refusal:
        template = "orders/bulk.html#said" if request.htmx else "orders/bulk.html"
        return render(request, template, {"refusal": refusal, "back": back(request)}, status=refusal.status)
    if request.htmx:
        answer = render(
            request, "orders/bulk.html#said", {"job": job, "job_url": reverse("jobs:show", args=[job.pk])}
        )
        answer["HX-Trigger"] = "zg:jobs"
        return answer
    return toast(request, HttpResponseRedirect(back(request)), job.title)


def _begin(request: Request) -> Job:
    act = "flag" if "flag" in request.POST and not request.POST.get("act") else request.POST.get("act", "")
    if act not in jobs.ACTS:
        raise Invalid(_("没有这种批量操作。"), "act")
    if not request.actor.can_somewhere(jobs.ACTS[act].power):
        request.actor.must(jobs.ACTS[act].power)
    return jobs.begin(by=request.actor, act=act, how=_how(act, request), chosen=_chosen(request))


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
        pk, dot, version = text.partition(".")
        if not (dot and pk.isdigit() and version.isdigit() and len(pk) < 19 and len(version) < 10):
            raise Invalid(_("读不懂选中的订单，请刷新页面后重选。"), "ids")
        pairs.append((int(pk), int(version)))
    mine = set(
        filters.visible_to(request.actor).filter(pk__in=[pk for pk, _v in pairs]).values_list("pk", flat=True)
    )
    return [pair for pair in pairs if pair[0] in mine]
