"""What the back office asks: the list of products, one product, what the gate looks at."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce

from zhanggui.catalog import gate, words
from zhanggui.catalog.lexicon import lexicon
from zhanggui.catalog.models import ABOVE, Classification, Listing, Picture, Product, ShopCategory, Sku
from zhanggui.catalog.queries.classes import inside
from zhanggui.catalog.queries.search import Lexemes
from zhanggui.catalog.queries.window import main_picture
from zhanggui.kit.actor import Actor
from zhanggui.people.powers import Power
from zhanggui.shops.models import Shop
from zhanggui.shops.policies import policy
from zhanggui.shops.policies import values as policy_values

PAGE = 50
STATES = {
    "on": "在架",
    "waiting": "定时上架",
    "draft": "草稿",
    "off": "已下架",
}
"""Filter of the list → message id. Decided by state and moment together."""


def visible_to(actor: Actor, power: str = Power.CATALOG_SEE) -> "QuerySet[Product]":
    """The products that stand in a shop where the actor has the power; with it everywhere, all. No statement by itself."""
    shops = actor.shops_with(power)
    if shops is None:
        return Product.objects.all()
    return Product.objects.filter(
        Exists(Listing.objects.filter(product=OuterRef("pk"), shop_id__in=sorted(shops)))
    )


def listings_visible_to(actor: Actor, power: str = Power.CATALOG_SEE) -> "QuerySet[Listing]":
    """The listings of the shops where the actor has the power. No statement by itself."""
    return Listing.objects.of_shops(actor.shops_with(power)).defer("words")


@dataclass(frozen=True, slots=True)
class Filters:
    """How the list is narrowed; it stands in the address."""

    shop: str = ""
    state: str = ""
    text: str = ""
    role: str = ""
    classification: str = ""
    category: int | None = None
    uncategorised: bool = False
    shown: bool = False
    trouble: bool = False
    from_fen: int | None = None
    to_fen: int | None = None


@dataclass(frozen=True, slots=True)
class Rows:
    """A page of the list by keyset (newest listings first); `after` is "" at the end."""

    rows: Sequence[Listing]
    after: int | None


def page(actor: Actor, filters: Filters, *, at: datetime, after: int | None = None) -> Rows:
    """A page of listings with their products and main pictures. One statement."""
    rows = (
        narrowed(listings_visible_to(actor), filters, at=at)
        .select_related("product", "product__classification", "shop")
        .annotate(card_picture=Coalesce(main_picture(), Value("")))
    )
    if after is not None:
        rows = rows.filter(pk__lt=after)
    found = list(rows.order_by("-pk")[: PAGE + 1])
    return Rows(found[:PAGE], found[PAGE - 1].pk if len(found) > PAGE else None)


def narrowed(rows: "QuerySet[Listing]", filters: Filters, *, at: datetime) -> "QuerySet[Listing]":
    """The listings that the filters leave. No statement by itself."""
    if filters.shop:
        rows = rows.filter(shop__code__iexact=filters.shop)
    if filters.state == "on":
        rows = rows.filter(Q(off_at__isnull=True) | Q(off_at__gt=at), state=Listing.State.ON, on_at__lte=at)
    elif filters.state == "waiting":
        rows = rows.filter(state=Listing.State.ON, on_at__gt=at)
    elif filters.state == "draft":
        rows = rows.filter(state=Listing.State.DRAFT)
    elif filters.state == "off":
        rows = rows.filter(Q(state=Listing.State.OFF) | Q(state=Listing.State.ON, off_at__lte=at))
    typed = words.asked(filters.text)
    if typed:
        rows = rows.filter(
            Q(words=Lexemes(words.query(typed))) | Q(product__code__iexact=filters.text.strip())
        )
    if filters.role:
        rows = rows.filter(product__role=filters.role)
    if filters.classification:
        rows = rows.filter(inside(filters.classification))
    if filters.category is not None:
        through = Listing.categories.through.objects.filter(
            Q(shopcategory_id=filters.category) | Q(shopcategory__parent_id=filters.category)
        )
        rows = rows.filter(pk__in=through.values("listing_id"))
    if filters.uncategorised:
        rows = rows.filter(categories=None)
    if filters.shown:
        rows = rows.filter(shown=True)
    if filters.trouble:
        rows = rows.exclude(troubles=[])
    if filters.from_fen is not None:
        rows = rows.filter(to_fen__gte=filters.from_fen)
    if filters.to_fen is not None:
        rows = rows.filter(from_fen__lte=filters.to_fen)
    return rows


def dossiers(product_ids: Iterable[int]) -> dict[int, gate.Dossier]:
    """What the gate looks at, by product id. Three statements, none for no ids."""
    wanted = sorted(set(product_ids))
    if not wanted:
        return {}
    has_children = Exists(
        Classification.objects.filter(parent=OuterRef("classification_id"), retired_at__isnull=True)
    )
    rows = (
        Product.objects.filter(pk__in=wanted)
        .select_related(f"classification__{ABOVE}")
        .annotate(branch=has_children)
    )
    skus: dict[int, list[gate.SkuFacts]] = defaultdict(list)
    for sku in Sku.objects.filter(product_id__in=wanted, off_at=None).order_by("position", "pk"):
        facts = gate.SkuFacts(sku.code, sku.spec, sku.price_fen, sku.floor_fen, sku.cost_fen, sku.weight_g)
        skus[sku.product_id].append(facts)
    pictures: dict[int, list[tuple[str, int, int]]] = defaultdict(list)
    shown = Picture.objects.filter(product_id__in=wanted).order_by("position", "pk")
    for product_id, role, width, height in shown.values_list("product_id", "role", "width", "height"):
        pictures[product_id].append((role, width, height))
    return {
        thing.pk: gate.Dossier(
            title=thing.title,
            copy=thing.copy,
            model=thing.model,
            description=thing.description,
            size_guide=thing.size_guide,
            attributes=thing.attributes,
            leaf=None if thing.classification is None else not thing.branch,
            retired=bool(thing.classification and thing.classification.retired_at),
            asked=thing.classification.asked if thing.classification else (),
            virtual=thing.virtual,
            virtual_class=thing.classification.virtual if thing.classification else thing.virtual,
            postage_included=thing.postage_included,
            options=[(name, values) for name, values in thing.options],
            skus=skus[thing.pk],
            pictures=pictures[thing.pk],
        )
        for thing in rows
    }


def rules_of(shop: Shop, on: date) -> gate.Rules:
    """What a shop wants of its products on a day. One statement."""
    return _rules(policy_values(list(GATE_POLICIES), shop, on))


def usual_rules() -> gate.Rules:
    """What the house wants where no shop has a say. No statement."""
    return _rules({name: policy(name).of_nobody() for name in GATE_POLICIES})


GATE_POLICIES = (
    "catalog.main_picture_px",
    "catalog.title_most",
    "catalog.words_forbidden",
    "catalog.words_allowed",
)
"""What a shop may set of the gate's rules."""


def _rules(values: Mapping[str, Any]) -> gate.Rules:
    return gate.Rules(
        values["catalog.main_picture_px"],
        values["catalog.title_most"],
        lexicon(values["catalog.words_forbidden"], values["catalog.words_allowed"]),
    )


def heroes(shop_ids: Sequence[int], *, at: datetime) -> dict[int, int]:
    """How many hero products each shop has on the shelf or waiting (S3-05). One statement."""
    counted: dict[int, int] = dict.fromkeys(shop_ids, 0)
    rows = Listing.objects.filter(
        Q(off_at__isnull=True) | Q(off_at__gt=at),
        shop_id__in=list(shop_ids),
        state=Listing.State.ON,
        product__role=Product.Role.HERO,
    )
    for shop_id in rows.values_list("shop_id", flat=True):
        counted[shop_id] += 1
    return counted


def categories_of(shop_ids: Iterable[int]) -> "QuerySet[ShopCategory]":
    """The categories of these shops in their order. No statement by itself."""
    return ShopCategory.objects.filter(shop_id__in=sorted(shop_ids)).order_by("position", "pk")
