"""The back office: reading reviews, answering them, marking buyers."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from zhanggui.kit.clock import now
from zhanggui.kit.numbers import whole
from zhanggui.kit.refusals import Refused
from zhanggui.orders.models import Order
from zhanggui.people.http import Request, attempt, needs
from zhanggui.people.powers import Power
from zhanggui.reviews import queries
from zhanggui.reviews.actions import answering
from zhanggui.reviews.words import MARKS
from zhanggui.shops.models import Platform
from zhanggui.shops.queries import visible_to as shops_visible_to

_LIST, _SHOPS = 100, 20


@needs(Power.REVIEW_SEE)
@require_GET
def index(request: Request) -> HttpResponse:
    """GET /reviews/?mark=: the newest reviews, the shops' standing, buyers to be marked."""
    return _page(request)


@needs(Power.REVIEW_ANSWER)
@require_POST
def answer(request: Request, pk: int) -> HttpResponse:
    """POST /reviews/<id>/answer/: `text`, `version`."""
    row = get_object_or_404(queries.visible_to(request.actor), pk=pk)
    version = whole(request.POST.get("version", "")) or 0
    _done, refusal = attempt(
        answering.answer,
        by=request.actor,
        review=row,
        text=request.POST.get("text", "")[:501],
        version=version,
        at=now(),
    )
    return redirect("reviews:list") if refusal is None else _page(request, refusal)


@needs(Power.REVIEW_ANSWER)
@require_POST
def hiding(request: Request, pk: int) -> HttpResponse:
    """POST /reviews/<id>/hiding/: `reason`, `version`; with `show` it is shown again."""
    row = get_object_or_404(queries.visible_to(request.actor), pk=pk)
    _done, refusal = attempt(
        answering.hide,
        by=request.actor,
        review=row,
        hidden=not request.POST.get("show"),
        reason=request.POST.get("reason", "")[:101],
        version=whole(request.POST.get("version", "")) or 0,
        at=now(),
    )
    return redirect("reviews:list") if refusal is None else _page(request, refusal)


@needs(Power.REVIEW_ANSWER)
@require_POST
def buyer_mark(request: Request, pk: int) -> HttpResponse:
    """POST /reviews/windows/<id>/mark/: `mark`, `text`."""
    row = get_object_or_404(queries.windows_visible_to(request.actor), pk=pk)
    mark = {"-1": -1, "0": 0, "1": 1}.get(request.POST.get("mark", ""), 9)
    _done, refusal = attempt(
        answering.mark_buyer,
        by=request.actor,
        window=row,
        mark=mark,
        text=request.POST.get("text", "")[:200],
        at=now(),
    )
    return redirect("reviews:list") if refusal is None else _page(request, refusal)


def _page(request: Request, refusal: Refused | None = None) -> HttpResponse:
    rows = queries.visible_to(request.actor).order_by("-made_at", "-pk")
    mark = request.GET.get("mark", "")
    if mark in ("-1", "0", "1"):
        rows = rows.filter(mark=int(mark))
    elif mark == "unanswered":
        rows = rows.filter(answer="", by_system=False)
    elif mark == "hidden":
        rows = rows.exclude(hidden_at=None)
    windows = list(queries.windows_visible_to(request.actor).order_by("closes_at", "pk")[:_LIST])
    numbers = dict(Order.objects.filter(pk__in=[one.order_id for one in windows]).values_list("pk", "number"))
    own = shops_visible_to(request.actor, Power.REVIEW_SEE).filter(platform=Platform.OWN)[:_SHOPS]
    about = {
        "rows": [(row, MARKS.get(row.mark, "") if row.mark is not None else "") for row in rows[:_LIST]],
        "windows": [(one, numbers[one.order_id]) for one in windows if one.order_id in numbers],
        "standings": [(shop, queries.shop_standing(shop.pk, now(), shop=shop)) for shop in own],
        "marks": [(str(code), label) for code, label in MARKS.items()],
        "mark": mark,
        "may_answer": request.actor.can_somewhere(Power.REVIEW_ANSWER),
        "refusal": refusal,
    }
    return render(request, "reviews/reviews.html", about, status=refusal.status if refusal else 200)
