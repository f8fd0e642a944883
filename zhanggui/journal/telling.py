"""A daybook change in words, the one place that says it: the daybook's page, one's last acts, an order's timeline.

The daybook keeps columns and plain values. Rooms register what only they know: the names of their columns
(`words.COLUMNS`), how a column's key is read ("line:2.state"), how a value is said, whose ids stand there.
What a person cannot read (ids, keyed hashes) is never shown.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from zhanggui.journal.models import Entry
from zhanggui.journal.words import column_of
from zhanggui.kit import regions
from zhanggui.kit.actor import power_name
from zhanggui.kit.clock import in_china
from zhanggui.kit.money import yuan

NOTHING = "—"


@dataclass(frozen=True, slots=True)
class Difference:
    """One column of an act: its name and both values, in words."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Column:
    """How a key of a change is read: under what name its values are said, and how it is called.

    `before` and `after` where the values can only be said together (what was added, what was taken off).
    """

    key: str
    label: str
    before: str | None = None
    after: str | None = None


Reader = Callable[[str, Any, Any], Column | None]
Sayer = Callable[[str, Any], str | None]
Names = Callable[[list[Any]], Mapping[Any, str]]
_readers: list[Reader] = []
_sayers: list[Sayer] = []
_names: dict[str, Names] = {}
_hidden: set[str] = {"version", "object_id", "staff_id"}
_REGIONS = ("region", "regions", "city", "ships_from")


def read_with(reader: Reader) -> None:
    """Register how a room reads its own keys: gives None for what is not its own."""
    _readers.append(reader)


def say_with(sayer: Sayer) -> None:
    """Register how a room says its own values: gives None for what is not its own. No statement."""
    _sayers.append(sayer)


def name_ids(column: str, names: Names) -> None:
    """Register what the ids or codes of a column are called. One statement, however many.

    An id without a name is not shown, a code without one is shown as it is.
    """
    _names[column] = names


def hide(*columns: str) -> None:
    """Columns that say nothing to a person."""
    _hidden.update(columns)


def told(entries: Iterable[Entry]) -> dict[int, list[Difference]]:
    """What each line changed, in words, by the line's id. One statement per column of ids among them."""
    entries = list(entries)
    wanted: dict[str, set[Any]] = {}
    for entry in entries:
        for column in _names.keys() & entry.change.keys():
            pair = entry.change[column]
            wanted.setdefault(column, set()).update(pk for pk in pair if isinstance(pk, int | str) and pk)
    names = {column: _names[column](sorted(ids)) if ids else {} for column, ids in wanted.items()}
    return {entry.pk: differences(entry.change, names) for entry in entries}


def differences(
    change: Mapping[str, Any], names: Mapping[str, Mapping[Any, str]] | None = None
) -> list[Difference]:
    """One change in words; columns that say nothing to a person are left out. No statement."""
    found = []
    for name, pair in change.items():
        if not isinstance(pair, list | tuple) or len(pair) != 2:
            continue
        if name in _names:
            known = (names or {}).get(name, {})
            before, after = (known.get(pk) or (pk if isinstance(pk, str) and pk else NOTHING) for pk in pair)
            column = Column(name, column_of(name), before, after)
        else:
            column = _read(name, *pair)
        if column.key in _hidden:
            continue
        before = said(column.key, pair[0]) if column.before is None else column.before
        after = said(column.key, pair[1]) if column.after is None else column.after
        if before != after:
            found.append(Difference(column.label, before, after))
    return found


def _read(name: str, before: Any, after: Any) -> Column:
    for reader in _readers:
        column = reader(name, before, after)
        if column is not None:
            return column
    return Column(name, column_of(name))


def said(column: str, value: Any) -> str:
    """One value of a column in words; a dash for nothing."""
    if value is None or value in ("", [], {}):
        return NOTHING
    for sayer in _sayers:
        words = sayer(column, value)
        if words is not None:
            return words
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if column.endswith("_fen") and isinstance(value, int):
        return f"{'-' if value < 0 else ''}¥{yuan(abs(value))}"
    if column == "powers" and isinstance(value, list):
        return "、".join(power_name(str(code)) for code in value)
    if column in _REGIONS and isinstance(value, str):
        return regions.full_name(value) or value
    if isinstance(value, list):
        return "、".join(said(column, part) for part in value)
    if isinstance(value, dict):
        return "；".join(f"{column_of(str(key))} {said(str(key), part)}" for key, part in value.items())
    return _moment(value) if isinstance(value, str) else str(value)


def _moment(text: str) -> str:
    """A moment in China's time; any other text as it is."""
    if len(text) < 19 or text[4:5] != "-" or text[10:11] not in ("T", " "):
        return text
    try:
        moment = parse_datetime(text)
    except ValueError:
        return text
    return f"{in_china(moment):%Y-%m-%d %H:%M}" if moment and moment.tzinfo else text
