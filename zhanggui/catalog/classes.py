"""The house's own tree of kinds of goods (data/classifications.tsv); laid when the house is prepared.

A line: code, name, code of the upper class, virtual, attributes ("材质*;季节=春/夏": * must be told, = choices).
"""

from importlib.resources import files

from zhanggui.catalog.forest import read_asked
from zhanggui.catalog.models import Classification


def ensure_classifications() -> int:
    """Add the classes that are missing; what is there stays as it is. Gives how many were added. Two or three statements."""
    known = set(Classification.objects.values_list("code", flat=True))
    every = _rows()
    places = {row[0]: place for place, row in enumerate(every)}
    rows = [row for row in every if row[0] not in known]
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
                    attributes=[dict(one) for one in read_asked(told)],
                    position=places[code],
                )
                for code, name, parent, virtual, told in fresh
            ],
            ignore_conflicts=True,
        )
    return len(rows)


def _rows() -> list[list[str]]:
    text = files("zhanggui.catalog").joinpath("data/classifications.tsv").read_text("utf-8")
    return [[*line.split("\t"), "", ""][:5] for line in text.splitlines()[1:] if line.strip()]
