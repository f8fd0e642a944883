"""A buyer presses the button: what the checkout's form says becomes orders, together with all who press at this moment.

Who comes at the same moment to the same process shares everything here: reading shops, addresses and ways of paying,
the orders, and taking what was bought out of the carts are one transaction of one list (`checkout.gathering`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import get_language

from zhanggui.checkout.acting import HOUSE
from zhanggui.checkout.actions.placing import Placed, Placing, place_many
from zhanggui.checkout.baskets import Asked
from zhanggui.checkout.gathering import Gathering
from zhanggui.connect.payment.accounts import ways
from zhanggui.customers.addressing import opened
from zhanggui.customers.homes import chosen_addresses
from zhanggui.customers.models import Address, Buyer
from zhanggui.journal.actions import action, joined
from zhanggui.kit.actor import Actor
from zhanggui.kit.together import change, together
from zhanggui.orders.arriving import ArrivingReceiver
from zhanggui.storefront.queries.carts import counts
from zhanggui.storefront.queries.checkouts import Choices, asked_of, shops_among
from zhanggui.storefront.queries.twins import Twin, Wanted, twins


@dataclass(frozen=True, slots=True)
class Form:
    """The checkout's form as it was sent. `address`: key of the one chosen, "" the default one; `home`: its version as it was shown, None where nobody looked. `seen`: digest and
    total in fen that the page showed, by shop. `provider`: how the buyer wants to pay; "" or an unknown one: later.
    """

    buyer: Buyer
    choices: Choices
    address: str
    key: str
    seen: Mapping[int, tuple[str, int]]
    wishes: Mapping[str, Any] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    provider: str = ""
    again: bool = False
    """The buyer knows that he placed the same a moment ago, and wants it once more."""
    home: int | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of a form: one outcome for each shop's basket. `homeless`: there is no address; nothing was tried. `moved`: the
    chosen address was removed or changed since it was shown, or never was this buyer's; nothing was tried.

    `twin`: the same was placed a moment ago, and the buyer must say that he wants it again; nothing was tried. `in_cart`: kinds of goods that lie in the buyer's cart now, None where nothing was bought.
    """

    asked: Sequence[Asked] = ()
    placed: Sequence[Placed] = ()
    homeless: bool = False
    in_cart: int | None = None
    twin: Twin | None = None
    moved: bool = False

    @property
    def lost(self) -> Placed | None:
        """The refusal to tell of: the one that kept the others from being placed. None where all are placed."""
        refused = [one for one in self.placed if not one.ok]
        return next((one for one in refused if one.code != "apart"), refused[0] if refused else None)


@action
def submit_many(*, by: Actor, forms: Sequence[Form], at: datetime) -> list[Sent]:
    """Place the orders of these forms, each form all or none, and take what was bought out of the carts.

    Five statements beside those of `place_many`, however many forms; four where nothing is placed. A form that is like
    an order of a moment ago is asked about first (`queries.twins`).
    """
    homes = chosen_addresses([(form.buyer.pk, form.address) for form in forms])
    moved = {id(form) for form in forms if _moved(form, homes.get((form.buyer.pk, form.address)))}
    shops = shops_among({shop for form in forms for shop, _sku, _pieces in form.choices.lines})
    open_ways = {pk: ways(pk) for pk in {form.buyer.merchant_id for form in forms if form.provider}}
    baskets: list[tuple[Address | None, Sequence[Asked]]] = []
    for form in forms:
        home = None if id(form) in moved else homes.get((form.buyer.pk, form.address))
        mine = {pk: shop for pk, shop in shops.items() if shop.merchant_id == form.buyer.merchant_id}
        baskets.append((home, asked_of(form.choices, mine, home.region) if home is not None else []))
    same = _twins(forms, baskets, at)
    found: list[tuple[Sequence[Asked], slice, bool]] = []
    placings: list[Placing] = []
    for form, (home, asked) in zip(forms, baskets, strict=True):
        first = len(placings)
        if home is not None and asked and id(form) not in same:
            way = form.provider if form.provider in open_ways.get(form.buyer.merchant_id, ()) else ""
            receiver = ArrivingReceiver.at(opened(home))
            placings += [_placing(form, one, receiver, way) for one in asked]
        found.append((asked, slice(first, len(placings)), home is None and id(form) not in moved))
    if not placings:
        return [
            Sent(asked, (), homeless, twin=same.get(id(form)), moved=id(form) in moved)
            for form, (asked, _mine, homeless) in zip(forms, found, strict=True)
        ]
    with together():
        placed = joined(place_many)(by=by, placings=placings, at=at)
        bought = [
            form
            for form, (asked, mine, _homeless) in zip(forms, found, strict=True)
            if asked and id(form) not in same and all(one.ok for one in placed[mine])
        ]
        _take_out(bought)
    left = counts([form.buyer.pk for form in bought]) if bought else {}
    happy = {id(form) for form in bought}
    return [
        Sent(
            asked,
            placed[mine],
            homeless,
            left.get(form.buyer.pk, 0) if id(form) in happy else None,
            same.get(id(form)),
            id(form) in moved,
        )
        for form, (asked, mine, homeless) in zip(forms, found, strict=True)
    ]


def _moved(form: Form, home: Address | None) -> bool:
    """Whether the order would go elsewhere than to the address that was seen and chosen."""
    if not form.address:
        return False
    return home is None or (form.home is not None and home.version != form.home)


def _twins(
    forms: Sequence[Form], baskets: Sequence[tuple[Address | None, Sequence[Asked]]], at: datetime
) -> dict[int, Twin]:
    """The forms (by id of the object) that are like an order of a moment ago, where the buyer did not say so himself."""
    wanted = [
        (
            form,
            Wanted(
                form.buyer.pk,
                form.key,
                home,
                {one.shop.pk: one.shop for one in asked},
                {one.shop.pk: one.lines for one in asked},
            ),
        )
        for form, (home, asked) in zip(forms, baskets, strict=True)
        if home is not None and asked and not form.again
    ]
    found = twins([one for _form, one in wanted], at=at)
    return {id(wanted[place][0]): twin for place, twin in found.items()}


def _placing(form: Form, one: Asked, receiver: Any, way: str) -> Placing:
    shop = one.shop.pk
    digest, total = form.seen.get(shop, ("", 0))
    return Placing(
        key=f"{form.key}:{shop}" if form.key else "",
        buyer_id=form.buyer.pk,
        shop=one.shop,
        lines=tuple(one.lines),
        receiver=receiver,
        wish=one.wish,
        carrier_code=one.carrier_code,
        message=form.choices.of(shop).message,
        wishes=form.wishes,
        secrets=form.secrets,
        cod=one.cod,
        seen_digest=digest or "-",
        seen_total_fen=total,
        group=form.key,
        provider=way,
    )


def _take_out(bought: Sequence[Form]) -> None:
    """Goes with the orders in one statement. A line that its owner is changing at this instant stays: nobody waits."""
    lines = sorted({(form.buyer.pk, line[0], line[1]) for form in bought for line in form.choices.lines})
    if lines:
        change(
            "checkout_cartline",
            "DELETE FROM checkout_cartline c USING (SELECT l.id FROM checkout_cartline l JOIN "
            "unnest(%s::bigint[], %s::bigint[], %s::bigint[]) AS v(buyer, shop, sku) "
            "ON l.buyer_id = v.buyer AND l.shop_id = v.shop AND l.sku_id = v.sku FOR UPDATE OF l SKIP LOCKED) found "
            "WHERE c.id = found.id",
            [[line[place] for line in lines] for place in range(3)],
        )


def _place(forms: Sequence[Form], at: datetime) -> list[Sent]:
    return submit_many(by=HOUSE, forms=forms, at=at)


_lines: dict[str, Gathering[Form, Sent]] = {}
"""One for each language: a refusal speaks the language of who is told."""


def submit(form: Form) -> Sent:
    """Place what this form asks for together with what others of this process send at this moment."""
    language = get_language() or ""
    line = _lines.get(language) or _lines.setdefault(language, Gathering(_place))
    return line.submit([form])[0]
