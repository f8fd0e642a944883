"""Asking the daybook: who, what, which thing, which shop, when, from where (G8)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Max, Q, QuerySet
from django.utils.translation import gettext as _

from zhanggui.journal.models import Entry, Seal
from zhanggui.journal.objects import Name, ids_of, names_of
from zhanggui.journal.telling import Difference, told
from zhanggui.kit.actor import Actor
from zhanggui.kit.clock import day_begins
from zhanggui.kit.numbers import whole
from zhanggui.kit.refusals import Unreadable

POWER = "daybook.see"
PAGE = 50
FIELDS = ("who", "what", "kind", "object", "shop", "since", "until", "source", "address")


def visible_to(actor: Actor) -> QuerySet[Entry]:
    """The lines of the shops where the actor may read the daybook; who may everywhere, all of them."""
    shops = actor.shops_with(POWER)
    rows = Entry.objects.all()
    return rows if shops is None else rows.filter(shop_id__in=sorted(shops))


@dataclass(frozen=True, slots=True)
class Page:
    """One page, newest first. `before`/`after`: cursors to the neighbours, "" at the ends."""

    rows: list[Entry]
    before: str
    after: str

    def named(self, actor: Actor) -> list[tuple[Entry, Name | None, list[Difference]]]:
        """The lines with what their things are called and what changed. One statement per kind of thing."""
        names, changed = names_of(actor, self.rows), told(self.rows)
        return [(row, names.get((row.kind, row.object_id or 0)), changed[row.pk]) for row in self.rows]


def search(actor: Actor, wanted: Mapping[str, str], *, before: str = "", after: str = "") -> Page:
    """The lines that fit, newest first, by keyset. One statement, and one to find an object's number.

    `wanted`: texts of FIELDS as a form has them. Raises Unreadable for a day or an id that is none.
    """
    rows = _narrowed(visible_to(actor), actor, wanted)
    if before:
        found = list(rows.filter(pk__gt=_whole("before", before)).order_by("pk")[: PAGE + 1])
        more = len(found) > PAGE
        found = found[:PAGE][::-1]
        return Page(found, str(found[0].pk) if found and more else "", str(found[-1].pk) if found else "")
    if after:
        rows = rows.filter(pk__lt=_whole("after", after))
    found = list(rows.order_by("-pk")[: PAGE + 1])
    more = len(found) > PAGE
    found = found[:PAGE]
    return Page(
        found, str(found[0].pk) if found and after else "", str(found[-1].pk) if found and more else ""
    )


def _narrowed(rows: QuerySet[Entry], actor: Actor, wanted: Mapping[str, str]) -> QuerySet[Entry]:
    given = {name: str(wanted.get(name, "")).strip() for name in FIELDS}
    if given["who"]:
        rows = rows.filter(Q(work_no__iexact=given["who"]) | Q(actor__icontains=given["who"]))
    if given["what"]:
        code = given["what"]
        rows = rows.filter(what=code) if "." in code else rows.filter(what__startswith=f"{code}.")
    if given["kind"]:
        rows = rows.filter(kind=given["kind"])
    if given["object"]:
        rows = rows.filter(_object(actor, given["object"], given["kind"]))
    if given["shop"]:
        rows = rows.filter(shop_id=_whole("shop", given["shop"]))
    if given["source"]:
        rows = rows.filter(source=given["source"])
    if given["address"]:
        rows = rows.filter(address=given["address"])
    if given["since"]:
        rows = rows.filter(at__gte=day_begins(_day(given["since"])))
    if given["until"]:
        rows = rows.filter(at__lt=day_begins(_day(given["until"]) + timedelta(days=1)))
    return rows


def _object(actor: Actor, text: str, kind: str) -> Q:
    found = Q(pk__in=[])
    for name, pk in ids_of(actor, text, kind):
        found |= Q(kind=name, object_id=pk)
    if (number := whole(text)) is not None:
        found |= Q(object_id=number)
    return found


def _whole(name: str, text: str) -> int:
    number = whole(text)
    if number is None:
        raise Unreadable(name, text)
    return number


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Unreadable(_("日期"), text) from None
    if not 1990 <= day.year <= 2100:  # the day after the last one there is cannot be asked for
        raise Unreadable(_("日期"), text)
    return day


def sources() -> list[str]:
    """Where acts come from."""
    return ["web", "import", "timer", "cli", "api", "demo"]


@dataclass(frozen=True, slots=True)
class Sealed:
    """How far the chain of seals reaches."""

    seals: int
    entries: int
    waiting: int
    last: Seal | None


def sealed() -> Sealed:
    """The state of the chain without walking it. Three statements, the last by the primary key."""
    last = Seal.objects.order_by("-pk").first()
    counted = Seal.objects.aggregate(seals=Count("pk"), newest=Max("last_id"))
    waiting = Entry.objects.filter(pk__gt=counted["newest"] or 0).count()
    covered = sum(Seal.objects.values_list("entries", flat=True))
    return Sealed(counted["seals"], covered, waiting, last)
