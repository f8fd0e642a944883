"""Buyers write reviews of their own orders. Another buyer's order or review is 404."""

from dataclasses import replace
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_noop as N_
from django.views.decorators.http import require_http_methods, require_POST

from zhanggui.checkout.acting import for_buyer
from zhanggui.customers.http import BuyerRequest, needs_buyer
from zhanggui.customers.lockout import count_pictures
from zhanggui.kit import pictures
from zhanggui.kit.clock import day_of, now
from zhanggui.kit.refusals import Refused
from zhanggui.kit.uploads import MIB, takes_files
from zhanggui.orders.models import Order
from zhanggui.people.http import attempt, say_when
from zhanggui.people.sessions import address_of
from zhanggui.reviews.actions import writing
from zhanggui.reviews.actions.windows import reviewable
from zhanggui.reviews.models import Review, Window
from zhanggui.reviews.words import MARKS
from zhanggui.shops.models import Kind, Shop
from zhanggui.shops.policies import value

WIDEST = 1600
"""A buyer's picture is kept at most so many pixels wide."""

SCORES = (
    ("described", N_("宝贝与描述相符")),
    ("served", N_("卖家的服务态度")),
    ("shipped", N_("卖家发货的速度")),
)


@takes_files(80 * MIB)
@require_http_methods(["GET", "POST"])
@needs_buyer
def write(request: BuyerRequest, number: str) -> HttpResponse:
    """GET, POST /my/reviews/<order number>/: `mark-<line>`, `text-<line>`, three scores, `anonymous`."""
    order = get_object_or_404(Order.objects.select_related("shop"), number=number, buyer=request.buyer)
    refusal: Refused | None = None
    if request.method == "POST":
        refusal = _write(request, order)
        if refusal is None:
            return redirect("reviews:write", number=order.number)
    return say_when(_page(request, order, refusal), refusal)


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


def _write(request: BuyerRequest, order: Order) -> Refused | None:
    """All that can be refused is refused before a picture is decoded; the verb decides again, with the window held."""
    files = {line.pk: request.FILES.getlist(f"pictures-{line.pk}") for line in _waiting(order)}
    said = [
        writing.Said(
            pk,
            _whole(request.POST.get(f"mark-{pk}")),
            request.POST.get(f"text-{pk}", "")[:501],
            tuple(file.name or "" for file in sent),
        )
        for pk, sent in files.items()
    ]
    scores = {name: _whole(request.POST.get(name)) for name, _label in SCORES}
    at = now()
    _done, refusal = attempt(
        writing.judge, buyer=request.buyer, order=order, said=said, scores=list(scores.values()), at=at
    )
    if refusal is not None:
        return refusal
    kept, refusal = attempt(_keep, request=request, shop=order.shop, files=files)
    if refusal is not None:
        return refusal
    _made, refusal = attempt(
        writing.review,
        by=for_buyer(request.buyer),
        buyer=request.buyer,
        order=order,
        said=[replace(one, pictures=(kept or {}).get(one.line_id, ())) for one in said],
        **scores,
        anonymous=bool(request.POST.get("anonymous")),
        at=now(),
    )
    if refusal is not None:
        for names in (kept or {}).values():
            for name in names:
                pictures.drop(name)
    return refusal


def _keep(*, request: BuyerRequest, shop: Shop, files: dict[int, list[Any]]) -> dict[int, tuple[str, ...]]:
    """Keep the pictures of each line, or none. Raises Invalid for what is no picture, TooMany over the buyer's day or while
    too many pictures wait.
    """
    every = [file for sent in files.values() for file in sent]
    if not every:
        return {}

    def pay(many: int) -> None:
        at = now()
        most = value("reviews.pictures_a_day", shop, day_of(at))
        where = address_of(request)
        count_pictures(buyer_id=request.buyer.pk, address=where, many=many, most=most, at=at)

    kept = iter(pictures.keep_all(every, widest=WIDEST, pay=pay))
    return {pk: tuple(next(kept).name for _file in sent) for pk, sent in files.items()}


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
