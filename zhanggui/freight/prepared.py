"""A shop's freight books read once, so that a checkout can ask them many times without the database."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from zhanggui.freight.quotes import _POLICIES, Part, Wish, _Books, _receipt
from zhanggui.freight.rules import ASK, PRICED, Extra, FreeRow, Line, Receipt, Table, ZoneRow
from zhanggui.kit.prepared import ask
from zhanggui.shops.models import Shop
from zhanggui.shops.policies import policy

# json_build_object has no column names to lose; one statement instead of six on the way of every order.
_ALL = """
SELECT 'table', t.shop_id, jsonb_build_array(t.id, t.name, coalesce(c.code, ''), t.ships_from, t.valuation,
  t.seller_pays, t.is_default), (NOT t.is_default)::int::bigint, t.id
FROM freight_template t LEFT JOIN freight_carrier c ON c.id = t.carrier_id WHERE t.shop_id = ANY(%(shops)s::bigint[])
UNION ALL
SELECT 'zone', t.shop_id, jsonb_build_array(t.id, z.id, z.name, to_jsonb(z.regions), z.first_standard, z.first_fen,
  z.add_standard, z.add_fen, z.ask_first, z.why), z.position, z.id
FROM freight_zone z JOIN freight_template t ON t.id = z.template_id WHERE t.shop_id = ANY(%(shops)s::bigint[])
UNION ALL
SELECT 'free', t.shop_id, jsonb_build_array(t.id, f.id, to_jsonb(f.regions), f.pieces, f.amount_fen, f.within),
  f.position, f.id
FROM freight_freerule f JOIN freight_template t ON t.id = f.template_id WHERE t.shop_id = ANY(%(shops)s::bigint[])
UNION ALL
SELECT 'extra', s.shop_id, jsonb_build_array(s.id, s.name, coalesce(c.code, ''), to_jsonb(s.regions), s.fee_fen,
  s.fallback_only, s.why), 0, s.id
FROM freight_surcharge s LEFT JOIN freight_carrier c ON c.id = s.carrier_id
WHERE s.active AND s.shop_id = ANY(%(shops)s::bigint[])
UNION ALL
SELECT 'answer', a.shop_id, jsonb_build_array(a.id, q.asked -> 'to', q.asked -> 'carrier', q.asked -> 'parts', a.fee_fen,
  a.answered_by), 0, a.id
FROM freight_costasked a JOIN freight_quote q ON q.id = a.quote_id WHERE a.shop_id = ANY(%(shops)s::bigint[])
AND a.answered_at IS NOT NULL AND q.good_until > statement_timestamp()
UNION ALL
SELECT 'carrier', 0, jsonb_build_array(code, name), 0, id FROM freight_carrier
ORDER BY 1, 4, 5
"""


@dataclass(frozen=True, slots=True)
class Tariff:
    """What a parcel of one shop costs, without a statement."""

    shop: Shop
    books: _Books
    names: Mapping[str, str]
    answers: Mapping[tuple[Any, ...], tuple[int, int, str]] = field(default_factory=dict)

    def receipt(self, to: str, parts: Sequence[Part], carrier_code: str | None = None) -> Receipt:
        """The same receipt that `quotes.quote` gives for these parts; where a person has to be asked, with what he said
        of the same parcel to the same place by the same carrier, while his word holds (S1-06).
        """
        found = _receipt(Wish(self.shop, to, tuple(parts), carrier_code), self.books, dict(self.names))
        if found.outcome != ASK or not self.answers:
            return found
        told = self.answers.get((to, found.carrier, tuple((part.pieces, part.weight_g) for part in parts)))
        if told is None:
            return found
        task, fee, name = told
        line = Line("answered", fee, name, why="S1-06", numbers={"task": task})
        return replace(found, outcome=PRICED, fee_fen=fee, lines=(*found.lines, line))


def prepare(shops: Sequence[Shop], settings: Mapping[tuple[int, str], Any]) -> dict[int, Tariff]:
    """The freight books of shops by id. `settings`: what shops set, by (shop id, policy); the caller read it.

    One statement however many shops.
    """
    tables: dict[int, list[list[Any]]] = defaultdict(list)
    zones: dict[int, list[ZoneRow]] = defaultdict(list)
    free: dict[int, list[FreeRow]] = defaultdict(list)
    extras: dict[int, list[Extra]] = defaultdict(list)
    answers: dict[int, dict[tuple[Any, ...], tuple[int, int, str]]] = defaultdict(dict)
    names: dict[str, str] = {}
    for kind, shop_id, told, *_order in ask(_ALL, {"shops": [shop.pk for shop in shops]}):
        v = json.loads(told)
        if kind == "table":
            tables[shop_id].append(v)
        elif kind == "zone":
            zones[v[0]].append(ZoneRow(v[1], v[2], tuple(v[3]), *v[4:]))
        elif kind == "free":
            free[v[0]].append(FreeRow(v[1], tuple(v[2]), *v[3:]))
        elif kind == "extra":
            extras[shop_id].append(Extra(v[0], v[1], v[2], tuple(v[3]), *v[4:]))
        elif kind == "answer":
            parcel = tuple((part.get("pieces"), part.get("weight_g")) for part in v[3])
            answers[shop_id][v[1], v[2], parcel] = (v[0], v[4], v[5])
        else:
            names[v[0]] = v[1]

    def setting(shop: Shop, name: str) -> Any:
        return settings.get((shop.pk, name), policy(name).of_nobody(shop))

    found = {}
    for shop in shops:
        own = tuple(
            Table(v[0], v[1], v[2], v[3], v[4], tuple(zones[v[0]]), tuple(free[v[0]]), v[5], v[6])
            for v in tables[shop.pk]
        )
        books = _Books(
            own, tuple(extras[shop.pk]), setting(shop, _POLICIES[0]), tuple(setting(shop, _POLICIES[1]))
        )
        found[shop.pk] = Tariff(shop, books, names, answers[shop.pk])
    return found
