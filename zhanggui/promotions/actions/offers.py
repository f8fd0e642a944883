"""The life of an offer: draft → review → scheduled → live → ended; stopped, sent back, cloned (docs/laws/offers.md)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as N_

from zhanggui.catalog.advertising import must_be_clean
from zhanggui.catalog.models import Product, Sku
from zhanggui.journal.actions import action
from zhanggui.journal.daybook import Change, Line, write, write_many
from zhanggui.journal.news import announce
from zhanggui.kit.actor import Actor
from zhanggui.kit.bells import ring
from zhanggui.kit.clock import day_of, in_china
from zhanggui.kit.money import yuan
from zhanggui.kit.refusals import Invalid, NotAllowed, NotNow
from zhanggui.kit.states import move
from zhanggui.people.leading import same_person
from zhanggui.people.powers import Power
from zhanggui.promotions import terms as reading
from zhanggui.promotions.events import OfferApproved, OfferEnded, OfferStarted
from zhanggui.promotions.floors import Breach, breaches
from zhanggui.promotions.models import Offer, OfferState, Share
from zhanggui.promotions.plan import Plan
from zhanggui.promotions.queries.doubting import doubts_of
from zhanggui.promotions.rules import (
    SHARE_KINDS,
    all_own,
    allowed_while_running,
    checked,
    moved,
    years_later,
)
from zhanggui.promotions.states import MOVES, RUNNING
from zhanggui.shops.models import Platform, Shop


class BelowFloor(NotNow):
    """The offer can bring goods below their floor; who approves must say that this is meant."""

    code = "below_floor"

    def __init__(self, found: Sequence[Breach]) -> None:
        worst = found[0]
        super().__init__(
            _(
                "「%(title)s」买 %(pieces)s 件时最低可到 ¥%(goods)s，低于底价 ¥%(floor)s（叠加：%(offers)s）。"
                "确认要卖这么低，请勾选「同意低于底价」再批准。"
            )
            % {
                "title": worst.title[:40],
                "pieces": worst.pieces,
                "goods": yuan(worst.goods_fen),
                "floor": yuan(worst.floor_fen),
                "offers": "、".join(worst.offers),
            }
        )
        self.breaches = tuple(found)


class Doubtful(NotNow):
    """The offer looks like a mistake; who approves must say that it is meant. `doubts` are the sentences."""

    code = "doubtful"

    def __init__(self, found: Sequence[str]) -> None:
        super().__init__(
            _("%(doubts)s 确认就是要这样，请勾选「看过提醒，就是要这样」再批准。")
            % {"doubts": " ".join(found)}
        )
        self.doubts = tuple(found)


class Stale(NotNow):
    """Somebody changed the offer since the form was opened."""

    code = "stale"


@action
def draft(*, by: Actor, plan: Plan, at: datetime) -> Offer:
    """Write down a new offer; nobody can use it before somebody else has approved it.

    Raises NotAllowed without OFFER_EDIT in each of the shops, Invalid with the field.
    """
    return _lay(by, _judged(by, plan))


@action
def change(*, by: Actor, offer: Offer, version: int, plan: Plan, at: datetime) -> None:
    """Change an offer: a draft in any way, an approved one only so that its risk becomes smaller (ends earlier, larger
    share, note); everything else is a clone. The whole plan is given, as to `draft`.

    Raises NotAllowed without OFFER_EDIT in the old and the new shops, Stale when `version` is not the row's, NotNow
    for an offer in review or one that is over, Invalid with the field.
    """
    if (plan.merchant_id, plan.kind) != (offer.merchant_id, offer.kind):
        raise Invalid(_("优惠的商家和种类不能改，请新建一个。"), "kind")
    _must(by, Power.OFFER_EDIT, offer.shop_ids)
    plan = _judged(by, plan)
    row = _locked(offer, version)
    had = dict(row.shares.order_by("sku_id").values_list("sku_id", "pieces"))
    has = {sku: plan.shares[sku] for sku in sorted(plan.shares)}
    fresh = plan.columns()
    differs = {column for column, value in fresh.items() if not _same(column, getattr(row, column), value)}
    names = differs | ({"shares"} if had != has else set())
    if not names:
        return
    if row.state in RUNNING:
        why = allowed_while_running(names, at=at, ends_at=(row.ends_at, plan.ends_at), shares=(had, has))
        if why:
            raise NotNow(why)
    elif row.state != OfferState.DRAFT:
        raise NotNow(
            _("「%(name)s」现在是「%(state)s」，不能改；请先退回草稿，或复制一份。")
            % {"name": row.name, "state": _(str(OfferState(row.state).label))}
        )
    before = {column: getattr(row, column) for column in differs}
    Offer.objects.filter(pk=row.pk).update(
        **{column: fresh[column] for column in differs}, version=F("version") + 1
    )
    if had != has:
        _put_shares(row.pk, has)
    told = {
        column: [_told(row.kind, column, before[column]), _told(row.kind, column, fresh[column])]
        for column in sorted(differs)
    }
    if had != has:
        told["shares"] = [sum(had.values()), sum(has.values())]
    _write(by, "offer.changed", row, told)
    offer.refresh_from_db()


@action
def ask_review(*, by: Actor, offer: Offer, note: str = "", at: datetime) -> None:
    """Hand a draft to somebody else for approval.

    Raises NotAllowed without OFFER_EDIT in each of its shops, Invalid when nobody can read its terms any more, NotNow
    unless it is a draft whose end lies ahead.
    """
    must_edit(by, offer)
    reading.value_of(offer)
    if offer.ends_at <= at:
        raise NotNow(_("「%(name)s」的结束时间已经过了，请先改时间。") % {"name": offer.name})
    also: dict[str, Any] = {"asked_by": by.staff_id, "version": F("version") + 1}
    left = move(offer, OfferState.REVIEW, moves=MOVES, label=f"「{offer.name}」", **also)
    _moved(by, "offer.asked", offer, left, reason=note[:300])


@action
def approve(*, by: Actor, offer: Offer, below_floor: bool = False, meant: bool = False, at: datetime) -> None:
    """Let an offer begin at its time. Who asked does not approve, whatever powers they hold.

    `below_floor`: who approves agrees that it may bring goods below their floor. `meant`: who approves has seen what
    looks like a mistake in it. Raises NotAllowed without OFFER_APPROVE in each of its shops or for one's own offer,
    Doubtful when it looks like a mistake and nobody said it is meant, BelowFloor with the carts that prove it when it
    may go below and nobody agreed, Invalid when nobody can read its terms any more, NotNow unless it is in review and
    its end lies ahead.
    """
    must_approve(by, offer)
    if same_person(by.staff_id, offer.asked_by):
        raise NotAllowed(_("提交审核的人不能自己批准，请由另一位有「审核优惠与活动」权限的同事批准。"))
    reading.value_of(offer)
    if offer.ends_at <= at:
        raise NotNow(_("「%(name)s」的结束时间已经过了，请退回修改。") % {"name": offer.name})
    odd = [] if meant else [doubt.said for doubt in doubts_of(offer) if doubt.grave]
    if odd:
        raise Doubtful(odd)
    found = [] if below_floor else breaches(offer)
    if found:
        raise BelowFloor(found)
    left = move(
        offer,
        OfferState.SCHEDULED,
        moves=MOVES,
        label=f"「{offer.name}」",
        approved_by=by.name[:80],
        approved_at=at,
        below_floor=below_floor,
        version=F("version") + 1,
    )
    # An offer whose time has come counts from this moment on; the minute's task writes the state a little later.
    running = N_("开始时间已到，批准后立即生效") if offer.starts_at <= at else ""
    also: Change = {"below_floor": [False, True]} if below_floor else {}
    _moved(by, "offer.approved", offer, left, reason=running, also=also)
    announce(OfferApproved(offer.pk, tuple(offer.shop_ids)))


@action
def send_back(*, by: Actor, offer: Offer, reason: str = "", at: datetime) -> None:
    """Back to draft: by who approves, with a reason; or by who asked, to change it; or before an approved one began.

    Raises NotAllowed without OFFER_APPROVE or OFFER_EDIT in each of its shops, NotNow once it began or is over, Invalid
    when somebody else's offer is sent back without a reason.
    """
    must_send_back(by, offer)
    own = same_person(by.staff_id, offer.asked_by)
    if not own and not reason.strip():
        raise Invalid(_("退回时请写明原因。"), "reason")
    if offer.state == OfferState.LIVE or (offer.state in RUNNING and offer.starts_at <= at):
        raise NotNow(_("「%(name)s」已经开始，不能退回；请停用后复制一份。") % {"name": offer.name})
    left = move(
        offer,
        OfferState.DRAFT,
        moves=MOVES,
        label=f"「{offer.name}」",
        below_floor=False,
        approved_by="",
        approved_at=None,
        version=F("version") + 1,
    )
    _moved(by, "offer.sent_back", offer, left, reason=reason.strip()[:300])


@action
def stop(*, by: Actor, offer: Offer, reason: str, at: datetime) -> None:
    """Stop it now: from this instant on no order can use it. Orders that hold it keep their price.

    A draft that is stopped is given up. Raises NotAllowed without OFFER_EDIT in each of its shops (OFFER_APPROVE serves
    too), NotNow when it is over, Invalid without a reason.
    """
    must_stop(by, offer)
    if not reason.strip():
        raise Invalid(_("停用时请写明原因。"), "reason")
    if offer.state in RUNNING and offer.ends_at <= at:
        raise NotNow(_("「%(name)s」已经结束了。") % {"name": offer.name})
    left = move(
        offer,
        OfferState.STOPPED,
        moves=MOVES,
        label=f"「{offer.name}」",
        stopped_at=at,
        version=F("version") + 1,
    )
    _moved(by, "offer.stopped", offer, left, reason=reason.strip()[:300])
    if left in RUNNING:
        announce(OfferEnded(offer.pk, tuple(offer.shop_ids)))


@action
def clone(*, by: Actor, offer: Offer, years: int = 1, at: datetime) -> Offer:
    """A draft like it, so many years later on the same calendar day and hour (0: the same dates); gives the draft.

    Nothing of the life of the old one is taken over: no uses, no approval. Stock shares are. Raises NotAllowed without
    OFFER_EDIT in each of its shops that are still open and our own.
    """
    open_shops = list(
        Shop.objects.filter(pk__in=offer.shop_ids, closed_at__isnull=True, platform=Platform.OWN).values_list(
            "pk", flat=True
        )
    )
    kept = Plan.of(offer)
    plan = checked(
        replace(
            kept,
            shop_ids=tuple(open_shops),
            starts_at=years_later(kept.starts_at, years),
            ends_at=years_later(kept.ends_at, years),
            claim_from=years_later(kept.claim_from, years) if kept.claim_from else None,
            claim_until=years_later(kept.claim_until, years) if kept.claim_until else None,
            terms=moved(kept.terms, years),
        )
    )
    _must(by, Power.OFFER_EDIT, plan.shop_ids)
    return _lay(by, plan, cloned_from=offer.pk)


@action
def move_due(*, by: Actor, at: datetime, most: int = 500) -> int:
    """Write into the rows what the moment has decided: scheduled ones that began are live, those past their end are
    ended; gives how many. Called by the worker; what somebody holds is taken in the next round. Eight statements.

    Nothing waits for this: `live.offers_for` and the checkout look at the moment itself.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH due AS (SELECT id, state AS was FROM promotions_offer WHERE state IN ('scheduled', 'live') "
            "AND (ends_at <= %s OR (state = 'scheduled' AND starts_at <= %s)) ORDER BY id LIMIT %s "
            "FOR UPDATE SKIP LOCKED) UPDATE promotions_offer o SET version = o.version + 1, "
            "state = CASE WHEN o.ends_at <= %s THEN 'ended' ELSE 'live' END FROM due WHERE o.id = due.id "
            "RETURNING o.id, due.was, o.state, o.shop_ids",
            [at, at, most, at],
        )
        moved_rows = sorted(cursor.fetchall())
    began = [row for row in moved_rows if row[2] == OfferState.LIVE]
    ended = [row for row in moved_rows if row[2] == OfferState.ENDED]
    for what, rows in (("offer.started", began), ("offer.ended", ended)):
        write_many(
            by=by,
            what=what,
            lines=[Line("offer", pk, shops[0], {"state": [was, state]}) for pk, was, state, shops in rows],
        )
    announce(
        *[OfferStarted(pk, tuple(shops)) for pk, _was, _state, shops in began],
        *[OfferEnded(pk, tuple(shops)) for pk, _was, _state, shops in ended],
    )
    for pk, _was, _state, shops in moved_rows:
        _ring(pk, shops)
    return len(moved_rows)


@action
def recount(*, by: Actor, at: datetime) -> int:
    """Write how often and for how much offers without a limit were used, counted from their uses; gives how many
    changed. Those with a limit are right at every moment. One statement.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH sums AS (SELECT o.id, coalesce(sum(u.times), 0) AS times, coalesce(sum(u.off_fen), 0) AS fen "
            "FROM promotions_offer o LEFT JOIN promotions_use u ON u.offer_id = o.id AND u.state <> 'back' "
            "WHERE o.budget_fen IS NULL AND (o.times IS NULL OR o.kind IN ('coupon', 'voucher')) "
            "AND o.starts_at <= %s AND o.ends_at > %s - interval '30 days' GROUP BY o.id) "
            "UPDATE promotions_offer o SET used_times = sums.times, used_fen = sums.fen FROM sums "
            "WHERE o.id = sums.id AND (o.used_times, o.used_fen) IS DISTINCT FROM (sums.times, sums.fen)",
            [at, at],
        )
        return int(cursor.rowcount)


def _judged(by: Actor, plan: Plan) -> Plan:
    """The plan checked against itself and the merchant's shops and goods, and allowed to the actor.

    Its name is read by buyers: no forbidden word (S3-03). Four statements and one for each shop.
    """
    plan = checked(plan)
    _must(by, Power.OFFER_EDIT, plan.shop_ids)
    rows = Shop.objects.filter(pk__in=plan.shop_ids, merchant_id=plan.merchant_id, closed_at__isnull=True)
    shops = list(rows.order_by("pk"))
    if len(shops) != len(plan.shop_ids):
        raise Invalid(_("选择的店铺不属于同一个商家，或者已经关店。"), "shops")
    all_own(shops)
    must_be_clean(shops, {"name": plan.name}, on=day_of(plan.starts_at))
    wanted = reading.skus_of(plan.terms) | plan.scope.skus | set(plan.shares)
    known = {
        pk: (f"{title} {spec}".strip(), cost)
        for pk, title, spec, cost in Sku.objects.filter(
            pk__in=sorted(wanted), merchant_id=plan.merchant_id
        ).values_list("pk", "product__title", "spec", "cost_fen")
    }
    if wanted - set(known):
        raise Invalid(_("选择的商品规格里有这个商家没有的，请重新选择。"), "terms")
    products = plan.scope.products | plan.scope.except_products
    theirs = Product.objects.filter(pk__in=sorted(products), merchant_id=plan.merchant_id)
    if products and theirs.count() != len(products):
        raise Invalid(_("选择的商品里有这个商家没有的，请重新选择。"), "scope")
    return replace(plan, terms=reading.name_presents(plan.terms, known))


def must_edit(by: Actor, offer: Offer) -> None:
    """Raise NotAllowed for who may not change it, whatever the form says. So the others."""
    _must(by, Power.OFFER_EDIT, offer.shop_ids)


def must_approve(by: Actor, offer: Offer) -> None:
    _must(by, Power.OFFER_APPROVE, offer.shop_ids)


def must_send_back(by: Actor, offer: Offer) -> None:
    own = same_person(by.staff_id, offer.asked_by)
    _must(by, Power.OFFER_EDIT if own else Power.OFFER_APPROVE, offer.shop_ids)


def must_stop(by: Actor, offer: Offer) -> None:
    if not all(by.can(Power.OFFER_APPROVE, pk) for pk in offer.shop_ids):
        _must(by, Power.OFFER_EDIT, offer.shop_ids)


def _must(by: Actor, power: Power, shop_ids: Collection[int]) -> None:
    for shop_id in sorted(shop_ids):
        by.must(power, shop_id=shop_id)


def _lay(by: Actor, plan: Plan, cloned_from: int | None = None) -> Offer:
    row = Offer.objects.create(
        merchant_id=plan.merchant_id,
        made_by=by.name[:80],
        cloned_from_id=cloned_from,
        **plan.columns(),
    )
    row.refresh_from_db(fields=["made_at"])
    if plan.kind in SHARE_KINDS:
        _put_shares(row.pk, plan.shares)
    told: dict[str, list[Any]] = {"state": ["", OfferState.DRAFT.value]}
    for column in ("name", "terms", "starts_at", "ends_at"):
        told[column] = ["", _told(row.kind, column, getattr(row, column))]
    _write(by, "offer.cloned" if cloned_from else "offer.drafted", row, told)
    return row


def _put_shares(offer_id: int, shares: Mapping[int, int]) -> None:
    """Exactly these shares; one that was there keeps what is used of it."""
    Share.objects.filter(offer_id=offer_id).exclude(sku_id__in=list(shares)).delete()
    Share.objects.bulk_create(
        [Share(offer_id=offer_id, sku_id=sku, pieces=shares[sku]) for sku in sorted(shares)],
        update_conflicts=True,
        unique_fields=["offer", "sku"],
        update_fields=["pieces"],
    )


def _locked(offer: Offer, version: int) -> Offer:
    row = Offer.objects.select_for_update(no_key=True).get(pk=offer.pk)
    if row.version != version:
        raise Stale(_("「%(name)s」刚刚被别人改过，请看最新内容再改。") % {"name": row.name})
    return row


def _same(column: str, before: Any, after: Any) -> bool:
    if column == "terms":
        return bool(_bare(before) == _bare(after))
    return bool(before == after)


def _bare(terms: Any) -> Any:
    """Terms without what is only remembered of the presents: a new title or cost of a gift is no change of the offer."""
    if isinstance(terms, Mapping):
        return {key: _bare(value) for key, value in terms.items() if key not in ("title", "cost_fen")}
    return [_bare(part) for part in terms] if isinstance(terms, list) else terms


def _told(kind: str, column: str, value: Any) -> Any:
    """A value as the daybook keeps it: terms with their kind, so that they can be said in words."""
    if column == "terms":
        return {"kind": kind, **value}
    if column == "scope":
        return {name: len(ids) for name, ids in value.items()}
    return in_china(value) if isinstance(value, datetime) else value


def _moved(
    by: Actor, what: str, offer: Offer, left: str, *, reason: str = "", also: Change | None = None
) -> None:
    _write(by, what, offer, {"state": [left, str(offer.state)], **(also or {})}, reason=reason)
    offer.refresh_from_db()


def _write(
    by: Actor, what: str, offer: Offer, change: Mapping[str, Sequence[Any]], *, reason: str = ""
) -> None:
    write(
        by=by,
        what=what,
        kind="offer",
        object_id=offer.pk,
        shop_id=offer.shop_ids[0],
        change=change,
        reason=reason,
    )
    _ring(offer.pk, offer.shop_ids)


def _ring(offer_id: int, shop_ids: Collection[int]) -> None:
    for shop_id in shop_ids:
        ring(f"shop:{shop_id}", f"offer:{offer_id}")
