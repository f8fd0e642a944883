"""Steps 4, 5 and 8 for one given stack of choice offers: what each takes off, line by line, or why it cannot stand.

A choice offer is a REDUCTION, COUPON, VOUCHER or FREE_POSTAGE. The law: docs/laws/prices.md, sections 4 to 8.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from zhanggui.promotions.pricing.base import Base
from zhanggui.promotions.pricing.ground import Ground, Refusal, bits, share_of
from zhanggui.promotions.pricing.values import (
    Coupon,
    FreePostage,
    Kind,
    Numbers,
    Offer,
    Postage,
    Reduction,
    Voucher,
)

REDUCTIONS, ITEM_COUPONS, SHOP_COUPONS, VOUCHERS, FREE = range(5)


@dataclass(slots=True)
class Choice:
    """An offer that may be chosen, with the lines of its scope. `most`: it can never take off more here."""

    offer: Offer
    stage: int
    mask: int
    lines: list[int]
    pieces: int = 0
    most: int = 0


def stage_of(offer: Offer) -> int:
    """The step an offer belongs to. A coupon with a scope of its own is an item coupon."""
    if offer.kind is Kind.COUPON:
        scope = offer.scope
        return ITEM_COUPONS if scope.products or scope.skus or scope.categories else SHOP_COUPONS
    return {Kind.REDUCTION: REDUCTIONS, Kind.VOUCHER: VOUCHERS}.get(offer.kind, FREE)


def ladder(terms: Reduction, amount: int, pieces: int) -> tuple[int, int, int]:
    """What a 满减 takes off an amount: (fen, index of the tier reached, times); (0, -1, 0) when none is reached."""
    has = pieces if terms.by_pieces else amount
    best = -1
    for n, tier in enumerate(terms.tiers):
        if tier.at <= has and (best < 0 or tier.at > terms.tiers[best].at):
            best = n
    if best < 0:
        return 0, -1, 0
    tier = terms.tiers[best]
    if tier.percent_bp is not None:
        return max(0, amount - share_of(amount, tier.percent_bp)), best, 1
    times = has // tier.at if terms.repeat and tier.at > 0 else 1
    return min(tier.off_fen * times, amount), best, times


def take(off: int, cost: list[int], lines: Sequence[int]) -> list[int]:
    """Take `off` from the lines by what each costs; gives the parts, which add up to it.

    `kit.money.split` for numbers that are not negative, written out: it is the innermost loop of the search
    (a test holds the two together). `off` is at most what the lines cost, so none falls below 0.
    """
    if len(lines) == 1:
        cost[lines[0]] -= off
        return [off]
    weights = [cost[i] for i in lines]
    whole = sum(weights)
    if not whole:
        return [off] + [0] * (len(weights) - 1)
    parts = [off * weight // whole for weight in weights]
    left = off - sum(parts)
    if left:
        rests = [-(off * weight % whole) for weight in weights]
        for n in sorted(range(len(rests)), key=rests.__getitem__)[:left]:
            parts[n] += 1
    for i, part in zip(lines, parts, strict=True):
        cost[i] -= part
    return parts


@dataclass(slots=True)
class Followed:
    """What a stack comes to. `offs`: fen by line for each offer; `postage_off` what the chosen 包邮 takes off."""

    cost: list[int]
    goods: int
    postage: Postage
    postage_off: int = 0
    offs: dict[int, dict[int, int]] = field(default_factory=dict)
    numbers: dict[int, tuple[str, Numbers]] = field(default_factory=dict)

    @property
    def postage_fen(self) -> int | None:
        """Postage that is left to pay; None unknown."""
        fee = self.postage.fee_fen
        return None if fee is None else fee - self.postage_off


@dataclass(slots=True)
class Broken:
    """The offer that makes a stack impossible, and why."""

    offer: Offer
    why: Refusal


def follow(
    ground: Ground, base: Base, chosen: Iterable[Choice], fee: Callable[[int], Postage]
) -> Followed | Broken:
    """Apply a stack. Conflicts between two offers (group, alone, one of a kind) are the caller's to see."""
    cost = base.cost[:]
    pieces = ground.pieces
    found = Followed(cost, 0, Postage(None))
    ordered = sorted(chosen, key=lambda choice: (choice.stage, len(choice.lines), choice.offer.id))
    after: list[int] | None = None
    taken = 0
    stage = REDUCTIONS
    free: Choice | None = None
    for choice in ordered:
        offer, terms, lines = choice.offer, choice.offer.terms, choice.lines
        if choice.stage != stage:
            stage, taken = choice.stage, 0
        if stage >= ITEM_COUPONS and after is None:
            after = cost[:]
        if stage in (REDUCTIONS, ITEM_COUPONS):
            if choice.mask & taken:
                lines = bits(choice.mask & ~taken)
                if not lines:
                    return Broken(offer, ("lines_taken", {}))
            taken |= choice.mask
        if isinstance(terms, Reduction):
            amount = sum([cost[i] for i in lines])
            count = sum([pieces[i] for i in lines])
            off, tier, times = ladder(terms, amount, count)
            if tier < 0:
                return Broken(offer, short(terms, count if terms.by_pieces else amount))
            code, numbers = _said(terms, tier, times)
        elif isinstance(terms, Coupon):
            assert after is not None
            amount = sum([after[i] for i in lines])
            if amount < terms.threshold_fen:
                return Broken(offer, short(terms, amount))
            off = min(terms.off_fen, sum([cost[i] for i in lines]))
            code, numbers = "coupon", {"at": terms.threshold_fen, "off": terms.off_fen}
        elif isinstance(terms, Voucher):
            off = min(terms.off_fen, sum([cost[i] for i in lines]))
            code, numbers = "voucher", {"off": terms.off_fen}
        else:
            free = choice
            continue
        if off <= 0:
            return Broken(offer, ("nothing_left", {}))
        if offer.left_fen is not None and off > offer.left_fen:
            return Broken(offer, ("budget", {"left": offer.left_fen, "off": off}))
        found.offs[offer.id] = {
            i: part for i, part in zip(lines, take(off, cost, lines), strict=True) if part
        }
        found.numbers[offer.id] = (code, numbers)
    found.goods = sum(cost)
    if found.goods < base.floor_fen:
        for choice in reversed(ordered):
            if choice.stage != FREE and not choice.offer.below_floor:
                return Broken(choice.offer, ("below_floor", {"short": base.floor_fen - found.goods}))
        last = next((choice for choice in reversed(ordered) if choice.stage != FREE), None)
        if last is not None and not base.approved:
            return Broken(last.offer, ("below_floor", {"short": base.floor_fen - found.goods}))
    found.postage = fee(found.goods)
    if free is not None:
        offer, terms = free.offer, free.offer.terms
        assert isinstance(terms, FreePostage)
        if (why := not_free(terms, sum([cost[i] for i in free.lines]), free.pieces)) is not None:
            return Broken(offer, why)
        asked = found.postage.fee_fen
        if asked is None:
            return Broken(offer, ("postage_unknown", {}))
        off = asked if terms.most_fen is None else min(asked, terms.most_fen)
        if off <= 0:
            return Broken(offer, ("postage_free", {}))
        if offer.left_fen is not None and off > offer.left_fen:
            return Broken(offer, ("budget", {"left": offer.left_fen, "off": off}))
        found.postage_off = off
        found.numbers[offer.id] = ("free_postage", {"off": off})
    return found


def not_free(terms: FreePostage, amount: int, count: int) -> Refusal | None:
    """Why a 包邮 is not reached; None when it is: one of its two conditions is enough, none needs none."""
    if terms.amount_fen is None and terms.pieces is None:
        return None
    if terms.amount_fen is not None and amount >= terms.amount_fen:
        return None
    if terms.pieces is not None and count >= terms.pieces:
        return None
    if terms.amount_fen is not None:
        return "threshold", {"at": terms.amount_fen, "has": amount, "short": terms.amount_fen - amount}
    assert terms.pieces is not None
    return "threshold_pieces", {"at": terms.pieces, "has": count, "short": terms.pieces - count}


def short(terms: Reduction | Coupon, has: int) -> Refusal:
    """How much (fen, pieces) is missing to the first threshold."""
    if isinstance(terms, Coupon):
        return "threshold", {"at": terms.threshold_fen, "has": has, "short": terms.threshold_fen - has}
    least = min((tier.at for tier in terms.tiers), default=0)
    return "threshold_pieces" if terms.by_pieces else "threshold", {
        "at": least,
        "has": has,
        "short": least - has,
    }


_ONE_ONLY = {SHOP_COUPONS: "one_shop_coupon", VOUCHERS: "one_voucher", FREE: "one_free_postage"}


def conflict(one: Choice, other: Choice) -> str:
    """Why two offers cannot both be used whatever the basket, "" when they can."""
    mine, yours = one.offer, other.offer
    if mine.group and mine.group == yours.group:
        return "group"
    if (mine.alone and other.stage != FREE) or (yours.alone and one.stage != FREE):
        return "alone"
    return _ONE_ONLY.get(one.stage, "") if one.stage == other.stage else ""


def _said(terms: Reduction, tier: int, times: int) -> tuple[str, dict[str, int | str]]:
    step = terms.tiers[tier]
    by = "pieces" if terms.by_pieces else "amount"
    if step.percent_bp is not None:
        return f"reduction_{by}_percent", {"at": step.at, "percent_bp": step.percent_bp}
    return f"reduction_{by}", {"at": step.at, "off": step.off_fen, "times": times}
