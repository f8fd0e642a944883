"""The law of prices a second time, by brute force: piece by piece, every subset of the choice offers, fractions.

It shares nothing with the engine but the value classes. `python -m zhanggui.promotions.tests.oracle 100000 [seed]` prices so
many random carts both ways and prints one JSON line; it ends with 1 at the first difference.
"""

import json
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from fractions import Fraction
from itertools import combinations, product
from typing import Any

from zhanggui.promotions.pricing.values import (
    Basket,
    Bundle,
    Buyer,
    BuyGet,
    Coupon,
    Flash,
    FreePostage,
    Gift,
    Item,
    Kind,
    Member,
    Offer,
    Packet,
    Postage,
    Presale,
    Present,
    Reduction,
    Scope,
    Tier,
    Voucher,
    Wish,
)

NOON = datetime(2026, 11, 11, 12, tzinfo=timezone(timedelta(hours=8)))
PRICES = (Kind.FLASH, Kind.MEMBER, Kind.PRESALE)
PRESENTS = (Kind.GIFT, Kind.BUY_GET)
PURSE = (Kind.COUPON, Kind.VOUCHER)
MONEY = (Kind.REDUCTION, *PURSE)


# --- the law ---------------------------------------------------------------------------------------------------


def half_up(value: Fraction) -> int:
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)


def shared(total: int, weights: list[int]) -> list[int]:
    """Parts in proportion to the weights; what is left by rounding down goes to the largest remainders, earlier first."""
    whole = sum(weights)
    if whole == 0:
        return [total, *[0] * (len(weights) - 1)]
    exact = [Fraction(total * weight, whole) for weight in weights]
    parts = [int(value) for value in exact]
    while sum(parts) < total:
        i = max(range(len(parts)), key=lambda n: (exact[n] - parts[n] if parts[n] <= exact[n] else -1, -n))
        parts[i] += 1
    return parts


def holds(scope: Scope, item: Item) -> bool:
    if item.fixed or item.product_id in scope.except_products:
        return False
    wanted = [bool(scope.products), bool(scope.skus), bool(scope.categories)]
    if not any(wanted):
        return True
    return (
        item.product_id in scope.products
        or item.sku_id in scope.skus
        or any(c in scope.categories for c in item.categories)
    )


def there(regions: tuple[str, ...], region: str) -> bool:
    """Regions of the carts below are provinces and cities: a city lies in the province with its first two digits."""
    if not regions or "1" in regions:
        return True
    return any(region and (region == r or (r.endswith("0000") and region[:2] == r[:2])) for r in regions)


def eligible(offer: Offer, basket: Basket, at: datetime) -> bool:
    buyer, terms = basket.buyer, offer.terms
    if not offer.starts_at <= at < offer.ends_at:
        return False
    if offer.levels and buyer.level not in offer.levels:
        return False
    if offer.first_order_only and not buyer.first_order:
        return False
    if not there(offer.regions, basket.region):
        return False
    if isinstance(terms, FreePostage) and not there(terms.regions, basket.region):
        return False
    if offer.kind in PURSE and offer.held < 1:
        return False
    if offer.per_buyer is not None and buyer.used.get(offer.id, 0) >= offer.per_buyer:
        return False
    return not (offer.left_times is not None and offer.left_times < 1) and not (
        offer.left_fen is not None and offer.left_fen < 1
    )


def often(offer: Offer, basket: Basket) -> float:
    most = float("inf")
    if offer.left_times is not None:
        most = min(most, offer.left_times)
    if offer.per_buyer is not None:
        most = min(most, offer.per_buyer - basket.buyer.used.get(offer.id, 0))
    return most


def own_price(offer: Offer, item: Item, level: int) -> int | None:
    terms = offer.terms
    if not holds(offer.scope, item):
        return None
    if isinstance(terms, Flash):
        if item.sku_id in terms.prices:
            return terms.prices[item.sku_id]
        return (
            None if terms.percent_bp is None else half_up(Fraction(item.price_fen * terms.percent_bp, 10000))
        )
    if isinstance(terms, Member):
        steps = [step for step in terms.percents_bp if step <= level]
        return half_up(Fraction(item.price_fen * terms.percents_bp[max(steps)], 10000)) if steps else None
    assert isinstance(terms, Presale)
    if item.sku_id not in terms.prices:
        return None
    return max(0, terms.prices[item.sku_id] - max(0, terms.worth_fen - terms.deposit_fen))


def units(basket: Basket, offers: list[Offer], counts: list[int]) -> list[list[tuple[int, Offer | None]]]:
    """Step 1: the price of every single piece."""
    level = basket.buyer.level
    prices: list[list[tuple[int, Offer | None]]] = [[] for _ in counts]
    plain: list[tuple[int, Offer | None]] = []
    scarce: dict[tuple[int, int], tuple[Offer, int]] = {}
    for i, item in enumerate(basket.items):
        low: tuple[int, Offer | None] = (item.price_fen, None)
        for offer in offers:
            price = own_price(offer, item, level)
            if price is None:
                continue
            limited = isinstance(offer.terms, Flash) and (
                often(offer, basket) != float("inf") or item.sku_id in offer.terms.shares
            )
            if limited:
                scarce[offer.id, i] = (offer, price)
            elif price < low[0]:
                low = (price, offer)
        plain.append(low)
    taken: Counter[int] = Counter()
    taken_sku: Counter[tuple[int, int]] = Counter()
    while True:
        open_now = []
        for (_, i), (offer, price) in scarce.items():
            assert isinstance(offer.terms, Flash)
            sku = basket.items[i].sku_id
            saves = plain[i][0] - price
            if saves <= 0 or len(prices[i]) >= counts[i] or taken[offer.id] >= often(offer, basket):
                continue
            if sku in offer.terms.shares and taken_sku[offer.id, sku] >= offer.terms.shares[sku]:
                continue
            open_now.append((-saves, offer.id, i, offer, price))
        if not open_now:
            break
        _, _, i, offer, price = min(open_now, key=lambda row: row[:3])
        prices[i].append((price, offer))
        taken[offer.id] += 1
        taken_sku[offer.id, basket.items[i].sku_id] += 1
    for i, row in enumerate(prices):
        row.extend([plain[i]] * (counts[i] - len(row)))
    return prices


def one_set(
    offer: Offer, basket: Basket, pool: list[tuple[int, int]]
) -> tuple[int, list[tuple[int, int]]] | None:
    """(what its pieces cost, the pieces) of one set out of the dearest pieces; None when it is incomplete."""
    assert isinstance(offer.terms, Bundle)
    rest, got = sorted(pool, key=lambda piece: (-piece[0], piece[1])), []
    for sku, need in offer.terms.pieces.items():
        for _ in range(need):
            fitting = [
                piece
                for piece in rest
                if basket.items[piece[1]].sku_id == sku and holds(offer.scope, basket.items[piece[1]])
            ]
            if not fitting:
                return None
            got.append(fitting[0])
            rest.remove(fitting[0])
    return sum(piece[0] for piece in got), got


def steps_1_to_3(basket: Basket, offers: list[Offer]) -> dict[str, Any]:
    items = basket.items
    price_offers = [offer for offer in offers if offer.kind in PRICES]
    counts = [item.pieces for item in items]
    first = units(basket, price_offers, counts)
    pool = [(unit, i) for i, row in enumerate(first) for unit, _ in row if not items[i].fixed]
    off: Counter[int] = Counter()
    counted: list[Offer] = []
    costs = [0] * len(items)
    ranked = []
    for offer in offers:
        if isinstance(offer.terms, Bundle):
            found = one_set(offer, basket, pool)
            if found and found[0] > offer.terms.price_fen:
                ranked.append((-(found[0] - offer.terms.price_fen), offer.id, offer))
    for _, _, offer in sorted(ranked, key=lambda row: row[:2]):
        assert isinstance(offer.terms, Bundle)
        sets, pieces = 0, [0] * len(items)
        while sets < often(offer, basket):
            found = one_set(offer, basket, pool)
            if not found or found[0] <= offer.terms.price_fen:
                break
            for piece in found[1]:
                pool.remove(piece)
                pieces[piece[1]] += 1
            sets += 1
        if sets:
            counted.append(offer)
            before = [item.price_fen * n for item, n in zip(items, pieces, strict=True)]
            part = iter(
                shared(offer.terms.price_fen * sets, [b for b, n in zip(before, pieces, strict=True) if n])
            )
            for i, n in enumerate(pieces):
                counts[i] -= n
                costs[i] += next(part) if n else 0
            off[offer.id] += sum(before) - offer.terms.price_fen * sets
    deposits = [0] * len(items)
    for i, row in enumerate(units(basket, price_offers, counts)):
        for unit, by in row:
            costs[i] += unit
            if by is not None:
                off[by.id] += items[i].price_fen - unit
                if by not in counted:
                    counted.append(by)
                if isinstance(by.terms, Presale):
                    deposits[i] += by.terms.deposit_fen
    gifts: list[tuple[int, int, int]] = []
    gift_cost, known = 0, True
    for offer in offers:
        if offer.kind not in PRESENTS:
            continue
        lines = [i for i, item in enumerate(items) if holds(offer.scope, item)]
        wants: list[tuple[int, int, int | None]] = []
        terms = offer.terms
        if isinstance(terms, Gift):
            has = sum(items[i].pieces if terms.by_pieces else costs[i] for i in lines)
            reached = sorted([step for step in terms.tiers if step[0] <= has], key=lambda s: s[0])
            if not reached or not lines:
                continue
            present = reached[-1][1]
            wants = [(present.sku_id, present.pieces, present.cost_fen)]
        else:
            assert isinstance(terms, BuyGet)
            present = terms.present
            if present.sku_id:
                bought = sum(items[i].pieces for i in lines)
                wants = [(present.sku_id, bought // terms.buy * present.pieces, present.cost_fen)]
            else:
                for sku in sorted({items[i].sku_id for i in lines}):
                    same = [items[i] for i in lines if items[i].sku_id == sku]
                    n = sum(item.pieces for item in same) // terms.buy * present.pieces
                    wants.append((sku, n, same[0].cost_fen if present.cost_fen is None else present.cost_fen))
        left: float = float("inf") if present.left is None else present.left
        for sku, n, each in wants:
            n = int(min(n, max(left, 0)))
            left -= n
            if n:
                gifts.append((offer.id, sku, n))
                if offer not in counted:
                    counted.append(offer)
                if each is None:
                    known = False
                else:
                    gift_cost += each * n
    floor = gift_cost
    for item in items:
        each = item.cost_fen if item.floor_fen is None else item.floor_fen
        if each is not None:
            floor += item.pieces * min(each, item.price_fen)
    return {
        "costs": costs,
        "off": off,
        "counted": counted,
        "gifts": gifts,
        "gift_cost": gift_cost,
        "known": known,
        "floor": floor,
        "deposits": deposits,
    }


def rank(kind: Kind) -> int:
    return 0 if kind in PRICES else 1 if kind is Kind.BUNDLE else 2


def settled(basket: Basket, offers: list[Offer]) -> dict[str, Any]:
    """Steps 1 to 3 with the offers taken out that break a limit, one at a time."""
    offers = sorted(offers, key=lambda offer: offer.id)
    while True:
        found = steps_1_to_3(basket, offers)
        order = sorted(found["counted"], key=lambda offer: (rank(offer.kind), offer.id))
        over = [o for o in order if o.left_fen is not None and found["off"][o.id] > o.left_fen]
        if over:
            offers.remove(over[0])
            continue
        clash = None
        for group in sorted({o.group for o in order if o.group}):
            members = [o for o in order if o.group == group]
            if len(members) > 1:
                clash = max(members, key=lambda o: (rank(o.kind), -found["off"][o.id], o.id))
                break
        if clash is not None:
            offers.remove(clash)
            continue
        if sum(found["costs"]) < found["floor"]:
            bad = [o for o in order if not o.below_floor]
            if bad:
                offers.remove(bad[-1])
                continue
        return found


def stack(
    basket: Basket, base: dict[str, Any], chosen: tuple[Offer, ...], postage: Callable[[int], Postage]
) -> tuple[list[int], int | None] | None:
    """(costs of the lines, postage to pay) when these offers are used together; None when they cannot be."""
    items = basket.items
    together = [*base["counted"], *chosen]
    for one, two in combinations(together, 2):
        if one.group and one.group == two.group:
            return None
        if (one.alone and two.kind in MONEY) or (two.alone and one.kind in MONEY):
            return None

    def item_coupon(offer: Offer) -> bool:
        scope = offer.scope
        return offer.kind is Kind.COUPON and bool(scope.products | scope.skus | scope.categories)

    steps = [
        [o for o in chosen if o.kind is Kind.REDUCTION],
        [o for o in chosen if item_coupon(o)],
        [o for o in chosen if o.kind is Kind.COUPON and not item_coupon(o)],
        [o for o in chosen if o.kind is Kind.VOUCHER],
        [o for o in chosen if o.kind is Kind.FREE_POSTAGE],
    ]
    if any(len(step) > 1 for step in steps[2:]):
        return None
    costs = list(base["costs"])
    after_reductions = costs
    for number, step in enumerate(steps[:4]):
        if number == 1:
            after_reductions = list(costs)
        open_lines = set(range(len(items)))
        width = {o.id: sum(1 for item in items if holds(o.scope, item)) for o in step}
        for offer in sorted(step, key=lambda o: (width[o.id], o.id)):
            lines = [i for i in sorted(open_lines) if holds(offer.scope, items[i])]
            if not lines:
                return None
            if number < 2:
                open_lines -= set(lines)
            terms = offer.terms
            now = sum(costs[i] for i in lines)
            if isinstance(terms, Reduction):
                has = sum(items[i].pieces for i in lines) if terms.by_pieces else now
                tiers = [tier for tier in terms.tiers if tier.at <= has]
                if not tiers:
                    return None
                tier = max(tiers, key=lambda t: t.at)
                if tier.percent_bp is not None:
                    off = now - half_up(Fraction(now * tier.percent_bp, 10000))
                else:
                    off = min(now, tier.off_fen * (has // tier.at if terms.repeat else 1))
            elif isinstance(terms, Coupon):
                if sum(after_reductions[i] for i in lines) < terms.threshold_fen:
                    return None
                off = min(now, terms.off_fen)
            else:
                assert isinstance(terms, Voucher)
                off = min(now, terms.off_fen)
            if off <= 0 or (offer.left_fen is not None and off > offer.left_fen):
                return None
            for i, part in zip(lines, shared(off, [costs[i] for i in lines]), strict=True):
                costs[i] -= part
    goods = sum(costs)
    money = [o for o in together if o.kind is not Kind.FREE_POSTAGE]
    if goods < base["floor"] and not all(o.below_floor for o in money):
        return None
    fee = postage(goods).fee_fen
    for offer in steps[4]:
        terms = offer.terms
        assert isinstance(terms, FreePostage)
        lines = [i for i, item in enumerate(items) if holds(offer.scope, item)]
        reached = [terms.amount_fen is None and terms.pieces is None]
        if terms.amount_fen is not None:
            reached.append(sum(costs[i] for i in lines) >= terms.amount_fen)
        if terms.pieces is not None:
            reached.append(sum(items[i].pieces for i in lines) >= terms.pieces)
        if not lines or not any(reached) or not fee:
            return None
        off = fee if terms.most_fen is None else min(fee, terms.most_fen)
        if off <= 0 or (offer.left_fen is not None and off > offer.left_fen):
            return None
        fee -= off
    return costs, fee


def packets_used(payable: int, packets: list[Packet], most: int, at: datetime) -> list[tuple[int, int]]:
    """Step 9, over every choice of at most `most` packets."""
    good = sorted(
        [p for p in packets if p.left_fen > 0 and p.good_from <= at <= p.good_until],
        key=lambda p: (p.good_until, p.id),
    )
    ways: list[tuple[int, tuple[int, ...]]] = []
    for flags in product((0, 1), repeat=len(good)):
        if sum(flags) <= most:
            whole = min(payable, sum(p.left_fen for p, f in zip(good, flags, strict=True) if f))
            ways.append((whole, flags))
    # the most covered; then the earliest to expire, one after the other, each as much as it can
    top = max(way[0] for way in ways)

    def spent(flags: tuple[int, ...]) -> list[int]:
        left, uses = payable, []
        for packet, flag in zip(good, flags, strict=True):
            fen = min(left, packet.left_fen) if flag else 0
            uses.append(fen)
            left -= fen
        return uses

    best = max(spent(way[1]) for way in ways if way[0] == top)
    return [(packet.id, fen) for packet, fen in zip(good, best, strict=True) if fen]


def reckon(
    basket: Basket,
    at: datetime,
    offers: list[Offer],
    packets: list[Packet],
    postage: Callable[[int], Postage],
) -> dict[str, Any]:
    """Every figure of the receipt."""
    items = basket.items
    open_offers = [offer for offer in offers if eligible(offer, basket, at)]
    base = settled(basket, [o for o in open_offers if o.kind not in (*MONEY, Kind.FREE_POSTAGE)])
    choices = [
        o
        for o in open_offers
        if o.kind in (*MONEY, Kind.FREE_POSTAGE)
        and (o.kind not in PURSE or basket.wish.coupons is None or o.id in basket.wish.coupons)
    ]
    known = postage(sum(base["costs"])).fee_fen is not None
    best: tuple[Any, ...] | None = None
    for n in range(len(choices) + 1):
        for chosen in combinations(choices, n):
            found = stack(basket, base, chosen, postage)
            if found is None or (known and found[1] is None):
                continue
            ids = tuple(sorted(o.id for o in chosen))
            wished = sum(1 for o in chosen if o.kind in PURSE) if basket.wish.coupons is not None else 0
            key = (-wished, sum(found[0]) + (found[1] or 0), len(ids), ids)
            if best is None or key < best[0]:
                best = (key, found, chosen)
    assert best is not None
    costs, fee = best[1]
    goods = sum(costs)
    deposits = [min(d, c) for d, c in zip(base["deposits"], costs, strict=True)]
    payable = [0 if item.virtual else c - d for item, c, d in zip(items, costs, deposits, strict=True)]
    if any(item.instalments for item in items):
        payable = [0] * len(items)
    offered = [p for p in packets if basket.wish.packets is None or p.id in basket.wish.packets]
    red = packets_used(sum(payable), offered, basket.packets_most, at)
    red_fen = sum(fen for _, fen in red)
    margin = None
    if base["known"] and all(item.cost_fen is not None for item in items):
        margin = goods - base["gift_cost"] - sum((item.cost_fen or 0) * item.pieces for item in items)
    return {
        "shares": costs,
        "goods": goods,
        "postage": fee,
        "due": None if fee is None else goods + fee,
        "cash": None if fee is None else goods + fee - red_fen,
        "used": sorted([o.id for o in base["counted"]] + [o.id for o in best[2]]),
        "gifts": base["gifts"],
        "red": red,
        "red_of": shared(red_fen, payable) if red_fen else [0] * len(items),
        "floor": base["floor"],
        "margin": margin,
        "deposit": sum(deposits),
    }


# --- random carts ----------------------------------------------------------------------------------------------

REGIONS = ("420000", "420100", "310000")


def cart(seed: int, choices: int = 6) -> dict[str, Any]:
    """A small cart, its offers, packets and postage: everything at odds with everything."""
    dice = random.Random(seed)
    items = []
    for n in range(dice.randint(1, 4)):
        price = dice.choice((dice.randint(1, 30), dice.randint(100, 9999), 1000, 5000))
        items.append(
            Item(
                key=f"k{n}",
                sku_id=dice.randint(1, 4),
                product_id=dice.randint(1, 3),
                pieces=dice.choice((1, 1, 2, 3, 5)),
                price_fen=price,
                cost_fen=dice.choice(
                    (None, price // 2, price // 2, price // 5, 1, price * 8 // 10, price + 1)
                ),
                floor_fen=dice.choice((None, None, None, None, price * 7 // 10)),
                categories=frozenset(dice.sample((1, 2, 3), dice.randint(0, 2))),
                virtual=dice.random() < 0.1,
                fixed=dice.random() < 0.1,
                instalments=dice.random() < 0.03,
            )
        )
    buyer = Buyer(
        1,
        dice.randint(0, 2),
        dice.random() < 0.5,
        {n: dice.randint(0, 2) for n in range(1, 12) if dice.random() < 0.3},
    )
    kinds = [
        dice.choice((*PRICES, Kind.FLASH, Kind.BUNDLE, Kind.BUNDLE, *PRESENTS))
        for _ in range(dice.randint(0, 4))
    ]
    kinds += [
        dice.choice(
            (Kind.REDUCTION, Kind.REDUCTION, Kind.COUPON, Kind.COUPON, Kind.VOUCHER, Kind.FREE_POSTAGE)
        )
        for _ in range(dice.randint(0, choices + 1))
    ]
    dice.shuffle(kinds)
    whole = sum(item.price_fen * item.pieces for item in items)
    offers = [an_offer(dice, n + 1, kind, whole) for n, kind in enumerate(kinds)]
    for n, item in enumerate(items):  # presale and flash prices near the list price of their SKU
        if dice.random() < 0.05:
            terms = Presale(
                {item.sku_id: item.price_fen}, item.price_fen // 10, item.price_fen // 5, NOON, NOON
            )
            offers.append(Offer(50 + n, Kind.PRESALE, "p", terms, NOON, NOON + timedelta(1)))
    wish = Wish()
    if dice.random() < 0.15:
        wish = Wish(frozenset(dice.sample(range(1, 11), 3)))
    if dice.random() < 0.1:
        wish = Wish(wish.coupons, tuple(dice.sample(range(6), 3)))
    packets = [
        Packet(
            n,
            dice.choice((1, 7, 100, 500, dice.randint(1, 3000))),
            NOON - timedelta(days=dice.randint(0, 1)),
            NOON + timedelta(days=dice.choice((-1, 0, 0, 1, 2, 3))),
        )
        for n in range(dice.choice((0, 0, 2, 4, 6)))
    ]
    basket = Basket(
        tuple(items),
        buyer,
        dice.choice(("", *REGIONS)),
        wish,
        dice.choice((10, 2, 1)),
    )
    fee, limit = dice.choice((0, 600, 1200)), dice.choice((whole // 2, whole, 10**9))
    unknown = dice.random() < 0.1

    def postage(goods: int) -> Postage:
        if goods >= limit:
            return Postage(0)
        return Postage(None, "undefined") if unknown else Postage(fee)

    return {"basket": basket, "offers": offers, "packets": packets, "postage": postage}


def an_offer(dice: random.Random, number: int, kind: Kind, whole: int) -> Offer:
    threshold = dice.choice((0, 1, whole // 3, whole // 2, whole))
    off = dice.choice((1, 30, 77, 500, whole // 10, whole // 5, whole))

    def gained() -> dict[str, Any]:
        return (
            {"percent_bp": dice.choice((5000, 8888, 9500))}
            if dice.random() < 0.3
            else {"off_fen": dice.choice((1, 77, 300, whole // 5))}
        )

    terms: Any
    if kind is Kind.FLASH:
        own = {sku: dice.randint(1, 5000) for sku in range(1, 5) if dice.random() < 0.3}
        terms = Flash(
            own,
            dice.choice((None if own else 8000, 9000, 7777)),
            {sku: dice.randint(0, 3) for sku in range(1, 5) if dice.random() < 0.3},
        )
    elif kind is Kind.MEMBER:
        terms = Member({1: 9500, 2: dice.choice((9000, 9800))})
    elif kind is Kind.PRESALE:
        terms = Presale(
            {dice.randint(1, 4): dice.randint(1, 5000)}, 100, dice.choice((0, 100, 300)), NOON, NOON
        )
    elif kind is Kind.BUNDLE:
        skus = dice.sample((1, 2, 3, 4), dice.randint(1, 2))
        terms = Bundle({sku: dice.choice((1, 1, 2)) for sku in skus}, dice.choice((20, 900, 1500, 4000)))
    elif kind is Kind.GIFT:
        by_pieces = dice.random() < 0.3
        steps = sorted(dice.sample(range(1, 6), 2)) if by_pieces else [0, max(1, whole // 2)]
        terms = Gift(tuple((at, a_present(dice)) for at in steps), by_pieces)
    elif kind is Kind.BUY_GET:
        terms = BuyGet(dice.randint(1, 3), a_present(dice, dice.choice((0, 9))))
    elif kind is Kind.REDUCTION:
        by_pieces = dice.random() < 0.4
        steps = (
            sorted(dice.sample(range(1, 6), 2))
            if by_pieces
            else sorted({max(1, whole // 4), max(1, whole // 2)})
        )
        repeat = dice.random() < 0.3
        terms = Reduction(
            tuple(Tier(at, **gained()) for at in (steps[:1] if repeat else steps)), by_pieces, repeat
        )
        terms = Reduction(
            tuple(Tier(t.at, t.off_fen or 50) if repeat else t for t in terms.tiers), by_pieces, repeat
        )
    elif kind is Kind.COUPON:
        terms = Coupon(threshold, off)
    elif kind is Kind.VOUCHER:
        terms = Voucher(off)
    else:
        terms = FreePostage(
            dice.choice((None, whole // 2, whole)),
            dice.choice((None, 2, 4)),
            dice.choice(((), (), ("420000",))),
            dice.choice((None, None, 500)),
        )
    scope = Scope()
    if dice.random() < 0.45:
        scope = Scope(
            products=frozenset(dice.sample((1, 2, 3), dice.randint(0, 2))),
            skus=frozenset(dice.sample((1, 2, 3, 4), dice.randint(0, 2))),
            categories=frozenset(dice.sample((1, 2, 3), dice.randint(0, 1))),
            except_products=frozenset(dice.sample((1, 2, 3), dice.choice((0, 0, 1)))),
        )
    odd = dice.random() < 0.35  # every third offer has limits that may bar it, the others mostly count
    return Offer(
        number,
        kind,
        f"o{number}",
        terms,
        NOON + timedelta(1) if odd and dice.random() < 0.1 else NOON,
        NOON + timedelta(2),
        scope,
        group=dice.choice(("", "", "", "", "", "", "a", "b")),
        alone=dice.random() < 0.06,
        levels=frozenset((1, 2)) if odd and dice.random() < 0.15 else frozenset(),
        regions=("420000",) if odd and dice.random() < 0.15 else (),
        per_buyer=dice.choice((None, 1, 2, 3)) if odd or kind is Kind.FLASH else None,
        left_times=dice.choice((None, None, 0, 2)) if odd else None,
        left_fen=dice.choice((None, None, 0, 400)) if odd else None,
        held=dice.choice((1, 2, 0)) if odd else 1,
        house=dice.random() < 0.3,
        below_floor=dice.random() < 0.6,
        first_order_only=odd and dice.random() < 0.1,
    )


def a_present(dice: random.Random, sku: int = 9) -> Present:
    return Present(sku, dice.randint(1, 2), dice.choice((None, None, 0, 1, 3)), dice.choice((None, 10, 300)))


# --- both together ---------------------------------------------------------------------------------------------


def as_seen(priced: Any) -> dict[str, Any]:
    """The engine's receipt in the words of `reckon`."""
    return {
        "shares": [line.share_fen for line in priced.lines],
        "goods": priced.goods_fen,
        "postage": priced.postage_fen,
        "due": priced.due_fen,
        "cash": priced.cash_fen,
        "used": sorted(row.offer_id for row in priced.applied),
        "gifts": [(gift.offer_id, gift.sku_id, gift.pieces) for gift in priced.gifts],
        "red": [(use.packet_id, use.fen) for use in priced.red],
        "red_of": [line.red_fen for line in priced.lines],
        "floor": priced.floor_fen,
        "margin": priced.margin_fen,
        "deposit": priced.deposit_fen,
    }


def price_of(given: dict[str, Any]) -> Any:
    """The engine's receipt for such a cart."""
    from zhanggui.promotions.pricing.engine import price

    return price(
        given["basket"], at=NOON, offers=given["offers"], packets=given["packets"], postage=given["postage"]
    )


def difference(seed: int) -> str:
    """Price a random cart both ways: "" when they agree, else what differs."""
    given = cart(seed)
    priced = price_of(given)
    mine = as_seen(priced)
    theirs = reckon(given["basket"], NOON, given["offers"], given["packets"], given["postage"])
    told = {row.offer_id for row in priced.applied} | {row.offer_id for row in priced.refused}
    if told != {offer.id for offer in given["offers"]}:
        return f"cart {seed}: an offer is neither applied nor refused"
    wrong = [f"{name}: {mine[name]} != {theirs[name]}" for name in mine if mine[name] != theirs[name]]
    return f"cart {seed}: " + "; ".join(wrong) if wrong else ""


def _work(seeds: range) -> str:
    for seed in seeds:
        if found := difference(seed):
            return found
    return ""


def long_run(carts: int, seed: int = 0, processes: int = 1) -> dict[str, object]:
    """So many carts; raises AssertionError with the first difference."""
    from concurrent.futures import ProcessPoolExecutor

    began = time.monotonic()
    blocks = [range(a, min(a + 500, seed + carts)) for a in range(seed, seed + carts, 500)]
    if processes == 1:
        found = next((text for text in map(_work, blocks) if text), "")
    else:
        with ProcessPoolExecutor(processes) as pool:
            found = next((text for text in pool.map(_work, blocks) if text), "")
    assert not found, found
    return {"carts": carts, "first_seed": seed, "fen_off": 0, "seconds": round(time.monotonic() - began)}


if __name__ == "__main__":
    words = [int(word) for word in sys.argv[1:]]
    print(
        json.dumps(
            long_run(words[0] if words else 10000, words[1] if len(words) > 1 else 0, os.cpu_count() or 1)
        )
    )
