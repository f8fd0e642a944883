"""Taking in what arrives from outside: files, and later platforms and our own checkout.

One list of one shop costs two or three dozen statements whatever its length. A lock per shop lets lists of
one shop through one after the other, so the same file twice at once doubles nothing; the unique constraint on
(shop, number) stands behind it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import connection
from django.utils.translation import gettext as _

from zhanggui.journal.actions import action
from zhanggui.kit.actor import Actor
from zhanggui.kit.refusals import Refused
from zhanggui.orders.actions.placing import place
from zhanggui.orders.actions.retelling import Retelling, give_lines, retell
from zhanggui.orders.arriving import Arrived, Arriving, ArrivingLine
from zhanggui.orders.models import Order
from zhanggui.orders.states import RANK
from zhanggui.orders.weighing import Weighed, weigh
from zhanggui.people.powers import Power
from zhanggui.shops.models import Shop

_LOCK = 7_315_010


@action
def take_in(*, by: Actor, shop: Shop, orders: Sequence[Arriving], at: datetime) -> list[Arrived]:
    """Take in a list of orders of one shop; gives what came of each, in the order of the list.

    New ones are placed with all that belongs to them: buyer, sealed receiver, lines with their SKUs, stock held
    for what is paid and waits, parcels, timers, books, daybook. Known ones are compared and moved forward only;
    None means "not told" and leaves what is known; the same data again is "unchanged" and writes nothing.
    An order that cannot be true is refused and hurts no other. A number that is twice in the list is taken
    once, as the one that has come furthest. Raises NotAllowed without ORDER_IMPORT in the shop.
    """
    by.must(Power.ORDER_IMPORT, shop_id=shop.pk)
    lock_shop(shop)
    chosen, outcomes = _choose(orders)
    known = _known(shop, list(chosen))
    fresh: list[Weighed] = []
    again: list[Retelling] = []
    for number, index in chosen.items():
        try:
            weighed = weigh(orders[index])
        except Refused as refusal:
            outcomes[index] = Arrived(number, "refused", refusal.message, known.get(number))
            continue
        if number in known:
            again.append(Retelling(known[number], weighed))
        else:
            fresh.append(weighed)
    # Known orders first: orders are locked before stock, here as everywhere (docs/laws/orders.md).
    changed = retell(by=by, shop=shop, news=again, at=at) if again else set()
    placed = place(by, shop, fresh, at) if fresh else {}
    for number, index in chosen.items():
        if index in outcomes:
            continue
        if number in placed:
            outcomes[index] = Arrived(number, "new", "", placed[number])
        else:
            result = "changed" if known[number] in changed else "unchanged"
            outcomes[index] = Arrived(number, result, "", known[number])
    return [outcomes[index] for index in range(len(orders))]


@action
def add_details(
    *, by: Actor, shop: Shop, details: Mapping[str, tuple[ArrivingLine, ...]], at: datetime
) -> list[Arrived]:
    """Add the lines that a detail file tells of orders whose list told none; gives what came of each.

    What is due stays; the lines explain it: a difference to the list is a discount, or an odd change that asks
    for a look (trouble "amount"). Orders that have lines are unchanged, unknown ones refused. Raises NotAllowed
    without ORDER_IMPORT. Two dozen statements however many.
    """
    by.must(Power.ORDER_IMPORT, shop_id=shop.pk)
    lock_shop(shop)
    known = _known(shop, list(details))
    wanted = {known[number]: lines for number, lines in details.items() if number in known and lines}
    results = give_lines(by=by, shop=shop, details=wanted, at=at)
    outcomes = []
    for number in details:
        if number not in known:
            outcomes.append(Arrived(number, "refused", _("没有这个订单，请先导入订单列表。")))
        else:
            result, message = results.get(known[number], ("unchanged", ""))
            outcomes.append(Arrived(number, result, message, known[number]))
    return outcomes


def lock_shop(shop: Shop) -> None:
    """Let one list of a shop through at a time, until the transaction ends. One statement."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK, shop.pk])


def _choose(orders: Sequence[Arriving]) -> tuple[dict[str, int], dict[int, Arrived]]:
    """Which of the list to take for each number; and what to say of its doubles."""
    chosen: dict[str, int] = {}
    outcomes: dict[int, Arrived] = {}
    for index, order in enumerate(orders):
        number = order.number
        if number not in chosen:
            chosen[number] = index
            continue
        loser = chosen[number]
        if RANK[order.state] >= RANK[orders[loser].state]:
            chosen[number] = index
        else:
            loser = index
        outcomes[loser] = Arrived(number, "unchanged", _("同一批里重复出现，已取进度最新的一条"))
    return chosen, outcomes


def _known(shop: Shop, numbers: list[str]) -> dict[str, int]:
    rows = Order.objects.filter(shop=shop, number__in=numbers)
    return dict(rows.values_list("number", "pk"))
