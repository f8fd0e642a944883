"""Answering an ask-first task: a person enters the real cost, and the quote becomes priced (S1-06, C6)."""

from dataclasses import replace
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from zhanggui.freight.limits import MOST_FEE_FEN
from zhanggui.freight.models import CostAsked, Quote
from zhanggui.freight.rules import PRICED, Line, read_receipt
from zhanggui.journal.actions import action
from zhanggui.journal.daybook import write
from zhanggui.kit.actor import Actor
from zhanggui.kit.bells import ring
from zhanggui.kit.clock import day_of
from zhanggui.kit.refusals import Invalid, NotNow
from zhanggui.people.powers import Power
from zhanggui.shops import policies


class AlreadyAnswered(NotNow):
    """Somebody else entered the real cost a moment ago."""

    code = "already_answered"


@action
def answer(*, by: Actor, task: CostAsked, fee_fen: int, note: str = "", at: datetime) -> Quote:
    """Enter the real cost in fen; the quote is priced with it and good for the shop's minutes from now.

    Raises NotAllowed without FREIGHT_EDIT, Invalid outside 0.01-999.99 yuan (a free parcel is a rule of a table,
    not an answer), AlreadyAnswered.
    """
    by.must(Power.FREIGHT_EDIT, shop_id=task.shop_id)
    if not 0 < fee_fen <= MOST_FEE_FEN:
        raise Invalid(_("实际运费要在 0.01 到 999.99 元之间"), "fee")
    if len(note) > 200:
        raise Invalid(_("备注最多 200 字"), "note")
    won = CostAsked.objects.filter(pk=task.pk, answered_at__isnull=True).update(
        fee_fen=fee_fen, answered_by=by.name[:80], answered_at=at, note=note
    )
    if not won:
        raise AlreadyAnswered(_("这条运费刚才已经有人确认了。"))
    quote = Quote.objects.select_for_update().get(pk=task.quote_id)
    receipt = read_receipt(quote.receipt)
    line = Line("answered", fee_fen, by.name[:80], why="S1-06", numbers={"task": task.pk})
    minutes = policies.value("freight.quote_minutes", quote.shop_id, day_of(at))
    quote.receipt = replace(receipt, outcome=PRICED, fee_fen=fee_fen, lines=(*receipt.lines, line)).as_json()
    quote.fee_fen, quote.outcome = fee_fen, PRICED
    quote.good_until = at + timedelta(minutes=minutes)
    quote.save(update_fields=["receipt", "fee_fen", "outcome", "good_until"])
    write(by=by, what="quote.answered", on=quote, change={"fee_fen": [None, fee_fen]}, reason=note)
    ring(f"shop:{task.shop_id}", "freight:costs")
    return quote
