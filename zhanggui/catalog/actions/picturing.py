"""The pictures of a product: added, put in order, described, taken away."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from zhanggui.catalog.actions.guarding import claim, must_edit, stay_fit, tell
from zhanggui.catalog.models import Listing, Picture, Product, Sku
from zhanggui.catalog.queries.goods import rules_of, usual_rules
from zhanggui.journal.actions import action
from zhanggui.journal.daybook import write
from zhanggui.kit.actor import Actor
from zhanggui.kit.clock import day_of
from zhanggui.kit.pictures import Kept
from zhanggui.kit.refusals import Invalid

MOST = {Picture.Role.MAIN: 8, Picture.Role.DETAIL: 30, Picture.Role.SKU: 60}


@dataclass(frozen=True, slots=True)
class PictureRow:
    """A picture as the page shows it, in its place of the list."""

    id: int
    role: str = Picture.Role.MAIN
    alt: str = ""


@action
def add(
    *, by: Actor, product: Product, kept: Sequence[Kept], role: str = Picture.Role.MAIN, at: datetime
) -> list[Picture]:
    """Add kept pictures behind those of the product. Raises NotAllowed, Invalid when there are too many or a
    main picture is smaller than a shop of it wants (S3-21).
    """
    listings = must_edit(by, product)
    fresh = claim(product, None)
    if role not in Picture.Role.values:
        raise Invalid(_("请从列表中选择"), "role")
    if role == Picture.Role.MAIN:
        _large([(one.width, one.height) for one in kept], listings, at)
    there = Picture.objects.filter(product=fresh, role=role).count()
    _room(role, there + len(kept))
    pictures = Picture.objects.bulk_create(
        [
            Picture(
                product=fresh,
                name=one.name,
                width=one.width,
                height=one.height,
                size=one.size,
                role=role,
                alt=fresh.title[:120],
                position=there + place,
            )
            for place, one in enumerate(kept)
        ]
    )
    _next(fresh)
    stay_fit(fresh, listings, at=at)
    shop_id = listings[0].shop_id if listings else None
    write(
        by=by,
        what="picture.added",
        on=fresh,
        shop_id=shop_id,
        change={"pictures": [there, there + len(kept)]},
    )
    tell(fresh, listings)
    return pictures


@action
def arrange(
    *, by: Actor, product: Product, version: int, rows: Sequence[PictureRow], at: datetime
) -> Product:
    """Put the pictures into this order with these roles and texts; those left out are taken away.

    Raises NotAllowed, Invalid, Stale, Unfit.
    """
    listings = must_edit(by, product)
    fresh = claim(product, version)
    known = {picture.pk: picture for picture in Picture.objects.select_for_update().filter(product=fresh)}
    kept: list[Picture] = []
    for row in rows:
        picture = known.get(row.id)
        if picture is None or picture in kept:
            raise Invalid(_("有一张图片已经不在了，请刷新后再排。"), "pictures")
        if row.role not in Picture.Role.values:
            raise Invalid(_("请从列表中选择"), "role")
        if row.role == Picture.Role.MAIN != picture.role:
            _large([(picture.width, picture.height)], listings, at)
        picture.role, picture.alt, picture.position = row.role, row.alt.strip()[:120], len(kept)
        kept.append(picture)
    for role in Picture.Role.values:
        _room(role, sum(picture.role == role for picture in kept))
    Picture.objects.bulk_update(kept, ["role", "alt", "position"])
    gone = [picture for picture in known.values() if picture not in kept]
    if gone:
        Picture.objects.filter(pk__in=[picture.pk for picture in gone]).delete()
        Sku.objects.filter(product=fresh, picture__in=[picture.name for picture in gone]).update(picture="")
    _next(fresh)
    stay_fit(fresh, listings, at=at)
    shop_id = listings[0].shop_id if listings else None
    write(
        by=by,
        what="picture.arranged",
        on=fresh,
        shop_id=shop_id,
        change={"version": [version, fresh.version], "pictures": [len(known), len(kept)]},
    )
    tell(fresh, listings)
    return fresh


def _large(sizes: Sequence[tuple[int, int]], listings: Sequence[Listing], at: datetime) -> None:
    rules = [rules_of(listing.shop, day_of(at)) for listing in listings] or [usual_rules()]
    least = max(rule.main_px for rule in rules)
    for width, height in sizes:
        if min(width, height) < least:
            raise Invalid(
                _("主图边长至少 %(least)s 像素（S3-21），这张是 %(size)s，没有收下。请换大图，或改作详情图。")
                % {"least": least, "size": f"{width}×{height}"},
                "picture",
            )


def _room(role: str, many: int) -> None:
    most = MOST[Picture.Role(role)]
    if many > most:
        raise Invalid(
            _("%(role)s最多 %(most)s 张") % {"role": _(Picture.Role(role).label), "most": most}, "pictures"
        )


def _next(product: Product) -> None:
    product.version += 1
    product.save(update_fields=["version"])
