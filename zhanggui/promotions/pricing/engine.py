"""The price of a basket: one pure function. The law: docs/laws/prices.md."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from zhanggui.kit.money import split
from zhanggui.promotions.pricing import choice as choosing
from zhanggui.promotions.pricing import red as purse
from zhanggui.promotions.pricing.base import Base, lay
from zhanggui.promotions.pricing.ground import CLASSES, Ground, Refusal
from zhanggui.promotions.pricing.ground import bits as numbers_of
from zhanggui.promotions.pricing.stack import (
    FREE,
    REDUCTIONS,
    Broken,
    Choice,
    Followed,
    conflict,
    follow,
    short,
    stage_of,
)
from zhanggui.promotions.pricing.values import (
    Applied,
    Basket,
    Coupon,
    Kind,
    NotApplied,
    Offer,
    Packet,
    PacketRefused,
    PacketUse,
    Part,
    Postage,
    PostageOf,
    Presale,
    Priced,
    PricedLine,
    Reduction,
    Wish,
)


def price(
    basket: Basket,
    *,
    at: datetime,
    offers: Sequence[Offer],
    packets: Sequence[Packet] = (),
    postage: PostageOf,
) -> Priced:
    """What a basket costs at a moment, how each line came to its share, and why each other offer did not count.

    Pure: the same values give the same answer, whatever the order of offers and packets. Raises nothing for values
    that `values` allows; two items with one key, or pieces below 1, are the caller's mistake (ValueError).
    """
    _check(basket)
    ground = Ground(basket, at)
    refused: dict[int, Refusal] = {}
    base_offers: list[Offer] = []
    choice_offers: list[Offer] = []
    ordered = sorted(offers, key=lambda offer: offer.id)
    for offer in ordered:
        why = ground.bar(offer)
        if why is not None:
            refused[offer.id] = why
        elif CLASSES[offer.kind] < 3:
            base_offers.append(offer)
        else:
            choice_offers.append(offer)
    base = lay(ground, base_offers)
    refused.update(base.refused)

    asked: dict[int, Postage] = {}

    def fee(goods: int) -> Postage:
        found = asked.get(goods)
        if found is None:
            found = asked[goods] = postage(goods)
        return found

    wished = basket.wish.coupons
    choices = _choices(ground, base, choice_offers, refused, wished)
    chosen = choosing.best(ground, base, choices, fee, wished)
    found = follow(ground, base, chosen, fee)
    assert isinstance(found, Followed)
    ids = {choice.offer.id for choice in chosen}
    for choice in choices:
        if choice.offer.id not in ids:
            refused[choice.offer.id] = _why_not(ground, base, choice, chosen, fee)
    return _write(ground, base, ordered, found, chosen, refused, packets)


def lowest(basket: Basket, *, at: datetime, offers: Sequence[Offer], postage: PostageOf) -> Priced:
    """The lowest price over all stacks, every coupon and voucher as if the buyer held it; no red packets.

    What the offers' owner looks at: the worst that may come. Limits, levels and budgets hold as they are.
    """
    held = [
        replace(offer, held=1) if isinstance(offer.terms, Coupon) or offer.kind is Kind.VOUCHER else offer
        for offer in offers
    ]
    return price(replace(basket, wish=Wish()), at=at, offers=held, postage=postage)


def _check(basket: Basket) -> None:
    if len({item.key for item in basket.items}) != len(basket.items):
        raise ValueError("two lines of the basket have the same key")
    if any(item.pieces < 1 or item.price_fen < 0 for item in basket.items):
        raise ValueError("a line of the basket has no pieces, or a price below 0")


def _choices(
    ground: Ground,
    base: Base,
    offers: Sequence[Offer],
    refused: dict[int, Refusal],
    wished: frozenset[int] | None,
) -> list[Choice]:
    """The offers to choose among; the others get their reason."""
    found = []
    for offer in offers:
        mask = ground.reach(offer.scope)
        if not mask:
            refused[offer.id] = ("no_goods", {})
            continue
        choice = Choice(offer, stage_of(offer), mask, numbers_of(mask))
        terms = offer.terms
        costs = [base.cost[i] for i in choice.lines]
        pieces = [ground.pieces[i] for i in choice.lines]
        choice.pieces = sum(pieces)
        if isinstance(terms, Reduction):
            has = sum(pieces) if terms.by_pieces else sum(costs)
            if not any(tier.at <= has for tier in terms.tiers):
                refused[offer.id] = short(terms, has)
                continue
        elif isinstance(terms, Coupon) and sum(costs) < terms.threshold_fen:
            refused[offer.id] = short(terms, sum(costs))
            continue
        if choice.stage != FREE:
            if choice.stage != REDUCTIONS and wished is not None and offer.id not in wished:
                refused[offer.id] = ("not_wished", {})
                continue
            if base.alone is not None:
                refused[offer.id] = ("alone", {"by": base.alone.name, "by_id": base.alone.id})
                continue
            choice.most = choosing.most_of(offer, costs, pieces)
            if choice.most <= 0:
                refused[offer.id] = ("nothing_left", {})
                continue
        other = base.groups.get(offer.group) if offer.group else None
        if other is not None:
            refused[offer.id] = ("group", {"by": other.name, "by_id": other.id})
            continue
        found.append(choice)
    return found


def _why_not(ground: Ground, base: Base, choice: Choice, chosen: Sequence[Choice], fee: PostageOf) -> Refusal:
    """Why an offer that could count is not in the best stack."""
    against: list[tuple[str, Offer]] = []
    stack: list[Choice] = []
    for other_choice in chosen:
        code = conflict(choice, other_choice)
        if code:
            against.append((code, other_choice.offer))
        else:
            stack.append(other_choice)
    if against:  # the rivals say why, unless without them it would break the floor
        least = sum(base.cost) - choice.most - sum([other.most for other in stack])
        if least >= base.floor_fen:
            code, other = against[0]
            return code, {"by": other.name, "by_id": other.id}
    found = follow(ground, base, [*stack, choice], fee)
    if isinstance(found, Broken) and found.why[0] == "below_floor":
        return found.why
    if against:
        code, other = against[0]
        return code, {"by": other.name, "by_id": other.id}
    if isinstance(found, Broken):
        own = found.offer.id == choice.offer.id
        rivals = [
            one.offer
            for one in stack
            if one.stage == choice.stage
            and one.mask & choice.mask
            and (found.why[0] == "lines_taken" if own else one.offer.id == found.offer.id)
        ]
        if rivals:
            return "lines_taken", {"by": rivals[0].name, "by_id": rivals[0].id}
        if own:
            return found.why
    return "better", {"by": "、".join(other.offer.name for other in chosen)}  # not a text: names


def _write(
    ground: Ground,
    base: Base,
    offers: Sequence[Offer],
    found: Followed,
    chosen: Sequence[Choice],
    refused: dict[int, Refusal],
    packets: Sequence[Packet],
) -> Priced:
    """The receipt."""
    items, cost = ground.items, found.cost
    count = len(items)
    deposits = _deposits(base, items, cost)
    red_of, uses, packets_refused, why = _red(ground, cost, deposits, packets)
    offs: list[dict[int, int]] = [{} for _ in range(count)]
    for offer_id, parts in found.offs.items():
        for i, part in parts.items():
            offs[i][offer_id] = part
    lines = tuple(
        [
            PricedLine(
                item.key,
                item.sku_id,
                item.pieces,
                ground.gross[i],
                tuple([Part(pieces, unit, by) for unit, pieces, by in base.parts[i]]),
                base.unit_off[i],
                base.bundle_off[i],
                offs[i],
                cost[i],
                red_of[i],
            )
            for i, item in enumerate(items)
        ]
    )
    picked = {choice.offer.id for choice in chosen}
    applied: list[Applied] = []
    turned: list[NotApplied] = []
    house = 0
    for offer in offers:
        if offer.id in base.used:
            row = base.used[offer.id]
            done = Applied(offer.id, offer.kind, row.off_fen, row.times, row.code, row.numbers, offer.house)
        elif offer.id in picked:
            code, numbers = found.numbers[offer.id]
            off = found.postage_off if offer.kind is Kind.FREE_POSTAGE else sum(found.offs[offer.id].values())
            done = Applied(offer.id, offer.kind, off, 1, code, numbers, offer.house)
        else:
            code, numbers = refused.get(offer.id, ("no_goods", {}))
            turned.append(NotApplied(offer.id, offer.kind, code, numbers))
            continue
        applied.append(done)
        house += done.off_fen if offer.house else 0
    applied.sort(key=lambda row: (CLASSES[row.kind], row.offer_id))
    goods, gross = found.goods, sum(ground.gross)
    red = sum([use.fen for use in uses])
    fee = found.postage_fen
    due = None if fee is None else goods + fee
    deposit = sum(deposits)
    costs = [item.cost_fen for item in items]
    known = base.gift_cost_known and None not in costs
    margin = goods - base.gift_cost - sum([(c or 0) * i.pieces for c, i in zip(costs, items, strict=True)])
    return Priced(
        lines=lines,
        gifts=tuple(base.gifts),
        applied=tuple(applied),
        refused=tuple(turned),
        gross_fen=gross,
        discount_fen=gross - goods,
        goods_fen=goods,
        postage=found.postage,
        postage_off_fen=found.postage_off,
        postage_fen=fee,
        red=tuple(uses),
        red_refused=why,
        due_fen=due,
        cash_fen=None if due is None else due - red,
        deposit_fen=deposit,
        balance_fen=goods + (fee or 0) - red - deposit if deposit else 0,
        floor_fen=base.floor_fen,
        margin_fen=margin if known else None,
        house_off_fen=house,
        at=ground.at,
        packets_refused=tuple(packets_refused),
    )


def _deposits(base: Base, items: Sequence[object], cost: Sequence[int]) -> list[int]:
    """What is paid now for the pre-sold pieces of each line: never more than the line costs."""
    found = [0] * len(items)
    if not any(used.offer.kind is Kind.PRESALE for used in base.used.values()):
        return found
    for i, parts in enumerate(base.parts):
        for _unit, pieces, by in parts:
            used = base.used.get(by) if by is not None else None
            if used is not None and isinstance(used.offer.terms, Presale):
                found[i] += used.offer.terms.deposit_fen * pieces
        found[i] = min(found[i], cost[i])
    return found


def _red(
    ground: Ground, cost: Sequence[int], deposits: Sequence[int], packets: Sequence[Packet]
) -> tuple[list[int], Sequence[PacketUse], Sequence[PacketRefused], str]:
    """Step 9: what red packets pay of each line. A deposit is paid in cash."""
    share = [0] * len(ground.items)
    if not packets:
        return share, (), (), ""
    barred = ""
    payable = [
        0 if item.virtual else fen - deposit
        for item, fen, deposit in zip(ground.items, cost, deposits, strict=True)
    ]
    if any(item.instalments for item in ground.items):
        barred = "instalments"
    elif all(item.virtual for item in ground.items):
        barred = "virtual"
    whole = 0 if barred else sum(payable)
    uses, refused, why = purse.pay(
        whole,
        packets,
        at=ground.at,
        most=ground.basket.packets_most,
        wished=ground.basket.wish.packets,
        barred=barred,
    )
    red = sum([use.fen for use in uses])
    return (split(red, payable) if red else share), uses, refused, why
