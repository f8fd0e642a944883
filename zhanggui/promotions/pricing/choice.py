"""Step 10: the best combination, exactly, by branch and bound.

The order of the branches is the order in which the offers are applied, so what an offer takes off is known when it is
decided on. A branch is left when even the most that the undecided offers can take off would not make it better. That
most is admissible: of offers of one group, or with the same lines within one step, only one can count; an offer takes
off at most what it would from its whole scope before any other; postage never falls when the goods get cheaper.
"""

from collections.abc import Callable, Sequence

from zhanggui.promotions.pricing.base import Base
from zhanggui.promotions.pricing.ground import Ground, bits
from zhanggui.promotions.pricing.stack import (
    ITEM_COUPONS,
    SHOP_COUPONS,
    VOUCHERS,
    Choice,
    ladder,
    not_free,
    take,
)
from zhanggui.promotions.pricing.values import Coupon, FreePostage, Offer, Postage, Reduction, Voucher

_Key = tuple[int, int, int, tuple[int, ...]]
"""What makes a stack better: more wished coupons, less to pay, fewer offers, lower ids. The smallest is best."""

_Row = tuple[Choice, int, bool, bool, int]
"""A choice in the search: itself, bit of its group, alone, approved, 1 when the buyer wished it."""


def best(
    ground: Ground,
    base: Base,
    choices: Sequence[Choice],
    fee: Callable[[int], Postage],
    wished: frozenset[int] | None,
) -> list[Choice]:
    """The stack that costs the buyer least. `fee` must remember what it was asked."""
    if not choices:
        return []
    return _Search(ground, base, choices, fee, wished).run()


class _Search:
    __slots__ = (
        "_all",
        "_base",
        "_best",
        "_coupons",
        "_fee",
        "_fee_floor",
        "_floor",
        "_frees",
        "_ground",
        "_known",
        "_pieces",
        "_reductions",
        "_rest",
        "_scoped",
        "_shop_most",
        "_shop_wish",
        "_shops",
        "_stack",
        "_states",
        "_suffix",
        "_voucher_most",
        "_voucher_wish",
        "_vouchers",
        "_wishes",
    )

    def __init__(
        self,
        ground: Ground,
        base: Base,
        choices: Sequence[Choice],
        fee: Callable[[int], Postage],
        wished: frozenset[int] | None,
    ) -> None:
        self._ground, self._base, self._fee = ground, base, fee
        self._pieces = ground.pieces
        self._floor = base.floor_fen
        groups: dict[str, int] = {}
        stages: list[list[_Row]] = [[], [], [], [], []]
        for choice in sorted(choices, key=lambda c: (c.stage, len(c.lines), c.offer.id)):
            offer = choice.offer
            bit = 0
            if offer.group:
                bit = groups.setdefault(offer.group, 1 << len(groups))
            wish = int(
                wished is not None
                and offer.id in wished
                and choice.stage in (ITEM_COUPONS, SHOP_COUPONS, VOUCHERS)
            )
            stages[choice.stage].append((choice, bit, offer.alone, offer.below_floor, wish))
        self._reductions, self._coupons, self._shops, self._vouchers, self._frees = stages
        self._shops.sort(key=lambda row: (-row[0].most, row[0].offer.id))
        self._vouchers.sort(key=lambda row: (-row[0].most, row[0].offer.id))
        self._shop_most = max((row[0].most for row in self._shops), default=0)
        self._voucher_most = max((row[0].most for row in self._vouchers), default=0)
        self._shop_wish = max((row[4] for row in self._shops), default=0)
        self._voucher_wish = max((row[4] for row in self._vouchers), default=0)
        self._wishes = sum(row[4] for row in self._coupons)
        coupons = _suffix([(row, row[0].most) for row in self._coupons])[0]
        rest = coupons + self._shop_most + self._voucher_most
        self._rest = rest
        self._states: _States = {}
        self._scoped = any(row[0].mask != ground.free for row in (*self._shops, *self._vouchers)) or any(
            row[0].mask != ground.free and row[0].offer.terms.amount_fen is not None  # type: ignore[union-attr]
            for row in self._frees
        )
        self._suffix = [most + rest for most in _suffix([(row, row[0].most) for row in self._reductions])]
        goods = sum(base.cost)
        first = fee(goods).fee_fen
        self._known = first is not None
        off = 0
        for choice, *_ in self._frees:
            terms = choice.offer.terms
            assert isinstance(terms, FreePostage)
            off = max(off, (first or 0) if terms.most_fen is None else terms.most_fen)
        self._fee_floor = max(0, (first or 0) - off)
        self._best: _Key | None = None
        self._stack: list[Choice] = []

    def run(self) -> list[Choice]:
        """The best stack."""
        base = self._base
        self._reduce(0, base.cost, sum(base.cost), 0, 0, (), base.approved, False, 0)
        return self._stack

    def _hopeless(self, goods: int, potential: int, count: int, clean: bool, wish: int, wishes: int) -> bool:
        """Whether nothing below this branch can be better than the best so far."""
        if not clean and goods < self._floor:
            return True
        if self._best is None:
            return False
        least = goods - potential
        if least < 0:
            least = 0
        if not clean and least < self._floor:
            least = self._floor
        top_wish, top, top_count, _ids = self._best
        reach = -(wish + wishes)
        if reach != top_wish:
            return reach > top_wish
        least += self._fee_floor
        if least != top:
            return least > top
        return count > top_count

    def _reduce(
        self,
        n: int,
        cost: list[int],
        goods: int,
        taken: int,
        groups: int,
        chosen: tuple[Choice, ...],
        clean: bool,
        alone: bool,
        wish: int,
    ) -> None:
        rows = self._reductions
        if self._hopeless(
            goods,
            self._suffix[n],
            len(chosen),
            clean,
            wish,
            self._wishes + self._shop_wish + self._voucher_wish,
        ):
            return
        if n == len(rows):
            self._after_reductions(cost, goods, groups, chosen, clean, alone)
            return
        if len(rows) > _MANY:
            potential = _alive([(row, row[0].most) for row in rows[n:]], taken) + self._rest
            wishes = self._wishes + self._shop_wish + self._voucher_wish
            if self._hopeless(goods, potential, len(chosen), clean, wish, wishes):
                return
            if _seen(self._states, (n, taken, groups, clean, alone, tuple(cost)), chosen):
                return
        choice, bit, solitary, approved, _ = rows[n]
        offer = choice.offer
        if not (alone or groups & bit or (solitary and chosen)):
            lines = bits(choice.mask & ~taken) if choice.mask & taken else choice.lines
            if lines:
                terms = offer.terms
                assert isinstance(terms, Reduction)
                pieces = self._pieces
                off = ladder(terms, sum([cost[i] for i in lines]), sum([pieces[i] for i in lines]))[0]
                if off > 0 and (offer.left_fen is None or off <= offer.left_fen):
                    now = cost[:]
                    take(off, now, lines)
                    self._reduce(
                        n + 1,
                        now,
                        goods - off,
                        taken | choice.mask,
                        groups | bit,
                        (*chosen, choice),
                        clean and approved,
                        solitary,
                        wish,
                    )
        self._reduce(n + 1, cost, goods, taken, groups, chosen, clean, alone, wish)

    def _after_reductions(
        self,
        after: list[int],
        goods: int,
        groups: int,
        chosen: tuple[Choice, ...],
        clean: bool,
        alone: bool,
    ) -> None:
        """The coupons whose thresholds still stand, item coupons first."""
        rows: list[tuple[_Row, int]] = []
        shops: list[tuple[_Row, int]] = []
        if not alone:
            for row in self._coupons:
                terms = row[0].offer.terms
                assert isinstance(terms, Coupon)
                amount = sum([after[i] for i in row[0].lines])
                if amount >= terms.threshold_fen and not groups & row[1]:
                    rows.append((row, min(terms.off_fen, amount)))
            for row in self._shops:
                terms = row[0].offer.terms
                assert isinstance(terms, Coupon)
                if not groups & row[1] and sum([after[i] for i in row[0].lines]) >= terms.threshold_fen:
                    shops.append((row, terms.off_fen))
        shop_most = max((row[0].most for row, _ in shops), default=0)
        shop_wish = max((row[4] for row, _ in shops), default=0)
        voucher_most, voucher_wish = (0, 0) if alone else (self._voucher_most, self._voucher_wish)
        suffix = [most + shop_most + voucher_most for most in _suffix(rows)]
        wishes = [shop_wish + voucher_wish]
        for row, _ in reversed(rows):
            wishes.append(wishes[-1] + row[4])
        wishes.reverse()
        states: _States = {}
        ahead = [0]
        for row, _ in reversed(rows):
            ahead.append(ahead[-1] | row[0].mask)
        ahead.reverse()

        def item(
            n: int,
            cost: list[int],
            goods: int,
            taken: int,
            groups: int,
            chosen: tuple[Choice, ...],
            clean: bool,
            alone: bool,
            wish: int,
        ) -> None:
            if self._hopeless(goods, suffix[n], len(chosen), clean, wish, wishes[n]):
                return
            if len(rows) > _MANY and n < len(rows):
                potential = _alive(rows[n:], taken) + shop_most + voucher_most
                if self._hopeless(goods, potential, len(chosen), clean, wish, wishes[n]):
                    return
                left = tuple(cost) if self._scoped else goods
                if _seen(states, (n, taken & ahead[n], groups, clean, alone, wish, left), chosen):
                    return
            if n == len(rows):
                self._finish(cost, goods, groups, chosen, clean, alone, wish, shops, voucher_most)
                return
            choice, bit, solitary, approved, wished = rows[n][0]
            offer = choice.offer
            if not (alone or groups & bit or (solitary and chosen)):
                lines = bits(choice.mask & ~taken) if choice.mask & taken else choice.lines
                terms = offer.terms
                assert isinstance(terms, Coupon)
                if lines and (lines is choice.lines or sum([after[i] for i in lines]) >= terms.threshold_fen):
                    off = min(terms.off_fen, sum([cost[i] for i in lines]))
                    if off > 0 and (offer.left_fen is None or off <= offer.left_fen):
                        now = cost[:]
                        take(off, now, lines)
                        item(
                            n + 1,
                            now,
                            goods - off,
                            taken | choice.mask,
                            groups | bit,
                            (*chosen, choice),
                            clean and approved,
                            solitary,
                            wish + wished,
                        )
            item(n + 1, cost, goods, taken, groups, chosen, clean, alone, wish)

        item(0, after, goods, 0, groups, chosen, clean, alone, 0)

    def _finish(
        self,
        cost: list[int],
        goods: int,
        groups: int,
        chosen: tuple[Choice, ...],
        clean: bool,
        alone: bool,
        wish: int,
        shops: list[tuple[_Row, int]],
        voucher_most: int,
    ) -> None:
        """One shop coupon or none, one voucher or none."""
        costs = _Costs(cost, goods, self._ground)
        if not alone:
            for (choice, bit, solitary, approved, wished), most in shops:
                if groups & bit or (solitary and chosen):
                    continue
                offer = choice.offer
                off = min(most, costs.of(choice))
                if off <= 0 or (offer.left_fen is not None and off > offer.left_fen):
                    continue
                self._vouch(
                    costs.less(off, choice),
                    groups | bit,
                    (*chosen, choice),
                    clean and approved,
                    solitary,
                    wish + wished,
                    voucher_most,
                )
        self._vouch(costs, groups, chosen, clean, alone, wish, voucher_most)

    def _vouch(
        self,
        costs: "_Costs",
        groups: int,
        chosen: tuple[Choice, ...],
        clean: bool,
        alone: bool,
        wish: int,
        voucher_most: int,
    ) -> None:
        if self._hopeless(
            costs.goods, voucher_most, len(chosen), clean, wish, 0 if alone else self._voucher_wish
        ):
            return
        if not alone:
            for choice, bit, solitary, approved, wished in self._vouchers:
                if groups & bit or (solitary and chosen):
                    continue
                offer, terms = choice.offer, choice.offer.terms
                assert isinstance(terms, Voucher)
                off = min(terms.off_fen, costs.of(choice))
                if off <= 0 or (offer.left_fen is not None and off > offer.left_fen):
                    continue
                self._send(
                    costs.less(off, choice),
                    groups | bit,
                    (*chosen, choice),
                    clean and approved,
                    wish + wished,
                )
        self._send(costs, groups, chosen, clean, wish)

    def _send(self, costs: "_Costs", groups: int, chosen: tuple[Choice, ...], clean: bool, wish: int) -> None:
        """The postage and one 包邮 or none; a stack is complete."""
        goods = costs.goods
        if not clean and goods < self._floor:
            return
        if self._hopeless(goods, 0, len(chosen), True, wish, 0):
            return
        asked = self._fee(goods).fee_fen
        if asked is None and self._known:
            return
        self._note(goods + (asked or 0), chosen, wish)
        if not asked:
            return
        for choice, bit, solitary, _approved, _wish in self._frees:
            offer, terms = choice.offer, choice.offer.terms
            assert isinstance(terms, FreePostage)
            if groups & bit or (solitary and chosen):
                continue
            amount = 0 if terms.amount_fen is None else costs.of(choice)
            if not_free(terms, amount, choice.pieces) is not None:
                continue
            off = asked if terms.most_fen is None else min(asked, terms.most_fen)
            if off > 0 and (offer.left_fen is None or off <= offer.left_fen):
                self._note(goods + asked - off, (*chosen, choice), wish)

    def _note(self, total: int, chosen: tuple[Choice, ...], wish: int) -> None:
        found = self._best
        if found is not None:
            if -wish != found[0]:
                if -wish > found[0]:
                    return
            elif total != found[1]:
                if total > found[1]:
                    return
            elif len(chosen) > found[2]:
                return
        key = (-wish, total, len(chosen), tuple(sorted([choice.offer.id for choice in chosen])))
        if found is None or key < found:
            self._best, self._stack = key, list(chosen)


_MANY = 5
"""With more offers in a step than this the dearer bound and the memory of states are worth their time."""

_States = dict[tuple[object, ...], tuple[int, tuple[int, ...]]]


def _alive(rows: Sequence[tuple[_Row, int]], taken: int) -> int:
    """The most that these offers can take off together: each needs a line of its own that none has taken."""
    union = 0
    tops: dict[object, int] = {}
    for (choice, bit, *_), most in rows:
        left = choice.mask & ~taken
        if left:
            union |= left
            key: object = -bit if bit else choice.mask
            if most > tops.get(key, 0):
                tops[key] = most
    lines = union.bit_count()
    return sum(tops.values()) if len(tops) <= lines else sum(sorted(tops.values(), reverse=True)[:lines])


def _seen(states: _States, state: tuple[object, ...], chosen: tuple[Choice, ...]) -> bool:
    """Whether the search stood here before with fewer offers, or as many and lower ids: what follows is the same."""
    mine = (len(chosen), tuple(sorted([choice.offer.id for choice in chosen])))
    before = states.get(state)
    if before is not None and before <= mine:
        return True
    states[state] = mine
    return False


class _Costs:
    """What the lines cost after the last steps; spread over single lines only when a scope asks for them."""

    __slots__ = ("_ground", "_lines", "_open", "goods")

    def __init__(
        self,
        lines: list[int],
        goods: int,
        ground: Ground,
        waiting: tuple[tuple[int, Choice], ...] = (),
    ) -> None:
        self._lines, self.goods, self._ground, self._open = lines, goods, ground, waiting

    def less(self, off: int, choice: Choice) -> "_Costs":
        """The same with so much taken from the lines of an offer."""
        return _Costs(self._lines, self.goods - off, self._ground, (*self._open, (off, choice)))

    def of(self, choice: Choice) -> int:
        """What the lines of an offer cost."""
        if choice.mask == self._ground.free:
            return self.goods - self._ground.fixed_fen
        if self._open:
            now = self._lines[:]
            for off, taker in self._open:
                take(off, now, taker.lines)
            self._lines, self._open = now, ()
        return sum([self._lines[i] for i in choice.lines])


def _suffix(rows: Sequence[tuple[_Row, int]]) -> list[int]:
    """The most that the rows from n on can take off together, for every n."""
    found = [0]
    tops: dict[object, int] = {}
    whole = 0
    for (choice, bit, *_), most in reversed(rows):
        key: object = -bit if bit else choice.mask
        top = tops.get(key, 0)
        if most > top:
            whole += most - top
            tops[key] = most
        found.append(whole)
    found.reverse()
    return found


def most_of(offer: Offer, cost: Sequence[int], pieces: Sequence[int]) -> int:
    """The most an offer can take off here, whatever else is chosen (step 8 apart)."""
    terms = offer.terms
    amount = sum(cost)
    most = 0
    if isinstance(terms, Reduction):
        count = sum(pieces)
        for tier in terms.tiers:
            if tier.at <= (count if terms.by_pieces else amount):
                alone = Reduction((tier,), terms.by_pieces, terms.repeat)
                most = max(most, ladder(alone, amount, count)[0])
    elif isinstance(terms, Coupon | Voucher):
        most = min(terms.off_fen, amount)
    return most if offer.left_fen is None else min(most, offer.left_fen)
