"""What baskets of one checkout have used up of scarce things, so that the next one is priced with what is left.

The same bookkeeping as `promotions.taking` makes on locked rows when the orders are placed; here it is a reading.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from zhanggui.promotions.pricing import values
from zhanggui.promotions.taking import claim_of
from zhanggui.promotions.terms import presents_of

_PURSE = (values.Kind.COUPON, values.Kind.VOUCHER)


def _counts() -> dict[int, int]:
    return defaultdict(int)


@dataclass(slots=True)
class Spent:
    """Used up so far: fen by red packet; times and fen by offer; pieces by offer and SKU (shares, presents)."""

    packets: dict[int, int] = field(default_factory=_counts)
    times: dict[int, int] = field(default_factory=_counts)
    fen: dict[int, int] = field(default_factory=_counts)
    pieces: dict[int, dict[int, int]] = field(default_factory=dict)

    def add(self, priced: values.Priced | None) -> None:
        """A basket was served."""
        if priced is None:
            return
        claim = claim_of(0, 0, None, priced)
        for use in claim.packets:
            self.packets[use.packet_id] = self.packets.get(use.packet_id, 0) + use.fen
        for wanted in claim.uses:
            self.times[wanted.offer_id] += wanted.times
            self.fen[wanted.offer_id] += wanted.off_fen
            pieces = self.pieces.setdefault(wanted.offer_id, {})
            for sku_id, n in wanted.pieces.items():
                pieces[sku_id] = pieces.get(sku_id, 0) + n

    def left_of(self, offers: Sequence[values.Offer]) -> tuple[values.Offer, ...]:
        """The offers with what is left of them."""
        return tuple(self._left(offer) if offer.id in self.times else offer for offer in offers)

    def seen_by(self, buyer: values.Buyer) -> values.Buyer:
        """The buyer with what he used in the baskets before."""
        if not self.times or buyer.id is None:
            return buyer
        return replace(
            buyer, used={**buyer.used, **{pk: buyer.used.get(pk, 0) + n for pk, n in self.times.items()}}
        )

    def contended(self, baskets: Iterable[Sequence[values.Offer]]) -> bool:
        """Whether something limited was used that more than one of the baskets could have used."""
        seen: dict[int, int] = defaultdict(int)
        for offers in baskets:
            for offer in offers:
                if offer.id in self.times and _limited(offer):
                    seen[offer.id] += 1
        return any(n > 1 for n in seen.values())

    def _left(self, offer: values.Offer) -> values.Offer:
        purse = offer.kind in _PURSE
        times, fen = self.times[offer.id], self.fen[offer.id]
        return replace(
            offer,
            held=max(offer.held - times, 0) if purse else offer.held,
            # An offer for first orders is for one of them, as `promotions.taking.most_per_buyer` has it.
            per_buyer=1 if _once(offer) else offer.per_buyer,
            left_times=None if offer.left_times is None else max(offer.left_times - times, 0),
            left_fen=None if offer.left_fen is None else max(offer.left_fen - fen, 0),
            terms=_terms(offer.terms, self.pieces.get(offer.id, {})),
        )


def _limited(offer: values.Offer) -> bool:
    return (
        offer.kind in _PURSE
        or offer.per_buyer is not None
        or offer.first_order_only
        or offer.left_times is not None
        or offer.left_fen is not None
        or (isinstance(offer.terms, values.Flash) and bool(offer.terms.shares))
        or any(present.left is not None for present in presents_of(offer.terms))
    )


def _once(offer: values.Offer) -> bool:
    return offer.first_order_only and offer.per_buyer is None and offer.kind not in _PURSE


def _terms(terms: values.Terms, taken: Mapping[int, int]) -> values.Terms:
    if not taken:
        return terms
    if isinstance(terms, values.Flash):
        return replace(terms, shares={sku: max(n - taken.get(sku, 0), 0) for sku, n in terms.shares.items()})
    if isinstance(terms, values.Gift):
        return replace(terms, tiers=tuple((at, _less(present, taken)) for at, present in terms.tiers))
    if isinstance(terms, values.BuyGet):
        return replace(terms, present=_less(terms.present, taken))
    return terms


def _less(present: values.Present, taken: Mapping[int, int]) -> values.Present:
    if present.left is None:
        return present
    gone = taken.get(present.sku_id, 0) if present.sku_id else sum(taken.values())
    return replace(present, left=max(present.left - gone, 0))
