"""The house's own tree of kinds of goods (data/classifications.tsv); laid when the house is prepared.

A line: code, name, code of the upper class, virtual, attributes ("材质*;季节=春/夏": * must be told, = choices).
"""

from importlib.resources import files
from typing import Any

from zhanggui.catalog.models import Classification


def ensure_classifications() -> int:
    """Add the classes that are missing; what is there stays as it is. Gives how many were added. Two or three statements."""
    known = set(Classification.objects.values_list("code", flat=True))
    rows = [row for row in _rows() if row[0] not in known]
    for level in (False, True):
        fresh = [row for row in rows if bool(row[2]) is level]
        if not fresh:
            continue
        ids = dict(Classification.objects.values_list("code", "pk"))
        Classification.objects.bulk_create(
            [
                Classification(
                    code=code,
                    name=name,
                    parent_id=ids.get(parent),
                    virtual=virtual == "1",
                    attributes=_read(told),
                )
                for code, name, parent, virtual, told in fresh
            ],
            ignore_conflicts=True,
        )
    return len(rows)


def _rows() -> list[list[str]]:
    text = files("zhanggui.catalog").joinpath("data/classifications.tsv").read_text("utf-8")
    return [[*line.split("\t"), "", ""][:5] for line in text.splitlines()[1:] if line.strip()]


def _read(told: str) -> list[dict[str, Any]]:
    found = []
    for part in filter(None, told.split(";")):
        name, _sign, choices = part.partition("=")
        found.append(
            {
                "name": name.rstrip("*"),
                "must": name.endswith("*"),
                "choices": choices.split("/") if choices else [],
            }
        )
    return found
