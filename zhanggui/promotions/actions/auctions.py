"""Auctions (拍卖, S3-13): drafted, published, bid on, ended by the clock; deposits back, set off or taken.

A bid is decided under the lock of its auction's row, so of two equal ones at the same instant one stands. The moment
(`at`) of a bid and of the end is the database's clock, read by the view or the worker.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Q
from django.utils.translation import gettext as _

from zhanggui.catalog.advertising import must_be_clean
from zhanggui.catalog.models import Sku
from zhanggui.customers.models import Buyer
from zhanggui.journal.actions import action
from zhanggui.journal.daybook import Line, write, write_many
from zhanggui.journal.news import announce
from zhanggui.kit.actor import Actor
from zhanggui.kit.bells import ring
from zhanggui.kit.clock import day_of
from zhanggui.kit.money import yuan
from zhanggui.kit.refusals import Invalid, NotFound, NotNow
from zhanggui.kit.states import move
from zhanggui.kit.texts import tidy
from zhanggui.people.powers import Power
from zhanggui.promotions.events import AuctionStarted, AuctionUnpaid, AuctionUnsold, AuctionWon, DepositsMoved
from zhanggui.promotions.models import Auction, Bid, Deposit
from zhanggui.promotions.states import AUCTION_MOVES, AUCTION_RUNNING
from zhanggui.promotions.terms import MOST_FEN, MOST_PIECES
from zhanggui.shops.models import Platform, Shop
from zhanggui.shops.policies import value

_LONGEST_EXTENSION = 3600
_GRACE = timedelta(minutes=15)
"""A payment made in the last second is told by the provider within so long (reliability G2.3)."""
_COLUMNS = (
    "sku_id", "pieces", "title", "start_fen", "step_fen", "reserve_fen", "deposit_fen", "starts_at", "ends_at",
    "extend_seconds",
)  # fmt: skip
State = Auction.State


class TooLow(NotNow):
    """Somebody bid as much already; `least_fen` is what a bid must reach now."""

    code = "too_low"

    def __init__(self, message: str, least_fen: int) -> None:
        super().__init__(message)
        self.least_fen = least_fen


@action
def draft(
    *,
    by: Actor,
    shop: Shop,
    sku_id: int,
    title: str,
    start_fen: int,
    step_fen: int,
    starts_at: datetime,
    ends_at: datetime,
    pieces: int = 1,
    reserve_fen: int | None = None,
    deposit_fen: int = 0,
    extend_seconds: int = 300,
    at: datetime,
) -> Auction:
    """Write down an auction; nobody sees it before it is published. Amounts in fen, for all pieces together.

    `reserve_fen`: below it nothing is sold, never shown. `extend_seconds`: a bid in the last so many seconds moves the end
    by as many (0: never). Raises NotAllowed without OFFER_EDIT in the shop, Invalid with the field.
    """
    by.must(Power.OFFER_EDIT, shop_id=shop.pk)
    columns = _checked(
        shop,
        sku_id=sku_id,
        pieces=pieces,
        title=title.strip(),
        start_fen=start_fen,
        step_fen=step_fen,
        reserve_fen=reserve_fen,
        deposit_fen=deposit_fen,
        starts_at=starts_at,
        ends_at=ends_at,
        extend_seconds=extend_seconds,
    )
    row = Auction.objects.create(shop=shop, made_by=by.name[:80], **columns)
    _write(by, "auction.drafted", row, {"title": ["", row.title], "start_fen": [None, start_fen]})
    return row


@action
def change(
    *,
    by: Actor,
    auction: Auction,
    version: int,
    sku_id: int,
    title: str,
    start_fen: int,
    step_fen: int,
    starts_at: datetime,
    ends_at: datetime,
    pieces: int = 1,
    reserve_fen: int | None = None,
    deposit_fen: int = 0,
    extend_seconds: int = 300,
    at: datetime,
) -> None:
    """Change a draft. Raises NotAllowed without OFFER_EDIT in the shop, NotNow when it is no draft any more or was changed
    since `version`, Invalid with the field.
    """
    by.must(Power.OFFER_EDIT, shop_id=auction.shop_id)
    fresh = _checked(
        auction.shop,
        sku_id=sku_id,
        pieces=pieces,
        title=title.strip(),
        start_fen=start_fen,
        step_fen=step_fen,
        reserve_fen=reserve_fen,
        deposit_fen=deposit_fen,
        starts_at=starts_at,
        ends_at=ends_at,
        extend_seconds=extend_seconds,
    )
    row = _locked(auction.pk)
    if row.version != version:
        raise NotNow(_("「%(name)s」刚刚被别人改过，请看最新内容再改。") % {"name": row.title})
    if row.state != State.DRAFT:
        raise NotNow(_("「%(name)s」已经发布，不能改；没开始的可以停用后重新建。") % {"name": row.title})
    before = {column: getattr(row, column) for column in _COLUMNS}
    told = {
        name: [before[name], fresh[name]]
        for name in _COLUMNS
        if before[name] != fresh[name] and name != "reserve_fen"
    }
    Auction.objects.filter(pk=row.pk).update(**fresh, version=F("version") + 1)
    _write(by, "auction.changed", row, told)
    auction.refresh_from_db()


@action
def repeat(*, by: Actor, auction: Auction, times: int, every: timedelta, at: datetime) -> list[Auction]:
    """So many drafts like it, each beginning `every` after the one before: different times on the shelf (S3-13).

    Raises NotAllowed without OFFER_EDIT in the shop, Invalid for more than 50 or an interval below a minute.
    """
    if not 1 <= times <= 50 or every < timedelta(minutes=1):
        raise Invalid(_("一次最多排 50 场，间隔至少一分钟。"), "times")
    columns = {name: getattr(auction, name) for name in _COLUMNS}
    length = columns.pop("ends_at") - columns.pop("starts_at")
    return [
        draft(
            by=by,
            shop=auction.shop,
            starts_at=auction.starts_at + every * n,
            ends_at=auction.starts_at + every * n + length,
            at=at,
            **columns,
        )
        for n in range(1, times + 1)
    ]


@action
def publish(*, by: Actor, auction: Auction, below_floor: bool = False, at: datetime) -> None:
    """Let an auction begin at its time.

    Raises NotAllowed without OFFER_APPROVE in the shop, NotNow when its end is over, or when both start and reserve lie
    below the floor of its goods and nobody agreed to it (`below_floor`).
    """
    by.must(Power.OFFER_APPROVE, shop_id=auction.shop_id)
    if auction.ends_at <= at:
        raise NotNow(_("「%(name)s」的结束时间已经过了，请先改时间。") % {"name": auction.title})
    sku = auction.sku
    unit = sku.floor_fen if sku.floor_fen is not None else sku.cost_fen
    least = max(auction.start_fen, auction.reserve_fen or 0)
    if unit is not None and least < unit * auction.pieces and not below_floor:
        raise NotNow(
            _("起拍价和保留价都低于底价 ¥%(floor)s；确认可以卖这么低，请勾选「同意低于底价」再发布。")
            % {"floor": yuan(unit * auction.pieces)}
        )
    left = move(
        auction,
        State.SCHEDULED,
        moves=AUCTION_MOVES,
        label=f"「{auction.title}」",
        version=F("version") + 1,
    )
    change = {"state": [left, State.SCHEDULED.value]}
    _write(by, "auction.published", auction, change | ({"below_floor": [False, True]} if below_floor else {}))
    auction.refresh_from_db()


@action
def stop(*, by: Actor, auction: Auction, reason: str, at: datetime) -> None:
    """Stop an auction that is not sold: no more bids, every paid deposit goes back.

    Raises NotAllowed without OFFER_EDIT in the shop, NotNow when it is over, Invalid without a reason.
    """
    by.must(Power.OFFER_EDIT, shop_id=auction.shop_id)
    if not reason.strip():
        raise Invalid(_("停用时请写明原因。"), "reason")
    row = _locked(auction.pk)
    left = move(row, State.STOPPED, moves=AUCTION_MOVES, label=f"「{row.title}」", version=F("version") + 1)
    _write(by, "auction.stopped", row, {"state": [left, State.STOPPED.value]}, reason.strip()[:300])
    if left in AUCTION_RUNNING:
        announce(AuctionUnsold(row.pk, row.shop_id))
    _move_deposits(by, [row], Deposit.State.BACK, but={})
    auction.refresh_from_db()


@action
def ask_deposit(*, by: Actor, auction_id: int, buyer_id: int, at: datetime) -> Deposit:
    """The deposit a buyer has to pay before bidding; asked once. Raises NotFound, NotNow when none is asked or it is over."""
    auction = _visible(Auction.objects.filter(pk=auction_id), buyer_id).first()
    if auction is None:
        raise NotFound(_("没有这场拍卖。"))
    if auction.state not in AUCTION_RUNNING or auction.ends_at <= at:
        raise NotNow(_("「%(name)s」已经结束了。") % {"name": auction.title})
    if auction.deposit_fen == 0:
        raise NotNow(_("这场拍卖不用交保证金，可以直接出价。"))
    return Deposit.objects.get_or_create(
        auction=auction, buyer_id=buyer_id, defaults={"amount_fen": auction.deposit_fen}
    )[0]


@action
def deposits_paid(*, by: Actor, deposit_ids: Sequence[int], at: datetime) -> dict[int, str]:
    """Deposits were paid at the provider; gives by id "paid", or "late": the auction is over meanwhile, and the money is to
    go back (announced). What was told before stays as it is: "". Seven statements.
    """
    outcomes = dict.fromkeys(deposit_ids, "")
    found = Deposit.objects.filter(pk__in=sorted(set(deposit_ids)), state=Deposit.State.ASKED)
    auctions = {row.pk: row for row in _lock(found.values_list("auction_id", flat=True))}
    fresh = list(found.select_for_update().order_by("pk"))
    for deposit in fresh:
        open_ = auctions[deposit.auction_id].state in AUCTION_RUNNING
        outcomes[deposit.pk] = "paid" if open_ else "late"
    paid = [pk for pk, outcome in outcomes.items() if outcome == "paid"]
    late = [deposit for deposit in fresh if outcomes[deposit.pk] == "late"]
    Deposit.objects.filter(pk__in=paid).update(state=Deposit.State.PAID)
    Deposit.objects.filter(pk__in=[deposit.pk for deposit in late]).update(state=Deposit.State.BACK)
    _announce_deposits(auctions, late, Deposit.State.BACK)
    return outcomes


@action
def bid(*, by: Actor, auction_id: int, buyer_id: int, amount_fen: int, at: datetime) -> Bid:
    """Bid for an auction; gives the bid. A bid in the last seconds moves the end (`extend_seconds`).

    The buyer acts for himself. Raises NotFound, NotNow before it begins, after it ended, or while the deposit is not paid,
    TooLow below the start price or one step above the top, Invalid for an amount that is none. Eight statements.
    """
    if isinstance(amount_fen, bool) or not 1 <= amount_fen <= MOST_FEN:
        raise Invalid(_("请填写出价金额。"), "amount")
    if not _visible(Auction.objects.filter(pk=auction_id), buyer_id).exists():
        raise NotFound(_("没有这场拍卖。"))
    row = _locked(auction_id)
    if amount_fen % row.pieces:
        raise Invalid(_("出价要能按 %(pieces)s 件平分到分。") % {"pieces": row.pieces}, "amount")
    if row.state not in AUCTION_RUNNING or row.ends_at <= at:
        raise NotNow(_("「%(name)s」已经结束了。") % {"name": row.title})
    if at < row.starts_at:
        raise NotNow(_("「%(name)s」还没有开始。") % {"name": row.title})
    if (
        row.deposit_fen
        and not Deposit.objects.filter(auction=row, buyer_id=buyer_id, state=Deposit.State.PAID).exists()
    ):
        raise NotNow(_("请先交保证金 ¥%(deposit)s 再出价。") % {"deposit": yuan(row.deposit_fen)})
    least = least_of(row)
    if amount_fen < least:
        raise TooLow(_("现在至少要出 ¥%(least)s。") % {"least": yuan(least)}, least)
    late = row.ends_at - at <= timedelta(seconds=row.extend_seconds)
    made = Bid.objects.create(auction=row, buyer_id=buyer_id, amount_fen=amount_fen, at=at)
    extension = timedelta(seconds=row.extend_seconds if late else 0)
    Auction.objects.filter(pk=row.pk).update(
        state=State.LIVE,
        top_fen=amount_fen,
        top_bidder_id=buyer_id,
        bids_count=F("bids_count") + 1,
        ends_at=F("ends_at") + extension,
        extended=F("extended") + (1 if extension else 0),
    )
    change: dict[str, list[Any]] = {"top_fen": [row.top_fen, amount_fen]}
    if extension:
        change["ends_at"] = [row.ends_at, row.ends_at + extension]
    _write(by, "auction.bid", row, change)
    return made


def least_of(auction: Auction) -> int:
    """What the next bid must reach, in fen."""
    return auction.start_fen if auction.top_fen is None else auction.top_fen + auction.step_fen


@action
def start_due(*, by: Actor, at: datetime, most: int = 200) -> int:
    """Published auctions whose time has come are live; gives how many. Bids look at the moment itself. Five statements."""
    rows = list(
        Auction.objects.select_for_update(skip_locked=True, no_key=True)
        .filter(state=State.SCHEDULED, starts_at__lte=at, ends_at__gt=at)
        .order_by("starts_at", "pk")[:most]
    )
    Auction.objects.filter(pk__in=[row.pk for row in rows]).update(state=State.LIVE)
    _write_many(by, "auction.started", rows, State.LIVE)
    announce(*[AuctionStarted(row.pk, row.shop_id) for row in rows])
    return len(rows)


@action
def end_due(*, by: Actor, at: datetime, most: int = 50) -> int:
    """End auctions whose time is over; gives how many. Called by the worker with the database's clock; what somebody holds
    (a last bid) is taken in the next round.

    The highest bid wins when it reaches the reserve: announced for who places orders, to be paid within
    `promotions.auction_pay_hours`. The deposits of all others go back; the winner's stays until the order is paid.
    """
    rows = list(
        Auction.objects.select_for_update(skip_locked=True, no_key=True, of=("self",))
        .select_related("shop")
        .filter(state__in=AUCTION_RUNNING, ends_at__lte=at)
        .order_by("ends_at", "pk")[:most]
    )
    sold = [
        row
        for row in rows
        if row.top_fen is not None and (row.reserve_fen is None or row.top_fen >= row.reserve_fen)
    ]
    unsold = [row for row in rows if row not in sold]
    hours = {row.shop_id: int(value("promotions.auction_pay_hours", row.shop, day_of(at))) for row in sold}
    for row in sold:
        row.pay_until = at + timedelta(hours=hours[row.shop_id])
        Auction.objects.filter(pk=row.pk).update(
            state=State.SOLD, pay_until=row.pay_until, version=F("version") + 1
        )
    Auction.objects.filter(pk__in=[row.pk for row in unsold]).update(
        state=State.UNSOLD, version=F("version") + 1
    )
    _write_many(by, "auction.sold", sold, State.SOLD)
    _write_many(by, "auction.unsold", unsold, State.UNSOLD)
    kept = {
        (deposit.auction_id, deposit.buyer_id): deposit.pk
        for deposit in Deposit.objects.filter(auction__in=[row.pk for row in sold], state=Deposit.State.PAID)
        if any(row.pk == deposit.auction_id and row.top_bidder_id == deposit.buyer_id for row in sold)
    }
    announce(
        *[
            AuctionWon(
                auction_id=row.pk,
                shop_id=row.shop_id,
                buyer_id=row.top_bidder_id or 0,
                amount_fen=row.top_fen or 0,
                sku_id=row.sku_id,
                pieces=row.pieces,
                pay_until=row.pay_until or at,
                deposit_id=kept.get((row.pk, row.top_bidder_id or 0), 0),
            )
            for row in sold
        ],
        *[AuctionUnsold(row.pk, row.shop_id) for row in unsold],
    )
    _move_deposits(by, rows, Deposit.State.BACK, but={row.pk: row.top_bidder_id for row in sold})
    return len(rows)


@action
def order_placed(*, by: Actor, auction_id: int, order_id: int, at: datetime) -> bool:
    """The winner's order was placed; gives False when it had one already (the news may be heard twice). Two statements."""
    won = Auction.objects.filter(pk=auction_id, state=State.SOLD, order_id__isnull=True)
    if not won.update(order_id=order_id):
        return False
    write(by=by, what="auction.ordered", kind="auction", object_id=auction_id)
    return True


@action
def paid_many(*, by: Actor, order_ids: Sequence[int], at: datetime) -> dict[int, int]:
    """Winners paid their orders: their deposits are set off; gives what was set off in fen by order. Doing it twice sets off
    nothing more. Eight statements at most; one for orders that no auction made.
    """
    ids = list(
        Auction.objects.filter(
            order_id__in=list(order_ids), state=State.SOLD, paid_at__isnull=True
        ).values_list("pk", flat=True)
    )
    if not ids:
        return {}
    rows = [row for row in _lock(ids) if row.state == State.SOLD and row.paid_at is None]
    Auction.objects.filter(pk__in=[row.pk for row in rows]).update(paid_at=at)
    winners = {row.pk: row.top_bidder_id for row in rows}
    moved = _move_deposits(by, rows, Deposit.State.SET_OFF, only=winners)
    orders = {row.pk: row.order_id for row in rows}
    return {
        order: sum(d.amount_fen for d in moved if d.auction_id == pk) for pk, order in orders.items() if order
    }


@action
def take_due(*, by: Actor, at: datetime, most: int = 50) -> int:
    """Winners who did not pay in time, and a quarter of an hour for the news of a payment, lose their deposit; their
    orders are to be closed (announced); gives how many. Where no order could be placed the deposit goes back.
    """
    rows = list(
        Auction.objects.select_for_update(skip_locked=True, no_key=True)
        .filter(state=State.SOLD, paid_at__isnull=True, pay_until__lte=at - _GRACE)
        .order_by("pay_until", "pk")[:most]
    )
    Auction.objects.filter(pk__in=[row.pk for row in rows]).update(
        state=State.UNSOLD, version=F("version") + 1
    )
    _write_many(by, "auction.unpaid", rows, State.UNSOLD)
    announce(*[AuctionUnpaid(row.pk, row.shop_id, row.order_id or 0, row.top_bidder_id or 0) for row in rows])
    for ordered, to in ((True, Deposit.State.TAKEN), (False, Deposit.State.BACK)):
        some = [row for row in rows if (row.order_id is not None) is ordered]
        _move_deposits(by, some, to, only={row.pk: row.top_bidder_id for row in some})
    return len(rows)


def _checked(shop: Shop, **columns: Any) -> dict[str, Any]:
    columns["title"] = tidy(columns["title"])
    if not columns["title"] or len(columns["title"]) > 120:
        raise Invalid(_("请填写标题，最多 120 个字。"), "title")
    must_be_clean([shop], {"title": columns["title"]}, on=day_of(columns["starts_at"]))
    if columns["ends_at"] <= columns["starts_at"]:
        raise Invalid(_("结束时间要晚于开始时间。"), "ends_at")
    bounds = (
        ("start_fen", 0, MOST_FEN, _("起拍价")),
        ("step_fen", 1, MOST_FEN, _("加价幅度")),
        ("deposit_fen", 0, MOST_FEN, _("保证金")),
        ("reserve_fen", 1, MOST_FEN, _("保留价")),
        ("pieces", 1, MOST_PIECES, _("件数")),
        ("extend_seconds", 0, _LONGEST_EXTENSION, _("延时秒数")),
    )
    for name, least, most, what in bounds:
        number = columns[name]
        if name == "reserve_fen" and number is None:
            continue
        if isinstance(number, bool) or not isinstance(number, int) or not least <= number <= most:
            raise Invalid(_("%(what)s太小或太大，请检查。") % {"what": what}, name.removesuffix("_fen"))
    if columns["start_fen"] % columns["pieces"] or columns["step_fen"] % columns["pieces"]:
        raise Invalid(_("起拍价和加价幅度要能按件数平分到分。"), "step")
    if shop.platform != Platform.OWN:
        raise Invalid(_("拍卖只能在自营店铺办。"), "shop")
    if not Sku.objects.filter(pk=columns["sku_id"], merchant_id=shop.merchant_id).exists():
        raise Invalid(_("请选择这个商家的商品。"), "sku")
    return columns


def _visible(rows: Any, buyer_id: int) -> Any:
    """Published auctions of the buyer's own merchant."""
    merchant = Buyer.objects.filter(pk=buyer_id).values("merchant_id")
    return rows.filter(shop__merchant_id__in=merchant).exclude(state=State.DRAFT)


def _locked(pk: int) -> Auction:
    return Auction.objects.select_for_update(no_key=True).get(pk=pk)


def _lock(ids: Iterable[int]) -> list[Auction]:
    rows = Auction.objects.select_for_update(no_key=True).filter(pk__in=sorted(set(ids)))
    return list(rows.order_by("pk"))


def _move_deposits(
    by: Actor,
    auctions: Sequence[Auction],
    to: Deposit.State,
    *,
    only: dict[int, int | None] | None = None,
    but: dict[int, int | None] | None = None,
) -> list[Deposit]:
    """Move the paid deposits of locked auctions: of these bidders only, or of all but these (by auction)."""
    which = Q()
    for pk, buyer_id in (only or {}).items():
        which |= Q(auction_id=pk, buyer_id=buyer_id or 0)
    rows = Deposit.objects.select_for_update().filter(
        which, auction__in=[row.pk for row in auctions], state=Deposit.State.PAID
    )
    for pk, buyer_id in (but or {}).items():
        rows = rows.exclude(auction_id=pk, buyer_id=buyer_id or 0)
    deposits = list(rows.order_by("pk")) if auctions and only != {} else []
    if not deposits:
        return []
    Deposit.objects.filter(pk__in=[deposit.pk for deposit in deposits]).update(state=to)
    write_many(
        by=by,
        what="deposit.moved",
        lines=[
            Line(
                "auction",
                d.auction_id,
                None,
                {"deposit": [Deposit.State.PAID.value, to.value], "amount_fen": [None, d.amount_fen]},
            )
            for d in deposits
        ],
    )
    _announce_deposits({row.pk: row for row in auctions}, deposits, to)
    return deposits


def _announce_deposits(auctions: dict[int, Auction], deposits: Collection[Deposit], to: str) -> None:
    by_auction: dict[int, list[int]] = defaultdict(list)
    for deposit in deposits:
        by_auction[deposit.auction_id].append(deposit.pk)
    announce(
        *[
            DepositsMoved(pk, auctions[pk].shop_id, tuple(sorted(ids)), str(to))
            for pk, ids in sorted(by_auction.items())
        ]
    )


def _write(by: Actor, what: str, row: Auction, change: dict[str, list[Any]], reason: str = "") -> None:
    write(
        by=by,
        what=what,
        kind="auction",
        object_id=row.pk,
        shop_id=row.shop_id,
        change=change,
        reason=reason,
    )
    _ring([row])


def _write_many(by: Actor, what: str, rows: Sequence[Auction], to: str) -> None:
    write_many(
        by=by,
        what=what,
        lines=[Line("auction", row.pk, row.shop_id, {"state": [row.state, str(to)]}) for row in rows],
    )
    _ring(rows)


def _ring(rows: Iterable[Auction]) -> None:
    for row in rows:
        ring(f"shop:{row.shop_id}", f"auction:{row.pk}")
        ring(f"auction:{row.pk}", f"auction:{row.pk}")
