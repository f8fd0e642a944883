"""Jobs: the list, one job with what came of its rows, the drawer, the result to take away, and stopping."""

from collections.abc import Iterator
from typing import Any

from django.http import HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from zhanggui.jobs import queries
from zhanggui.jobs.actions.stopping import cancel, go_on, pause, undo
from zhanggui.jobs.models import Job
from zhanggui.jobs.words import label_of
from zhanggui.kit.clock import now
from zhanggui.kit.guard import needs
from zhanggui.kit.refusals import Refused
from zhanggui.kit.sheets import csv_pieces
from zhanggui.kit.toasts import toast

_VERBS = {"cancellation": cancel, "pause": pause, "resumption": go_on, "undoing": undo}


@needs("")
@require_GET
def index(request: Any) -> HttpResponse:  # GET /jobs/
    state = request.GET.get("state", "")
    context = {
        "page": queries.page(request.actor, state=state, after=request.GET.get("after", "")),
        "state": state,
        "states": Job.State.choices,
    }
    template = "jobs/jobs.html#rows" if request.headers.get("HX-Request") else "jobs/jobs.html"
    return render(request, template, context)


@needs("")
@require_GET
def drawer(request: Any) -> HttpResponse:  # GET /jobs/drawer/
    jobs = queries.mine_now(request.actor)
    alive = sum(job.alive for job in jobs)
    return render(request, "jobs/drawer.html", {"jobs": [_shown(job) for job in jobs], "alive": alive})


@needs("")
@require_GET
def show(request: Any, pk: int) -> HttpResponse:  # GET /jobs/<pk>/
    job = get_object_or_404(queries.visible_to(request.actor), pk=pk)
    result = request.GET.get("result", "")
    rows, after = queries.outcomes_of(job, result=result, after=request.GET.get("after", ""))
    context = _shown(job) | {
        "results": queries.results_of(job),
        "result": result,
        "rows": rows,
        "after": after,
        "counts": [(name, value) for name, value in job.counts.items() if isinstance(value, int | str)],
    }
    template = "jobs/job.html#job" if request.headers.get("HX-Request") else "jobs/job.html"
    return render(request, template, context)


@needs("")
@require_GET
def result(request: Any, pk: int) -> Any:  # GET /jobs/<pk>/result.csv?result=
    """Every row and what came of it, for a spreadsheet: BOM for Excel, and no cell that is a formula."""
    job = get_object_or_404(queries.visible_to(request.actor), pk=pk)
    answer = StreamingHttpResponse(
        _lines(job, request.GET.get("result", "")), content_type="text/csv; charset=utf-8"
    )
    answer["Content-Disposition"] = f'attachment; filename="job-{job.pk}.csv"'
    return answer


@needs("")
@require_POST
def stop(
    request: Any, pk: int, verb: str
) -> HttpResponse:  # POST /jobs/<pk>/{cancellation,pause,resumption,undoing}/
    job = get_object_or_404(queries.visible_to(request.actor), pk=pk)
    refusal = None
    try:
        _VERBS[verb](by=request.actor, job=job)
    except Refused as caught:
        refusal = caught
    if request.headers.get("HX-Request"):
        job.refresh_from_db()
        answer = render(request, "jobs/drawer.html#job", _shown(job))
        return toast(request, answer, refusal.message, bad=True) if refusal else answer
    if refusal:
        raise refusal
    if request.headers.get("Accept", "").startswith("application/json"):
        return JsonResponse({"undone": verb == "undoing"})
    return toast(request, redirect("jobs:show", pk), _("已提交"))


def _shown(job: Job) -> dict[str, Any]:
    open_to_undo = job.undo_until is not None and job.undo_until > now() and job.undone_at is None
    return {"job": job, "undoable": open_to_undo and queries.undoable(job)}


def _lines(job: Job, result: str) -> Iterator[bytes]:
    rows = (
        (row, label, label_of(outcome), message)
        for row, label, outcome, message in queries.sheet_of(job, result=result)
    )
    return csv_pieces([_("行"), _("单号"), _("结果"), _("说明")], rows, guard=False)
