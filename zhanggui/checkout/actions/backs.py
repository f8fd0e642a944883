"""Money that goes back to buyers: asked once, carried out by `connect` after commit, noted when the provider did it.

Cash goes back to where it came from; the part that red packets paid goes back into red packets (docs/laws/money.md).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

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
from zhanggui.kit.refusals import Invalid, NotNow
from zhanggui.ledger.books import Movement, post
from zhanggui.ledger.models import Account
from zhanggui.orders.models import Order
from zhanggui.orders.rules import OWN
from zhanggui.people.powers import Power
from zhanggui.promotions.models import Deposit


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
    """The provider gave the money back; noted and booked once. False when it was known already."""
    won = MoneyBack.objects.filter(pk=back.pk, state=MoneyBack.State.ASKED).update(
        state=MoneyBack.State.DONE, done_at=at
    )
    if not won:
        return False
    back.refresh_from_db()
    against, shop_id = _against(back)
    post(
        [
            Movement(
                shop_id,
                "money_back.done",
                f"back:{back.pk}",
                at,
                {against: back.amount_fen, Account.ESCROW: -back.amount_fen},
                back.order_id,
            )
        ]
    )
    write_many(
        by=by,
        what="money_back.done",
        lines=[Line("moneyback", back.pk, shop_id, {"state": [MoneyBack.State.ASKED, MoneyBack.State.DONE]})],
    )
    ring(f"buyer:{back.payment.buyer_id}", f"payment:{back.payment.number}")
    return True


def _against(back: MoneyBack) -> tuple[Account, int]:
    """What stood against the money in the books until now, and in whose books."""
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
    if back.payment.state == Payment.State.WRONG:
        _must_settle_whole(by, back.payment)
    else:
        by.must(Power.PAYMENT_SETTLE, shop_id=_against(back)[1])
    locked = MoneyBack.objects.select_for_update().get(pk=back.pk)
    if locked.state != MoneyBack.State.FAILED or locked.trouble.startswith("↻"):
        raise NotNow(_("这笔退款没有失败，不用再退。"))
    MoneyBack.objects.filter(pk=back.pk).update(trouble=f"↻ {locked.trouble}"[:200])
    base, _dash, tail = locked.ref.rpartition("R") if "R" in locked.ref[10:] else (locked.ref, "", "0")
    ref = f"{base}R{int(tail) + 1}"
    made = ask_many(
        by=by, asks=[Ask(locked.payment_id, locked.order_id, locked.amount_fen, locked.why, ref)], at=at
    )
    return made[0]


def _must_settle_whole(by: Actor, payment: Payment) -> None:
    """What concerns a payment as a whole needs the power in every shop that it pays something of. Raises NotAllowed."""
    shops = set(Order.objects.filter(payment_parts__payment=payment).values_list("shop_id", flat=True))
    deposits = payment.parts.filter(deposit_id__isnull=False).values("deposit_id")
    shops |= set(Deposit.objects.filter(pk__in=deposits).values_list("auction__shop_id", flat=True))
    for shop_id in sorted(shops) or [0]:
        by.must(Power.PAYMENT_SETTLE, shop_id=shop_id)


@action
def settle_wrong(*, by: Actor, payment: Payment, at: datetime) -> MoneyBack | None:
    """Give back all of a payment whose sum was wrong (G2.2). Raises NotNow, NotAllowed without PAYMENT_SETTLE in
    every shop that it pays something of.
    """
    row = Payment.objects.select_for_update().get(pk=payment.pk)
    order = Order.objects.filter(payment_parts__payment=row).order_by("pk").first()
    _must_settle_whole(by, row)
    if row.state != Payment.State.WRONG or row.backs.exists():  # one that failed is asked again by `again`
        raise NotNow(_("这笔支付没有等着处理的来款。"))
    return ask(by=by, payment=row, order=order, amount_fen=row.told_fen or 0, why=_("金额不符，原路退回"),
               ref=f"{row.number}-W", at=at)  # fmt: skip


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
        .exclude(state=MoneyBack.State.FAILED)
        .exclude(ref__contains="-S")
        .values("order_id", "payment_id")
        .annotate(fen=Sum("amount_fen"), many=Count("pk"))
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
