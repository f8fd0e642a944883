"""Ask-first tasks: who waits for a real cost, and entering it (S1-06)."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from zhanggui.freight import queries, wording
from zhanggui.freight.actions import costs as verbs
from zhanggui.freight.forms import AnswerForm
from zhanggui.freight.models import CostAsked
from zhanggui.freight.rules import read_receipt
from zhanggui.kit import regions
from zhanggui.kit.clock import now
from zhanggui.kit.refusals import Refused
from zhanggui.kit.toasts import toast
from zhanggui.people.http import Request, attempt, needs, show_refusal
from zhanggui.people.powers import Power

_SHOWN = 100


@needs(Power.FREIGHT_SEE)
@require_GET
def index(request: Request) -> HttpResponse:
    """GET /freight/costs/: open tasks, the oldest first."""
    return _page(request)


@needs(Power.FREIGHT_EDIT)
@require_POST
def answer(request: Request, pk: int) -> HttpResponse:
    """POST /freight/costs/<id>/answer/."""
    held = request.actor.shops_with(Power.FREIGHT_SEE)
    rows = CostAsked.objects.all() if held is None else CostAsked.objects.filter(shop__in=sorted(held))
    task = get_object_or_404(rows, pk=pk)
    form = AnswerForm(request.POST)
    refusal: Refused | None = None
    if form.is_valid():
        quote, refusal = attempt(
            verbs.answer,
            by=request.actor,
            task=task,
            fee_fen=form.cleaned_data["fee"],
            note=form.cleaned_data["note"],
            at=now(),
        )
        if quote is not None:
            return toast(
                request, redirect("freight:quote", quote.key), _("已填写实际运费，报价可以告诉买家了。")
            )
    return _page(request, task.pk, form, show_refusal(form, refusal))


def _page(
    request: Request, wrong: int = 0, form: AnswerForm | None = None, status: int = 200
) -> HttpResponse:
    rows = []
    for task in queries.open_costs(request.actor)[:_SHOWN]:
        asked = task.quote.asked
        first = asked.get("parts", [{}])[0]
        rows.append(
            {
                "task": task,
                "place": regions.full_name(asked.get("to", "")),
                "pieces": first.get("pieces"),
                "weight": wording.measure(first.get("weight_g"), "weight"),
                "why": wording.why_not(read_receipt(task.quote.receipt)),
                "form": form if task.pk == wrong else AnswerForm(prefix=None, auto_id=f"id_{task.pk}_%s"),
                "may_answer": request.actor.can(Power.FREIGHT_EDIT, task.shop_id),
            }
        )
    lost = form if wrong and not any(row["task"].pk == wrong for row in rows) else None
    return render(request, "freight/costs.html", {"rows": rows, "lost": lost}, status=status)
