"""What is kept after a partial refund, priced as it would have been at the moment of the order.

The law: docs/laws/prices.md, section 12. The refund depends on what is kept in the end, never on the way there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import product
from math import prod

from zhanggui.kit.money import split
from zhanggui.promotions.pricing.engine import price
from zhanggui.promotions.pricing.values import (
    Basket,
    BuyGet,
    Gift,
    GiftLine,
    Kind,
    NotApplied,
    Offer,
    Postage,
    PostageOf,
    Priced,
    Wish,
)

WAYS_MOST = 512
"""So many baskets between the kept one and the whole are looked at one by one; beyond, whole lines only.

Beyond, a later return may then come out lower than an earlier one: what went back is never asked for again."""


@dataclass(frozen=True, slots=True)
class KeptLine:
    """A line before and after. `share_fen`: what the kept pieces cost now; `refund_fen`: its part of the refund."""

    key: str
    pieces: int
    kept: int
    share_before_fen: int
    share_fen: int
    refund_fen: int


@dataclass(frozen=True, slots=True)
class GiftBack:
    """Presents that the kept basket does not earn: to be returned, or deducted at their cost (None: unknown)."""

    offer_id: int
    sku_id: int
    pieces: int
    worth_fen: int | None
    title: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """The kept basket and what goes back, in all (earlier refunds of this order included).

    refund = goods_back + postage_back = cash_back + red_back. `priced`: the kept basket (its own red packets are not
    computed). `lost`: offers that counted and no longer do, with the reason; `coupons_back`: those of them that return
    to the purse. `value_fen`: what the kept basket counts for; `shortfall_fen`: how much it is worth more than was
    paid, which nobody is asked for.
    """

    priced: Priced
    value_fen: int
    refund_fen: int
    goods_back_fen: int
    postage_back_fen: int
    cash_back_fen: int
    red_back_fen: int
    shortfall_fen: int
    lines: tuple[KeptLine, ...]
    gifts_back: tuple[GiftBack, ...] = ()
    lost: tuple[NotApplied, ...] = ()
    coupons_back: tuple[int, ...] = ()


def reprice(
    basket: Basket,
    offers: Sequence[Offer],
    priced: Priced,
    keep: Mapping[str, int],
    *,
    postage: PostageOf | None = None,
    at: datetime | None = None,
) -> Kept:
    """What goes back when only `keep` (pieces by line key; a line that is not named: none) is kept.

    `basket`, `offers`, `priced`: as they were kept with the order. `postage`: what the kept basket's parcel costs; None
    when the parcel has left and the postage stays as it was paid (nothing kept and nothing sent: pass one that
    gives 0). Offers count as they did then; of coupons and vouchers only those that the order used.

    Never below 0 nor above what was paid. Returning more never gives back less, and the order of refunds does not
    matter: the kept basket counts for the least that it, or any basket between it and the whole, costs
    (up to WAYS_MOST of them). The caller pays what is more than went back before, never less than 0.
    Raises ValueError for a key that is not in the basket, or pieces outside what was bought.
    """
    moment = at or priced.at
    if moment is None:
        raise ValueError("the moment of the order is not known")
    bought = {item.key: item.pieces for item in basket.items}
    if any(key not in bought or not 0 <= n <= bought[key] for key, n in keep.items()):
        raise ValueError("only what was bought can be kept")
    counts = tuple(keep.get(item.key, 0) for item in basket.items)
    paid_postage = priced.postage_fen or 0
    stays = Postage(paid_postage, "stays")
    sending: PostageOf = (lambda _goods: stays) if postage is None else postage
    used = {row.offer_id for row in priced.applied}
    pool = _pool(offers, used, postage is None)

    def of(kept: tuple[int, ...]) -> Priced:
        items = tuple([replace(i, pieces=n) for i, n in zip(basket.items, kept, strict=True) if n])
        return price(replace(basket, items=items, wish=Wish()), at=moment, offers=pool, postage=sending)

    def worth(found: Priced) -> int:
        return found.goods_fen + (paid_postage if found.postage_fen is None else found.postage_fen)

    whole = tuple(item.pieces for item in basket.items)
    paid = priced.goods_fen + paid_postage
    now = of(counts)
    value = min([worth(now)] + [worth(of(way)) for way in _between(counts, whole)])
    refund = 0 if counts == whole else min(paid, max(0, paid - value))
    red = priced.red_fen
    red_back = refund * red // paid if paid else 0
    postage_now = paid_postage if now.postage_fen is None else now.postage_fen
    postage_back = min(refund, max(0, paid_postage - postage_now))
    goods_back = min(refund - postage_back, priced.goods_fen)
    postage_back = refund - goods_back
    after = {row.offer_id for row in now.applied}
    lost = _lost(priced, now, after)
    return Kept(
        priced=now,
        value_fen=value,
        refund_fen=refund,
        goods_back_fen=goods_back,
        postage_back_fen=postage_back,
        cash_back_fen=refund - red_back,
        red_back_fen=red_back,
        shortfall_fen=max(0, value - paid),
        lines=_lines(priced, now, counts, goods_back),
        gifts_back=_gifts(priced, now, basket, offers),
        lost=lost,
        coupons_back=tuple(row.offer_id for row in lost if row.kind in (Kind.COUPON, Kind.VOUCHER)),
    )


def _pool(offers: Sequence[Offer], used: set[int], sent: bool) -> list[Offer]:
    """The offers that may count for what is kept."""
    return [
        offer
        for offer in offers
        if (offer.id in used or offer.kind not in (Kind.COUPON, Kind.VOUCHER))
        and not (sent and offer.kind is Kind.FREE_POSTAGE)
    ]


def _between(counts: tuple[int, ...], whole: tuple[int, ...]) -> list[tuple[int, ...]]:
    """The baskets that hold what is kept and more, the whole one not among them."""
    steps: list[Sequence[int]] = [range(a, b + 1) for a, b in zip(counts, whole, strict=True)]
    if prod(len(step) for step in steps) > WAYS_MOST:
        steps = [(a, b) if a != b else (a,) for a, b in zip(counts, whole, strict=True)]
        if prod(len(step) for step in steps) > WAYS_MOST:
            return []
    return [way for way in product(*steps) if way not in (counts, whole)]


def _lost(priced: Priced, now: Priced, after: set[int]) -> tuple[NotApplied, ...]:
    reasons = {row.offer_id: row for row in now.refused}
    return tuple(
        reasons.get(row.offer_id, NotApplied(row.offer_id, row.kind, "no_goods"))
        for row in priced.applied
        if row.offer_id not in after and not (row.kind is Kind.FREE_POSTAGE and row.offer_id not in reasons)
    )


def _lines(priced: Priced, now: Priced, counts: tuple[int, ...], goods_back: int) -> tuple[KeptLine, ...]:
    """The refund on lines: first the returned pieces' own shares, what is beyond on what the lines still have."""
    shares = {line.key: line.share_fen for line in now.lines}
    own = [
        line.share_fen - line.share_fen * n // line.pieces
        for line, n in zip(priced.lines, counts, strict=True)
    ]
    first = min(goods_back, sum(own))
    parts = split(first, own) if own else []
    rest = goods_back - first
    if rest:
        room = [line.share_fen - part for line, part in zip(priced.lines, parts, strict=True)]
        parts = [a + b for a, b in zip(parts, split(rest, room), strict=True)]
    return tuple(
        KeptLine(line.key, line.pieces, n, line.share_fen, shares.get(line.key, 0), part)
        for line, n, part in zip(priced.lines, counts, parts, strict=True)
    )


def _gifts(priced: Priced, now: Priced, basket: Basket, offers: Sequence[Offer]) -> tuple[GiftBack, ...]:
    costs: dict[int, dict[int, int | None]] = {}
    own = {item.sku_id: item.cost_fen for item in basket.items}
    for offer in offers:
        if isinstance(offer.terms, Gift):
            costs[offer.id] = {present.sku_id: present.cost_fen for _, present in offer.terms.tiers}
        elif isinstance(offer.terms, BuyGet):
            present = offer.terms.present
            costs[offer.id] = (
                {present.sku_id: present.cost_fen}
                if present.sku_id
                else {sku: own[sku] if present.cost_fen is None else present.cost_fen for sku in own}
            )
    still = _counted(now.gifts)
    found = []
    titles = {(gift.offer_id, gift.sku_id): gift.title for gift in priced.gifts}
    for (offer_id, sku), pieces in sorted(_counted(priced.gifts).items()):
        back = pieces - still.get((offer_id, sku), 0)
        if back > 0:
            each = costs.get(offer_id, {}).get(sku)
            worth = None if each is None else each * back
            found.append(GiftBack(offer_id, sku, back, worth, titles[offer_id, sku]))
    return tuple(found)


def _counted(gifts: Sequence[GiftLine]) -> dict[tuple[int, int], int]:
    found: dict[tuple[int, int], int] = {}
    for gift in gifts:
        found[gift.offer_id, gift.sku_id] = found.get((gift.offer_id, gift.sku_id), 0) + gift.pieces
    return found
