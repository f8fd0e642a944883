"""The simulator: everything stands in the address, so that a result can be sent to a colleague."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from zhanggui.kit import regions
from zhanggui.kit.clock import now
from zhanggui.kit.numbers import whole
from zhanggui.kit.refusals import Refused
from zhanggui.people.http import Request, needs
from zhanggui.people.powers import Power
from zhanggui.promotions import wording
from zhanggui.promotions.forms import TryForm
from zhanggui.promotions.pricing import values
from zhanggui.promotions.queries import pages
from zhanggui.promotions.queries.simulator import PURSE, Asked, Tried, try_cart
from zhanggui.promotions.views.frame import frame
from zhanggui.shops.models import Shop


@dataclass(frozen=True, slots=True)
class ShownLine:
    """A line of the result with the rule behind each step of its price."""

    line: values.PricedLine
    code: str
    title: str
    spec: str
    why: list[tuple[str, int | None]]


@needs(Power.OFFER_SEE)
@require_GET
def simulator(request: Request) -> HttpResponse:
    """GET /offers/simulator/?shop=&lines=&level=&region=&at=&coupon=&postage=&with="""
    shops = pages.shops_of(request.actor)
    context = frame(request, "promotions:simulator")
    if "lines" not in request.GET:
        first = {
            "shop": request.GET.get("shop"),
            "at": now(),
            "with_offer": request.GET.get("with_offer", ""),
        }
        return render(
            request, "promotions/simulator.html", context | {"form": TryForm(initial=first, shops=shops)}
        )
    form = TryForm(request.GET, shops=shops)
    if not form.is_valid():
        return _answer(request, context | {"form": form}, 422)
    asked = _asked(request, form)
    try:
        tried = try_cart(asked)
    except Refused as refusal:
        form.add_error(None, refusal.message)
        return _answer(request, context | {"form": form}, 422)
    return _answer(request, context | {"form": form, "asked": asked} | shown(tried), 200)


def _asked(request: Request, form: TryForm) -> Asked:
    typed = form.cleaned_data
    shop: Shop = typed["shop"]
    also = typed["with_offer"]
    if also is not None and not pages.visible_to(request.actor).filter(pk=also).exists():
        also = None
    held: frozenset[int] | None = None
    if typed["coupons"] == "none":
        held = frozenset()
    elif typed["coupons"] == "some":
        held = frozenset(pk for text in request.GET.getlist("coupon") if (pk := whole(text)) is not None)
    return Asked(
        shop=shop,
        pieces=form.pieces,
        at=typed["at"] or now(),
        level=typed["level"] or 0,
        region=form.place,
        first_order=typed["first_order"],
        held=held,
        also=also,
        postage_fen=typed["postage"],
    )


def shown(tried: Tried) -> dict[str, Any]:
    """A result for the page. No statement."""
    return {
        "tried": tried,
        "priced": tried.priced,
        "lines": lines_of(tried, tried.priced),
        "applied": [(one, tried.offers.get(one.offer_id), wording.said(one)) for one in tried.priced.applied],
        "refused": [
            (one, tried.offers.get(one.offer_id), wording.reason(one)) for one in tried.priced.refused
        ],
        "gifts": gifts_of(tried),
        "lowest": tried.lowest,
        "lowest_applied": [
            (one, tried.offers.get(one.offer_id), wording.said(one)) for one in tried.lowest.applied
        ],
        "purse": [offer for offer in tried.offers.values() if offer.kind in PURSE],
        "margin_bp": margin_of(tried.priced),
        "lowest_margin_bp": margin_of(tried.lowest),
        "floor_gap": tried.lowest.goods_fen - tried.lowest.floor_fen,
    }


def margin_of(priced: values.Priced) -> str:
    """The margin as a percent of what the goods cost, one decimal; "" when a cost is unknown."""
    if priced.margin_fen is None or not priced.goods_fen:
        return ""
    return f"{priced.margin_fen * 100 / priced.goods_fen:.1f}%"


def gifts_of(tried: Tried) -> list[tuple[values.GiftLine, str]]:
    """The presents with the offer each comes from."""
    return [(gift, _name(tried, gift.offer_id)) for gift in tried.priced.gifts]


def lines_of(tried: Tried, priced: values.Priced) -> list[ShownLine]:
    """The lines with the rule behind each step: unit prices, bundle, then fen by offer."""
    found = []
    for line in priced.lines:
        row = tried.goods[line.sku_id]
        why: list[tuple[str, int | None]] = []
        for part in line.parts:
            if part.offer_id is not None or len(line.parts) > 1:
                name = _name(tried, part.offer_id) if part.offer_id else _("原价")
                said = _("%(n)s 件 × ¥%(price)s：%(name)s") % {
                    "n": part.pieces,
                    "price": f"{part.unit_fen // 100}.{part.unit_fen % 100:02d}",
                    "name": name,
                }
                why.append((said, None))
        if line.bundle_off_fen:
            why.append((_("套餐省"), -line.bundle_off_fen))
        why += [(_name(tried, pk), -fen) for pk, fen in line.offs.items()]
        found.append(ShownLine(line, row.code, row.title, row.spec, why))
    return found


def _name(tried: Tried, pk: int | None) -> str:
    offer = tried.offers.get(pk) if pk is not None else None
    return offer.name if offer else ""


def _answer(request: Request, context: dict[str, Any], status: int) -> HttpResponse:
    form: TryForm = context["form"]
    context["place"] = regions.full_name(form.place) if form.place else ""
    fragment = request.headers.get("HX-Request") and request.headers.get("HX-Target", "").endswith("result")
    page = "promotions/simulator.html#result" if fragment else "promotions/simulator.html"
    return render(request, page, context, status=status)
