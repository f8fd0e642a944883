"""What the back office asks about offers: whose they are, one page of a filter, its counts, one offer's uses."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.http import QueryDict

from zhanggui.journal.models import Entry
from zhanggui.kit.actor import Actor
from zhanggui.kit.numbers import whole
from zhanggui.people.powers import Power
from zhanggui.promotions.models import Auction, Coupon, Offer, OfferKind, OfferState, RedPacketIssue, Use
from zhanggui.shops.models import Platform, Shop
from zhanggui.shops.queries import open_to

PAGE = 50
_RUNNING = [OfferState.SCHEDULED, OfferState.LIVE]


def shops_of(actor: Actor, power: str = Power.OFFER_SEE) -> QuerySet[Shop]:
    """Open shops in which the actor may look at offers (or another power), by code. One statement when read."""
    return open_to(actor, power)


def own_shops_of(actor: Actor, power: str) -> QuerySet[Shop]:
    """Those of `shops_of` that are our own: on other platforms their own back office sets the prices, an offer of ours
    would never be used there. One statement when read."""
    return shops_of(actor, power).filter(platform=Platform.OWN)


def visible_to(actor: Actor) -> QuerySet[Offer]:
    """Offers that hold in at least one shop where the actor may look at offers. No statement."""
    held = actor.shops_with(Power.OFFER_SEE)
    return Offer.objects.all() if held is None else Offer.objects.filter(shop_ids__overlap=sorted(held))


def issues_visible_to(actor: Actor) -> QuerySet[RedPacketIssue]:
    """Issues of red packets for a shop where the actor may look at offers; those for every shop of a merchant
    are seen by whoever sees one of its shops. No statement."""
    held = actor.shops_with(Power.OFFER_SEE)
    rows = RedPacketIssue.objects.all()
    if held is None:
        return rows
    merchants = Shop.objects.filter(pk__in=sorted(held)).values("merchant_id")
    return rows.filter(Q(shop_ids__overlap=sorted(held)) | Q(shop_ids=[], merchant_id__in=merchants))


def auctions_visible_to(actor: Actor) -> QuerySet[Auction]:
    """Auctions of the shops where the actor may look at offers. No statement."""
    held = actor.shops_with(Power.OFFER_SEE)
    rows = Auction.objects.select_related("shop", "sku")
    return rows if held is None else rows.filter(shop_id__in=sorted(held))


def unreadable(actor: Actor) -> QuerySet[Offer]:
    """Approved offers of which it was told that nobody can read them, the latest first. One statement when read."""
    rows = visible_to(actor).filter(state__in=_RUNNING, unreadable_at__isnull=False)
    return rows.order_by("-unreadable_at", "-pk")


def stands(offer: Offer, at: datetime) -> str:
    """The state of an offer at a moment: an approved one is scheduled, live or ended as its times say."""
    if offer.state not in _RUNNING:
        return offer.state
    if at < offer.starts_at:
        return str(OfferState.SCHEDULED)
    return str(OfferState.LIVE if at < offer.ends_at else OfferState.ENDED)


def in_state(state: str, at: datetime) -> Q:
    """The condition of the rows that stand in a state at a moment, as `stands` says it."""
    if state == OfferState.SCHEDULED:
        return Q(state__in=_RUNNING, starts_at__gt=at)
    if state == OfferState.LIVE:
        return Q(state__in=_RUNNING, starts_at__lte=at, ends_at__gt=at)
    if state == OfferState.ENDED:
        return Q(state=OfferState.ENDED) | Q(state__in=_RUNNING, ends_at__lte=at)
    return Q(state=state)


@dataclass(slots=True)
class Wanted:
    """A filter as its address says it; nonsense is left out."""

    shop: str = ""
    kind: str = ""
    state: str = ""
    q: str = ""
    shops: list[Shop] = field(default_factory=list)

    @property
    def narrowed(self) -> bool:
        """Whether anything is filtered at all."""
        return bool(self.shop or self.kind or self.state or self.q)


def wanted_of(actor: Actor, params: QueryDict) -> Wanted:
    """The filter of an address. One statement: the actor's shops."""
    shops = list(shops_of(actor))
    shop = params.get("shop", "")
    kind, state = params.get("kind", ""), params.get("state", "")
    return Wanted(
        shop if shop in {row.code for row in shops} else "",
        kind if kind in OfferKind.values else "",
        state if state in OfferState.values else "",
        params.get("q", "").replace("\0", "").strip()[:60],
        shops,
    )


def narrowed(actor: Actor, wanted: Wanted) -> QuerySet[Offer]:
    """Everything of the filter but the state. No statement."""
    rows = visible_to(actor)
    if wanted.shop:
        rows = rows.filter(shop_ids__contains=[row.pk for row in wanted.shops if row.code == wanted.shop])
    if wanted.kind:
        rows = rows.filter(kind=wanted.kind)
    for word in wanted.q.split():
        number = whole(word)
        said = Q(name__icontains=word) | Q(note__icontains=word) | Q(group=word)
        rows = rows.filter(said | Q(pk=number) if number is not None else said)
    return rows


def counts(actor: Actor, wanted: Wanted, *, at: datetime) -> list[tuple[str, str, int]]:
    """How many offers stand in each state under the other filters: state, label, number. One statement."""
    asked = {state: Count("pk", filter=in_state(state, at)) for state in OfferState.values}
    found = narrowed(actor, wanted).aggregate(**asked)
    return [(state, str(label), found[state]) for state, label in OfferState.choices]


@dataclass(frozen=True, slots=True)
class Page:
    """One page of offers and the cursors of its neighbours ("" for none)."""

    rows: list[Offer]
    before: str
    after: str


def page(actor: Actor, wanted: Wanted, params: QueryDict, *, at: datetime) -> Page:
    """One page of the filter, the newest first. One statement."""
    rows = narrowed(actor, wanted)
    if wanted.state:
        rows = rows.filter(in_state(wanted.state, at))
    after, before = whole(params.get("after", "")), whole(params.get("before", ""))
    if before is not None:
        found = list(rows.filter(pk__gt=before).order_by("pk")[: PAGE + 1])
        more, found = len(found) > PAGE, found[:PAGE][::-1]
        return Page(found, str(found[0].pk) if more else "", str(found[-1].pk) if found else "")
    if after is not None:
        rows = rows.filter(pk__lt=after)
    found = list(rows.order_by("-pk")[: PAGE + 1])
    more, found = len(found) > PAGE, found[:PAGE]
    return Page(
        found, str(found[0].pk) if found and after is not None else "", str(found[-1].pk) if more else ""
    )


def uses_of(offer: Offer, *, most: int = 50) -> list[Use]:
    """The latest orders that used an offer. One statement."""
    return list(Use.objects.filter(offer=offer).order_by("-pk")[:most])


def use_sums(offer: Offer) -> dict[str, dict[str, int]]:
    """How many orders hold, used or gave back an offer, and for how much, by state. One statement."""
    rows = Use.objects.filter(offer=offer).values("state")
    return {
        row["state"]: {"many": row["many"], "times": row["sum_times"], "fen": row["fen"]}
        for row in rows.annotate(many=Count("pk"), sum_times=Sum("times"), fen=Sum("off_fen"))
    }


def shares_of(offer: Offer) -> list[Any]:
    """The pieces an offer may sell or give, with what is gone, by SKU. One statement."""
    return list(offer.shares.select_related("sku").order_by("sku__code")[:200])


def coupons_of(offer: Offer) -> QuerySet[Coupon]:
    """The coupons of an offer, the newest first, with their buyers. No statement."""
    return Coupon.objects.filter(offer=offer).select_related("buyer").order_by("-pk")


def coupon_counts(offer: Offer) -> list[tuple[str, str, int]]:
    """How many coupons of an offer stand in each state. One statement."""
    found = dict(
        Coupon.objects.filter(offer=offer)
        .values("state")
        .annotate(many=Count("pk"))
        .values_list("state", "many")
    )
    return [(state, str(label), found.get(state, 0)) for state, label in Coupon.State.choices]


def changes_of(kind: str, pk: int, *, most: int = 30) -> list[Entry]:
    """The latest daybook lines about a thing of this room. One statement."""
    return list(Entry.objects.filter(kind=kind, object_id=pk).order_by("-pk")[:most])


def issue_sums(issue: RedPacketIssue) -> dict[str, int]:
    """What became of an issue's money, in fen: issued = left + held + used + expired + revoked. One statement."""
    names = ("amount", "left", "held", "used", "expired", "revoked")
    found = issue.packets.aggregate(many=Count("pk"), **{name: Sum(f"{name}_fen") for name in names})
    return {name: value or 0 for name, value in found.items()}


PARTS = {
    "left": Q(left_fen__gt=0),
    "held": Q(held_fen__gt=0),
    "used": Q(used_fen__gt=0),
    "expired": Q(expired_fen__gt=0),
    "revoked": Q(revoked_fen__gt=0),
}
"""The parts of an issue's money and the packets behind each."""


def packets_of(issue: RedPacketIssue, *, part: str = "", after: int | None = None) -> list[Any]:
    """Packets of an issue (of one part of its money), the newest first, one page and one more. One statement."""
    rows = issue.packets.select_related("buyer").order_by("-pk")
    if part in PARTS:
        rows = rows.filter(PARTS[part])
    if after is not None:
        rows = rows.filter(pk__lt=after)
    return list(rows[: PAGE + 1])


def last_years(actor: Actor, *, at: datetime, most: int = 8) -> list[Offer]:
    """Offers that ran around this day a year ago, for "clone last year's". One statement."""
    try:
        then = at.replace(year=at.year - 1)
    except ValueError:  # 29 February
        then = at.replace(year=at.year - 1, day=28)
    rows = visible_to(actor).exclude(state__in=[OfferState.DRAFT, OfferState.REVIEW])
    found = list(rows.filter(starts_at__year=then.year).order_by("-used_fen", "-pk")[:200])
    return sorted(found, key=lambda row: abs((row.starts_at - then).total_seconds()))[:most]


def codes_by_id(shops: Sequence[Shop]) -> dict[int, str]:
    """Shop codes by id, of shops at hand."""
    return {row.pk: row.code for row in shops}


def codes_of_shops(ids: Sequence[int]) -> list[str]:
    """Codes of shops by id. One statement."""
    return list(Shop.objects.filter(pk__in=list(ids)).order_by("code").values_list("code", flat=True))
