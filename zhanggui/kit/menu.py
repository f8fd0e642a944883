"""What the frame offers: every room hangs its entries here when it starts; the frame shows those one may use."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache

from django.urls import NoReverseMatch, reverse

from zhanggui.kit.actor import Actor

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Entry:
    """One place to go. `label` is a Chinese message id, translated where it is shown.

    `route`: name of a URL without arguments. `power`: the power that opens it somewhere ("" for everybody).
    `keys`: the key sequence of the page contract ("g o"). `section`: heading in the menu; "" only in the
    command palette. `icon`: name of an icon in kit/icons.py. `words`: more words by which the palette finds
    it. `count`: optional, gives the badge number for an actor.
    """

    label: str
    route: str
    power: str = ""
    section: str = ""
    order: int = 100
    keys: str = ""
    icon: str = ""
    words: str = ""
    count: Callable[[Actor], int] | None = None


@dataclass(frozen=True, slots=True)
class Tile:
    """A piece of the home page that another room shows by URL (`hx-get` of the route, pages compose by URL).

    `route` answers with a fragment; `wide` takes the whole row. Order: small first.
    """

    label: str
    route: str
    power: str = ""
    order: int = 100
    wide: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One step of setting the house up, shown on the home page until all are done (screens.md S16).

    `done` gives whether it is done; `route` is where one does it.
    """

    label: str
    route: str
    done: Callable[[], bool]
    power: str = ""
    order: int = 100
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """Something the command palette found for what was typed."""

    label: str
    url: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """Something a person should know now: a sentence in the reader's language, since when, and where to act."""

    text: str
    url: str
    at: datetime
    weight: str = ""
    """"" for news, "warn" and "bad" for what wants an act."""


@dataclass(slots=True)
class Link:
    """An entry as the frame shows it to one person. `badge` is 0 without a count."""

    entry: Entry
    url: str
    here: bool = False
    badge: int = 0


@dataclass(slots=True)
class Section:
    """A heading of the menu and what stands under it."""

    label: str
    links: list[Link] = field(default_factory=list)


_entries: list[Entry] = []
_tiles: list[Tile] = []
_steps: list[Step] = []
_notices: list[Callable[[Actor], list[Notice]]] = []
_counts: dict[str, Callable[[Actor, str], int]] = {}
_answers: list[Callable[[Actor, str], list[Found]]] = []


def offer(*entries: Entry) -> None:
    """Hang entries into the menu and the command palette (from an AppConfig.ready)."""
    for entry in entries:
        if entry not in _entries:
            _entries.append(entry)


def hang(*tiles: Tile) -> None:
    """Hang tiles on the home page (from an AppConfig.ready)."""
    for tile in tiles:
        if tile not in _tiles:
            _tiles.append(tile)


def set_up(*steps: Step) -> None:
    """Add steps to the set-up check list of the home page (from an AppConfig.ready)."""
    for step in steps:
        if step not in _steps:
            _steps.append(step)


def answer_with(*finders: Callable[[Actor, str], list[Found]]) -> None:
    """Let the command palette ask these for what was typed (two characters or more): few rows, few statements."""
    for finder in finders:
        if finder not in _answers:
            _answers.append(finder)


def answers_for(actor: Actor, text: str) -> list[Found]:
    """What the rooms find for a text, as this actor may see it."""
    return [hit for finder in _answers for hit in finder(actor, text)][:12]


def notice_with(*tellers: Callable[[Actor], list[Notice]]) -> None:
    """Let the notices page ask these what an actor should know: few rows, few statements."""
    for teller in tellers:
        if teller not in _notices:
            _notices.append(teller)


def notices_for(actor: Actor) -> list[Notice]:
    """What this actor should know, the newest first."""
    found = [notice for teller in _notices for notice in teller(actor)]
    return sorted(found, key=lambda notice: notice.at, reverse=True)[:100]


def count_with(route: str, counter: Callable[[Actor, str], int]) -> None:
    """Let saved views of a list show how many rows they hold: a function of the actor and the query string."""
    _counts[route] = counter


def count_of(route: str, actor: Actor, query: str) -> int | None:
    """How many rows a list shows with this query string; None when the list does not say."""
    counter = _counts.get(route)
    return counter(actor, query) if counter else None


def entries() -> list[Entry]:
    """All entries in their order."""
    return sorted(_entries, key=lambda entry: (entry.order, entry.route))


def tiles_for(actor: Actor) -> list[Tile]:
    """The tiles this actor may see and that can be reached, in their order."""
    seen = [tile for tile in _tiles if allowed(actor, tile.power) and address(tile.route)]
    return sorted(seen, key=lambda tile: (tile.order, tile.route))


def steps_for(actor: Actor) -> list[Step]:
    """The set-up steps this actor may do, in their order."""
    return sorted((step for step in _steps if allowed(actor, step.power)), key=lambda step: step.order)


def links(actor: Actor | None) -> list[Link]:
    """Every entry this actor may use, with its address. No statement."""
    if actor is None:
        return []
    found = []
    for entry in entries():
        url = address(entry.route) if allowed(actor, entry.power) else ""
        if url:
            found.append(Link(entry, url))
    return found


def sections(actor: Actor | None, path: str) -> list[Section]:
    """The menu of an actor who stands at `path`. Costs what the badges of the entries cost."""
    shown = [link for link in links(actor) if link.entry.section]
    here = max(
        (link for link in shown if under(path, link.url)), key=lambda link: len(link.url), default=None
    )
    found: dict[str, Section] = {}
    for link in shown:
        link.here = link is here
        if link.entry.count is not None and actor is not None:
            link.badge = link.entry.count(actor)
        found.setdefault(link.entry.section, Section(link.entry.section)).links.append(link)
    return list(found.values())


def under(path: str, url: str) -> bool:
    """Whether a path lies at or below an address; the home page is only itself."""
    return path == url if url == "/" else path.startswith(url)


def allowed(actor: Actor, power: str) -> bool:
    """Whether an entry that wants this power is for this actor."""
    return not power or actor.can_somewhere(power)


@cache
def address(route: str) -> str:
    """The address of a route without arguments; "" when it does not exist (a test finds those).

    Remembered: a page asks for seventy of them, and they never change while the process lives.
    """
    try:
        return reverse(route)
    except NoReverseMatch:
        log.debug("the menu names a route that does not exist: %s", route)
        return ""
