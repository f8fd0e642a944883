"""Money that goes back to buyers: asked once, carried out by `connect` after commit, noted when the provider did it.

Cash goes back to where it came from; the part that red packets paid goes back into red packets (docs/laws/money.md).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Q, Sum
from django.utils.translation import gettext as _

from zhanggui.checkout.events import MoneyBackAsked
from zhanggui.checkout.models import MoneyBack, Payment, PaymentPart
from zhanggui.journal.actions import action
from zhanggui.journal.daybook import Line, write_many
from zhanggui.journal.news import announce
from zhanggui.kit.actor import Actor
from zhanggui.kit.bells import ring
from zhanggui.kit.money import yuan
from zhanggui.kit.refusals import Invalid, NotAllowed, NotNow
from zhanggui.ledger.books import Movement, post
from zhanggui.ledger.models import Account
from zhanggui.orders.models import Order
from zhanggui.orders.rules import OWN
from zhanggui.people.leading import same_person
from zhanggui.people.powers import Power
from zhanggui.promotions.models import Deposit

_LONGEST_REF = 64


@dataclass(frozen=True, slots=True)
class Ask:
    """So much of a payment is to go back, for an order (None: for none). `ref`: makes it happen once."""

    payment_id: int
    order_id: int | None
    amount_fen: int
    why: str
    ref: str


@action
def ask_many(*, by: Actor, asks: Sequence[Ask], at: datetime) -> list[MoneyBack]:
    """Ask for money to go back; the same `ref` again changes nothing. Gives the new ones.

    Raises Invalid for more than is left of a payment. No power is asked: who decided it did that. Six statements.
    """
    ids = sorted({ask.payment_id for ask in asks})
    payments = {p.pk: p for p in Payment.objects.select_for_update().filter(pk__in=ids).order_by("pk")}
    there = set(MoneyBack.objects.filter(ref__in=[ask.ref for ask in asks]).values_list("ref", flat=True))
    fresh = []
    for ask in asks:
        payment = payments[ask.payment_id]
        if ask.ref in there:
            continue
        if not 0 < ask.amount_fen <= (payment.told_fen or 0) - payment.refunded_fen:
            left = (payment.told_fen or 0) - payment.refunded_fen
            raise Invalid(_("这笔支付最多还能退 %(left)s 元。") % {"left": yuan(left)}, "amount")
        payment.refunded_fen += ask.amount_fen
        there.add(ask.ref)
        fresh.append(
            MoneyBack(
                payment=payment,
                order_id=ask.order_id,
                ref=ask.ref,
                amount_fen=ask.amount_fen,
                why=ask.why[:80],
                asked_at=at,
            )
        )
    if not fresh:
        return []
    made = MoneyBack.objects.bulk_create(fresh)
    Payment.objects.bulk_update({back.payment_id: back.payment for back in made}.values(), ["refunded_fen"])
    write_many(
        by=by,
        what="money_back.asked",
        lines=[
            Line("moneyback", back.pk, None, {"amount_fen": [None, back.amount_fen]}, back.why)
            for back in made
        ],
    )
    announce(MoneyBackAsked(tuple(back.pk for back in made)))
    return made


def ask(
    *, by: Actor, payment: Payment, order: Order | None, amount_fen: int, why: str, ref: str, at: datetime
) -> MoneyBack | None:
    """Ask for one; see `ask_many`. None when it was asked for before."""
    made = ask_many(by=by, asks=[Ask(payment.pk, order.pk if order else None, amount_fen, why, ref)], at=at)
    return made[0] if made else None


@action
def done(*, by: Actor, back: MoneyBack, at: datetime) -> bool:
    """The provider gave the money back; noted and booked once. False when it was known already.

    One that the provider had refused before is done after all; unless it was asked for again or repaid by hand meanwhile: then
    the buyer has it twice, which is booked as owed by him and told as a doubt.
    """
    won = MoneyBack.objects.filter(pk=back.pk, state=MoneyBack.State.ASKED).update(
        state=MoneyBack.State.DONE, done_at=at
    )
    if not won:
        return _late(by, back, at)
    _book_done(by, back, MoneyBack.State.ASKED, at)
    return True


def _book_done(by: Actor, back: MoneyBack, before: str, at: datetime) -> None:
    back.refresh_from_db()
    against, shop_id = _against(back)
    amounts = {against: back.amount_fen, Account.ESCROW: -back.amount_fen}
    post([Movement(shop_id, "money_back.done", f"back:{back.pk}", at, amounts, back.order_id)])
    _tell(by, "money_back.done", back, shop_id, {"state": [before, MoneyBack.State.DONE]})
    ring(f"buyer:{back.payment.buyer_id}", f"payment:{back.payment.number}")


def _late(by: Actor, back: MoneyBack, at: datetime) -> bool:
    """A success that comes after the refusal. The payment is locked before the refund."""
    payment = Payment.objects.select_for_update().get(pk=back.payment_id)
    row = MoneyBack.objects.select_for_update().get(pk=back.pk)
    if row.state == MoneyBack.State.DONE or row.doubt_at is not None:
        return False
    room = (payment.told_fen or 0) - payment.refunded_fen
    if (
        row.state == MoneyBack.State.FAILED
        and not row.retried
        and row.look is None
        and row.amount_fen <= room
    ):
        MoneyBack.objects.filter(pk=row.pk).update(state=MoneyBack.State.DONE, done_at=at)
        Payment.objects.filter(pk=payment.pk).update(refunded_fen=F("refunded_fen") + row.amount_fen)
        _book_done(by, back, MoneyBack.State.FAILED, at)
        return True
    MoneyBack.objects.filter(pk=row.pk).update(doubt_at=at)
    back.refresh_from_db()
    shop_id = _against(back)[1]
    amounts = {Account.DOUBLE_BACK: back.amount_fen, Account.ESCROW: -back.amount_fen}
    post([Movement(shop_id, "money_back.doubt", f"back:{back.pk}:double", at, amounts, back.order_id)])
    _tell(by, "money_back.doubt", back, shop_id, {"amount_fen": [None, back.amount_fen]})
    ring(f"shop:{shop_id}" if shop_id else "house", "payments")
    return True


@action
def heard(*, by: Actor, ref: str, at: datetime) -> str:
    """A provider tells by itself (a notice, a bill) that it carried out the refund with this ref of ours.

    Gives "back" (noted now), "repeated" (known), "double" (it had been repaid another way: a person must see to it),
    "unknown" (no refund of ours).
    """
    row = MoneyBack.objects.filter(ref=ref).first()
    if row is None:
        return "unknown"
    if not done(by=by, back=row, at=at):
        return "repeated"
    row.refresh_from_db()
    return "double" if row.doubt_at is not None else "back"


@action
def by_hand(*, by: Actor, back: MoneyBack, bank_ref: str, at: datetime) -> bool:
    """People repaid by bank what the provider refused for good; `bank_ref`: the bank's number of the transfer.

    The first person writes it down (False), another one who reads the same number on the bank's own statement books it
    (True): so it happens once. Raises NotAllowed without PAYMENT_SETTLE, Invalid for no number, another one than the
    first person's or one that was used, NotNow unless it failed and nobody asked again.
    """
    _must_settle(by, back)
    payment = Payment.objects.select_for_update().get(pk=back.payment_id)
    row = MoneyBack.objects.select_for_update().get(pk=back.pk)
    if row.state != MoneyBack.State.FAILED or row.retried:
        raise NotNow(_("这笔退款没有失败，或已经另外退过，不能再记线下退款。"))
    bank_ref = bank_ref.strip()
    if not bank_ref or len(bank_ref) > _LONGEST_REF:
        raise Invalid(_("请填写银行的流水号，最多 64 个字符。"), "bank_ref")
    if MoneyBack.objects.exclude(pk=row.pk).filter(bank_ref=bank_ref).exists():
        raise Invalid(_("这个银行流水号已经记在另一笔退款上了。"), "bank_ref")
    first = row.look or {}
    shop_id = _against(row)[1]
    if not first or same_person(first.get("staff"), by.staff_id):
        look = {"staff": by.staff_id, "work_no": by.work_no}
        MoneyBack.objects.filter(pk=row.pk).update(look=look, bank_ref=bank_ref)
        _tell(by, "money_back.hand_looked", row, shop_id, {"bank_ref": [row.bank_ref or None, bank_ref]})
        return False
    if by.staff_id is None:
        raise NotAllowed(_("线下退款要两个人先后确认，请另一位同事来确认。"))
    if bank_ref != row.bank_ref:
        raise Invalid(_("和第一位同事填的银行流水号不一样，请照银行的回单核对。"), "bank_ref")
    if row.amount_fen > (payment.told_fen or 0) - payment.refunded_fen:
        raise NotNow(_("这笔支付已经退完，不能再记线下退款。"))
    Payment.objects.filter(pk=payment.pk).update(refunded_fen=F("refunded_fen") + row.amount_fen)
    MoneyBack.objects.filter(pk=row.pk).update(state=MoneyBack.State.HAND, done_at=at)
    amounts = {_against(row)[0]: row.amount_fen, Account.BANK: -row.amount_fen}
    post([Movement(shop_id, "money_back.hand", f"back:{row.pk}:hand", at, amounts, row.order_id)])
    change: dict[str, list[Any]] = {
        "state": [MoneyBack.State.FAILED, MoneyBack.State.HAND], "bank_ref": [None, bank_ref]
    }  # fmt: skip
    _tell(by, "money_back.hand", row, shop_id, change)
    ring(f"buyer:{payment.buyer_id}", f"payment:{payment.number}")
    return True


@action
def recovered(*, by: Actor, back: MoneyBack, reason: str, at: datetime) -> None:
    """The buyer gave back by bank what came to him twice. Raises NotAllowed without PAYMENT_SETTLE, Invalid without
    words (who paid, the bank's number), NotNow when there is no such doubt.
    """
    _must_settle(by, back)
    if not reason.strip():
        raise Invalid(_("请写明追回的情况和银行流水号。"), "reason")
    won = MoneyBack.objects.filter(pk=back.pk, doubt_at__isnull=False, cleared_at__isnull=True).update(
        cleared_at=at
    )
    if not won:
        raise NotNow(_("这笔退款没有等着处理的重复退款。"))
    shop_id = _against(back)[1]
    amounts = {Account.BANK: back.amount_fen, Account.DOUBLE_BACK: -back.amount_fen}
    post([Movement(shop_id, "money_back.recovered", f"back:{back.pk}:recovered", at, amounts, back.order_id)])
    change = {"amount_fen": [back.amount_fen, None]}
    write_many(by=by, what="money_back.recovered", lines=[_line(back, shop_id, change, reason.strip()[:200])])
    ring(f"shop:{shop_id}" if shop_id else "house", "payments")


def _tell(by: Actor, what: str, back: MoneyBack, shop_id: int, change: dict[str, list[Any]]) -> None:
    write_many(by=by, what=what, lines=[_line(back, shop_id, change, "")])


def _line(back: MoneyBack, shop_id: int, change: dict[str, list[Any]], reason: str) -> Line:
    return Line("moneyback", back.pk, shop_id or None, change, reason)


def _against(back: MoneyBack) -> tuple[Account, int]:
    """What stood against the money in the books until now, and in whose books."""
    if back.payment.state == Payment.State.STRAY:
        return Account.STRAY, back.payment.stray_shop_id or 0
    part = _part(back)
    if part is not None and part.deposit_id is not None:
        shop_id = Deposit.objects.values_list("auction__shop_id", flat=True).get(pk=part.deposit_id)
    else:
        order_id = back.order_id or (part.order_id if part is not None else None)
        shop_id = Order.objects.values_list("shop_id", flat=True).get(pk=order_id or 0)
    if back.payment.state == Payment.State.WRONG or (part is not None and part.booked == "stray"):
        return Account.STRAY, shop_id
    if part is not None and part.what == PaymentPart.What.AUCTION and back.order_id is None:
        return Account.DEPOSIT_HELD, shop_id
    if back.ref.startswith(f"{back.payment.number}-D"):
        return Account.DEPOSIT_HELD, shop_id
    return Account.REFUND_OUT, shop_id


def _part(back: MoneyBack) -> PaymentPart | None:
    rows = back.payment.parts.order_by("pk")
    tail = back.ref.rpartition("-S")[2]
    if "-S" in back.ref and tail.isdigit():
        return rows.filter(pk=int(tail)).first()
    return (rows.filter(order_id=back.order_id).first() if back.order_id else None) or rows.first()


@action
def failed(*, by: Actor, back: MoneyBack, trouble: str, at: datetime) -> bool:
    """The provider will not give it back: a person must see to it. The sum may be asked for again."""
    won = MoneyBack.objects.filter(pk=back.pk, state=MoneyBack.State.ASKED).update(
        state=MoneyBack.State.FAILED, trouble=trouble[:200], tries=F("tries") + 1
    )
    if not won:
        return False
    Payment.objects.filter(pk=back.payment_id).update(refunded_fen=F("refunded_fen") - back.amount_fen)
    write_many(
        by=by,
        what="money_back.failed",
        lines=[
            Line(
                "moneyback",
                back.pk,
                None,
                {"state": [MoneyBack.State.ASKED, MoneyBack.State.FAILED]},
                trouble[:200],
            )
        ],
    )
    for shop_id in set(
        Order.objects.filter(payment_parts__payment=back.payment_id).values_list("shop_id", flat=True)
    ):
        ring(f"shop:{shop_id}", "payments")
    return True


@action
def again(*, by: Actor, back: MoneyBack, at: datetime) -> MoneyBack:
    """Ask once more for money whose return failed. Raises NotAllowed without PAYMENT_SETTLE, NotNow unless it failed."""
    _must_settle(by, back)
    locked = MoneyBack.objects.select_for_update().get(pk=back.pk)
    if locked.state != MoneyBack.State.FAILED or locked.retried:
        raise NotNow(_("这笔退款没有失败，不用再退。"))
    if locked.look is not None:
        raise NotNow(_("已经有同事登记了线下退款，请先核对，不能再从渠道退。"))
    MoneyBack.objects.filter(pk=back.pk).update(trouble=f"↻ {locked.trouble}"[:200])
    base, _dash, tail = locked.ref.rpartition("R") if "R" in locked.ref[10:] else (locked.ref, "", "0")
    ref = f"{base}R{int(tail) + 1}"
    made = ask_many(
        by=by, asks=[Ask(locked.payment_id, locked.order_id, locked.amount_fen, locked.why, ref)], at=at
    )
    return made[0]


def _must_settle(by: Actor, back: MoneyBack) -> None:
    if back.payment.state in (Payment.State.WRONG, Payment.State.STRAY):
        must_settle_whole(by, back.payment)
    else:
        by.must(Power.PAYMENT_SETTLE, shop_id=_against(back)[1])


def must_settle_whole(by: Actor, payment: Payment) -> None:
    """What concerns a payment as a whole needs the power in every shop that it pays something of. Raises NotAllowed."""
    shops = set(Order.objects.filter(payment_parts__payment=payment).values_list("shop_id", flat=True))
    deposits = payment.parts.filter(deposit_id__isnull=False).values("deposit_id")
    shops |= set(Deposit.objects.filter(pk__in=deposits).values_list("auction__shop_id", flat=True))
    if payment.stray_shop_id is not None:
        shops.add(payment.stray_shop_id)  # of no shop's: in all shops
    for shop_id in sorted(shops) or [0]:
        by.must(Power.PAYMENT_SETTLE, shop_id=shop_id)


@action
def follow_refunds(*, by: Actor, order_ids: Sequence[int], at: datetime) -> list[MoneyBack]:
    """Ask for the cash that refunds of own orders settled and that was not asked for yet. Hearing twice changes nothing.

    The newest payment of an order goes back first. Red packets were given back by the refund itself.
    """
    orders = {
        o.pk: o
        for o in Order.objects.filter(
            pk__in=list(order_ids), source=OWN, refunded_fen__gt=F("red_refunded_fen")
        )
    }
    set_off = _set_off(orders)
    mine = Q(order_id__in=list(orders)) | Q(deposit_id__in=list(set_off))
    ids = PaymentPart.objects.filter(mine, booked="paid").values_list("payment_id", flat=True)
    payments = {
        p.pk: p for p in Payment.objects.select_for_update().filter(pk__in=sorted(set(ids))).order_by("pk")
    }
    parts: dict[int, list[PaymentPart]] = defaultdict(list)
    for part in PaymentPart.objects.filter(mine, booked="paid").order_by("-payment_id", "-pk"):
        parts[part.order_id or set_off.get(part.deposit_id or 0, 0)].append(part)
    back = {
        (row["order_id"], row["payment_id"]): (row["fen"] or 0, row["many"])
        for row in MoneyBack.objects.filter(order_id__in=list(orders), payment_id__in=list(payments))
        .exclude(ref__contains="-S")
        .values("order_id", "payment_id")
        # What failed waits for a person and is not asked for again here, unless another took its place.
        .annotate(
            fen=Sum("amount_fen", filter=~Q(state=MoneyBack.State.FAILED, trouble__startswith="↻")),
            many=Count("pk"),
        )
    }
    asks = []
    for pk, order in sorted(orders.items()):
        asked = sum(fen for (order_id, _p), (fen, _n) in back.items() if order_id == pk)
        left = order.refunded_fen - order.red_refunded_fen - asked
        for part in parts[pk]:
            fen, many = back.get((pk, part.payment_id), (0, 0))
            piece = min(left, part.amount_fen - fen)
            if piece > 0:
                number = payments[part.payment_id].number
                asks.append(Ask(part.payment_id, pk, piece, _("订单退款"), f"{number}-{pk}-{many + 1}"))
                left -= piece
    return ask_many(by=by, asks=asks, at=at) if asks else []


def _set_off(orders: Mapping[int, Order]) -> dict[int, int]:
    """Bidders' deposits that were set off against these orders: order by deposit. One statement, none without auctions."""
    won = [pk for pk, order in orders.items() if order.extra.get("auction")]
    if not won:
        return {}
    rows = Deposit.objects.filter(auction__order_id__in=won, state=Deposit.State.SET_OFF)
    return {pk: order_id or 0 for pk, order_id in rows.values_list("pk", "auction__order_id")}
