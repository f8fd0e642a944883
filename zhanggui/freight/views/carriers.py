"""Carriers with their waybill patterns; a number's candidates; editing one carrier."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from zhanggui.freight import queries, waybills
from zhanggui.freight.actions import carriers as verbs
from zhanggui.freight.forms import CarrierForm
from zhanggui.freight.models import Carrier
from zhanggui.kit.refusals import Refused
from zhanggui.kit.toasts import toast
from zhanggui.people.http import Request, attempt, needs, show_refusal
from zhanggui.people.powers import Power


@needs(Power.FREIGHT_SEE)
@require_GET
def index(request: Request) -> HttpResponse:
    """GET /freight/carriers/?waybill=: all carriers; with a number, which of them it fits."""
    number = waybills.clean(request.GET.get("waybill", "")[:100])
    rows = queries.carriers(active=False)
    fitting = {row.code for row in waybills.candidates(number)} if number else set()
    about = {
        "rows": [(row, row.code in fitting, waybills.shapes(row.waybill_pattern)) for row in rows],
        "number": number,
        "fitting": len(fitting),
        "may_edit": request.actor.can(Power.FREIGHT_EDIT),
    }
    page = "freight/carriers.html#list" if request.headers.get("HX-Request") else "freight/carriers.html"
    return render(request, page, about)


@needs(Power.FREIGHT_SEE)
@require_http_methods(["GET", "POST"])
def carrier(request: Request, code: str) -> HttpResponse:
    """GET, POST /freight/carriers/<code>/: what the house knows of one carrier."""
    row = get_object_or_404(Carrier, code=code)
    about = {"carrier": row, "may_edit": request.actor.can(Power.FREIGHT_EDIT)}
    if request.method == "GET":
        form = CarrierForm(
            initial={
                "aliases": "，".join(row.aliases),
                "waybill_pattern": row.waybill_pattern,
                "active": row.active,
                "version": row.version,
            }
        )
        return render(request, "freight/carrier.html", about | {"form": form})
    form = CarrierForm(request.POST)
    refusal: Refused | None = None
    if form.is_valid():
        typed = form.cleaned_data
        _done, refusal = attempt(
            verbs.edit,
            by=request.actor,
            carrier=row,
            version=typed["version"],
            aliases=typed["aliases"].replace("，", ",").replace("、", ",").split(","),
            waybill_pattern=typed["waybill_pattern"],
            active=typed["active"],
        )
        if refusal is None:
            return toast(request, redirect("freight:carriers"), _("已保存 %(name)s") % {"name": row.name})
    return render(request, "freight/carrier.html", about | {"form": form}, status=show_refusal(form, refusal))
