"""What buyers' pages ask: the shelf of a shop, one product, the SKUs of a basket. Only what is on the shelf is shown.

On the shelf is decided by state and moment together (`Listing.on_shelf`), so a scheduled product appears on the
second, whatever runs in the background.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, JSONObject
from django.utils.translation import gettext as _

from zhanggui.catalog.models import Listing, ListingSet, Picture, Product, ShopCategory, Sku
from zhanggui.catalog.specs import options_of, values_of
from zhanggui.kit.refusals import NotFound
from zhanggui.kit.videos import TYPES

SIZE = 24
MOST_PAGES = 100
COUNTED = 1000
"""More than so many are told as "more than"."""

ORDERS: dict[str, tuple[str, ...]] = {
    "sold": ("-sold", "pk"),
    "new": ("-on_at", "pk"),
    "price": ("from_fen", "pk"),
    "price_down": ("-from_fen", "pk"),
    "liked": ("-liked", "pk"),
}
"""Orders of the shelf; "" is "sold"."""


@dataclass(frozen=True, slots=True)
class Card:
    """A product as a list shows it. `from_fen`, `to_fen`: lowest and highest list price of its SKUs on sale.

    `skus`: ids of its SKUs on sale, `price_of` their prices in fen (for offers and sold-out marks).
    `picture`: name of its first main picture, "" when it has none; `alt` says what is on it.
    """

    listing_id: int
    shop_id: int
    product_id: int
    title: str
    copy: str
    picture: str
    alt: str
    from_fen: int
    to_fen: int
    sold: int
    liked: int
    postage_included: bool | None
    virtual: bool
    role: str
    on_at: datetime | None
    price_of: dict[int, int] = field(default_factory=dict)

    @property
    def skus(self) -> tuple[int, ...]:
        """The ids of its SKUs on sale."""
        return tuple(self.price_of)


@dataclass(frozen=True, slots=True)
class Page:
    """A page of cards. `number` from 1; `many`: how many in all, at most COUNTED + 1 (then "more than")."""

    rows: list[Card]
    number: int
    more: bool
    many: int

    @property
    def many_said(self) -> str:
        """The number for people: "1000+"."""
        return f"{COUNTED}+" if self.many > COUNTED else str(self.many)


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture of a product page."""

    name: str
    width: int
    height: int
    alt: str


@dataclass(frozen=True, slots=True)
class SkuOnPage:
    """A SKU of the product page. `values`: its value of each option, in the options' order."""

    id: int
    code: str
    spec: str
    values: tuple[str, ...]
    price_fen: int
    picture: str
    weight_g: int | None


@dataclass(frozen=True, slots=True)
class Film:
    """The video of a product: its file, what it is ("video/mp4"), and the picture shown before it plays."""

    name: str
    type: str
    poster: str


@dataclass(frozen=True, slots=True)
class ProductPage:
    """All that a product page shows of the catalog. `description` is cleaned HTML; money in fen."""

    card: Card
    code: str
    brand: str
    model: str
    pictures: tuple[Shown, ...]
    details: tuple[Shown, ...]
    options: tuple[tuple[str, tuple[str, ...]], ...]
    skus: tuple[SkuOnPage, ...]
    attributes: tuple[tuple[str, str], ...]
    description: str
    size_guide: tuple[tuple[str, ...], ...]
    """Rows of cells, the heading first; empty when there is none."""
    video: Film | None
    hold: str
    instalments: bool
    classification: str
    categories: tuple["Category", ...]
    off_at: datetime | None


@dataclass(frozen=True, slots=True)
class Category:
    """A category of a shop's window."""

    id: int
    name: str
    parent_id: int | None
    picture: str
    children: tuple["Category", ...] = ()


@dataclass(frozen=True, slots=True)
class SkuInShop:
    """A SKU as a basket of one shop needs it. `on`: it can be bought there at that moment (stock is another matter).

    `listing_id` None: the shop does not list the product. `categories`: the shop's categories of the product,
    with the upper ones. Unknown cost, floor, weight and volume stay None. Money in fen.
    """

    sku_id: int
    product_id: int
    listing_id: int | None
    code: str
    title: str
    spec: str
    price_fen: int
    cost_fen: int | None
    floor_fen: int | None
    weight_g: int | None
    volume_cm3: int | None
    virtual: bool
    hold: str
    instalments: bool
    categories: frozenset[int]
    picture: str
    on: bool
    postage_included: bool | None = None


def main_picture(product: str = "product_id") -> Subquery:
    """The name of a product's first main picture, as a column."""
    rows = Picture.objects.filter(product_id=OuterRef(product), role=Picture.Role.MAIN)
    return Subquery(rows.order_by("position", "pk").values("name")[:1])


def _main_alt(product: str = "product_id") -> Subquery:
    rows = Picture.objects.filter(product_id=OuterRef(product), role=Picture.Role.MAIN)
    return Subquery(rows.order_by("position", "pk").values("alt")[:1])


_CARD = (
    "pk",
    "shop_id",
    "product_id",
    "product__title",
    "product__copy",
    "card_picture",
    "card_alt",
    "from_fen",
    "to_fen",
    "sold",
    "liked",
    "product__postage_included",
    "product__virtual",
    "product__role",
    "on_at",
    "card_skus",
)


def shelf(
    shop_id: int,
    *,
    at: datetime,
    category: int | None = None,
    uncategorised: bool = False,
    from_fen: int | None = None,
    to_fen: int | None = None,
    shown: bool = False,
    roles: Sequence[str] = (),
    listing_ids: Sequence[int] | None = None,
    order: str = "",
    page: int = 1,
    size: int = SIZE,
) -> Page:
    """What a shop has on the shelf at a moment. Two statements (one when all is on the first page).

    `category`: of the shop, with those below it. Prices in fen, both included. `shown`: 橱窗推荐 only.
    `roles`: of `Product.Role`. `listing_ids`: these only, and without an `order` in their order.
    """
    rows = narrowed(
        Listing.objects.filter(shop_id=shop_id).on_shelf(at),
        category=category,
        from_fen=from_fen,
        to_fen=to_fen,
    )
    if uncategorised:
        rows = rows.filter(categories=None)
    if shown:
        rows = rows.filter(shown=True)
    if roles:
        rows = rows.filter(product__role__in=list(roles))
    if listing_ids is not None:
        rows = rows.filter(pk__in=list(listing_ids))
        found = cards(rows, order=ORDERS.get(order, ("pk",)), page=page, size=size)
        if order not in ORDERS:
            place = {pk: number for number, pk in enumerate(listing_ids)}
            found = replace(found, rows=sorted(found.rows, key=lambda card: place[card.listing_id]))
        return found
    return cards(rows, order=ORDERS.get(order, ORDERS["sold"]), page=page, size=size)


def narrowed(
    rows: ListingSet, *, category: int | None = None, from_fen: int | None = None, to_fen: int | None = None
) -> ListingSet:
    """Listings of a category (with those below it) and a range of prices."""
    if category is not None:
        through = Listing.categories.through.objects.filter(
            Q(shopcategory_id=category) | Q(shopcategory__parent_id=category)
        )
        rows = rows.filter(pk__in=through.values("listing_id"))
    if from_fen is not None:
        rows = rows.filter(to_fen__gte=from_fen)
    if to_fen is not None:
        rows = rows.filter(from_fen__lte=to_fen)
    return rows


def cards(
    rows: ListingSet,
    *,
    order: Sequence[Any],
    page: int = 1,
    size: int = SIZE,
    counted: ListingSet | None = None,
) -> Page:
    """A page of these listings as cards. Two statements: the rows, and how many (of `counted`)."""
    number = max(1, min(page, MOST_PAGES))
    start = (number - 1) * size
    found = _cards(_with_card(rows).order_by(*order).values_list(*_CARD)[start : start + size + 1])
    more = len(found) > size
    found = found[:size]
    whole = rows if counted is None else counted
    many = len(found) if number == 1 and not more else len(whole.order_by().values_list("pk")[: COUNTED + 1])
    return Page(found, number, more, many)


def cards_of(listing_ids: Iterable[int], *, at: datetime | None = None) -> dict[int, Card]:
    """Cards by listing id; with `at` only those on the shelf then. One statement, none for no ids."""
    wanted = sorted(set(listing_ids))
    if not wanted:
        return {}
    rows = Listing.objects.filter(pk__in=wanted)
    if at is not None:
        rows = rows.on_shelf(at)
    return {card.listing_id: card for card in _cards(_with_card(rows).values_list(*_CARD))}


def card(listing_id: int, *, at: datetime | None = None) -> Card | None:
    """One card; None when there is none (or, with `at`, when it is not on the shelf then). One statement."""
    return cards_of([listing_id], at=at).get(listing_id)


def listings_of(shop_id: int, product_ids: Iterable[int]) -> dict[int, int]:
    """Listing ids by product id in a shop. One statement, none for no ids."""
    wanted = sorted(set(product_ids))
    if not wanted:
        return {}
    rows = Listing.objects.filter(shop_id=shop_id, product_id__in=wanted)
    return dict(rows.values_list("product_id", "pk"))


def _with_card(rows: ListingSet) -> ListingSet:
    """Listings with the columns that only a card has: the picture, and the SKUs on sale with their prices."""
    skus = _on_sale("product_id").values(told=JSONObject(id="pk", fen="price_fen"))
    return rows.annotate(
        card_picture=Coalesce(main_picture(), Value("")),
        card_alt=Coalesce(_main_alt(), Value("")),
        card_skus=ArraySubquery(skus),
    )


def _cards(rows: Iterable[tuple[Any, ...]]) -> list[Card]:
    return [Card(*(*row[:-1], {sku["id"]: sku["fen"] for sku in row[-1]})) for row in rows]


def _on_sale(product: str) -> QuerySet[Sku]:
    return Sku.objects.filter(product_id=OuterRef(product), off_at=None).order_by("position", "pk")


def product(listing_id: int, *, at: datetime, preview: bool = False) -> ProductPage:
    """A product page. Raises NotFound unless it is on the shelf then (`preview`: the team looks before). One statement."""
    row = _with_page(Listing.objects.filter(pk=listing_id)).first()
    if row is None or not (preview or row.on_shelf(at)):
        raise NotFound(_("没有这件商品，或者它已经下架。"))
    thing = row.product
    pictures: dict[str, list[Shown]] = defaultdict(list)
    for told in row.page_pictures:
        pictures[told.pop("role")].append(Shown(**told))
    options = options_of(thing.options, [sku["spec"] for sku in row.page_skus])
    names = [name for name, _values in options]
    skus = tuple(SkuOnPage(values=values_of(sku["spec"], names), **sku) for sku in row.page_skus)
    first = pictures[Picture.Role.MAIN][0] if pictures[Picture.Role.MAIN] else None
    seen = Card(
        row.pk,
        row.shop_id,
        thing.pk,
        thing.title,
        thing.copy,
        first.name if first else "",
        first.alt if first else "",
        row.from_fen,
        row.to_fen,
        row.sold,
        row.liked,
        thing.postage_included,
        thing.virtual,
        thing.role,
        row.on_at,
        {sku.id: sku.price_fen for sku in skus},
    )
    return ProductPage(
        card=seen,
        code=thing.code,
        brand=thing.brand,
        model=thing.model,
        pictures=tuple(pictures[Picture.Role.MAIN]),
        details=tuple(pictures[Picture.Role.DETAIL]),
        options=options,
        skus=skus,
        attributes=tuple((name, str(value)) for name, value in thing.attributes.items() if value),
        description=thing.description,
        size_guide=tuple(tuple(row) for row in thing.size_guide),
        video=_film(thing, first),
        hold=thing.hold,
        instalments=thing.instalments,
        classification=thing.classification.name if thing.classification else "",
        categories=tuple(Category(**category) for category in row.page_categories),
        off_at=row.off_at,
    )


def _film(thing: Product, first: Shown | None) -> Film | None:
    video = getattr(thing, "video", None)  # read with the product
    if video is None:
        return None
    poster = video.picture or (first.name if first else "")
    return Film(video.name, TYPES[video.name.rpartition(".")[2]], poster)


def _with_page(rows: ListingSet) -> QuerySet[Any]:
    """Listings with all that stands on a product's page, in one statement."""
    pictures = Picture.objects.filter(product_id=OuterRef("product_id")).order_by("position", "pk")
    filed = ShopCategory.objects.filter(listings=OuterRef("pk")).order_by("position", "pk")
    return (
        rows.select_related("product", "product__classification", "product__video")
        .defer("words")
        .annotate(
            page_pictures=ArraySubquery(
                pictures.values(
                    told=JSONObject(role="role", name="name", width="width", height="height", alt="alt")
                )
            ),
            page_skus=ArraySubquery(
                _on_sale("product_id").values(
                    told=JSONObject(
                        id="pk",
                        code="code",
                        spec="spec",
                        price_fen="price_fen",
                        picture="picture",
                        weight_g="weight_g",
                    )
                )
            ),
            page_categories=ArraySubquery(
                filed.values(told=JSONObject(id="pk", name="name", parent_id="parent_id", picture="picture"))
            ),
        )
    )


def skus(sku_ids: Iterable[int], *, shop_id: int, at: datetime) -> dict[int, SkuInShop]:
    """The SKUs of a basket as this shop sells them at this moment. Two statements, none for no ids.

    A SKU of another merchant is left out; one that the shop does not list is given with `on` False.
    """
    wanted = sorted(set(sku_ids))
    if not wanted:
        return {}
    rows = (
        Sku.objects.filter(pk__in=wanted, merchant_id=F("product__merchant_id"))
        .select_related("product")
        .annotate(main_picture=Coalesce(main_picture(), Value("")))
    )
    listed = {
        listing.product_id: listing
        for listing in Listing.objects.filter(shop_id=shop_id, product__skus__in=wanted)
        .defer("words")
        .annotate(own=_category_ids("shopcategory_id"), upper=_category_ids("shopcategory__parent_id"))
    }
    found = {}
    for sku in rows:
        thing, listing = sku.product, listed.get(sku.product_id)
        found[sku.pk] = SkuInShop(
            sku_id=sku.pk,
            product_id=thing.pk,
            listing_id=listing.pk if listing else None,
            code=sku.code,
            title=thing.title,
            spec=sku.spec,
            price_fen=sku.price_fen,
            cost_fen=sku.cost_fen,
            floor_fen=sku.floor_fen,
            weight_g=sku.weight_g,
            volume_cm3=sku.volume_cm3,
            virtual=thing.virtual,
            hold=thing.hold,
            instalments=thing.instalments,
            categories=frozenset([*listing.own, *listing.upper]) if listing else frozenset(),
            picture=sku.picture or sku.main_picture,
            on=bool(listing and listing.on_shelf(at) and (sku.off_at is None or at < sku.off_at)),
            postage_included=thing.postage_included,
        )
    return found


def categories(shop_id: int) -> tuple[Category, ...]:
    """The shop's categories in two levels, in their order. One statement."""
    rows = list(ShopCategory.objects.filter(shop_id=shop_id).order_by("position", "pk"))
    below: dict[int | None, list[Category]] = defaultdict(list)
    for row in rows:
        if row.parent_id is not None:
            below[row.parent_id].append(Category(row.pk, row.name, row.parent_id, row.picture))
    return tuple(
        Category(row.pk, row.name, None, row.picture, tuple(below[row.pk]))
        for row in rows
        if row.parent_id is None
    )


def _category_ids(column: str) -> ArraySubquery:
    """The ids of a listing's categories, or of the upper ones, as an array column."""
    through = Listing.categories.through.objects.filter(listing_id=OuterRef("pk"))
    return ArraySubquery(through.filter(**{f"{column}__isnull": False}).values(column))
