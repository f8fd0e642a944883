"""A product's own words: made in a shop, changed, listed in another shop."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

import nh3
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from zhanggui.catalog.actions.categories import refile
from zhanggui.catalog.actions.finding import remember
from zhanggui.catalog.actions.guarding import claim, must_edit, stay_fit, tell
from zhanggui.catalog.forest import tidy_name
from zhanggui.catalog.models import Classification, Listing, Product
from zhanggui.catalog.queries.goods import heroes
from zhanggui.catalog.sizes import read_sizes, said_sizes
from zhanggui.journal.actions import action
from zhanggui.journal.daybook import write
from zhanggui.kit.actor import Actor
from zhanggui.kit.clock import day_of
from zhanggui.kit.pictures import NAME, PLACE
from zhanggui.kit.refusals import Invalid, NotNow
from zhanggui.people.powers import Power
from zhanggui.shops.models import Shop
from zhanggui.shops.policies import value

MOST_DESCRIPTION = 60_000
MOST_ATTRIBUTES = 60
TAGS = {
    *(
        "p",
        "br",
        "hr",
        "h2",
        "h3",
        "h4",
        "strong",
        "b",
        "em",
        "i",
        "u",
        "s",
        "small",
        "sub",
        "sup",
        "blockquote",
    ),
    *(
        "ul",
        "ol",
        "li",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "caption",
        "img",
        "figure",
        "figcaption",
    ),
}
ATTRIBUTES = {
    "img": {"src", "alt", "width", "height"},
    "th": {"colspan", "rowspan"},
    "td": {"colspan", "rowspan"},
}


@dataclass(frozen=True, slots=True)
class Basics:
    """A product's own words. `postage_included` None: nobody said (S3-12)."""

    title: str
    code: str
    classification_id: int | None = None
    model: str = ""
    brand: str = ""
    copy: str = ""
    description: str = ""
    size_guide: Sequence[Sequence[str]] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)
    virtual: bool = False
    hold: str = Product.Hold.ORDER
    role: str = Product.Role.NONE
    postage_included: bool | None = None
    instalments: bool = False


def cleaned(html: str) -> str:
    """The description as it is kept: a few tags, only pictures of ours, no links, no styles, no scripts."""

    def own_pictures(tag: str, name: str, told: str) -> str | None:
        if (tag, name) != ("img", "src"):
            return told
        return told if told.startswith(PLACE) and NAME.fullmatch(told[len(PLACE) :]) else None

    return nh3.clean(
        html,
        tags=TAGS,
        attributes=ATTRIBUTES,
        attribute_filter=own_pictures,
        url_schemes=set(),
        link_rel=None,
    )


@action
def create(*, by: Actor, shop: Shop, basics: Basics, at: datetime) -> Product:
    """Make a product and list it as a draft in the shop.

    Raises NotAllowed without CATALOG_EDIT in the shop, Invalid (with the field) for a limit that is broken or a
    code that is taken.
    """
    by.must(Power.CATALOG_EDIT, shop_id=shop.pk)
    values = _values(basics)
    try:
        with transaction.atomic():
            product = Product.objects.create(merchant_id=shop.merchant_id, **values)
    except IntegrityError:
        raise _taken(basics.code) from None
    listing = Listing.objects.create(shop=shop, product=product)
    stay_fit(product, [listing], at=at)
    remember([product.pk])
    refile(shop.pk, [listing.pk])
    write(by=by, what="product.made", on=product, shop_id=shop.pk, change={"code": [None, product.code]})
    tell(product, [])
    return product


@action
def change(*, by: Actor, product: Product, version: int, basics: Basics, at: datetime) -> Product:
    """Write the product's words as the page shows them.

    Raises NotAllowed, Invalid (with the field), Stale for an old version, Unfit when it is on a shelf and would
    no longer pass the gate, NotNow when the shop would have too many hero products (S3-05).
    """
    listings = must_edit(by, product)
    fresh = claim(product, version)
    values = _values(basics)
    before = {name: getattr(fresh, name) for name in values}
    for name, told in values.items():
        setattr(fresh, name, told)
    if fresh.role == Product.Role.HERO != before["role"]:
        _room_for_heroes(listings, at)
    fresh.version += 1
    try:
        with transaction.atomic():
            fresh.save()
    except IntegrityError:
        raise _taken(basics.code) from None
    stay_fit(fresh, listings, at=at)
    remember([fresh.pk])
    for listing in listings:
        refile(listing.shop_id, [listing.pk])
    changed = {name: [before[name], values[name]] for name in values if before[name] != values[name]}
    if "description" in changed:
        changed["description"] = [len(before["description"]), len(values["description"])]
    if "size_guide" in changed:
        changed["size_guide"] = [len(before["size_guide"]), len(values["size_guide"])]
    shop_id = listings[0].shop_id if listings else None
    write(
        by=by,
        what="product.changed",
        on=fresh,
        shop_id=shop_id,
        change={"version": [version, fresh.version]} | changed,
    )
    tell(fresh, listings)
    return fresh


@action
def list_in(*, by: Actor, product: Product, shop: Shop, at: datetime) -> Listing:
    """List a product in another shop of its merchant, as a draft. Gives the listing there is, if it is listed."""
    by.must(Power.CATALOG_EDIT, shop_id=shop.pk)
    if shop.merchant_id != product.merchant_id:
        raise Invalid(_("这件商品属于另一个商家，不能放进这家店。"), "shop")
    listing, made = Listing.objects.get_or_create(shop=shop, product=product)
    if made:
        stay_fit(product, [listing], at=at)
        remember([product.pk])
        refile(shop.pk, [listing.pk])
        write(by=by, what="listing.made", on=listing, change={"product": [None, product.code]})
        tell(product, [listing])
    return listing


def _values(basics: Basics) -> dict[str, Any]:
    values = asdict(basics)
    for name, most in (("title", 200), ("code", 60), ("model", 60), ("brand", 60), ("copy", 200)):
        values[name] = tidy_name(str(values[name]))
        if len(values[name]) > most:
            raise Invalid(_("最多 %(most)s 个字。") % {"most": most}, name)
    if not values["title"]:
        raise Invalid(_("请填写标题"), "title")
    if not values["code"]:
        raise Invalid(_("请填写商家编码"), "code")
    if len(values["description"]) > MOST_DESCRIPTION:
        raise Invalid(_("最多 %(most)s 个字。") % {"most": MOST_DESCRIPTION}, "description")
    values["description"] = cleaned(values["description"])
    values["size_guide"] = read_sizes(said_sizes([list(row) for row in basics.size_guide]))
    told = {str(name).strip()[:40]: str(text).strip()[:200] for name, text in basics.attributes.items()}
    values["attributes"] = {name: text for name, text in told.items() if name and text}
    if len(values["attributes"]) > MOST_ATTRIBUTES:
        raise Invalid(_("属性太多了，最多 %(most)s 条。") % {"most": MOST_ATTRIBUTES}, "attributes")
    if values["hold"] not in Product.Hold.values:
        raise Invalid(_("请从列表中选择"), "hold")
    if values["role"] not in Product.Role.values:
        raise Invalid(_("请从列表中选择"), "role")
    chosen = values["classification_id"]
    if chosen is not None and not Classification.objects.filter(pk=chosen).exists():
        raise Invalid(_("请从列表中选择"), "classification")
    return values


def _taken(code: str) -> Invalid:
    return Invalid(_("编码 %(code)s 已经有商品用了。") % {"code": code}, "code")


def _room_for_heroes(listings: Sequence[Listing], at: datetime) -> None:
    shops = {listing.shop_id: listing.shop for listing in listings}
    for shop_id, many in heroes(list(shops), at=at).items():
        most = value("catalog.hero_most", shops[shop_id], day_of(at))
        if many >= most:
            raise NotNow(
                _("「%(shop)s」的主打商品已有 %(many)s 件，最多 %(most)s 件（S3-05）。")
                % {"shop": shops[shop_id].name, "many": many, "most": most}
            )
