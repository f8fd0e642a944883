"""Posting into the books and reading them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Sum

from zhanggui.kit import together
from zhanggui.kit.bulk import copy_in, take_ids
from zhanggui.ledger.models import Account, Posting, Transfer


@dataclass(frozen=True, slots=True)
class Movement:
    """A transfer to post. `amounts`: fen by account, debit positive, credit negative, together zero."""

    shop_id: int
    kind: str
    ref: str
    booked_at: datetime
    amounts: Mapping[Account, int]
    order_id: int | None = None


_TRANSFERS = (
    "INSERT INTO ledger_transfer (shop_id, kind, ref, order_id, booked_at) "
    "SELECT * FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::bigint[], %s::timestamptz[]) "
    "ON CONFLICT (shop_id, ref) DO NOTHING RETURNING id, shop_id, ref"
)
_POSTINGS = (
    "INSERT INTO ledger_posting (transfer_id, account, amount_fen) SELECT t.id, v.account, v.fen "
    "FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::bigint[]) AS v(shop, ref, account, fen) "
    "JOIN {me} t ON t.shop_id = v.shop AND t.ref = v.ref"
)


def post_later(movements: Iterable[Movement]) -> None:
    """`post` for who need not know which were new: within `kit.together` it goes with the other writes."""
    wanted = _wanted(movements)
    if not wanted:
        return
    if not together.waits() or len(wanted) > together.MOST_ROWS:
        post(wanted)
        return
    # A reference that comes twice counts once, as the database has it.
    first = list({(m.shop_id, m.ref): m for m in reversed(wanted)}.values())[::-1]
    lines = [
        (m.shop_id, m.ref, account.value, fen) for m in first for account, fen in m.amounts.items() if fen
    ]
    together.change(
        "ledger_transfer",
        [_TRANSFERS, _POSTINGS],
        [
            [m.shop_id for m in first],
            [m.kind for m in first],
            [m.ref for m in first],
            [m.order_id for m in first],
            [m.booked_at for m in first],
            *map(list, zip(*lines, strict=True)),
        ],
        fills=True,
    )


def _wanted(movements: Iterable[Movement]) -> list[Movement]:
    return [m for m in movements if any(m.amounts.values())]


def post(movements: Iterable[Movement]) -> int:
    """Post transfers once each; one whose `ref` the shop has already is passed over. Gives how many were new.

    Amounts of zero are left out; a movement of nothing but zeros is not posted. The database raises an
    IntegrityError on anything that does not balance. Three statements however many.
    """
    wanted = _wanted(movements)
    if not wanted:
        return 0
    ids = take_ids(Transfer, len(wanted))
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ledger_transfer (id, shop_id, kind, ref, order_id, booked_at) "
            "SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::bigint[], "
            "%s::timestamptz[]) ON CONFLICT (shop_id, ref) DO NOTHING RETURNING id",
            [
                ids,
                [m.shop_id for m in wanted],
                [m.kind for m in wanted],
                [m.ref for m in wanted],
                [m.order_id for m in wanted],
                [m.booked_at for m in wanted],
            ],
        )
        fresh = {row[0] for row in cursor.fetchall()}
    copy_in(
        Posting,
        ("transfer_id", "account", "amount_fen"),
        (
            (pk, account.value, fen)
            for pk, movement in zip(ids, wanted, strict=True)
            if pk in fresh
            for account, fen in movement.amounts.items()
            if fen
        ),
    )
    return len(fresh)


def balances(*, order_id: int | None = None, shop_id: int | None = None) -> dict[str, int]:
    """What stands in each account, in fen, for an order or a shop or everybody. One statement."""
    rows = Posting.objects.all()
    if order_id is not None:
        rows = rows.filter(transfer__order_id=order_id)
    if shop_id is not None:
        rows = rows.filter(transfer__shop_id=shop_id)
    sums = rows.values("account").annotate(fen=Sum("amount_fen")).order_by("account")
    return {row["account"]: row["fen"] for row in sums if row["fen"]}


def unbalanced() -> list[int]:
    """Transfers that do not add up to zero; always empty while the trigger stands. One statement."""
    rows = Posting.objects.values("transfer_id").annotate(fen=Sum("amount_fen")).exclude(fen=0)
    return [row["transfer_id"] for row in rows]
