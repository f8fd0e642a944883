"""Red packets (S0-10 to S0-16): issued with a budget, granted once per reason, taken back for a forbidden act."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F
from django.utils.translation import gettext as _

from zhanggui.catalog.advertising import must_be_clean
from zhanggui.customers.models import Buyer
from zhanggui.journal.actions import action
from zhanggui.journal.daybook import Change, Line, write, write_many
from zhanggui.journal.news import announce
from zhanggui.kit.actor import Actor
from zhanggui.kit.bulk import copy_in, take_ids
from zhanggui.kit.clock import day_of
from zhanggui.kit.refusals import Invalid, NotAllowed, NotNow
from zhanggui.kit.texts import tidy
from zhanggui.people.leading import same_person
from zhanggui.people.powers import Power
from zhanggui.promotions.events import RedPacketsRevoked
from zhanggui.promotions.models import RedPacket, RedPacketIssue, RedPacketUse
from zhanggui.promotions.rules import all_own
from zhanggui.promotions.states import ForbiddenAct
from zhanggui.promotions.terms import MOST_FEN
from zhanggui.shops.models import Shop
from zhanggui.shops.policies import policy, value

_PACKET = (
    "id", "issue_id", "buyer_id", "ref", "amount_fen", "left_fen", "held_fen", "used_fen", "expired_fen",
    "revoked_fen", "state", "good_from", "good_until", "won_at", "credit_by", "revoke_reason",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Grant:
    """A red packet to grant. `ref`: what it is for ("lottery:88"); the same ref of an issue gives one packet."""

    ref: str
    buyer_id: int
    amount_fen: int


@action
def issue(
    *,
    by: Actor,
    merchant_id: int,
    name: str,
    budget_fen: int,
    good_from: datetime,
    good_until: datetime,
    shop_ids: Sequence[int] = (),
    house: bool = True,
    at: datetime,
) -> RedPacketIssue:
    """Open an issue: so much money at most, to be used in this window. No shops: in every shop of the merchant.

    `good_until` is included to the whole second that it names (S0-15: 23:59:59). `house`: the house bears it, not the
    shop. Above `promotions.red_packet_second_person_fen` it waits for `approve` by another person; the house's own work
    does not. Raises NotAllowed without RED_PACKET_GRANT in those shops (in all for an issue without shops), Invalid.
    """
    shops = sorted(set(shop_ids))
    _must(by, shops)
    name = tidy(name)
    if not name or len(name) > 60:
        raise Invalid(_("请填写名称，最多 60 个字。"), "name")
    if not 1 <= budget_fen <= 100 * MOST_FEN:
        raise Invalid(_("请填写预算（大于 0）。"), "budget")
    good_until = good_until.replace(microsecond=999_999)
    if good_until <= good_from or good_until <= at:
        raise Invalid(_("使用期限的结束要晚于开始，也要晚于现在。"), "good_until")
    chosen = list(Shop.objects.filter(pk__in=shops, merchant_id=merchant_id))
    if len(chosen) != len(shops):
        raise Invalid(_("选择的店铺不属于同一个商家。"), "shops")
    all_own(chosen)
    must_be_clean(chosen, {"name": name}, on=day_of(good_from))
    row = RedPacketIssue.objects.create(
        merchant_id=merchant_id,
        shop_ids=shops,
        name=name,
        budget_fen=budget_fen,
        good_from=good_from,
        good_until=good_until,
        house=house,
        made_by=by.name[:80],
        asked_by=by.staff_id,
        waits=by.staff_id is not None and budget_fen > _alone_fen(chosen, at),
    )
    change: Change = {
        "name": ["", row.name],
        "budget_fen": [0, budget_fen],
        "good_from": [None, good_from],
        "good_until": [None, good_until],
    }
    _write(by, "red_packet_issue.opened", row, change)
    return row


@action
def approve(*, by: Actor, row: RedPacketIssue, at: datetime) -> None:
    """Let an issue above the limit be granted. Who opened it does not approve it, whatever powers they hold.

    Raises NotAllowed without OFFER_APPROVE in its shops or for one's own, NotNow when it does not wait or was stopped.
    """
    _must(by, row.shop_ids, Power.OFFER_APPROVE)
    if same_person(by.staff_id, row.asked_by):
        raise NotAllowed(_("建这批红包的人不能自己批准，请由另一位有「审核优惠与活动」权限的同事批准。"))
    won = RedPacketIssue.objects.filter(pk=row.pk, waits=True, stopped_at__isnull=True)
    if not won.update(waits=False, approved_by=by.name[:80], version=F("version") + 1):
        raise NotNow(_("「%(name)s」不在等批准。") % {"name": row.name})
    _write(by, "red_packet_issue.approved", row, {"waits": [True, False]})
    row.refresh_from_db()


@action
def stop(*, by: Actor, row: RedPacketIssue, reason: str, at: datetime) -> None:
    """Grant no more of an issue; what was granted stays good.

    Raises NotAllowed without RED_PACKET_GRANT in its shops, NotNow when it was stopped, Invalid without a reason.
    """
    _must(by, row.shop_ids)
    if not reason.strip():
        raise Invalid(_("停止发放时请写明原因。"), "reason")
    won = RedPacketIssue.objects.filter(pk=row.pk, stopped_at__isnull=True)
    if not won.update(stopped_at=at, version=F("version") + 1):
        raise NotNow(_("「%(name)s」已经停止发放了。") % {"name": row.name})
    _write(by, "red_packet_issue.stopped", row, {"stopped_at": [None, at]}, reason.strip()[:300])
    row.refresh_from_db()


@action
def grant_many(
    *, by: Actor, row: RedPacketIssue, grants: Sequence[Grant], at: datetime
) -> dict[str, int | None]:
    """Grant red packets, in the order of the list; gives the packet's id by ref, None where the budget gave no more.

    A ref that the issue has already gives the packet it has. Granted ones are due, and are credited by the worker within
    `promotions.red_packet_credit_hours` (S0-10). Raises NotAllowed without RED_PACKET_GRANT in the issue's shops, NotNow
    when it was stopped, waits for a second person or its window is over, Invalid for a buyer of another merchant, an amount below 1 fen, or one ref
    twice with different values. Nine statements however long the list.
    """
    _must(by, row.shop_ids)
    asked = {grant.ref: grant for grant in grants}
    if any(asked[grant.ref] != grant for grant in grants):
        raise Invalid(_("名单里同一个凭据出现了两次，金额或买家不同。"), "grants")
    for grant in asked.values():
        if not grant.ref or len(grant.ref) > 60 or not 1 <= grant.amount_fen <= MOST_FEN:
            raise Invalid(_("每个红包要有凭据和大于 0 的金额。"), "grants")
    buyers = {grant.buyer_id for grant in asked.values()}
    if Buyer.objects.filter(pk__in=sorted(buyers), merchant_id=row.merchant_id).count() != len(buyers):
        raise Invalid(_("名单里有不是这个商家的买家。"), "grants")
    kept = RedPacketIssue.objects.select_for_update(no_key=True).get(pk=row.pk)
    if kept.stopped_at is not None:
        raise NotNow(_("「%(name)s」已经停止发放了。") % {"name": kept.name})
    if kept.waits:
        raise NotNow(_("「%(name)s」的预算超过限额，要由另一个人批准后才能发。") % {"name": kept.name})
    if kept.good_until < at:
        raise NotNow(_("「%(name)s」的使用期限已经过了。") % {"name": kept.name})
    known = dict(RedPacket.objects.filter(issue=kept, ref__in=list(asked)).values_list("ref", "pk"))
    outcomes: dict[str, int | None] = {ref: known.get(ref) for ref in asked}
    left, fresh = kept.budget_fen - kept.issued_fen, []
    for grant in asked.values():
        if grant.ref not in known and grant.amount_fen <= left:
            left -= grant.amount_fen
            fresh.append(grant)
    if not fresh:
        return outcomes
    credit_by = at + timedelta(hours=_credit_hours(kept, at))
    ids = take_ids(RedPacket, len(fresh))
    due = RedPacket.State.DUE.value
    copy_in(
        RedPacket,
        _PACKET,
        (
            (pk, kept.pk, g.buyer_id, g.ref, g.amount_fen, g.amount_fen, 0, 0, 0, 0, due, kept.good_from,
             kept.good_until, at, credit_by, "")
            for pk, g in zip(ids, fresh, strict=True)
        ),
    )  # fmt: skip
    outcomes |= {grant.ref: pk for pk, grant in zip(ids, fresh, strict=True)}
    issued = kept.budget_fen - left
    RedPacketIssue.objects.filter(pk=kept.pk).update(issued_fen=issued)
    change = {"issued_fen": [kept.issued_fen, issued], "packets": [0, len(fresh)]}
    _write(by, "red_packet_issue.granted", kept, change)
    row.issued_fen = issued
    return outcomes


@action
def revoke_many(*, by: Actor, packet_ids: Sequence[int], reason: str, at: datetime) -> int:
    """Take back what is unused of red packets, for one of the four forbidden acts (S0-16); gives how many.

    What an unpaid order holds stays held (the order keeps its price) and is revoked when the order gives it back; such
    orders are announced, so that who runs the shop can close them. What was used stays used; a later refund of it is
    revoked. Twice does nothing more. Raises NotAllowed without RED_PACKET_GRANT in the issues' shops, Invalid for another
    reason. Nine statements however long the list.
    """
    if reason not in ForbiddenAct.values:
        raise Invalid(
            _("收回红包的原因只能是：%(acts)s。")
            % {"acts": "、".join(str(_(str(label))) for label in ForbiddenAct.labels)},
            "reason",
        )
    rows = list(
        RedPacket.objects.select_for_update(no_key=True, of=("self",))
        .select_related("issue")
        .filter(pk__in=sorted(set(packet_ids)))
        .exclude(state=RedPacket.State.REVOKED)
        .order_by("pk")
    )
    for shops in {tuple(packet.issue.shop_ids) for packet in rows}:
        _must(by, shops)
    if not rows:
        return 0
    ids = [packet.pk for packet in rows]
    RedPacket.objects.filter(pk__in=ids).update(
        state=RedPacket.State.REVOKED,
        revoked_fen=F("revoked_fen") + F("left_fen"),
        left_fen=0,
        revoked_at=at,
        revoke_reason=reason,
    )
    holding = sorted(
        set(
            RedPacketUse.objects.filter(packet_id__in=ids, state=RedPacketUse.State.HELD).values_list(
                "order_id", flat=True
            )
        )
    )
    write_many(
        by=by,
        what="red_packet.revoked",
        lines=[
            Line(
                "red_packet",
                packet.pk,
                _first(packet.issue.shop_ids),
                {
                    "state": [packet.state, RedPacket.State.REVOKED.value],
                    "left_fen": [packet.left_fen, 0],
                },
                reason,
            )
            for packet in rows
        ],
    )
    announce(RedPacketsRevoked(tuple(ids), tuple(holding), reason))
    return len(rows)


def _must(by: Actor, shop_ids: Sequence[int], power: Power = Power.RED_PACKET_GRANT) -> None:
    if not shop_ids:
        by.must(power)
    for shop_id in shop_ids:
        by.must(power, shop_id=shop_id)


def _alone_fen(shops: Sequence[Shop], at: datetime) -> int:
    """Up to which budget one person opens an issue alone: the lowest of its shops. A statement per shop."""
    name = "promotions.red_packet_second_person_fen"
    found = [int(value(name, shop, day_of(at))) for shop in shops]
    return min(found) if found else int(policy(name).of_nobody())


def _credit_hours(row: RedPacketIssue, at: datetime) -> int:
    """The shortest promise of the issue's shops; the default for an issue of all shops. A statement per shop."""
    name = "promotions.red_packet_credit_hours"
    shops = list(Shop.objects.filter(pk__in=row.shop_ids))
    hours = [int(value(name, shop, day_of(at))) for shop in shops]
    return min(hours) if hours else int(policy(name).of_nobody())


def _write(by: Actor, what: str, row: RedPacketIssue, change: Change, reason: str = "") -> None:
    write(
        by=by,
        what=what,
        kind="red_packet_issue",
        object_id=row.pk,
        shop_id=_first(row.shop_ids),
        change=change,
        reason=reason,
    )


def _first(shop_ids: Sequence[int]) -> int | None:
    """The shop in whose daybook it stands; none for an issue of every shop."""
    return shop_ids[0] if shop_ids else None
