"""Buyers write reviews of their own orders. Another buyer's order or review is 404."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as N_
from django.views.decorators.http import require_http_methods, require_POST

from zhanggui.checkout.acting import for_buyer
from zhanggui.customers.http import BuyerRequest, needs_buyer
from zhanggui.kit import pictures
from zhanggui.kit.clock import now
from zhanggui.kit.refusals import Invalid, Refused
from zhanggui.orders.models import Order
from zhanggui.people.http import attempt
from zhanggui.reviews.actions import writing
from zhanggui.reviews.actions.windows import reviewable
from zhanggui.reviews.models import Review, Window
from zhanggui.reviews.words import MARKS
from zhanggui.shops.models import Kind

SCORES = (
    ("described", N_("宝贝与描述相符")),
    ("served", N_("卖家的服务态度")),
    ("shipped", N_("卖家发货的速度")),
)


@require_http_methods(["GET", "POST"])
@needs_buyer
def write(request: BuyerRequest, number: str) -> HttpResponse:
    """GET, POST /my/reviews/<order number>/: `mark-<line>`, `text-<line>`, three scores, `anonymous`."""
    order = get_object_or_404(Order.objects.select_related("shop"), number=number, buyer=request.buyer)
    refusal: Refused | None = None
    if request.method == "POST":
        waiting = _waiting(order)
        kept, refusal = (
            attempt(_keep, request=request, waiting=waiting) if _may_write(order, waiting) else ({}, None)
        )
        if refusal is not None:
            return _page(request, order, refusal)
        said = [
            writing.Said(
                line.pk,
                _whole(request.POST.get(f"mark-{line.pk}")),
                request.POST.get(f"text-{line.pk}", "")[:501],
                tuple((kept or {}).get(line.pk, ())),
            )
            for line in waiting
        ]
        _done, refusal = attempt(
            writing.review,
            by=for_buyer(request.buyer),
            buyer=request.buyer,
            order=order,
            said=said,
            **{name: _whole(request.POST.get(name)) for name, _label in SCORES},
            anonymous=bool(request.POST.get("anonymous")),
            at=now(),
        )
        if refusal is None:
            return redirect("reviews:write", number=order.number)
        for names in (kept or {}).values():
            for name in names:
                pictures.drop(name)
    return _page(request, order, refusal)


@require_POST
@needs_buyer
def change(request: BuyerRequest, pk: int) -> HttpResponse:
    """POST /my/reviews/changes/<review>/: `mark`, only towards good."""
    row = get_object_or_404(Review, pk=pk, buyer=request.buyer)
    mark = _whole(request.POST.get("mark"))
    _done, refusal = attempt(
        writing.change,
        by=for_buyer(request.buyer),
        buyer=request.buyer,
        review_id=pk,
        mark=-1 if mark is None else mark,
        at=now(),
    )
    return _back(request, row, refusal)


@require_POST
@needs_buyer
def append(request: BuyerRequest, pk: int) -> HttpResponse:
    """POST /my/reviews/additions/<review>/: `text`."""
    row = get_object_or_404(Review, pk=pk, buyer=request.buyer)
    _done, refusal = attempt(
        writing.append,
        by=for_buyer(request.buyer),
        buyer=request.buyer,
        review_id=pk,
        text=request.POST.get("text", "")[:501],
        at=now(),
    )
    return _back(request, row, refusal)


def _back(request: BuyerRequest, row: Review, refusal: Refused | None) -> HttpResponse:
    order = Order.objects.select_related("shop").get(pk=row.order_id)
    return (
        redirect("reviews:write", number=order.number) if refusal is None else _page(request, order, refusal)
    )


def _may_write(order: Order, waiting: list[Any]) -> bool:
    """Whether it is worth decoding pictures: the verb decides again, with the window held."""
    return (
        bool(waiting)
        and Window.objects.filter(order_id=order.pk, closed_at=None, closes_at__gt=now()).exists()
    )


def _keep(*, request: BuyerRequest, waiting: list[Any]) -> dict[int, list[str]]:
    """Keep the pictures of each line; raises Invalid for too many or what is no picture, and then keeps none."""
    kept: dict[int, list[str]] = {}
    try:
        for line in waiting:
            files = request.FILES.getlist(f"pictures-{line.pk}")
            if len(files) > writing.MOST_PICTURES:
                raise Invalid(_("最多 %(most)s 张图。") % {"most": writing.MOST_PICTURES}, "picture")
            for file in files:
                kept.setdefault(line.pk, []).append(pictures.keep(file).name)
    except Invalid:
        for names in kept.values():
            for name in names:
                pictures.drop(name)
        raise
    return kept


def _waiting(order: Order) -> list[Any]:
    there = set(Review.objects.filter(order_id=order.pk).values_list("line_id", flat=True))
    return [line for line in reviewable(order.pk) if line.pk not in there]


def _page(request: BuyerRequest, order: Order, refusal: Refused | None) -> HttpResponse:
    at = now()
    window = Window.objects.filter(order_id=order.pk).first()
    waiting = _waiting(order)
    rows = list(
        Review.objects.filter(order_id=order.pk, buyer=request.buyer).select_related("line").order_by("pk")
    )
    about = {
        "shop": order.shop,
        "order": order,
        "waiting": waiting,
        "open": bool(waiting and window and window.closed_at is None and at < window.closes_at),
        "bazaar": order.shop.kind == Kind.BAZAAR,
        "marks": list(MARKS.items()),
        "scores": SCORES if not rows else (),
        "rows": [(row, MARKS.get(row.mark, "") if row.mark is not None else "") for row in rows],
        "refusal": refusal,
        "here": "my",
    }
    return render(request, "reviews/write.html", about, status=refusal.status if refusal else 200)


def _whole(text: str | None) -> int | None:
    return int(text) if text in ("-1", "0", "1", "2", "3", "4", "5") else None
