"""The quote tester, quotes kept, and one kept quote as a receipt."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from zhanggui.freight import queries, wording
from zhanggui.freight.actions.quoting import keep
from zhanggui.freight.forms import TesterForm
from zhanggui.freight.models import Carrier
from zhanggui.freight.quotes import Part, Wish, quote_many, side_by_side
from zhanggui.freight.rules import Receipt, read_receipt
from zhanggui.kit import regions
from zhanggui.kit.clock import day_of, now
from zhanggui.people.http import Request, needs
from zhanggui.people.powers import Power

_SHOWN = 50


@needs(Power.FREIGHT_SEE)
@require_GET
def index(request: Request) -> HttpResponse:
    """GET /freight/quotes/: the latest quotes that were kept."""
    rows = list(queries.quotes_visible_to(request.actor)[:_SHOWN])
    listed = [
        (row, regions.full_name(row.asked.get("to", "")), wording.outcome_name(row.outcome)) for row in rows
    ]
    return render(request, "freight/quotes.html", {"rows": listed, "now": now()})


@needs(Power.FREIGHT_SEE)
@require_http_methods(["GET", "POST"])
def tester(request: Request) -> HttpResponse:
    """GET, POST /freight/quotes/new/: try a quote, keep it with `keep`.

    The address comes by POST, so that a name or a phone never stands in an address line or a log; only its
    region is used. GET takes ?shop=&to=&weight=&pieces=&carrier= without personal data.
    """
    shops = queries.shops_visible_to(request.actor)
    listed = [(row.code, row.name) for row in queries.carriers()]
    asked: Any = None
    if request.method == "POST":
        asked = request.POST
    elif "pieces" in request.GET:
        asked = request.GET
    first = {"shop": request.GET.get("shop") or None, "pieces": 1}
    form = TesterForm(asked, initial=first, shops=shops, carriers=listed, usual=_("本店默认"))
    if asked is None:
        return render(request, "freight/tester.html", {"form": form, "shops": shops})
    if not form.is_valid():
        return _answer(request, {"form": form, "shops": shops}, 422)
    wish, place = _wish(form)
    if request.method == "POST" and "keep" in request.POST:
        kept = keep(by=request.actor, wish=wish, at=now())
        where = redirect("freight:quote", kept.key)
        if request.headers.get("HX-Request"):
            answer = HttpResponse(status=204)
            answer["HX-Redirect"] = where["Location"]
            return answer
        return where
    receipt = quote_many([wish], on=day_of(now()))[0]
    others = [
        (code, name or _("普通快递"), one, wording.why_not(one))
        for code, name, one in side_by_side(wish, on=day_of(now()))
    ]
    about = {"form": form, "shops": shops, "place": place, "others": others, "asked": _asked(wish)}
    return _answer(request, about | _shown(receipt), 200)


@needs(Power.FREIGHT_SEE)
@require_GET
def quote(request: Request, key: str) -> HttpResponse:
    """GET /freight/quotes/<key>/: a kept quote."""
    kept = get_object_or_404(queries.quotes_visible_to(request.actor), key=key)
    about = {
        "quote": kept,
        "task": getattr(kept, "task", None),
        "place": regions.full_name(kept.asked.get("to", "")),
        "good": kept.good_until > now(),
        "may_answer": request.actor.can(Power.FREIGHT_EDIT, kept.shop_id),
        "parts": [_measures(part) for part in kept.asked.get("parts", [])],
    }
    return render(request, "freight/quote.html", about | _shown(read_receipt(kept.receipt)))


def _wish(form: TesterForm) -> tuple[Wish, str]:
    typed = form.cleaned_data
    text = typed["address"].strip()
    to = regions.parse_pasted(text).place.region if text else ""
    if not text and typed["to"]:  # a code or a region's name, from a link
        to = typed["to"] if regions.known(typed["to"]) else regions.parse_address(typed["to"]).region
    part = Part(typed["pieces"], typed["weight"] or None, typed["volume"] or None, typed["amount"] or 0)
    return Wish(typed["shop"], to, (part,), typed["carrier"] or None), regions.full_name(to) if to else ""


def _asked(wish: Wish) -> dict[str, Any]:
    part = wish.parts[0]
    return _measures(
        {
            "pieces": part.pieces,
            "weight_g": part.weight_g,
            "volume_cm3": part.volume_cm3,
            "amount_fen": part.amount_fen,
        }
    )


def _measures(part: dict[str, Any]) -> dict[str, Any]:
    volume = part.get("volume_cm3")
    return {
        "pieces": part["pieces"],
        "weight": wording.measure(part.get("weight_g"), "weight"),
        "volume": wording.measure(volume, "volume") if volume else "",
        "amount_fen": part.get("amount_fen"),
    }


def _shown(receipt: Receipt) -> dict[str, Any]:
    carrier = Carrier.objects.filter(code=receipt.carrier).first() if receipt.carrier else None
    name = carrier.name if carrier else ""
    return {
        "receipt": receipt,
        "lines": [(line, wording.sentence(line)) for line in receipt.lines],
        "outcome": wording.outcome_name(receipt.outcome),
        "carrier_name": name or _("普通快递"),
        "copy": wording.for_buyer(receipt, name),
    }


def _answer(request: Request, about: dict[str, Any], status: int) -> HttpResponse:
    page = "freight/tester.html#result" if request.headers.get("HX-Request") else "freight/tester.html"
    return render(request, page, about, status=status)
