"""Steps 1 to 3: unit prices, bundles, presents. No choice of the buyer's: what they give is the ground of the rest.

The law: docs/laws/prices.md, sections 1 to 3 and 7.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from zhanggui.kit.money import split
from zhanggui.promotions.pricing.ground import CLASSES, Ground, Refusal, bits, unit_of
from zhanggui.promotions.pricing.values import (
    Bundle,
    BuyGet,
    Flash,
    Gift,
    GiftLine,
    Kind,
    Numbers,
    Offer,
    Present,
)

Pieces = list[tuple[int, int, int | None]]
"""Pieces of a line that cost the same: (fen each, pieces, offer id or None)."""


@dataclass(slots=True)
class Used:
    """An offer of steps 1 to 3 that counted."""

    offer: Offer
    off_fen: int = 0
    times: int = 0
    code: str = ""
    numbers: Numbers = field(default_factory=dict)
    cost_fen: int = 0


@dataclass(slots=True)
class Base:
    """What steps 1 to 3 give. `cost`: fen of each line after them; `floor_fen` includes the presents' cost."""

    parts: list[Pieces]
    cost: list[int]
    unit_off: list[int]
    bundle_off: list[int]
    gifts: list[GiftLine]
    used: dict[int, Used]
    refused: dict[int, Refusal]
    gift_cost: int
    gift_cost_known: bool
    floor_fen: int
    groups: dict[str, Offer]
    alone: Offer | None
    approved: bool


def lay(ground: Ground, offers: Sequence[Offer]) -> Base:
    """Steps 1 to 3 with the offers that nothing bars (in order of id), taking out what breaks a limit.

    An offer beyond its budget, the later of two of one group, and, while the floor is broken, the last offer
    without approval are taken out one at a time, and the steps computed anew.
    """
    floor = _floor(ground)
    out: dict[int, Refusal] = {}
    while True:
        base = _once(ground, [offer for offer in offers if offer.id not in out], floor)
        if not base.used or (found := _wrong(base)) is None:
            base.refused.update(out)
            return base
        out[found[0]] = found[1]


def _floor(ground: Ground) -> int:
    """Σ of the lines' floors. A price that stands below its floor already lowers it: no offer's fault."""
    whole = 0
    for item, gross in zip(ground.items, ground.gross, strict=True):
        unit = item.floor_fen if item.floor_fen is not None else item.cost_fen
        if unit is not None:
            whole += min(unit * item.pieces, gross)
    return whole


def _wrong(base: Base) -> tuple[int, Refusal] | None:
    """The first offer to be taken out, with the reason."""
    order = sorted(base.used.values(), key=lambda used: (CLASSES[used.offer.kind], used.offer.id))
    for used in order:
        left = used.offer.left_fen
        if left is not None and used.off_fen > left:
            return used.offer.id, ("budget", {"left": left, "off": used.off_fen})
    groups: dict[str, list[Used]] = {}
    for used in order:
        if used.offer.group:
            groups.setdefault(used.offer.group, []).append(used)
    for _name, several in sorted(groups.items()):
        if len(several) > 1:
            several.sort(key=lambda used: (CLASSES[used.offer.kind], -used.off_fen, used.offer.id))
            first = several[0].offer
            return several[-1].offer.id, ("group", {"by": first.name, "by_id": first.id})
    goods = sum(base.cost)
    if goods < base.floor_fen:
        for used in reversed(order):
            if not used.offer.below_floor:
                return used.offer.id, ("below_floor", {"short": base.floor_fen - goods})
    return None


def _once(ground: Ground, offers: Sequence[Offer], floor: int) -> Base:
    refused: dict[int, Refusal] = {}
    prices = _Prices(ground, [offer for offer in offers if CLASSES[offer.kind] == 0], refused)
    parts = prices.assign(ground.pieces)
    used: dict[int, Used] = {}
    count = len(ground.items)
    bundled: list[Pieces] = [[] for _ in range(count)]
    bundle_off = [0] * count
    bundles = [offer for offer in offers if offer.kind is Kind.BUNDLE]
    if bundles and _bundle(ground, bundles, parts, bundled, bundle_off, used, refused):
        parts = prices.assign(
            [n - sum(part[1] for part in took) for n, took in zip(ground.pieces, bundled, strict=True)]
        )
    cost, unit_off = [], []
    for i, item in enumerate(ground.items):
        price = item.price_fen
        off = 0
        for unit, pieces, offer_id in parts[i]:
            if offer_id is not None:
                off += (price - unit) * pieces
                prices.count(used, offer_id, (price - unit) * pieces, pieces)
        unit_off.append(off)
        cost.append(ground.gross[i] - off - bundle_off[i])
        parts[i] += bundled[i]
    for offer in prices.offers:
        if offer.id not in used and offer.id not in refused:
            refused[offer.id] = prices.why_not(offer)
    gifts: list[GiftLine] = []
    gift_cost, known = 0, True
    for offer in offers:
        if CLASSES[offer.kind] == 2:
            gift_cost, known = _give(ground, offer, cost, gifts, used, refused, gift_cost, known)
    groups = {row.offer.group: row.offer for row in used.values() if row.offer.group}
    alone = min((row.offer for row in used.values() if row.offer.alone), key=lambda o: o.id, default=None)
    approved = all(row.offer.below_floor for row in used.values())
    return Base(
        parts,
        cost,
        unit_off,
        bundle_off,
        gifts,
        used,
        refused,
        gift_cost,
        known,
        floor + gift_cost,
        groups,
        alone,
        approved,
    )


class _Prices:
    """Step 1: the lowest price of each piece. Limited prices go first to the pieces they save most on."""

    __slots__ = ("_by_id", "_caps", "_ground", "_limited", "_plain", "_shares", "_tried", "offers")

    def __init__(self, ground: Ground, offers: list[Offer], refused: dict[int, Refusal]) -> None:
        self._ground, self.offers = ground, offers
        self._by_id = {offer.id: offer for offer in offers}
        self._plain: list[tuple[int, int | None]] = [(item.price_fen, None) for item in ground.items]
        self._caps: dict[int, int] = {}
        self._shares: dict[tuple[int, int], int] = {}
        self._tried: dict[int, int] = {}
        limited: list[tuple[int, int, int]] = []
        level = ground.buyer.level
        for offer in offers:
            flash = offer.terms if isinstance(offer.terms, Flash) else None
            cap = ground.times_left(offer) if flash else None
            touched = False
            for i in bits(ground.reach(offer.scope)):
                item = ground.items[i]
                unit = unit_of(offer, item, level)
                if unit is None:
                    continue
                touched = True
                if unit >= item.price_fen:
                    continue
                if flash and (cap is not None or item.sku_id in flash.shares):
                    limited.append((unit, offer.id, i))
                    if cap is not None:
                        self._caps[offer.id] = cap
                    if item.sku_id in flash.shares:
                        self._shares[offer.id, item.sku_id] = flash.shares[item.sku_id]
                elif unit < self._plain[i][0]:
                    self._plain[i] = (unit, offer.id)
            if not touched:
                refused[offer.id] = ("no_goods", {})
        ranked = []
        for unit, offer_id, i in limited:
            saves = self._plain[i][0] - unit
            if saves > 0:
                ranked.append((-saves, offer_id, i, unit))
        self._limited = sorted(ranked)

    def assign(self, counts: Sequence[int]) -> list[Pieces]:
        """The prices of so many pieces of each line."""
        left = list(counts)
        parts: list[Pieces] = [[] for _ in left]
        if self._limited:
            caps, shares = dict(self._caps), dict(self._shares)
            for _saves, offer_id, i, unit in self._limited:
                key = (offer_id, self._ground.items[i].sku_id)
                take = min(left[i], caps.get(offer_id, left[i]), shares.get(key, left[i]))
                if take <= 0:
                    continue
                left[i] -= take
                if offer_id in caps:
                    caps[offer_id] -= take
                if key in shares:
                    shares[key] -= take
                parts[i].append((unit, take, offer_id))
        for i, pieces in enumerate(left):
            if pieces:
                unit, by = self._plain[i]
                parts[i].append((unit, pieces, by))
        return parts

    def count(self, used: dict[int, Used], offer_id: int, off: int, pieces: int) -> None:
        """Note that an offer made these pieces cheaper."""
        offer = self._by_id[offer_id]
        row = used.get(offer_id)
        if row is None:
            row = used[offer_id] = Used(offer, code=offer.kind.value)
        row.off_fen += off
        row.times = row.times + pieces if offer.kind is Kind.FLASH else 1
        row.numbers = {"pieces": pieces + int(row.numbers.get("pieces", 0))}

    def why_not(self, offer: Offer) -> Refusal:
        """Why an offer with a price for something here made nothing cheaper."""
        flash = offer.terms if isinstance(offer.terms, Flash) else None
        if flash and any(entry[1] == offer.id for entry in self._limited):
            lines = [entry[2] for entry in self._limited if entry[1] == offer.id]
            if all(self._shares.get((offer.id, self._ground.items[i].sku_id), 1) <= 0 for i in lines):
                return "shares_gone", {}
        return "price_not_lower", {}


def _bundle(
    ground: Ground,
    bundles: Sequence[Offer],
    parts: Sequence[Pieces],
    bundled: list[Pieces],
    bundle_off: list[int],
    used: dict[int, Used],
    refused: dict[int, Refusal],
) -> bool:
    """Step 2. Fills `bundled` and `bundle_off`; whether any set was found."""
    pools: dict[int, list[list[int]]] = {}
    for offer in bundles:
        terms = offer.terms
        assert isinstance(terms, Bundle)
        for sku in terms.pieces:
            if sku not in pools:
                pool = [[-unit, i, pieces] for i in bits(ground.of_sku(sku)) for unit, pieces, _ in parts[i]]
                pools[sku] = sorted(pool)
    ranked = []
    for offer in bundles:
        mask = ground.reach(offer.scope)
        found = _set(offer, pools, mask)
        if isinstance(found, str):
            refused[offer.id] = (found, {})
        else:
            ranked.append((found[0] * -1, offer.id, offer, mask))
    any_set = False
    for _saving, _id, offer, mask in sorted(ranked, key=lambda row: row[:2]):
        terms = offer.terms
        assert isinstance(terms, Bundle)
        most = ground.times_left(offer)
        took: dict[int, int] = {}
        sets = 0
        while most is None or sets < most:
            found = _set(offer, pools, mask)
            if isinstance(found, str):
                if not sets:
                    refused[offer.id] = ("bundle_taken" if found == "set_incomplete" else found, {})
                break
            _saves, taken = found
            times = min(cell[2] // n for cell, n in taken)
            if most is not None:
                times = min(times, most - sets)
            for cell, n in taken:
                cell[2] -= n * times
                took[cell[1]] = took.get(cell[1], 0) + n * times
            sets += times
        if not sets:
            continue
        any_set = True
        lines = sorted(took)
        whole = [ground.items[i].price_fen * took[i] for i in lines]
        now = split(sets * terms.price_fen, whole)
        off = 0
        for i, before, after in zip(lines, whole, now, strict=True):
            bundled[i].append((ground.items[i].price_fen, took[i], offer.id))
            bundle_off[i] += before - after
            off += before - after
        numbers = {"sets": sets, "price": terms.price_fen}
        used[offer.id] = Used(offer, off, sets, "bundle", numbers)
    return any_set


def _set(
    offer: Offer, pools: dict[int, list[list[int]]], mask: int
) -> tuple[int, list[tuple[list[int], int]]] | str:
    """One set out of the dearest pieces that are left: (saving, [(cell, pieces)]); else the code why not."""
    terms = offer.terms
    assert isinstance(terms, Bundle)
    cost, taken = 0, []
    for sku, need in terms.pieces.items():
        for cell in pools[sku]:
            if need and cell[2] and mask >> cell[1] & 1:
                n = min(need, cell[2])
                cost -= cell[0] * n
                taken.append((cell, n))
                need -= n
        if need:
            return "set_incomplete"
    return (cost - terms.price_fen, taken) if cost > terms.price_fen else "no_saving"


def _give(
    ground: Ground,
    offer: Offer,
    cost: Sequence[int],
    gifts: list[GiftLine],
    used: dict[int, Used],
    refused: dict[int, Refusal],
    spent: int,
    known: bool,
) -> tuple[int, bool]:
    """Step 3 for one offer: adds its presents; gives the presents' cost so far and whether all of it is known."""
    lines = bits(ground.reach(offer.scope))
    if not lines:
        refused[offer.id] = ("no_goods", {})
        return spent, known
    terms = offer.terms
    wanted: list[tuple[int, int, int | None, str]] = []
    present: Present | None = None
    if isinstance(terms, Gift):
        has = sum(ground.pieces[i] for i in lines) if terms.by_pieces else sum(cost[i] for i in lines)
        reached = [step for step in terms.tiers if step[0] <= has]
        if not reached:
            least = min((step[0] for step in terms.tiers), default=0)
            code = "threshold_pieces" if terms.by_pieces else "threshold"
            refused[offer.id] = (code, {"at": least, "has": has, "short": least - has})
            return spent, known
        present = max(reached, key=lambda step: step[0])[1]
        wanted = [(present.sku_id, present.pieces, present.cost_fen, present.title)]
    elif isinstance(terms, BuyGet):
        present = terms.present
        if present.sku_id:
            has = sum(ground.pieces[i] for i in lines)
            wanted = [(present.sku_id, has // terms.buy * present.pieces, present.cost_fen, present.title)]
        else:
            by_sku: dict[int, list[int]] = {}
            for i in lines:
                by_sku.setdefault(ground.items[i].sku_id, []).append(i)
            has = 0
            for sku, several in sorted(by_sku.items()):
                pieces = sum(ground.pieces[i] for i in several)
                has = max(has, pieces)
                first = ground.items[several[0]]
                each = first.cost_fen if present.cost_fen is None else present.cost_fen
                wanted.append((sku, pieces // terms.buy * present.pieces, each, present.title or first.title))
        if not any(row[1] for row in wanted):
            refused[offer.id] = ("threshold_pieces", {"at": terms.buy, "has": has, "short": terms.buy - has})
            return spent, known
    assert present is not None
    left = present.left
    given, before, asked = 0, spent, 0
    for sku, pieces, each, title in wanted:
        asked += pieces
        if left is not None:
            pieces = min(pieces, max(0, left))
            left -= pieces
        if pieces:
            given += pieces
            gifts.append(GiftLine(offer.id, sku, pieces, title))
            if each is None:
                known = False
            else:
                spent += each * pieces
    if given:
        title = wanted[0][3]
        numbers: Numbers = {"pieces": given, "asked": asked, "title": title}
        used[offer.id] = Used(offer, 0, 1, offer.kind.value, numbers, spent - before)
    else:
        refused[offer.id] = ("gift_gone", {"title": wanted[0][3]})
    return spent, known
