"""Imports: hand files over, look at what they say, let a job do it, read what came of each row."""

import csv
import io
from collections.abc import Callable, Iterator
from typing import Any, cast

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_GET, require_POST

from zhanggui.connect import limits, queries
from zhanggui.connect.actions import importing, uploading
from zhanggui.connect.files.opening import refuse_oversize
from zhanggui.connect.files.receiving import IntoVault, Stored
from zhanggui.connect.files.writing import CONTENT_TYPES, pieces_of
from zhanggui.connect.layouts.layout import Recognised
from zhanggui.connect.models import Import
from zhanggui.connect.pouring import FILE_STEP, fits
from zhanggui.jobs.actions import cancel, go_on
from zhanggui.jobs.models import Job, Outcome
from zhanggui.kit.clock import now
from zhanggui.kit.refusals import Invalid, Refused
from zhanggui.kit.sheets import Cell
from zhanggui.kit.uploads import takes_files
from zhanggui.people.http import Request, attempt, needs
from zhanggui.people.powers import Power

RESULTS = {
    "new": "新增",
    "changed": "更新",
    "unchanged": "未变",
    "refused": "拒绝",
}
_SHOWN_REFUSALS = 50
_LIST = 50


def _list_page(request: Request, *, refusal: Refused | None = None) -> HttpResponse:
    status = refusal.status if refusal else 200
    return render(
        request,
        "connect/imports.html",
        {
            "imports": queries.imports_visible_to(request.actor)
            .prefetch_related("files")
            .order_by("-id")[:_LIST],
            "shops": queries.shops_to_import(request.actor),
            "most_mb": limits.most_bytes() // limits.MIB,
            "refusal": refusal,
            "lines": refusal.message.split("\n") if refusal else [],
            "may_map": request.actor.can_somewhere(Power.MAPPING_EDIT),
        },
        status=status,
    )


def _at_the_door(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Take uploads straight into the vault, and refuse what is announced as too large before a byte is read.

    The CSRF check reads the form, so the handlers must be in place before it; that is why the outer view is
    exempt and the inner one protected.
    """
    inner = csrf_protect(view)

    def outer(request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method != "POST":
            return inner(request, *args, **kwargs)
        handler = IntoVault(request)
        request.upload_handlers = [handler]
        try:
            announced = int(request.META.get("CONTENT_LENGTH") or 0)
            refuse_oversize(max(announced - limits.MIB, 0), _("这次上传"))
            answer = inner(request, *args, **kwargs)
        except Refused as refusal:
            handler.drop()
            return _list_page(request, refusal=refusal)
        except BaseException:
            handler.drop()
            raise
        if answer.status_code == 403:  # the form's token was wrong
            handler.drop()
        return answer

    outer.__name__, outer.__doc__ = view.__name__, view.__doc__
    return outer


@takes_files(lambda: limits.most_bytes() + limits.MIB, refuses=True)
@csrf_exempt
@needs(Power.ORDER_IMPORT)
@_at_the_door
def imports(request: Request) -> HttpResponse:
    """GET: the imports so far and the place to drop files. POST: files handed over (`files`, `shop`)."""
    if request.method != "POST":
        return _list_page(request)
    files = [file for file in request.FILES.getlist("files") if isinstance(file, Stored)]
    code = request.POST.get("shop", "")
    shop = next((one for one in queries.shops_to_import(request.actor) if one.code == code), None)
    if code and shop is None:
        raise Invalid(_("没有这个店铺，或您不能导入到这个店铺。"), "shop")
    made = uploading.receive(by=request.actor, files=files, shop=shop)
    return redirect("connect:import", made.key)


def _mine(request: Request, key: str) -> Import:
    return get_object_or_404(queries.imports_visible_to(request.actor), key=key)


@require_GET
@needs(Power.ORDER_IMPORT)
def show(request: Request, key: str) -> HttpResponse:
    """One import: the preview before it begins, its progress and result afterwards."""
    return _page(request, _mine(request, key))


def _page(request: Request, imported: Import, refusal: Refused | None = None) -> HttpResponse:
    context: dict[str, Any] = {"imported": imported, "refusal": refusal}
    files = list(imported.files.order_by("id"))
    context["files"] = files
    if imported.job is not None:
        context |= _progress(imported.job)
    elif imported.dropped_at is None:
        presets = queries.preset_layouts()
        previews, troubles = [], []
        tables: list[Recognised] = []
        for upload in files:
            if not upload.layout:
                continue
            try:
                for found in queries.recognised(
                    queries.source_of(upload), queries.layouts_for(upload, presets)
                ):
                    previews.append(queries.preview(found))
                    tables.append(found)
            except Refused as trouble:
                troubles.append(trouble.message)
        shops = queries.shops_to_import(request.actor)
        fitting = [one for one in shops if all(fits(table, one) for table in tables)]
        context |= {
            "previews": previews,
            "troubles": troubles,
            "unknown": [upload for upload in files if not upload.layout],
            "shops": fitting,
            "foreign": [one for one in shops if one not in fitting],
            "wrong_shop": imported.shop if imported.shop and imported.shop not in fitting else None,
            "layouts": list(dict.fromkeys(table.layout.label for table in tables)),
        }
    return render(request, "connect/import.html", context, status=refusal.status if refusal else 200)


def _progress(job: Job) -> dict[str, Any]:
    refused = job.outcomes.filter(result="refused").order_by("row")[:_SHOWN_REFUSALS]
    return {
        "job": job,
        "counts": [(label, job.counts.get(name, 0), name) for name, label in RESULTS.items()],
        "running": job.state in (Job.State.WAITING, Job.State.RUNNING),
        "refused": [(*divmod(one.row, FILE_STEP), one) for one in refused],
        # what failed before its first row would only fail again
        "may_go_on": job.state in (Job.State.CANCELLED, "paused")
        or (job.state == Job.State.FAILED and bool(job.done)),
    }


@require_GET
@needs(Power.ORDER_IMPORT)
def progress(request: Request, key: str) -> HttpResponse:
    """The progress alone, asked for again and again while the job runs."""
    imported = _mine(request, key)
    if imported.job is None:
        return HttpResponse(status=204)
    context = {"imported": imported, "files": list(imported.files.order_by("id"))} | _progress(imported.job)
    return render(request, "connect/import.html#progress", context)


@require_POST
@needs(Power.ORDER_IMPORT)
def job(request: Request, key: str) -> HttpResponse:
    """Begin the import, into the shop that was chosen; or let a stopped one go on."""
    imported = _mine(request, key)
    if imported.job is not None:
        _none, refusal = attempt(go_on, by=request.actor, job=imported.job)
        return _page(request, imported, refusal) if refusal else redirect("connect:import", key)
    code = request.POST.get("shop", "")
    shop = next((one for one in queries.shops_to_import(request.actor) if one.code == code), None)
    if code and shop is None:
        return _page(request, imported, Invalid(_("没有这个店铺，或您不能导入到这个店铺。"), "shop"))
    if shop is not None and shop.pk != imported.shop_id:
        _none, refusal = attempt(uploading.choose_shop, by=request.actor, imported=imported, shop=shop)
        if refusal:
            return _page(request, imported, refusal)
    _job, refusal = attempt(importing.begin, by=request.actor, imported=imported, at=now())
    return _page(request, imported, refusal) if refusal else redirect("connect:import", key)


@require_POST
@needs(Power.ORDER_IMPORT)
def cancellation(request: Request, key: str) -> HttpResponse:
    """Give up an import that has not begun, or end one that runs; what is imported stays."""
    imported = _mine(request, key)
    if imported.job is None:
        _none, refusal = attempt(uploading.drop, by=request.actor, imported=imported, at=now())
        if refusal is None:
            return redirect("connect:imports")
    else:
        _none, refusal = attempt(cancel, by=request.actor, job=imported.job)
    return _page(request, imported, refusal) if refusal else redirect("connect:import", key)


@require_GET
@needs(Power.ORDER_IMPORT)
def result(request: Request, key: str, form: str) -> HttpResponse:
    """What came of every row, as a file: number of the row, order, result, reason. No personal data."""
    imported = _mine(request, key)
    if imported.job is None:
        return HttpResponse(status=404)
    rows = imported.job.outcomes.order_by("row")
    only = request.GET.get("only", "")
    if only in RESULTS:
        rows = rows.filter(result=only)
    names = [upload.name for upload in imported.files.order_by("id")]
    headers = [_("文件"), _("行号"), _("订单编号"), _("结果"), _("原因")]
    pieces = pieces_of(form, headers, _result_rows(rows.iterator(2000), names), sheet=_("导入结果"))
    answer = StreamingHttpResponse(pieces, content_type=CONTENT_TYPES[form])
    answer["Content-Disposition"] = f'attachment; filename="import-{imported.key[:8]}.{form}"'
    return cast(HttpResponse, answer)


def _result_rows(outcomes: Iterator[Outcome], names: list[str]) -> Iterator[list[Cell]]:
    for one in outcomes:
        file, row = divmod(one.row, FILE_STEP)
        name = names[file] if file < len(names) else ""
        yield [name, row, one.label, _(RESULTS.get(one.result, one.result)), one.message]


@require_GET
@needs(Power.ORDER_IMPORT)
def template(request: HttpRequest) -> HttpResponse:
    """Our own template of a shipping file, to fill in."""
    buffer = io.StringIO()
    csv.writer(buffer).writerow(["订单编号", "物流公司", "物流单号"])
    answer = HttpResponse(b"\xef\xbb\xbf" + buffer.getvalue().encode(), content_type=CONTENT_TYPES["csv"])
    answer["Content-Disposition"] = 'attachment; filename="shipping-template.csv"'
    return answer
