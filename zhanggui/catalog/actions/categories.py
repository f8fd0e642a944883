"""A shop's own categories (S4-05): two levels, filled by hand or by words and price, a product in several."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from zhanggui.catalog.actions.guarding import Stale
from zhanggui.catalog.forest import tidy_name
from zhanggui.catalog.models import Listing, ShopCategory
from zhanggui.catalog.words import clean
from zhanggui.journal.actions import action
from zhanggui.journal.daybook import write
from zhanggui.kit.actor import Actor
from zhanggui.kit.bells import ring
from zhanggui.kit.refusals import Invalid, NotNow
from zhanggui.people.powers import Power
from zhanggui.shops.models import Shop

MOST = 200


@dataclass(frozen=True, slots=True)
class CategoryTold:
    """A category as the form shows it. `words`: any of them in the title; prices in fen, both included."""

    name: str
    parent_id: int | None = None
    way: str = ShopCategory.Way.MANUAL
    words: str = ""
    from_fen: int | None = None
    to_fen: int | None = None
    picture: str | None = None


@action
def add(*, by: Actor, shop: Shop, told: CategoryTold, at: datetime) -> ShopCategory:
    """Add a category behind the others; an automatic one is filled at once. Raises NotAllowed, Invalid."""
    by.must(Power.CATALOG_EDIT, shop_id=shop.pk)
    if ShopCategory.objects.filter(shop=shop).count() >= MOST:
        raise NotNow(_("一家店最多 %(most)s 个分类。") % {"most": MOST})
    row = ShopCategory(shop=shop)
    _tell(row, told)
    row.position = ShopCategory.objects.filter(shop=shop, parent_id=row.parent_id).count()
    _save(row)
    if row.way == ShopCategory.Way.AUTO:
        refile(shop.pk)
    write(by=by, what="category.added", on=row, change={"name": [None, row.name]})
    ring(f"shop:{shop.pk}", "categories")
    return row


@action
def change(
    *, by: Actor, category: ShopCategory, version: int, told: CategoryTold, at: datetime
) -> ShopCategory:
    """Write a category as the form shows it. Raises NotAllowed, Invalid, Stale."""
    by.must(Power.CATALOG_EDIT, shop_id=category.shop_id)
    row = ShopCategory.objects.select_for_update().get(pk=category.pk)
    if row.version != version:
        raise Stale(_("这个分类刚被别人改过，请刷新后再改。"))
    names = ("name", "parent_id", "way", "words", "from_fen", "to_fen", "picture")
    before = {name: getattr(row, name) for name in names}
    if told.parent_id is not None and row.children.exists():
        raise Invalid(_("分类只有两级：它下面还有分类，不能再放到别的分类下面。"), "parent")
    _tell(row, told)
    row.version += 1
    _save(row)
    if before["way"] != row.way and row.way == ShopCategory.Way.AUTO:
        row.listings.clear()
    refile(row.shop_id)
    changed = {
        name: [told, getattr(row, name)] for name, told in before.items() if told != getattr(row, name)
    }
    write(by=by, what="category.changed", on=row, change=changed)
    ring(f"shop:{row.shop_id}", "categories")
    return row


@action
def move(*, by: Actor, category: ShopCategory, up: bool, at: datetime) -> None:
    """One place up or down among its neighbours. Raises NotAllowed. Four statements."""
    by.must(Power.CATALOG_EDIT, shop_id=category.shop_id)
    rows = list(
        ShopCategory.objects.select_for_update()
        .filter(shop_id=category.shop_id, parent_id=category.parent_id)
        .order_by("position", "pk")
    )
    place = next((number for number, row in enumerate(rows) if row.pk == category.pk), None)
    if place is None:
        return
    other = place - 1 if up else place + 1
    if 0 <= other < len(rows):
        rows[place], rows[other] = rows[other], rows[place]
    for number, row in enumerate(rows):
        row.position = number
    ShopCategory.objects.bulk_update(rows, ["position"])
    write(by=by, what="category.moved", on=category, change={"position": [place, other]})
    ring(f"shop:{category.shop_id}", "categories")


@action
def remove(*, by: Actor, category: ShopCategory, at: datetime) -> None:
    """Remove a category with those below it; its products stay and are uncategorised if they stand in no other."""
    by.must(Power.CATALOG_EDIT, shop_id=category.shop_id)
    write(by=by, what="category.removed", on=category, change={"name": [category.name, None]})
    ring(f"shop:{category.shop_id}", "categories")
    category.delete()


@action
def file(
    *,
    by: Actor,
    shop: Shop,
    listing_ids: Sequence[int],
    into: Sequence[int] = (),
    out_of: Sequence[int] = (),
    at: datetime,
) -> int:
    """Put listings into manual categories of the shop and take them out of others; gives how many listings it was about.

    Raises NotAllowed, Invalid for an automatic category. Six statements.
    """
    by.must(Power.CATALOG_EDIT, shop_id=shop.pk)
    named = {row.pk: row for row in ShopCategory.objects.filter(shop=shop, pk__in=[*into, *out_of])}
    if set(named) != {*into, *out_of}:
        raise Invalid(_("请从列表中选择"), "category")
    automatic = [row.name for row in named.values() if row.way == ShopCategory.Way.AUTO]
    if automatic:
        raise Invalid(_("「%(name)s」是自动分类，商品由它的条件决定。") % {"name": automatic[0]}, "category")
    listings = sorted(
        Listing.objects.filter(shop=shop, pk__in=sorted(set(listing_ids))).values_list("pk", flat=True)
    )
    through = Listing.categories.through
    through.objects.bulk_create(
        [
            through(listing_id=pk, shopcategory_id=category)
            for pk in listings
            for category in sorted(set(into))
        ],
        ignore_conflicts=True,
    )
    if out_of:
        through.objects.filter(listing_id__in=listings, shopcategory_id__in=list(out_of)).delete()
    write(
        by=by,
        what="category.filed",
        kind="shop",
        object_id=shop.pk,
        shop_id=shop.pk,
        change={
            "listings": [None, len(listings)],
            "into": [None, sorted(set(into))],
            "out_of": [None, sorted(set(out_of))],
        },
    )
    ring(f"shop:{shop.pk}", "goods")
    return len(listings)


def refile(shop_id: int, listing_ids: Iterable[int] | None = None) -> None:
    """Fill the automatic categories of a shop anew (for these listings only). Called by verbs. At most four statements."""
    automatic = list(ShopCategory.objects.filter(shop_id=shop_id, way=ShopCategory.Way.AUTO))
    if not automatic:
        return
    rows = Listing.objects.filter(shop_id=shop_id)
    if listing_ids is not None:
        rows = rows.filter(pk__in=list(listing_ids))
    seen = [
        (pk, clean(title), low, high)
        for pk, title, low, high in rows.values_list("pk", "product__title", "from_fen", "to_fen")
    ]
    wanted = {
        (pk, category.pk)
        for category in automatic
        for pk, title, low, high in seen
        if _belongs(category, title, low, high)
    }
    through = Listing.categories.through
    there = through.objects.filter(shopcategory_id__in=[category.pk for category in automatic])
    if listing_ids is not None:
        there = there.filter(listing_id__in=[pk for pk, *_rest in seen])
    known = {
        (listing, category): pk
        for pk, listing, category in there.values_list("pk", "listing_id", "shopcategory_id")
    }
    through.objects.filter(pk__in=[pk for pair, pk in known.items() if pair not in wanted]).delete()
    through.objects.bulk_create(
        [
            through(listing_id=listing, shopcategory_id=category)
            for listing, category in sorted(wanted - set(known))
        ],
        ignore_conflicts=True,
    )


def _belongs(category: ShopCategory, title: str, low: int, high: int) -> bool:
    told = [clean(word) for word in category.words.replace("，", " ").replace(",", " ").split()]  # not a text
    return (
        (not told or any(word in title for word in told))
        and (category.from_fen is None or high >= category.from_fen)
        and (category.to_fen is None or low <= category.to_fen)
    )


def _tell(row: ShopCategory, told: CategoryTold) -> None:
    row.name = tidy_name(told.name)
    if not row.name or len(row.name) > 30:
        raise Invalid(_("分类名要有 1 到 30 个字"), "name")
    if told.way not in ShopCategory.Way.values:
        raise Invalid(_("请从列表中选择"), "way")
    if told.parent_id is not None:
        parent = ShopCategory.objects.filter(pk=told.parent_id, shop_id=row.shop_id).first()
        if parent is None or parent.pk == row.pk:
            raise Invalid(_("请从列表中选择"), "parent")
        if parent.parent_id is not None:
            raise Invalid(_("分类只有两级（S4-05）"), "parent")
    row.parent_id, row.way, row.words = told.parent_id, told.way, told.words.strip()[:200]
    row.from_fen, row.to_fen = told.from_fen, told.to_fen
    if told.picture is not None:
        row.picture = told.picture
    if row.from_fen is not None and row.to_fen is not None and row.from_fen > row.to_fen:
        raise Invalid(_("价格范围要从低到高"), "to_fen")
    if row.way == ShopCategory.Way.AUTO and not row.words and row.from_fen is None and row.to_fen is None:
        raise Invalid(_("自动分类要有词或价格范围"), "words")


def _save(row: ShopCategory) -> None:
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise Invalid(_("已经有叫「%(name)s」的分类了") % {"name": row.name}, "name") from None
