"""How an act of one order is answered: the order's card anew, or a redirect where there is no JavaScript.

200 it is done, 422 the form cannot be read, 403 no power, 409 the shop says no or somebody was faster: then the
answer shows their change beside what was typed, and nothing was written.
"""

from collections.abc import Callable
from typing import Any

from django import forms
from django.db import transaction
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from zhanggui.kit import regions
from zhanggui.kit.clock import now
from zhanggui.kit.numbers import whole
from zhanggui.kit.refusals import NotNow, Refused
from zhanggui.kit.toasts import toast
from zhanggui.orders.changes import WISHES, Kind
from zhanggui.orders.forms import first_error
from zhanggui.orders.marks import TEMPLATES
from zhanggui.orders.models import Order
from zhanggui.orders.outcomes import Outcome
from zhanggui.orders.queries.detail import order_of, sheet
from zhanggui.orders.queries.pages import rows_of
from zhanggui.orders.queries.timeline import timeline
from zhanggui.orders.rules import OWN
from zhanggui.orders.states import CloseReason, Flag, Refund
from zhanggui.orders.undoing import undo_address
from zhanggui.orders.views.columns import shown_columns
from zhanggui.people.http import Request
from zhanggui.people.powers import Power

DONE = {
    "price": "已改价。",
    "concession": "已记下让价。",
    "decision": "已处理。",
    "closure": "已关闭。",
    "line-closure": "已关闭这件商品。",
    "extension": "已延长收货时间。",
    "mark": "已记下标记。",
    "mark-removal": "已取下标记。",
    "flag": "已插旗。",
    "owner": "已指派。",
    "receiver": "已修改收件人。",
    "receiver-asked": "已提交修改申请。",
    "change": "已提交修改申请。",
    "call": "已记录电话确认。",
    "shipment": "已发货。",
    "settlement": "已处理备注冲突。",
    "together": "已归为一组，还没有发货。",
    "sent-together": "已发货：这一组的订单装在一个包裹里。",
    "parted": "已取消合并发货。",
}
"""What a success says: code of the act and message id."""


TOLD = ("shipment", "sent-together", "price")
"""Acts that are also told by a toast: they cannot be taken back, so the person sees it wherever they look."""

UNDONE = ("flag", "mark", "mark-removal", "owner")
"""Acts that can be taken back from the toast."""


class Stale(NotNow):
    """Somebody changed the order since the form was shown."""

    code = "stale"


def perform(
    request: Request,
    order: Order,
    act: str,
    do: Callable[[dict[str, Any]], Any],
    *,
    form: forms.Form | None = None,
    versioned: bool = True,
) -> HttpResponse:
    """Do one act with the form's clean values and answer. The row's version is checked under its lock."""
    if form is not None and not form.is_valid():
        return show(request, order, act=act, error=first_error(form), status=422)
    try:
        with transaction.atomic():
            if versioned:
                _same_version(request, order)
            said = do(form.cleaned_data if form is not None else {})
    except Refused as refusal:
        return show(request, order, act=act, refusal=refusal, status=refusal.status)
    came = said if isinstance(said, Outcome) else None
    return done(request, order, said if isinstance(said, str) else act, came=came)


def done(request: Request, order: Order, act: str, *, came: Outcome | None = None) -> HttpResponse:
    """The answer to an act that was done: the row in a list, the card, or a redirect to the page.

    `came`: what the verb said of it. An act that changed nothing says so and offers no undo of an older one.
    """
    same = came is not None and came.result == "unchanged"
    undo = undo_address(request.actor, order) if act in UNDONE and not same else ""
    message = came.message if came is not None else ""
    message = message or (_("没有变化：已经是这样了。") if same else "")
    if not request.htmx:
        answer: HttpResponse = HttpResponseRedirect(f"{address(order)}?done={act}")
    elif request.POST.get("shown") == "row":
        answer = row(request, order)
    else:
        fresh = order_of(request.actor, order.shop.code, order.number)
        answer = show(request, fresh, note=act, said=message)
    tell = undo or message or act in TOLD
    return toast(request, answer, message or _(DONE[act]), undo=undo) if tell else answer


def row(request: Request, order: Order, *, refusal: Refused | None = None) -> HttpResponse:
    """The order as a row of the list."""
    found = rows_of(Order.objects.filter(pk=order.pk), shops={order.shop_id: order.shop}, at=now())
    return render(
        request,
        "orders/list.html#row",
        {"r": found[0], "columns": shown_columns(request), "refusal": refusal},
        status=refusal.status if refusal else 200,
    )


def show(
    request: Request,
    order: Order,
    *,
    act: str = "",
    note: str = "",
    said: str = "",
    refusal: Refused | None = None,
    error: str = "",
    status: int = 200,
    revealed: Any = None,
) -> HttpResponse:
    """The order's card (htmx) or page, with what an act had to say."""
    if request.htmx and request.POST.get("shown") == "row" and (refusal or error):
        return row(request, order, refusal=refusal or Refused(error))
    fresh = order if request.method == "GET" else order_of(request.actor, order.shop.code, order.number)
    context = {
        "sheet": sheet(fresh, by=request.actor, at=now()),
        "order": fresh,
        "act": act,
        "note": said or (_(DONE[note]) if note in DONE else ""),
        "refusal": refusal,
        "error": error,
        "typed": request.POST,
        "mine": list(request.POST.items()),  # asked of `typed`, a field named "items" would answer
        "revealed": revealed,
        "theirs": _theirs(request, order) if isinstance(refusal, Stale) else [],
        "flags": Flag.choices,
        "templates": TEMPLATES.values(),
        "close_reasons": CloseReason.choices,
        "change_kinds": [pair for pair in Kind.choices if pair[0] != Kind.RECEIVER],
        "wishes": [(code, pair[0]) for code, pair in WISHES.items()],
        "freight_url": _freight(fresh),
        "books_url": _books(request, fresh),
        "refund_url": _refund(request, fresh),
    }
    template = "orders/order.html#card" if request.htmx else "orders/order.html"
    return render(request, template, context, status=status)


def address(order: Order, name: str = "order", **also: Any) -> str:
    """The address of an order or of one of its sub-resources."""
    return reverse(f"orders:{name}", kwargs={"code": order.shop.code, "number": order.number, **also})


def _books(request: Request, order: Order) -> str:
    """The page of the order's books, which stands above this room; "" without the power to see it."""
    if not request.actor.can(Power.LEDGER_SEE, order.shop_id):
        return ""
    try:
        return reverse("checkout:books", args=[order.shop.code, order.number])
    except NoReverseMatch:
        return ""


def _refund(request: Request, order: Order) -> str:
    """The page where a refund of an own order is decided, above this room; "" when none is open, or not for this person."""
    open_ = order.refund == Refund.OPEN and order.source == OWN
    if not open_ or not request.actor.can(Power.ORDER_SETTLE, order.shop_id):
        return ""
    try:
        return reverse("checkout:refund", args=[order.shop.code, order.number])
    except NoReverseMatch:
        return ""


def _freight(order: Order) -> str:
    try:
        base = reverse("freight:tester")
    except NoReverseMatch:
        return ""
    return f"{base}?{urlencode({'shop': order.shop.code, 'to': regions.full_name(order.region), 'pieces': str(order.pieces)})}"


def _same_version(request: Request, order: Order) -> None:
    given = whole(request.POST.get("version", ""))
    found = (
        Order.objects.select_for_update(of=("self",)).filter(pk=order.pk).values_list("version", flat=True)
    )
    if given is None or given != found[0]:
        raise Stale(_("这个订单刚刚被别人改动了，您的修改没有保存。请看下面的对比，再决定是否重做。"))


def _theirs(request: Request, order: Order) -> list[Any]:
    return timeline(order.pk, after=whole(request.POST.get("seen", "")), most=5)
