"""The plan of an offer (方案): everything a person decides about it, before and apart from its life in the table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from zhanggui.promotions import terms as reading
from zhanggui.promotions.models import Offer
from zhanggui.promotions.pricing import values

_PLAIN = (
    "kind",
    "name",
    "starts_at",
    "ends_at",
    "group",
    "alone",
    "first_order_only",
    "per_buyer",
    "times",
    "budget_fen",
    "claim_from",
    "claim_until",
    "good_days",
    "house",
    "note",
)
"""Fields that a row keeps as they are, under the same name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """An offer as a person plans it. `terms` and `scope` are values, not JSON; `rules.checked` judges them.

    `shares`: pieces by SKU that it may sell or give away. `levels`: member levels, `regions`: GB/T 2260 codes; empty
    is everybody. Limits None: without. Amounts in fen.
    """

    merchant_id: int
    kind: str
    name: str
    shop_ids: tuple[int, ...]
    starts_at: datetime
    ends_at: datetime
    terms: values.Terms
    scope: values.Scope = values.Scope()
    shares: Mapping[int, int] = field(default_factory=dict)
    group: str = ""
    alone: bool = False
    levels: tuple[int, ...] = ()
    regions: tuple[str, ...] = ()
    first_order_only: bool = False
    per_buyer: int | None = None
    times: int | None = None
    budget_fen: int | None = None
    claim_from: datetime | None = None
    claim_until: datetime | None = None
    good_days: int | None = None
    house: bool = False
    note: str = ""

    @classmethod
    def told(
        cls,
        *,
        kind: str,
        shop_ids: Sequence[int],
        terms: Mapping[str, Any],
        scope: Mapping[str, Any] | None = None,
        **also: Any,
    ) -> Self:
        """A plan whose terms and scope are told as JSON (`promotions.terms`). Raises Invalid when they are wrong."""
        return cls(
            kind=kind,
            shop_ids=tuple(shop_ids),
            terms=reading.read(kind, terms),
            scope=reading.read_scope(scope or {}),
            **also,
        )

    @classmethod
    def of(cls, offer: Offer) -> Self:
        """The plan that a row keeps. Raises Invalid for a row that nobody can read any more. One statement."""
        return cls.told(
            merchant_id=offer.merchant_id,
            shop_ids=offer.shop_ids,
            terms=offer.terms,
            scope=offer.scope,
            shares=dict(offer.shares.values_list("sku_id", "pieces")),
            levels=tuple(offer.levels),
            regions=tuple(offer.regions),
            **{name: getattr(offer, name) for name in _PLAIN},
        )

    def columns(self) -> dict[str, Any]:
        """The row's columns, but for the merchant's; the shares stand in a table of their own."""
        found: dict[str, Any] = {name: getattr(self, name) for name in _PLAIN}
        found |= {"shop_ids": list(self.shop_ids), "levels": list(self.levels), "regions": list(self.regions)}
        return found | {"terms": reading.write(self.terms), "scope": reading.write_scope(self.scope)}
