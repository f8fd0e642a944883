"""What a person does about money that fits nothing: give it back, or let it pay an order of the same buyer.

From `checkout.stray_two_from` on two different people press one after the other; the first one's yes stands for that act only.
"""

from datetime import datetime

from django.utils.translation import gettext as _

from zhanggui.checkout.actions import payments
from zhanggui.checkout.actions.backs import ask, must_settle_whole
from zhanggui.checkout.actions.stray import transfer_of
from zhanggui.checkout.events import PaymentPaid, StraySettled
from zhanggui.checkout.models import MoneyBack, Payment, PaymentPart
from zhanggui.journal.actions import action
from zhanggui.journal.daybook import Line, write_many
from zhanggui.journal.news import announce
from zhanggui.kit.actor import Actor
from zhanggui.kit.bells import ring
from zhanggui.kit.clock import day_of
from zhanggui.kit.money import yuan
from zhanggui.kit.refusals import Invalid, NotAllowed, NotFound, NotNow
from zhanggui.kit.together import together
from zhanggui.ledger.books import Movement, post_later
from zhanggui.ledger.models import Account
from zhanggui.orders.models import Order
from zhanggui.orders.rules import OWN
from zhanggui.orders.states import State
from zhanggui.people.leading import same_person
from zhanggui.people.powers import Power
from zhanggui.shops.models import Shop
from zhanggui.shops.policies import policy, value

LIMIT = "checkout.stray_two_from"
BACK = "back"


@action
def give_back(*, by: Actor, payment: Payment, reason: str, at: datetime) -> MoneyBack | None:
    """Give all of it back through the provider. None: a second person has to say yes too.

    Raises NotAllowed without PAYMENT_SETTLE in every shop it concerns, Invalid without a reason, NotNow when it is settled.
    About fifteen statements.
    """
    row = _lock(by, payment)
    reason = _said(reason)
    if not _agreed(by, row, BACK, reason, at):
        return None
    order = Order.objects.filter(payment_parts__payment=row).order_by("pk").first()
    back = ask(
        by=by,
        payment=row,
        order=order,
        amount_fen=row.told_fen or 0,
        why=reason,
        ref=f"{row.number}-W",
        at=at,
    )
    _settled(by, row, "payment.given_back", reason, {"refunded_fen": [0, row.told_fen]})
    return back


@action
def assign(*, by: Actor, payment: Payment, order: Order, reason: str, at: datetime) -> bool:
    """Let it pay an order of the same buyer that owes exactly that. False: a second person has to say yes too.

    Raises NotAllowed without PAYMENT_SETTLE in every shop it concerns, NotFound for another merchant's order, Invalid for
    another buyer's, one that owes another sum, or without a reason; NotNow when the money is settled, or the order cannot be
    paid (any more). Four or five dozen statements.
    """
    row = _lock(by, payment)
    reason = _said(reason)
    found = Order.objects.select_for_update(of=("self",)).select_related("shop", "priced").get(pk=order.pk)
    if found.shop.merchant_id != row.merchant_id or found.source != OWN:
        raise NotFound(_("没有这个订单。"))
    by.must(Power.PAYMENT_SETTLE, shop_id=found.shop_id)
    if row.buyer_id is None:
        raise Invalid(_("不知道这笔款是哪个买家付的，只能原路退回。"), "order")
    if found.buyer_id != row.buyer_id:
        raise Invalid(_("只能指定给同一个买家的订单。"), "order")
    if found.state != State.UNPAID:
        raise NotNow(_("这个订单现在不用付款。"))
    what, owes_fen = payments.part_of(found, getattr(found, "priced", None), at)
    if owes_fen != row.told_fen:
        raise Invalid(
            _("这个订单现在要付 %(owes)s 元，来款是 %(came)s 元，不一致。")
            % {"owes": yuan(owes_fen), "came": yuan(row.told_fen or 0)},
            "order",
        )
    if not _agreed(by, row, f"order:{found.pk}", reason, at):
        return False
    lay = transfer_of(row)
    row.parts.filter(booked="").delete()  # what it was meant for when another sum was asked
    part = PaymentPart.objects.create(payment=row, order=found, what=what, amount_fen=owes_fen)
    before, row.amount_fen, row.state = str(row.state), owes_fen, Payment.State.PAID
    row.save(update_fields=["amount_fen", "state"])
    with together():
        amounts = {Account.STRAY: owes_fen, Account.ESCROW: -owes_fen}
        ref = f"payment:{row.pk}:assigned"
        post_later([Movement(lay.shop_id, "payment.assigned", ref, at, amounts, lay.order_id)])
        payments.book_now(by=by, number=row.number, at=at)
    part.refresh_from_db()
    if part.booked != "paid":
        raise NotNow(_("这个订单现在不能付款了，请刷新后再看。"))
    announce(PaymentPaid(row.pk))
    ring(f"buyer:{row.buyer_id}", f"payment:{row.number}")
    _settled(
        by, row, "payment.assigned", reason, {"state": [before, str(row.state)], "orders": [None, [found.pk]]}
    )
    return True


def _lock(by: Actor, payment: Payment) -> Payment:
    row = Payment.objects.select_for_update().get(pk=payment.pk)
    must_settle_whole(by, row)
    # One that failed to go back is asked again, or repaid by hand (`backs`).
    if row.state not in (Payment.State.WRONG, Payment.State.STRAY) or row.backs.exists():
        raise NotNow(_("这笔支付没有等着处理的来款。"))
    return row


def _said(reason: str) -> str:
    reason = reason.strip()[:80]
    if not reason:
        raise Invalid(_("请写明为什么这样处理。"), "reason")
    return reason


def limit_of(payment: Payment, at: datetime) -> int:
    """From how many fen on two people settle this. One statement or two."""
    shop_id = payment.stray_shop_id if payment.stray_shop_id is not None else transfer_of(payment).shop_id
    shop = Shop.objects.filter(pk=shop_id).first()
    return int(value(LIMIT, shop, day_of(at)) if shop else policy(LIMIT).default)


def _agreed(by: Actor, row: Payment, do: str, reason: str, at: datetime) -> bool:
    """Whether enough people said yes; the first one's yes is written down."""
    if (row.told_fen or 0) < limit_of(row, at):
        return True
    look = row.look
    if not look or look.get("do") != do:
        row.look = {"do": do, "staff": by.staff_id, "work_no": by.work_no, "reason": reason}
        row.save(update_fields=["look"])
        line = Line("payment", row.pk, row.stray_shop_id or None, {"look": [None, do]}, reason)
        write_many(by=by, what="payment.looked", lines=[line])
        return False
    if by.staff_id is None or same_person(look.get("staff"), by.staff_id):
        raise NotAllowed(
            _("%(fen)s 元的来款要两个人先后确认，请另一位同事来确认。") % {"fen": yuan(row.told_fen or 0)}
        )
    return True


def _settled(by: Actor, row: Payment, what: str, reason: str, change: dict[str, list[object]]) -> None:
    if row.look is not None:
        row.look = None
        row.save(update_fields=["look"])
    write_many(by=by, what=what, lines=[Line("payment", row.pk, row.stray_shop_id or None, change, reason)])
    announce(StraySettled(row.pk))
    ring(f"shop:{row.stray_shop_id}" if row.stray_shop_id else "house", "payments")
