"""Values of a calculation as plain JSON and back, to be kept beside an order; and a digest of what the buyer sees.

Nothing in them is personal. A value that is read again is equal to the one that was kept, except the freight receipt
in a postage, which comes back as the plain values that it was kept as.
"""

import hashlib
import json
import types
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from typing import Any, Union, get_args, get_origin, get_type_hints

from zhanggui.promotions.pricing import values
from zhanggui.promotions.pricing.values import Basket, Kind, Offer, Packet, Priced, Scope, Terms

TERMS: Mapping[Kind, type] = {
    Kind.FLASH: values.Flash,
    Kind.MEMBER: values.Member,
    Kind.BUNDLE: values.Bundle,
    Kind.BUY_GET: values.BuyGet,
    Kind.GIFT: values.Gift,
    Kind.REDUCTION: values.Reduction,
    Kind.COUPON: values.Coupon,
    Kind.VOUCHER: values.Voucher,
    Kind.FREE_POSTAGE: values.FreePostage,
    Kind.PRESALE: values.Presale,
}
"""The class of the terms of each kind."""

_Read = Callable[[Any], Any]
_readers: dict[Any, _Read] = {}
_writers: dict[type, _Read] = {}


def dump(value: Any) -> Any:
    """A value of `pricing.values` (or a tuple of them) as plain dicts, lists, texts and numbers."""
    kind = type(value)
    if kind in _PLAIN:
        return value
    write = _writers.get(kind)
    if write is None:
        write = _writers[kind] = _writer(value)
    return write(value)


_PLAIN = frozenset({int, str, bool, type(None)})


def _writer(value: Any) -> _Read:
    """How values of this one's type become plain."""
    if is_dataclass(value):
        names = tuple(field.name for field in fields(value))
        return lambda one: {
            name: held if type(held) in _PLAIN else dump(held)
            for name in names
            for held in (getattr(one, name),)
        }
    if isinstance(value, Enum):
        return lambda one: one.value
    if isinstance(value, datetime):
        return lambda one: one.isoformat()
    if isinstance(value, Mapping):
        return lambda one: {str(key): dump(held) for key, held in one.items()}
    if isinstance(value, frozenset | set):
        return lambda one: sorted([dump(held) for held in one])
    if isinstance(value, tuple | list):
        return lambda one: [dump(held) for held in one]
    if isinstance(value, str):  # a safe or translated text
        return str
    raise TypeError(f"{type(value).__name__} is no value of a calculation")


def load_basket(kept: Any) -> Basket:
    """A basket as it was kept."""
    basket: Basket = _reader(Basket)(kept)
    return basket


def load_offers(kept: Any) -> tuple[Offer, ...]:
    """Offers as they were kept."""
    return tuple(_offer(row) for row in kept)


def load_priced(kept: Any) -> Priced:
    """A receipt as it was kept."""
    priced: Priced = _reader(Priced)(kept)
    return priced


def load_packets(kept: Any) -> tuple[Packet, ...]:
    """Red packets as they were kept."""
    return tuple(_reader(Packet)(row) for row in kept)


def load_scope(kept: Any) -> Scope:
    """The scope of an offer; what is not said has its default."""
    scope: Scope = _reader(Scope)(kept)
    return scope


def load_terms(kind: Kind | str, kept: Any) -> Terms:
    """The terms of an offer of a kind. Raises KeyError or ValueError for what is none."""
    terms: Terms = _reader(TERMS[Kind(kind)])(kept)
    return terms


def digest(priced: Priced) -> str:
    """A stable hash of what the buyer sees: goods, pieces, shares, presents and every sum to pay.

    Two receipts with the same digest look the same to the buyer, whatever the reasons behind them and whatever the
    caller calls the lines.
    """
    seen = [
        sorted([line.sku_id, line.pieces, line.share_fen] for line in priced.lines),
        sorted([gift.sku_id, gift.pieces] for gift in priced.gifts),
        [priced.goods_fen, priced.postage_fen, priced.red_fen, priced.due_fen, priced.cash_fen],
        [priced.deposit_fen, priced.balance_fen],
    ]
    return hashlib.sha256(json.dumps(seen, separators=(",", ":")).encode()).hexdigest()


def _offer(kept: Mapping[str, Any]) -> Offer:
    offer: Offer = _reader(Offer)({**kept, "terms": load_terms(kept["kind"], kept["terms"])})
    return offer


def _reader(kind: Any) -> _Read:
    found = _readers.get(kind)
    if found is None:
        found = _readers[kind] = _make(kind)
    return found


def _make(kind: Any) -> _Read:
    """How a value of this annotated type is read from plain values."""
    origin, args = get_origin(kind), get_args(kind)
    if kind == Terms:
        return _same  # read before, by the kind of the offer
    if isinstance(kind, type) and is_dataclass(kind):
        hints = get_type_hints(kind)
        readers = {field.name: _reader(hints[field.name]) for field in fields(kind)}
        return lambda kept: kind(**{name: readers[name](held) for name, held in kept.items()})
    if origin in (Union, types.UnionType):
        one = _reader(next(arg for arg in args if arg is not type(None)))
        plain = len(args) > 2 or one is _same
        return _same if plain else lambda kept: None if kept is None else one(kept)
    if origin is frozenset:
        of = _reader(args[0])
        return lambda kept: frozenset(of(held) for held in kept)
    if origin is tuple:
        if len(args) == 2 and args[1] is Ellipsis:
            of = _reader(args[0])
            return lambda kept: tuple([of(held) for held in kept])
        each = [_reader(arg) for arg in args]
        return lambda kept: tuple([of(held) for of, held in zip(each, kept, strict=True)])
    if origin is not None and issubclass(origin, Mapping):
        key, of = (int if args[0] is int else _same), _reader(args[1])
        return lambda kept: {key(name): of(held) for name, held in kept.items()}
    if kind is datetime:
        return datetime.fromisoformat
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind
    return _same


def _same(kept: Any) -> Any:
    return kept
