"""What the pages of this room share: the tabs, the words of states, offers as rows with their rule."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from zhanggui.journal.models import Entry
from zhanggui.journal.telling import told
from zhanggui.journal.words import label_of
from zhanggui.kit.refusals import Invalid
from zhanggui.kit.sealed import masked_nick
from zhanggui.people.http import Request
from zhanggui.people.powers import Power
from zhanggui.promotions import wording
from zhanggui.promotions.models import Offer, OfferState
from zhanggui.promotions.queries import pages
from zhanggui.promotions.queries.naming import names_for
from zhanggui.promotions.terms import trouble_of, value_of
from zhanggui.shops.models import Shop

TABS = (
    ("promotions:offers", "列表"),
    ("promotions:calendar", "日历"),
    ("promotions:simulator", "模拟器"),
    ("promotions:conflicts", "冲突检查"),
    ("promotions:red-packets", "红包"),
    ("promotions:auctions", "拍卖"),
)
_OF_BUYERS = frozenset({"auction.bid", "coupon.claimed"})
"""Acts of buyers: who did it is a nick, shown masked."""
STATES: dict[str, str] = {str(state): str(label) for state, label in OfferState.choices}
"""States and their labels (message ids)."""


def frame(request: Request, tab: str) -> dict[str, Any]:
    """What every page of the room shows."""
    return {
        "tabs": TABS,
        "tab": tab,
        "may_edit": request.actor.can_somewhere(Power.OFFER_EDIT),
        "labels": STATES,
    }


@dataclass(frozen=True, slots=True)
class Row:
    """An offer as lists show it."""

    offer: Offer
    state: str
    label: str
    rule: str
    shops: list[str]
    trouble: bool = False
    """Whether nobody can read its terms any more; `rule` says why then."""


def row_of(
    offer: Offer, *, codes: Mapping[int, str], at: datetime, names: wording.Names | None = None
) -> Row:
    """One row. `codes`: the shops the reader may see; others are not named. `names`: of the goods, for the rule."""
    state = pages.stands(offer, at)
    shops = [codes[pk] for pk in offer.shop_ids if pk in codes]
    return Row(offer, state, STATES[state], rule_of(offer, names), shops, bool(trouble_of(offer)))


def rule_of(offer: Offer, names: wording.Names | None = None) -> str:
    """The rule of a kept offer in words; a sentence for a row that cannot be read any more. No statement."""
    try:
        return wording.rule(value_of(offer), names)
    except Invalid as refusal:
        return refusal.message


def rows_of(offers: Iterable[Offer], *, shops: Iterable[Shop], at: datetime) -> list[Row]:
    """Rows of a list. At most three statements: the names of the goods in their rules."""
    codes = {shop.pk: shop.code for shop in shops}
    listed = list(offers)
    names = names_of(*listed)
    return [row_of(offer, codes=codes, at=at, names=names) for offer in listed]


def names_of(*offers: Offer) -> wording.Names:
    """The names of the goods in the rules of kept offers. At most three statements."""
    found = []
    for offer in offers:
        with suppress(Invalid):
            found.append(value_of(offer))
    return names_for(found)


def said_all(entries: Iterable[Entry]) -> list[dict[str, Any]]:
    """Daybook lines for a page: who, when, what, and what became of the columns."""
    rows = list(entries)
    parts = told(rows)
    return [
        {
            "at": entry.at,
            "actor": masked_nick(entry.actor) if entry.what in _OF_BUYERS else entry.actor,
            "said": label_of(entry.what),
            "reason": entry.reason,
            "parts": [part for part in parts.get(entry.pk, []) if part.before != part.after],
        }
        for entry in rows
    ]
