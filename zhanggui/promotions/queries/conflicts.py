"""The conflict finder: offers of a shop that get in each other's way, each finding with the two carts that prove it.

Carts are small and made of the offers' own SKUs, with the pieces at which a threshold is just missed, just reached
and passed by one. Every cart is priced by the engine itself, so what is shown is what a buyer would meet. The buyer
is the one for whom most holds: highest member level, first order, every coupon held. No finding is no proof that
there is none: it says that none of these carts shows one.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_noop as N_

from zhanggui.catalog.models import Sku
from zhanggui.catalog.queries import window
from zhanggui.catalog.queries.window import SkuInShop
from zhanggui.promotions.models import Offer
from zhanggui.promotions.pricing import engine, values
from zhanggui.promotions.pricing.values import Kind
from zhanggui.promotions.queries.live import as_values, with_left
from zhanggui.promotions.queries.simulator import PURSE, flat, items_of
from zhanggui.promotions.states import RUNNING
from zhanggui.promotions.terms import skus_of
from zhanggui.shops.models import Shop

SKUS = 6
"""So many SKUs make the carts."""
MOST_PIECES = 60
MOMENTS = 8
AHEAD = timedelta(days=90)
LARGE = 1_200
"""Prices from which on the search runs as a job."""

Pieces = tuple[tuple[int, int], ...]
"""A cart: (SKU id, pieces), sorted."""

KINDS = {
    "floor": N_("叠加后会低于底价"),
    "cliff": N_("多买一件反而更便宜"),
    "hidden": N_("有它就用不上另一个"),
    "gap": N_("看着够门槛，其实不够"),
}
"""The kinds of findings, the gravest first, with their headings."""


@dataclass(frozen=True, slots=True)
class Proof:
    """A cart, and which offers are there when it is priced."""

    pieces: Pieces
    offers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """A conflict of kind `KINDS` around an offer (and another), at a moment, with the two carts that prove it.

    `short_fen`: by how much: what is missing to the floor or the threshold, what the dearer cart costs less.
    """

    kind: str
    offer: int
    other: int
    at: datetime
    first: Proof
    second: Proof
    short_fen: int = 0


@dataclass(frozen=True, slots=True)
class Setting:
    """What a search reads: the shop's offers with their moments, and the goods of the carts."""

    shop: Shop
    moments: tuple[tuple[datetime, tuple[values.Offer, ...]], ...]
    goods: Mapping[int, SkuInShop]
    also: int | None = None
    carts: tuple[Pieces, ...] = field(default=())

    @property
    def size(self) -> int:
        """About how many prices the search computes."""
        each = sum(2 + 2 * len(offers) for _at, offers in self.moments)
        return len(self.carts) * each


def setting(shop: Shop, *, at: datetime, also: int | None = None) -> Setting:
    """Read what a search of a shop needs: approved offers of the next 90 days, one more of any state (`also`), and
    the goods. At most four statements."""
    running = Q(state__in=RUNNING, ends_at__gt=at, starts_at__lt=at + AHEAD)
    rows = with_left(at).filter(shop_ids__contains=[shop.pk])
    rows = rows.filter(running | Q(pk=also)) if also is not None else rows.filter(running)
    offers = [_favourable(offer) for offer in as_values(rows.order_by("pk"))]
    chosen = next((offer for offer in offers if offer.id == also), None)
    if chosen is not None:
        offers = [one for one in offers if one.starts_at < chosen.ends_at and chosen.starts_at < one.ends_at]
    goods = goods_for(shop, offers, at=at)
    carts = tuple(carts_of(offers, goods)) if len(offers) > 0 else ()
    return Setting(shop, tuple(moments(offers, at=at)), goods, also, carts)


def moments(
    offers: Sequence[values.Offer], *, at: datetime
) -> Iterator[tuple[datetime, tuple[values.Offer, ...]]]:
    """The moments at which another set of offers holds, at most MOMENTS, those with the most offers first."""
    points = sorted({max(at, offer.starts_at) for offer in offers})
    sets: dict[tuple[int, ...], tuple[datetime, tuple[values.Offer, ...]]] = {}
    for point in points:
        live = tuple(offer for offer in offers if offer.starts_at <= point < offer.ends_at)
        if live:
            sets.setdefault(tuple(offer.id for offer in live), (point, live))
    yield from sorted(sets.values(), key=lambda pair: (-len(pair[1]), pair[0]))[:MOMENTS]


def goods_for(shop: Shop, offers: Sequence[values.Offer], *, at: datetime) -> dict[int, SkuInShop]:
    """SKUs for the carts: those the offers name, then of their products and categories, else what the shop lists:
    cheapest, dearest and between. At most four statements."""
    named = {pk for offer in offers for pk in skus_of(offer.terms) | offer.scope.skus}
    products = {pk for offer in offers for pk in offer.scope.products}
    categories = {pk for offer in offers for pk in offer.scope.categories}
    whole = any(not (o.scope.skus or o.scope.products or o.scope.categories) for o in offers)
    rows = Sku.objects.filter(merchant_id=shop.merchant_id, off_at__isnull=True)
    ids = _spread(rows.filter(pk__in=sorted(named)), 4) if named else []
    about = Q(product_id__in=sorted(products)) | Q(product__listings__categories__in=sorted(categories))
    if products or categories:
        ids += _spread(rows.filter(about, product__listings__shop=shop).exclude(pk__in=ids).distinct(), 3)
    if whole or len(ids) < 3:
        ids += _spread(
            rows.filter(product__listings__shop=shop).exclude(pk__in=ids).distinct(), SKUS - len(ids)
        )
    return window.skus(ids[:SKUS], shop_id=shop.pk, at=at)


def _spread(rows: Any, most: int) -> list[int]:
    """So many of the rows, spread over their prices."""
    priced = list(rows.filter(price_fen__gt=0).order_by("price_fen", "pk").values_list("pk", flat=True)[:400])
    if most <= 0 or len(priced) <= most:
        return priced[: max(0, most)]
    step = (len(priced) - 1) / (most - 1) if most > 1 else 0
    return [priced[round(step * number)] for number in range(most)]


def carts_of(offers: Sequence[values.Offer], goods: Mapping[int, SkuInShop]) -> Iterator[Pieces]:
    """Small carts around every threshold: one SKU alone, and with one piece of another. No statement."""
    amounts, counts = _thresholds(offers)
    seen: set[Pieces] = set()
    for row in goods.values():
        several = {1, 2} | {many + more for many in counts for more in (-1, 0, 1)}
        several |= {
            -(-fen // row.price_fen) + more for fen in amounts for more in (-1, 0, 1) if row.price_fen
        }
        kept = sorted(many for many in several if 0 < many <= MOST_PIECES)
        for many in kept:
            yield from _new(seen, {row.sku_id: many})
            for other in goods.values():
                if other.sku_id != row.sku_id and other.price_fen <= row.price_fen:
                    yield from _new(seen, {row.sku_id: many, other.sku_id: 1})
    for offer in offers:
        if isinstance(offer.terms, values.Bundle) and set(offer.terms.pieces) <= set(goods):
            yield from _new(seen, offer.terms.pieces)


def _new(seen: set[Pieces], pieces: Mapping[int, int]) -> Iterator[Pieces]:
    cart = tuple(sorted(pieces.items()))
    if cart not in seen:
        seen.add(cart)
        yield cart


def _thresholds(offers: Iterable[values.Offer]) -> tuple[set[int], set[int]]:
    """Amounts (fen) and pieces at which something begins."""
    amounts: set[int] = set()
    counts: set[int] = set()
    for offer in offers:
        terms = offer.terms
        if isinstance(terms, values.Reduction):
            (counts if terms.by_pieces else amounts).update(tier.at for tier in terms.tiers)
        elif isinstance(terms, values.Gift):
            (counts if terms.by_pieces else amounts).update(at for at, _present in terms.tiers)
        elif isinstance(terms, values.Coupon):
            amounts.add(terms.threshold_fen)
        elif isinstance(terms, values.BuyGet):
            counts.add(terms.buy)
        elif isinstance(terms, values.FreePostage):
            if terms.amount_fen:
                amounts.add(terms.amount_fen)
            if terms.pieces:
                counts.add(terms.pieces)
    return amounts, counts


def _favourable(offer: values.Offer) -> values.Offer:
    return replace(offer, held=1) if offer.kind in PURSE else offer


def price_of(
    goods: Mapping[int, SkuInShop], pieces: Pieces, offers: Sequence[values.Offer], at: datetime
) -> values.Priced:
    """A cart as the finder prices it: the buyer for whom most holds, postage of ten yuan. Pure."""
    levels = [level for offer in offers for level in offer.levels]
    levels += [
        lv for offer in offers if isinstance(offer.terms, values.Member) for lv in offer.terms.percents_bp
    ]
    region = next((code for offer in offers for code in offer.regions), "")
    buyer = values.Buyer(level=max(levels, default=0), first_order=True)
    wanted = dict(pieces)
    items = items_of([goods[pk] for pk in wanted], wanted)
    return engine.price(values.Basket(items, buyer, region), at=at, offers=offers, postage=flat(1000))


def search(
    found: Setting, *, tick: Callable[[int], None] = lambda done: None, start: int = 0
) -> list[Finding]:
    """Every finding of a setting, the clearest cart of each kind and pair of offers. Pure but for `tick`.

    `tick` is told after each cart how many carts are done. The wall: `setting.size` prices.
    """
    best: dict[tuple[str, int, int], Finding] = {}
    done = start
    for at, offers in found.moments:
        keep = _Search(found, offers, at)
        for cart in found.carts:
            for finding in keep.of_cart(cart):
                key = (finding.kind, finding.offer, finding.other)
                if key not in best or _clearer(finding, best[key]):
                    best[key] = finding
            done += 1
            tick(done)
        for finding in keep.hidden():
            best.setdefault((finding.kind, finding.offer, finding.other), finding)
    about = [one for one in best.values() if found.also is None or found.also in (one.offer, one.other)]
    order = list(KINDS)
    return sorted(about, key=lambda one: (order.index(one.kind), -one.short_fen, one.offer, one.other))


def _clearer(one: Finding, other: Finding) -> bool:
    """Fewer lines and pieces are read more easily; then the larger sum."""
    return (len(one.second.pieces), sum(n for _, n in one.second.pieces), -one.short_fen) < (
        len(other.second.pieces),
        sum(n for _, n in other.second.pieces),
        -other.short_fen,
    )


class _Search:
    """The carts of one moment."""

    def __init__(self, found: Setting, offers: tuple[values.Offer, ...], at: datetime) -> None:
        self.found, self.offers, self.at = found, offers, at
        self.ids = tuple(offer.id for offer in offers)
        self.by_id = {offer.id: offer for offer in offers}
        self.price = cache(lambda cart, ids: price_of(found.goods, cart, [self.by_id[pk] for pk in ids], at))
        self.used: set[int] = set()
        self.losers: dict[int, tuple[Pieces, int]] = {}

    def of_cart(self, cart: Pieces) -> Iterator[Finding]:
        """What one cart shows."""
        priced = self.price(cart, self.ids)
        applied = [one.offer_id for one in priced.applied]
        self.used.update(applied)
        for turned in priced.refused:
            alone = self._alone(cart, turned.offer_id)
            if alone is None:
                continue
            winner = self._winner(turned, applied)
            both = Proof(cart, self.ids), Proof(cart, (turned.offer_id,))
            if turned.code == "below_floor":
                short = int(turned.numbers.get("short", 0))
                yield Finding("floor", turned.offer_id, winner, self.at, both[1], both[0], short)
            elif turned.code == "threshold":
                yield from self._gap(cart, turned, winner)
            elif winner:
                self.losers.setdefault(turned.offer_id, (cart, winner))
        yield from self._cliff(cart, priced)

    def hidden(self) -> Iterator[Finding]:
        """Offers that could count in some cart but never do beside the others."""
        for loser, (cart, winner) in self.losers.items():
            if loser not in self.used:
                yield Finding("hidden", loser, winner, self.at, Proof(cart, (loser,)), Proof(cart, self.ids))

    def _alone(self, cart: Pieces, offer_id: int) -> values.Priced | None:
        """The cart with this offer only, when it counts then."""
        priced = self.price(cart, (offer_id,))
        return priced if priced.applied else None

    def _winner(self, turned: values.NotApplied, applied: Sequence[int]) -> int:
        named = turned.numbers.get("by_id")
        if isinstance(named, int):
            return named
        rest = [pk for pk in applied if self.by_id[pk].kind != Kind.FREE_POSTAGE]
        return rest[-1] if rest else 0

    def _gap(self, cart: Pieces, turned: values.NotApplied, winner: int) -> Iterator[Finding]:
        """The threshold is reached by the list price, not after the others: where is it reached then?"""
        sku, pieces = max(cart, key=lambda line: line[1])
        for more in range(1, 13):
            larger = tuple((pk, many + more if pk == sku else many) for pk, many in cart)
            priced = self.price(larger, self.ids)
            if any(one.offer_id == turned.offer_id for one in priced.applied):
                short = int(turned.numbers.get("short", 0))
                yield Finding(
                    "gap",
                    turned.offer_id,
                    winner,
                    self.at,
                    Proof(cart, self.ids),
                    Proof(larger, self.ids),
                    short,
                )
                return

    def _cliff(self, cart: Pieces, priced: values.Priced) -> Iterator[Finding]:
        """One piece more of any line, or of another SKU, makes the goods cheaper."""
        for pk in self.found.goods:
            wanted = dict(cart)
            wanted[pk] = wanted.get(pk, 0) + 1
            larger = tuple(sorted(wanted.items()))
            if wanted[pk] > MOST_PIECES or len(larger) > 2:
                continue
            more = self.price(larger, self.ids)
            less = priced.goods_fen - more.goods_fen
            if less <= 0:
                continue
            before = {one.offer_id for one in priced.applied}
            gained = [one for one in more.applied if one.offer_id not in before] or list(more.applied)
            best = max(gained, key=lambda one: (one.off_fen, one.offer_id))
            yield Finding(
                "cliff", best.offer_id, 0, self.at, Proof(cart, self.ids), Proof(larger, self.ids), less
            )


def dump(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """Findings as JSON for a job."""
    return [
        {
            "kind": one.kind,
            "offer": one.offer,
            "other": one.other,
            "at": one.at.isoformat(),
            "short_fen": one.short_fen,
            "first": [list(map(list, one.first.pieces)), list(one.first.offers)],
            "second": [list(map(list, one.second.pieces)), list(one.second.offers)],
        }
        for one in findings
    ]


def load(rows: Iterable[Mapping[str, Any]]) -> list[Finding]:
    """Findings out of a job's JSON."""

    def proof(row: Sequence[Any]) -> Proof:
        return Proof(tuple((int(pk), int(many)) for pk, many in row[0]), tuple(int(pk) for pk in row[1]))

    return [
        Finding(
            row["kind"],
            int(row["offer"]),
            int(row["other"]),
            datetime.fromisoformat(row["at"]),
            proof(row["first"]),
            proof(row["second"]),
            int(row["short_fen"]),
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class Cart:
    """A cart of a proof as the page shows it."""

    lines: list[tuple[SkuInShop, int]]
    priced: values.Priced


@dataclass(frozen=True, slots=True)
class Shown:
    """A finding as the page shows it: the offers' names and both carts priced again."""

    finding: Finding
    heading: str
    offer: values.Offer
    other: values.Offer | None
    first: Cart
    second: Cart
    names: Mapping[int, str]


def show(findings: Sequence[Finding], shop: Shop, *, at: datetime) -> list[Shown]:
    """Findings with their carts priced again, as the offers stand now. Three statements; those whose offers or goods
    are gone fall away."""
    ids = {pk for one in findings for pk in (*one.first.offers, *one.second.offers)}
    rows = with_left(at).filter(pk__in=sorted(ids), shop_ids__contains=[shop.pk])
    offers = {offer.id: _favourable(offer) for offer in as_values(rows)}
    skus = {pk for one in findings for pk, _many in (*one.first.pieces, *one.second.pieces)}
    goods = window.skus(skus, shop_id=shop.pk, at=at)
    names = {pk: offer.name for pk, offer in offers.items()}
    shown = []
    for one in findings:
        proofs = (one.first, one.second)
        if not all(pk in goods for proof in proofs for pk, _many in proof.pieces):
            continue
        if one.offer not in offers or (one.other and one.other not in offers):
            continue
        first, second = (
            Cart(
                [(goods[pk], many) for pk, many in proof.pieces],
                price_of(goods, proof.pieces, [offers[pk] for pk in proof.offers if pk in offers], one.at),
            )
            for proof in proofs
        )
        shown.append(
            Shown(one, KINDS[one.kind], offers[one.offer], offers.get(one.other), first, second, names)
        )
    return shown


def offer_of(rows: Any, pk: int) -> Offer | None:
    """One offer of rows the reader may see, or None. One statement."""
    found: Offer | None = rows.filter(pk=pk).first()
    return found
