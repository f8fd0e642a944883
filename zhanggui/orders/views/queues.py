"""The work benches: what waits for a leader, what can leave together, what ships next."""

from collections import Counter
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from zhanggui.freight.queries import carrier_named, carriers
from zhanggui.kit.clock import now
from zhanggui.kit.numbers import whole
from zhanggui.kit.refusals import Invalid, Refused
from zhanggui.kit.toasts import toast
from zhanggui.orders.actions import merging as verbs
from zhanggui.orders.actions.shipping import Shipment, ship_many, ship_together
from zhanggui.orders.queries import filters, pages, queues
from zhanggui.orders.queries.detail import order_of
from zhanggui.orders.views.answers import DONE, perform
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
    """/orders/merging/: orders of one receiver; POST accepts, parts or ships a group."""
    refusal: Refused | None = None
    ids = _orders(request)
    if request.method == "POST":
        try:
            said = _group(request, ids)
            return toast(request, HttpResponseRedirect(reverse("orders:merging")), _(DONE[said]))
        except Refused as refused:
            refusal = refused
    context = {
        "offers": queues.offers_for(request.actor, at=now()),
        "carriers": carriers(),
        "refusal": refusal,
        "typed": request.POST,
        "typed_order": ids[0] if ids else None,
    }
    return render(request, "orders/merging.html", context, status=refusal.status if refusal else 200)


@require_POST
@needs(Power.ORDER_SHIP)
def together(request: Request, code: str, number: str) -> HttpResponse:
    """POST /orders/<code>/<number>/together/: this order and the others named become, leave or end a group."""
    order = order_of(request.actor, code, number)
    others = _orders(request)

    def do(values: dict[str, Any]) -> str:
        return _group(request, [order.pk, *others])

    return perform(request, order, "together", do)


def _group(request: Request, ids: list[int]) -> str:
    """Do to a group what the form says; gives what was done, a key of DONE."""
    wish = request.POST.get("do")
    if wish == "accept":
        verbs.accept(by=request.actor, order_ids=ids, at=now())
        return "together"
    if wish != "ship":
        verbs.part(by=request.actor, order_ids=ids, at=now())
        return "parted"
    carrier, waybill = carrier_named(request.POST.get("carrier", "")), request.POST.get("waybill", "")
    if carrier is None:
        raise Invalid(_("请选择快递"), "carrier")
    if not waybill.strip():
        raise Invalid(_("请填写运单号"), "waybill")
    ship_together(
        by=request.actor, order_ids=ids, carrier=carrier.code, waybill=waybill, at=now(), group=True
    )
    return "sent-together"


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
    parcels = Counter((one.carrier, one.waybill) for one in shipments)
    alone = [n for n, one in enumerate(shipments) if parcels[one.carrier, one.waybill] == 1]
    came = ship_many(by=request.actor, shipments=[shipments[n] for n in alone], at=now()) if alone else []
    for n, outcome in zip(alone, came, strict=True):
        places[n]["result"], places[n]["message"] = outcome.result, outcome.message
    for carrier_code, waybill in (parcel for parcel, many in parcels.items() if many > 1):
        inside = [
            n for n, one in enumerate(shipments) if (one.carrier, one.waybill) == (carrier_code, waybill)
        ]
        result, message = _ship_one_parcel(request, [shipments[n] for n in inside])
        for n in inside:
            places[n]["result"], places[n]["message"] = result, message
    return results


def _ship_one_parcel(request: Request, shipments: list[Shipment]) -> tuple[str, str]:
    """Lines with the same waybill are one parcel: all its orders leave, or none."""
    ids, one = [shipment.order_id for shipment in shipments], shipments[0]
    try:
        ship_together(by=request.actor, order_ids=ids, carrier=one.carrier, waybill=one.waybill, at=now())
    except Refused as refusal:
        return "refused", refusal.message
    return "done", ""


def _orders(request: Request) -> list[int]:
    return [pk for text in request.POST.getlist("order") if (pk := whole(text)) is not None]
