"""The page of a product: the catalog's part, the price of each SKU, what is left, what sending one piece costs.

The price and the postage come from the reading and the calculation of the checkout (`checkout.baskets`), so the page
cannot say something else than the order (screens S2).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import CharField, Exists, OuterRef, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from zhanggui.catalog.models import Listing, Sku
from zhanggui.catalog.queries import window
from zhanggui.catalog.queries.window import ProductPage, SkuOnPage
from zhanggui.checkout.baskets import Asked, price_read
from zhanggui.checkout.gathered import Gathered, gather
from zhanggui.customers.models import Address, Buyer
from zhanggui.freight import wording as freight
from zhanggui.freight.rules import ASK, PRICED, Receipt
from zhanggui.kit import regions
from zhanggui.kit.clock import in_china
from zhanggui.kit.refusals import NotFound
from zhanggui.promotions import wording
from zhanggui.promotions.pricing import values
from zhanggui.shops.models import Shop
from zhanggui.storefront.models import Favourite
from zhanggui.storefront.queries import coupons, prices
from zhanggui.storefront.queries.shelves import LOW, OUT, mark

Offers = tuple[values.Offer, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of an option: the SKU it leads to from the chosen one, None when the two were never made together."""

    value: str
    sku: SkuOnPage | None
    here: bool
    out: bool


@dataclass(frozen=True, slots=True)
class Offered:
    """A SKU with its price and what can be sold of it. `left` None: nobody counts it."""

    sku: SkuOnPage
    tag: prices.Tag
    left: int | None
    ladder: int
    """Which of the page's different prices it has."""

    @property
    def name(self) -> str:
        """The SKU in few words."""
        return short(self.sku.spec) or self.sku.code

    @property
    def out(self) -> bool:
        """Whether nothing of it can be sold now."""
        return self.left is not None and self.left <= 0


@dataclass(frozen=True, slots=True)
class Sending:
    """What sending one piece costs. `fee_fen` None: nobody can say before a person asked or the place is known.

    `why`: the freight table's steps in words. `vague`: the city is missing. `off_fen`: what an offer takes off.
    """

    region: str
    fee_fen: int | None
    why: tuple[str, ...]
    ask: bool
    vague: bool
    off_fen: int = 0

    @property
    def place(self) -> str:
        """The place as on a parcel."""
        return regions.full_name(self.region)


@dataclass(frozen=True, slots=True)
class Bundle:
    """Pieces of several SKUs for one price, with how much it saves against their list prices."""

    name: str
    price_fen: int
    off_fen: int
    parts: tuple[tuple[str, str, int, int | None], ...]
    """Title, spec, pieces, listing id in this shop (None: the product of this page)."""


@dataclass(frozen=True, slots=True)
class Rule:
    """An offer that concerns the product, in words. `only`: the SKUs it is about, "" when it is about all of them."""

    name: str
    text: str
    only: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a buyer looks at in one shop."""

    page: ProductPage
    chosen: Offered | None
    offered: tuple[Offered, ...]
    ladders: tuple[prices.Tag, ...]
    options: tuple[tuple[str, tuple[Choice, ...]], ...]
    rules: tuple["Rule", ...]
    tickets: tuple[coupons.Ticket, ...]
    bundles: tuple[Bundle, ...]
    sending: Sending | None
    cutoff: str
    liked: bool
    mark: str
    gone: bool
    instead: tuple[Offered, ...]
    """SKUs of the product that can be had, the nearest first, when the chosen one cannot."""


def look_at(
    shop: Shop, listing_id: int, *, at: datetime, buyer: Buyer | None, sku_id: int | None, region: str
) -> Wanted:
    """The page. `sku_id`: the chosen one, None for the first that can be had. `region`: "" for the buyer's own address.

    Raises NotFound for what is not on this shop's shelf. Seven statements for nobody, nine for a buyer, one more where a
    bundle is offered and one where an offer is for new buyers.
    """
    page = window.product(listing_id, at=at)
    if page.card.shop_id != shop.pk:
        raise NotFound(_("没有这件商品，或者它已经下架。"))
    buyer_id = buyer.pk if buyer is not None else None
    liked, home = _own(buyer, listing_id) if buyer is not None else (False, "")
    region = region or home
    read = gather([(shop, buyer_id, [sku.id for sku in page.skus])], at=at)
    tickets = coupons.takeable(shop.pk, at=at, buyer_id=buyer_id)
    here = prices.Climate(
        at, read.buyer(shop, buyer_id), {shop.pk: read.offers_of(shop, buyer_id)}, coupons.reachable(tickets)
    )
    left = read.sellable.get(shop.pk, {})
    offered, ladders = _offered(shop, page, read, here, left)
    chosen = _chosen(offered, sku_id)
    low = int(read.setting(shop, "storefront.low_stock"))
    everything = read.offers_of(shop, buyer_id)
    items = [_item(read, shop, one.sku.id) for one in offered]
    about = [
        (offer, held)
        for offer in everything
        if (held := {item.sku_id for item in items if prices.concerns(offer, item, here.buyer)})
    ]
    mine = {offer.id for offer, _held in about}
    return Wanted(
        page=page,
        chosen=chosen,
        offered=offered,
        ladders=ladders,
        options=_options(page, offered, chosen),
        rules=_rules(about, offered),
        tickets=tuple(ticket for ticket in tickets if ticket.id in mine),
        bundles=_bundles(shop, page, everything, at),
        sending=_sending(shop, read, buyer_id, chosen, region, at),
        cutoff=_cutoff(str(read.setting(shop, "storefront.cutoff")), at),
        liked=liked,
        mark=mark([sku.id for sku in page.skus], left, low)
        if chosen is None or chosen.out
        else _mark(chosen, low),
        gone=chosen is not None and chosen.out and sku_id == chosen.sku.id,
        instead=_instead(offered, chosen),
    )


def _own(buyer: Buyer, listing_id: int) -> tuple[bool, str]:
    """Whether the buyer likes it, and the region of the default address. One statement."""
    home = Address.objects.filter(buyer=OuterRef("pk"), dropped_at__isnull=True).order_by(
        "-is_default", "-used_at", "-pk"
    )
    row = (
        Buyer.objects.filter(pk=buyer.pk)
        .annotate(
            liked=Exists(Favourite.objects.filter(buyer=OuterRef("pk"), listing=listing_id)),
            home=Coalesce(Subquery(home.values("region")[:1]), Value(""), output_field=CharField()),
        )
        .values_list("liked", "home")
        .first()
    )
    return row or (False, "")


def _item(read: Gathered, shop: Shop, sku_id: int) -> values.Item:
    goods = read.goods[shop.pk, sku_id]
    return values.Item(
        key="1",
        sku_id=sku_id,
        product_id=goods.product_id,
        pieces=1,
        price_fen=goods.price_fen,
        cost_fen=goods.cost_fen,
        floor_fen=goods.floor_fen,
        categories=goods.categories,
        virtual=goods.virtual,
        instalments=goods.instalments,
        title=goods.title,
    )


def _offered(
    shop: Shop, page: ProductPage, read: Gathered, here: prices.Climate, left: Mapping[int, int]
) -> tuple[tuple[Offered, ...], tuple[prices.Tag, ...]]:
    """Every SKU with its price. SKUs that no offer tells apart are priced once: a matrix of 120 costs a few prices."""
    named = _told_apart(here.offers.get(shop.pk, ()))
    known: dict[tuple[object, ...], prices.Tag] = {}
    ladders: list[prices.Tag] = []
    found = []
    for sku in page.skus:
        if (shop.pk, sku.id) not in read.goods:
            continue
        item = _item(read, shop, sku.id)
        key = (item.price_fen, item.cost_fen, item.floor_fen, sku.id if sku.id in named else None)
        if key not in known:
            known[key] = prices.tag(shop.pk, item, here)
        tag = known[key]
        if tag not in ladders:
            ladders.append(tag)
        found.append(Offered(sku, tag, left.get(sku.id), ladders.index(tag)))
    return tuple(found), tuple(ladders)


def _told_apart(offers: Offers) -> set[int]:
    """SKUs that an offer treats by their own number."""
    found: set[int] = set()
    for offer in offers:
        found |= offer.scope.skus
        for name in ("prices", "shares", "pieces"):
            told = getattr(offer.terms, name, None)
            if isinstance(told, Mapping):
                found |= set(told)
    return found


def _chosen(offered: tuple[Offered, ...], sku_id: int | None) -> Offered | None:
    wished = next((one for one in offered if one.sku.id == sku_id), None)
    return wished or next((one for one in offered if not one.out), offered[0] if offered else None)


def _options(
    page: ProductPage, offered: tuple[Offered, ...], chosen: Offered | None
) -> tuple[tuple[str, tuple[Choice, ...]], ...]:
    """The matrix as links: each value leads to the SKU with it and the other values of the chosen one, else to the
    first with it.
    """
    by_values = {one.sku.values: one for one in offered}
    now = chosen.sku.values if chosen else ()
    options = []
    for place, (name, wished) in enumerate(page.options):
        choices = []
        for value in wished:
            exact = by_values.get((*now[:place], value, *now[place + 1 :])) if now else None
            other = exact or next((one for one in offered if one.sku.values[place] == value), None)
            choices.append(
                Choice(
                    value,
                    other.sku if other else None,
                    bool(now) and now[place] == value,
                    exact is None or exact.out,
                )
            )
        options.append((name, tuple(choices)))
    return tuple(options)


def _mark(chosen: Offered, low: int) -> str:
    if chosen.left is None:
        return ""
    return OUT if chosen.left <= 0 else LOW if chosen.left <= low else ""


def _instead(offered: tuple[Offered, ...], chosen: Offered | None) -> tuple[Offered, ...]:
    if chosen is None or not chosen.out:
        return ()

    def near(one: Offered) -> int:
        return -sum(a == b for a, b in zip(one.sku.values, chosen.sku.values, strict=False))

    return tuple(sorted((one for one in offered if not one.out), key=near)[:4])


def _sending(
    shop: Shop, read: Gathered, buyer_id: int | None, chosen: Offered | None, region: str, at: datetime
) -> Sending | None:
    if chosen is None or not region or not regions.known(region):
        return None
    (basket,) = price_read(read, [(buyer_id, Asked(shop, [(chosen.sku.id, 1)], region))], at=at)
    if basket.priced is None:
        return None
    receipt = basket.quote
    lines = tuple(freight.sentence(line) for line in receipt.lines) if isinstance(receipt, Receipt) else ()
    fee = basket.priced.postage_fen
    outcome = receipt.outcome if receipt is not None else PRICED
    vague = bool(receipt and any(line.rule == "vague" for line in receipt.lines))
    return Sending(region, fee, lines, outcome == ASK, vague, basket.priced.postage_off_fen)


def _rules(about: list[tuple[values.Offer, set[int]]], offered: tuple[Offered, ...]) -> tuple[Rule, ...]:
    """The offers but tickets and bundles, which have places of their own; prices by SKU of other goods left out."""
    found = []
    for offer, held in about:
        terms = offer.terms
        if offer.kind in (*prices.TICKETS, values.Kind.BUNDLE):
            continue
        if isinstance(terms, values.Flash | values.Presale) and terms.prices:
            terms = replace(terms, prices={sku: fen for sku, fen in terms.prices.items() if sku in held})
        names = [one.name for one in offered if one.sku.id in held]
        only = "" if len(names) == len(offered) else "、".join(names)
        found.append(Rule(offer.name, wording.rule(replace(offer, terms=terms)), only))
    return tuple(found)


def _bundles(shop: Shop, page: ProductPage, offers: Offers, at: datetime) -> tuple[Bundle, ...]:
    """The bundles that hold a SKU of this page and whose other goods can be bought here too. One statement, none
    without a bundle.
    """
    own = {sku.id for sku in page.skus}
    held = [o for o in offers if isinstance(o.terms, values.Bundle) and own & set(o.terms.pieces)]
    if not held:
        return ()
    wanted = {sku for offer in held for sku in offer.terms.pieces}  # type: ignore[union-attr]
    here = Listing.objects.filter(shop=shop, product=OuterRef("product_id")).on_shelf(at).values("pk")
    rows = Sku.objects.filter(pk__in=sorted(wanted), off_at=None).annotate(here=Subquery(here[:1]))
    goods: dict[int, tuple[str, str, int, int | None]] = {
        pk: (title, spec, price, listing if listing != page.card.listing_id else None)
        for pk, title, spec, price, listing in rows.values_list(
            "pk", "product__title", "spec", "price_fen", "here"
        )
        if listing is not None
    }
    found = []
    for offer in held:
        terms = offer.terms
        if isinstance(terms, values.Bundle) and all(sku in goods for sku in terms.pieces):
            whole = sum(goods[sku][2] * many for sku, many in terms.pieces.items())
            parts = tuple(
                (goods[sku][0], short(goods[sku][1]), many, goods[sku][3])
                for sku, many in terms.pieces.items()
            )
            found.append(Bundle(offer.name, terms.price_fen, max(0, whole - terms.price_fen), parts))
    return tuple(found)


def _cutoff(text: str, at: datetime) -> str:
    """The promise for whoever pays now, as far as the shop makes one; "" for none or an unreadable setting."""
    try:
        hour, minute = (int(part) for part in text.split(":"))
        edge = in_china(at).replace(hour=hour, minute=minute, second=0, microsecond=0)
    except ValueError:
        return ""
    said = {"at": f"{hour:02d}:{minute:02d}"}
    return _("%(at)s 前付款今日发") % said if at < edge else _("今天 %(at)s 已过，明日发") % said


def short(spec: str) -> str:
    """A spec without the names of its options: "颜色:白;尺码:L" is "白 L"."""
    return " ".join(part.rpartition(":")[2] for part in spec.split(";") if part)


def described(page: ProductPage) -> str:
    """One sentence for search engines."""
    return " ".join(part for part in (page.card.title, page.card.copy) if part)[:150]
