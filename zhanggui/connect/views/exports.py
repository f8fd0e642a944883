"""Exports: choose what and how, let a job write the file, take it away."""

from typing import Any, cast

from django.http import HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from zhanggui.connect import queries
from zhanggui.connect.actions import exporting
from zhanggui.connect.files import vault
from zhanggui.connect.files.writing import CONTENT_TYPES
from zhanggui.connect.forms import ExportForm
from zhanggui.connect.models import Export
from zhanggui.jobs.actions import cancel
from zhanggui.jobs.models import Job
from zhanggui.kit.refusals import NotFound, Refused
from zhanggui.orders.queries import narrowing
from zhanggui.orders.queries.filters import conditions
from zhanggui.people.http import Request, attempt, needs
from zhanggui.people.powers import Power

_LIST = 50


def _params(query: str) -> dict[str, list[str]]:
    return {name: [str(one) for one in given] for name, given in QueryDict(query.lstrip("?")).lists()}


@require_http_methods(["GET", "POST"])
@needs(Power.ORDER_EXPORT)
def exports(request: Request) -> HttpResponse:
    """GET: one's own exports. POST: begin one (`query`: the list's address, `kind`, `form`, `template`)."""
    if request.method != "POST":
        rows = queries.exports_visible_to(request.actor).order_by("-id")[:_LIST]
        return render(request, "connect/exports.html", {"exports": rows})
    form = ExportForm(request.POST)
    if not form.is_valid():
        return _form_page(request, form, request.POST.get("query", ""), status=422)
    given = form.cleaned_data
    export, refusal = attempt(
        exporting.export_orders,
        by=request.actor,
        params=_params(given["query"]),
        form=given["form"],
        kind=given["kind"],
        template=given["template"] or "own",
    )
    if refusal is not None or export is None:
        return _form_page(
            request, form, given["query"], refusal=refusal, status=refusal.status if refusal else 422
        )
    return redirect("connect:export", export.pk)


@require_GET
@needs(Power.ORDER_EXPORT)
def new(request: Request) -> HttpResponse:
    """The export page of a filter: `/exports/new/?` followed by the order list's own parameters."""
    query = request.GET.urlencode()
    return _form_page(request, ExportForm(initial={"query": query}), query)


def _form_page(
    request: Request, form: ExportForm, query: str, *, refusal: Refused | None = None, status: int = 200
) -> HttpResponse:
    context: dict[str, Any] = {"form": form, "refusal": refusal}
    try:
        found = narrowing(request.actor, _params(query))
        context |= {
            "narrowing": found,
            "conditions": conditions(found),
            "total": exporting.orders_of(request.actor, _params(query), "orders").count(),
        }
    except Refused as trouble:
        context["refusal"] = refusal or trouble
        status = trouble.status
    return render(request, "connect/export_new.html", context, status=status)


def _mine(request: Request, export_id: int) -> Export:
    return get_object_or_404(queries.exports_visible_to(request.actor), pk=export_id)


def _context(export: Export) -> dict[str, Any]:
    job = export.job
    return {
        "export": export,
        "job": job,
        "running": job is not None and job.state in (Job.State.WAITING, Job.State.RUNNING),
        "ready": export.size is not None and export.removed_at is None,
    }


@require_GET
@needs(Power.ORDER_EXPORT)
def show(request: Request, export_id: int) -> HttpResponse:
    """One export: its progress, then its file."""
    return render(request, "connect/export.html", _context(_mine(request, export_id)))


@require_GET
@needs(Power.ORDER_EXPORT)
def progress(request: Request, export_id: int) -> HttpResponse:
    """The progress alone."""
    return render(request, "connect/export.html#progress", _context(_mine(request, export_id)))


@require_GET
@needs(Power.ORDER_EXPORT)
def download(request: Request, export_id: int) -> HttpResponse:
    """The file of a finished export, opened piece by piece from the vault."""
    export = _mine(request, export_id)
    if export.size is None or export.removed_at is not None:
        raise NotFound("")
    answer = StreamingHttpResponse(vault.pieces(export.key), content_type=CONTENT_TYPES[export.form])
    answer["Content-Disposition"] = f'attachment; filename="{export.name}"'
    answer["Content-Length"] = str(export.size)
    return cast(HttpResponse, answer)


@require_POST
@needs(Power.ORDER_EXPORT)
def cancellation(request: Request, export_id: int) -> HttpResponse:
    """End an export that runs."""
    export = _mine(request, export_id)
    if export.job is not None:
        attempt(cancel, by=request.actor, job=export.job)
    return redirect("connect:export", export_id)
