"""What pages and other rooms ask about reviews."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q, QuerySet, Sum

from zhanggui.kit.actor import Actor
from zhanggui.kit.clock import day_of
from zhanggui.people.powers import Power
from zhanggui.reviews import rules
from zhanggui.reviews.models import BuyerReview, Review, Window
from zhanggui.shops.models import Kind, Shop
from zhanggui.shops.policies import value

SCORES = ("described", "served", "shipped")


@dataclass(frozen=True, slots=True)
class Standing:
    """What a shop's name is worth. Bazaar: points, level, share of good in 1/10000 (None without marks). Both: scores."""

    bazaar: bool
    points: int
    level: int
    badge: str
    badges: int
    good: int
    neutral: int
    bad: int
    good_bp: int | None
    scores: rules.Scores


def shop_standing(
    shop_id: int, at: datetime, *, shop: Shop | None = None, days: int | None = None
) -> Standing:
    """Credit of all time and the scores of the trailing days, up to a moment. One statement with `shop` and `days` (the
    policy `reviews.score_days`), one more for each that is not given.

    A mark counts with what it is now; what the month's limit left out counts for nothing.
    """
    shop = shop or Shop.objects.get(pk=shop_id)
    days = value("reviews.score_days", shop, day_of(at)) if days is None else days
    counted = Q(counts=True, mark__isnull=False)
    recent = Q(made_at__gt=at - timedelta(days=days), scores_count=True, by_system=False)
    sums = Review.objects.filter(shop_id=shop_id, made_at__lte=at).aggregate(
        points=Sum("mark", filter=counted),
        good=Count("pk", filter=counted & Q(mark=rules.GOOD)),
        neutral=Count("pk", filter=counted & Q(mark=rules.NEUTRAL)),
        bad=Count("pk", filter=counted & Q(mark=rules.BAD)),
        many=Count("pk", filter=recent & (Q(described__gt=0) | Q(served__gt=0) | Q(shipped__gt=0))),
        **{f"{name}_sum": Sum(name, filter=recent) for name in SCORES},
        **{f"{name}_many": Count(name, filter=recent) for name in SCORES},
    )
    described, served, shipped = (
        rules.mean(sums[f"{name}_sum"] or 0, sums[f"{name}_many"]) for name in SCORES
    )
    scores = rules.Scores(described, served, shipped, sums["many"])
    points = sums["points"] or 0
    marks = sums["good"] + sums["neutral"] + sums["bad"]
    level = rules.level_of(points)
    badge, badges = rules.badge_of(level)
    return Standing(
        bazaar=shop.kind == Kind.BAZAAR,
        points=points,
        level=level,
        badge=badge,
        badges=badges,
        good=sums["good"],
        neutral=sums["neutral"],
        bad=sums["bad"],
        good_bp=sums["good"] * 10_000 // marks if marks else None,
        scores=scores,
    )


def visible_to(actor: Actor) -> QuerySet[Review]:
    """The reviews of the shops in which the actor may see them. No statement."""
    shops = actor.shops_with(Power.REVIEW_SEE)
    rows = Review.objects.select_related("shop", "line", "buyer")
    return rows if shops is None else rows.filter(shop_id__in=sorted(shops))


def windows_visible_to(actor: Actor) -> QuerySet[Window]:
    """Open windows of bazaar orders whose buyer the shop has said nothing of yet. No statement."""
    shops = actor.shops_with(Power.REVIEW_SEE)
    said = BuyerReview.objects.values("order_id")
    rows = Window.objects.select_related("shop").filter(closed_at__isnull=True, shop__kind=Kind.BAZAAR)
    rows = rows.exclude(order_id__in=said)
    return rows if shops is None else rows.filter(shop_id__in=sorted(shops))


PICTURED, ADDED = "pictures", "added"
_WITH = {PICTURED: Q(pictures__len__gt=0), ADDED: Q(added_at__isnull=False)}


@dataclass(frozen=True, slots=True)
class Said:
    """Reviews of a product, and how many there are of each filter: all, with pictures, with words added."""

    rows: list[Review]
    every: int
    pictured: int
    added: int


def of_product(product_id: int, shop_id: int, *, only: str = "", most: int = 20) -> Said:
    """What buyers of a shop said about a product, newest first, hidden ones left out. `only`: PICTURED or ADDED. One
    statement, a second one to count where there are more than a page or some are left out.
    """
    every = Review.objects.filter(
        product_id=product_id, shop_id=shop_id, hidden_at__isnull=True, by_system=False
    )
    rows = every.filter(_WITH[only]) if only in _WITH else every
    found = list(rows.select_related("buyer", "line").order_by("-made_at", "-pk")[: most + 1])
    if only not in _WITH and len(found) <= most:
        pictured, added = sum(bool(row.pictures) for row in found), sum(bool(row.added_at) for row in found)
        return Said(found, len(found), pictured, added)
    counts = every.aggregate(
        every=Count("pk"),
        pictured=Count("pk", filter=_WITH[PICTURED]),
        added=Count("pk", filter=_WITH[ADDED]),
    )
    return Said(found[:most], **counts)
