"""Keeping a quote as a receipt with a key, good for some minutes; an ask-first quote opens a task (S1-06)."""

import secrets
from datetime import datetime, timedelta

from zhanggui.freight.models import CostAsked, Quote
from zhanggui.freight.quotes import Wish, quote_many
from zhanggui.freight.rules import ASK
from zhanggui.journal.actions import action
from zhanggui.journal.daybook import write
from zhanggui.kit.actor import Actor
from zhanggui.kit.bells import ring
from zhanggui.kit.clock import day_of
from zhanggui.people.powers import Power
from zhanggui.shops import policies

_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


@action
def keep(*, by: Actor, wish: Wish, at: datetime) -> Quote:
    """Quote anew and keep what came out, also when it is no price; the key is good for the shop's minutes.

    The fee is never taken from a page. Raises NotAllowed without FREIGHT_SEE in the shop. A dozen statements.
    """
    by.must(Power.FREIGHT_SEE, shop_id=wish.shop.pk)
    receipt = quote_many([wish], on=day_of(at))[0]
    minutes = policies.value("freight.quote_minutes", wish.shop, day_of(at))
    kept = Quote.objects.create(
        shop=wish.shop,
        key="".join(secrets.choice(_LETTERS) for _ in range(10)),
        asked={
            "to": wish.to,
            "carrier": receipt.carrier,
            "ships_from": wish.ships_from or wish.shop.city,
            "parts": [
                {
                    "pieces": part.pieces,
                    "weight_g": part.weight_g,
                    "volume_cm3": part.volume_cm3,
                    "amount_fen": part.amount_fen,
                    "template": part.template_id,
                }
                for part in wish.parts
            ],
        },
        receipt=receipt.as_json(),
        fee_fen=receipt.fee_fen,
        outcome=receipt.outcome,
        made_at=at,
        good_until=at + timedelta(minutes=minutes),
        staff_id=by.staff_id,
        actor=by.name[:80],
    )
    if receipt.outcome == ASK:
        CostAsked.objects.create(shop=wish.shop, quote=kept, asked_at=at)
        ring(f"shop:{wish.shop.pk}", "freight:costs")
    write(by=by, what="quote.kept", on=kept, change={"fee_fen": [None, receipt.fee_fen]})
    return kept
