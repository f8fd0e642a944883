"""The work benches: what waits for a leader, what can leave together, what ships next."""

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from zhanggui.freight.queries import carrier_named, carriers
from zhanggui.kit.clock import now
from zhanggui.kit.refusals import Invalid, Refused
from zhanggui.orders.actions import merging as verbs
from zhanggui.orders.actions.shipping import Shipment, ship_many
from zhanggui.orders.queries import filters, pages, queues
from zhanggui.orders.queries.detail import order_of
from zhanggui.orders.views.answers import perform
from zhanggui.people.http import Request, needs
from zhanggui.people.powers import Power

MOST_PAIRS = 1000


@require_GET
@needs(Power.ORDER_SEE)
def approvals(request: Request) -> HttpResponse:
    """GET /orders/approvals/: concessions to approve and changes to decide, the oldest first."""
    context = {
        "concessions": queues.concessions_for(request.actor),
        "changes": queues.changes_for(request.actor),
        "topics": " ".join(f"shop:{shop.pk}" for shop in filters.shops_of(request.actor)[:20]),
    }
    return render(request, "orders/approvals.html", context)


@require_http_methods(["GET", "POST"])
@needs(Power.ORDER_SHIP)
def merging(request: Request) -> HttpResponse:
    """/orders/merging/: orders of one receiver; POST accepts or parts a group."""
    refusal: Refused | None = None
    if request.method == "POST":
        try:
            _group(request, [int(pk) for pk in request.POST.getlist("order") if _whole(pk)])
            return HttpResponseRedirect(reverse("orders:merging"))
        except Refused as refused:
            refusal = refused
    context = {"offers": queues.offers_for(request.actor, at=now()), "refusal": refusal}
    return render(request, "orders/merging.html", context, status=refusal.status if refusal else 200)


@require_POST
@needs(Power.ORDER_SHIP)
def together(request: Request, code: str, number: str) -> HttpResponse:
    """POST /orders/<code>/<number>/together/: this order with the others named."""
    order = order_of(request.actor, code, number)
    others = [int(pk) for pk in request.POST.getlist("order") if _whole(pk)]

    def do(values: dict[str, Any]) -> str:
        _group(request, [order.pk, *others])
        return "together" if request.POST.get("do") == "accept" else "parted"

    return perform(request, order, "together", do)


def _group(request: Request, ids: list[int]) -> None:
    if request.POST.get("do") == "accept":
        verbs.accept(by=request.actor, order_ids=ids, at=now())
    else:
        verbs.part(by=request.actor, order_ids=ids, at=now())


@require_http_methods(["GET", "POST"])
@needs(Power.ORDER_SEE)
def shipping(request: Request) -> HttpResponse:
    """/orders/shipping/: the queue by payment time; POST ships pairs of order number and waybill."""
    mine = filters.shops_of(request.actor)
    wanted = filters.narrowing(
        request.actor, {"view": "to_ship", "shop": request.GET.getlist("shop")}, shops=mine
    )
    cursor = request.GET.get("after", "") or request.GET.get("before", "")
    context: dict[str, Any] = {
        "carriers": carriers(),
        "may_ship": request.actor.can_somewhere(Power.ORDER_SHIP),
    }
    status = 200
    if request.method == "POST":
        context |= {"typed": request.POST.get("pairs", ""), "typed_carrier": request.POST.get("carrier", "")}
        try:
            results = _ship(request, context["typed"], context["typed_carrier"])
            shipped = sum(one["result"] == "done" for one in results)
            left = "\n".join(one["line"] for one in results if one["result"] != "done")
            context |= {
                "results": results,
                "shipped": shipped,
                "refused": len(results) - shipped,
                "typed": left,
            }
            status = 200 if shipped == len(results) else 409
        except Refused as refusal:
            context["refusal"], status = refusal, refusal.status
    context["page"] = pages.page(wanted, shops={shop.pk: shop for shop in mine}, cursor=cursor)
    return render(request, "orders/shipping.html", context, status=status)


def _ship(request: Request, text: str, default: str) -> list[dict[str, Any]]:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        raise Invalid(_("请填写订单号和运单号，一行一单。"), "pairs")
    if len(lines) > MOST_PAIRS:
        raise Invalid(_("一次最多发 %(most)s 单。") % {"most": MOST_PAIRS}, "pairs")
    request.actor.must(Power.ORDER_SHIP) if not request.actor.can_somewhere(Power.ORDER_SHIP) else None
    results = [queues.read_pair(line) for line in lines]
    found = queues.orders_numbered(request.actor, [one["number"] for one in results])
    names = {one["carrier"] or default for one in results}
    known = {name: carrier_named(name) if name else None for name in names}
    shipments, places = [], []
    for one in results:
        carrier = known[one["carrier"] or default]
        matches = found.get(one["number"], [])
        if not one["waybill"]:
            one["message"] = _("这一行要写订单号和运单号")
        elif not matches:
            one["message"] = _("没有这个订单。")
        elif len(matches) > 1:
            one["message"] = _("两家店铺都有这个订单号，请到订单页发货。")
        elif carrier is None:
            one["message"] = _("请选择快递")
        else:
            shipments.append(Shipment(matches[0], carrier.code, one["waybill"]))
            places.append(one)
    came = ship_many(by=request.actor, shipments=shipments, at=now()) if shipments else []
    for one, outcome in zip(places, came, strict=True):
        one["result"], one["message"] = outcome.result, outcome.message
    return results


def _whole(text: str) -> bool:
    return text.isdigit() and len(text) < 19
