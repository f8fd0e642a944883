"""Comparing a day's bill with our books (G3.4). Pure: values in, differences out."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from zhanggui.connect.payment.ports import BillRow

MISSING, EXTRA, AMOUNT, FEE = "missing", "extra", "amount", "fee"


@dataclass(frozen=True, slots=True)
class Ours:
    """One movement in our books. `kind`: "paid" or "back"; `ref`: our refund's, or the provider's trade."""

    kind: str
    number: str
    amount_fen: int
    ref: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """`what`: "paid" or "back". `missing`: in our books only; `extra`: in the bill only."""

    kind: str
    what: str
    number: str
    ref: str = ""
    ours_fen: int | None = None
    theirs_fen: int | None = None


def fee_of(amount_fen: int, fee_bp: int) -> int:
    """The fee that was agreed on, half a fen rounded up."""
    return (amount_fen * fee_bp + 5_000) // 10_000


def compare(ours: Iterable[Ours], theirs: Sequence[BillRow], *, fee_bp: int) -> list[Difference]:
    """Everything in which the two differ, in the order of payment numbers. A day that agrees gives nothing.

    A payment is known by its number and the provider's trade, or by its number where one of the two sides tells no trade or
    another. Refunds of one payment are matched by ref where the bill tells it, the others
    by amount; what is left over on both sides is a changed amount, on one side missing or extra.
    """
    mine = list(ours)
    found = _payments(
        [one for one in mine if one.kind == "paid"],
        [row for row in theirs if row.kind == "paid"],
        fee_bp,
    )
    numbers = {one.number for one in mine if one.kind == "back"}
    numbers |= {row.number for row in theirs if row.kind == "back"}
    for number in numbers:
        found += _backs(
            number,
            [one for one in mine if one.kind == "back" and one.number == number],
            [row for row in theirs if row.kind == "back" and row.number == number],
        )
    return sorted(found, key=lambda one: (one.number, one.what, one.kind, one.ref))


def _payments(mine: list[Ours], rows: list[BillRow], fee_bp: int) -> list[Difference]:
    by_trade = {(one.number, one.ref): one for one in mine if one.ref}
    matched: dict[int, Ours] = {}
    for place, row in enumerate(rows):
        own = by_trade.pop((row.number, row.ref), None)
        if own is not None:
            matched[place] = own
    used = {id(own) for own in matched.values()}
    left: dict[str, list[Ours]] = {}
    for one in mine:
        if id(one) not in used:
            left.setdefault(one.number, []).append(one)
    found = []
    for place, row in enumerate(rows):
        own = matched.get(place) or (left[row.number].pop(0) if left.get(row.number) else None)
        if own is None:
            if row.amount_fen or row.fee_fen:
                found.append(Difference(EXTRA, "paid", row.number, row.ref, None, row.amount_fen))
            continue
        if own.amount_fen != row.amount_fen:
            found.append(Difference(AMOUNT, "paid", row.number, row.ref, own.amount_fen, row.amount_fen))
        agreed = fee_of(row.amount_fen, fee_bp)
        if row.fee_fen != agreed:
            found.append(Difference(FEE, "paid", row.number, row.ref, agreed, row.fee_fen))
    for over in left.values():
        found += [Difference(MISSING, "paid", one.number, one.ref, one.amount_fen, None) for one in over]
    return found


def _backs(number: str, mine: list[Ours], rows: list[BillRow]) -> list[Difference]:
    found: list[Difference] = []
    by_ref = {one.ref: one for one in mine}
    left_rows = []
    for row in rows:
        own = by_ref.pop(row.back_ref, None) if row.back_ref else None
        if own is None:
            left_rows.append(row)
        elif own.amount_fen != row.amount_fen:
            found.append(Difference(AMOUNT, "back", number, own.ref, own.amount_fen, row.amount_fen))
    left = list(by_ref.values())
    amounts = Counter(row.amount_fen for row in left_rows)
    unmatched = []
    for own in sorted(left, key=lambda one: one.ref):
        if amounts[own.amount_fen]:
            amounts[own.amount_fen] -= 1
        else:
            unmatched.append(own)
    over = [fen for fen, many in sorted(amounts.items()) for _ in range(many)]
    named = {row.amount_fen: row.back_ref for row in left_rows}
    for place, own in enumerate(unmatched):
        if place < len(over):
            found.append(Difference(AMOUNT, "back", number, own.ref, own.amount_fen, over[place]))
        else:
            found.append(Difference(MISSING, "back", number, own.ref, own.amount_fen, None))
    for place, fen in enumerate(over[len(unmatched) :]):
        ref = named.get(fen) or f"#{place + 1}"
        found.append(Difference(EXTRA, "back", number, ref, None, fen))
    return found
