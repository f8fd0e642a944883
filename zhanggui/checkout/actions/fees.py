"""What providers keep of a payment, as their bill tells it: a cost of the shop, taken out of escrow."""

from collections.abc import Mapping
from datetime import datetime

from zhanggui.checkout.models import Payment, PaymentPart
from zhanggui.journal.actions import action
from zhanggui.kit.actor import Actor
from zhanggui.ledger.books import Movement, post
from zhanggui.ledger.models import Account


@action
def note_fees(*, by: Actor, fees: Mapping[str, int], at: datetime) -> int:
    """Note the fees (fen, by our number) that a bill tells and book what is new; gives how many changed.

    The same bill again changes nothing; another fee books the difference. It stands in the books of the payment's first
    order; of money that fits nothing where that lies. Payments of auctions' deposits are noted only. About seven statements.
    """
    rows = Payment.objects.select_for_update().filter(number__in=list(fees)).order_by("pk")
    changed = [payment for payment in rows if payment.fee_fen != fees[payment.number]]
    first: dict[int, tuple[int | None, int]] = {}
    parts = PaymentPart.objects.filter(payment__in=changed, order__isnull=False).order_by("-pk")
    for payment_id, order_id, shop_id in parts.values_list("payment_id", "order_id", "order__shop_id"):
        first[payment_id] = (order_id or 0, shop_id)
    movements = []
    for payment in changed:
        more = fees[payment.number] - payment.fee_fen
        payment.fee_fen = fees[payment.number]
        if payment.pk in first or payment.stray_shop_id is not None:
            beside, shop_id = first.get(payment.pk, (None, payment.stray_shop_id or 0))
            ref = f"payment:{payment.pk}:fee:{payment.fee_fen}"
            amounts = {Account.PAYMENT_FEE: more, Account.ESCROW: -more}
            movements.append(Movement(shop_id, "payment.fee", ref, at, amounts, beside))
    post(movements)
    Payment.objects.bulk_update(changed, ["fee_fen"], batch_size=500)
    return len(changed)
