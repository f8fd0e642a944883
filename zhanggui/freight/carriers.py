"""The carriers everybody knows, from a data file of ours: codes, names in files, waybill patterns."""

import json
from functools import lru_cache
from importlib import resources
from typing import Any

from django.db import transaction

from zhanggui.freight.models import Carrier

_COLUMNS = ("name", "aliases", "waybill_pattern", "codes", "position")


@lru_cache(maxsize=1)
def _data() -> list[dict[str, Any]]:
    text = (resources.files("zhanggui.freight") / "data" / "carriers.json").read_text(encoding="utf-8")
    found: list[dict[str, Any]] = json.loads(text)
    return found


@transaction.atomic
def ensure_carriers() -> int:
    """Bring the table of carriers up to the data file; gives how many rows were new or different.

    Rows that a person edited stay as they are. Safe to call at every start. One statement when nothing is new,
    three otherwise.
    """
    have = {row.code: row for row in Carrier.objects.all()}
    fresh, stale = [], []
    for position, entry in enumerate(_data()):
        values = {
            "name": entry["name"],
            "aliases": entry["aliases"],
            "waybill_pattern": entry["pattern"],
            "codes": entry["codes"],
            "position": position,
        }
        row = have.get(entry["code"])
        if row is None:
            fresh.append(Carrier(code=entry["code"], **values))
        elif not row.edited and any(getattr(row, name) != value for name, value in values.items()):
            for name, value in values.items():
                setattr(row, name, value)
            stale.append(row)
    if fresh:
        Carrier.objects.bulk_create(fresh, ignore_conflicts=True)
    if stale:
        Carrier.objects.bulk_update(stale, _COLUMNS)
    return len(fresh) + len(stale)
