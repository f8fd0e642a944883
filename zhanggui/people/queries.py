"""What pages ask about people. Each query says what it costs."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Q, QuerySet

from zhanggui.kit.actor import EVERYWHERE, Actor
from zhanggui.kit.clock import days
from zhanggui.people.actors import powers_of
from zhanggui.people.models import Department, Grant, Reveal, Role, SignIn, Staff, Visit
from zhanggui.people.powers import Power, sections
from zhanggui.people.scopes import Scope, all_scopes


def visible_to(actor: Actor) -> "QuerySet[Staff]":
    """The people an actor may see: with STAFF_SEE in all shops everybody, else who has a grant in those shops,
    and one's own sub-accounts. No statement by itself.
    """
    shops = actor.shops_with(Power.STAFF_SEE)
    if shops is None:
        return Staff.objects.all()
    granted = Grant.objects.filter(shop_id__in=sorted(shops)).values("staff_id")
    return Staff.objects.filter(Q(pk__in=granted) | Q(main_id=actor.staff_id, main__isnull=False))


def holders(power: str, shops: Iterable[int] | None) -> "QuerySet[Staff]":
    """The people who were given a power in one of these shops (None: in any), disabled accounts too. No
    statement by itself.
    """
    grants = Grant.objects.filter(Q(role__is_owner=True) | Q(role__powers__contains=[str(power)]))
    if shops is not None:
        grants = grants.filter(Q(shop_id__isnull=True) | Q(shop_id__in=sorted(shops)))
    return Staff.objects.filter(pk__in=grants.values("staff_id"))


def filtered(
    people: "QuerySet[Staff]",
    *,
    text: str = "",
    department: str = "",
    state: str = "",
    role: int | None = None,
) -> "QuerySet[Staff]":
    """The people that a list's filter means, by work number. No statement by itself."""
    if text:
        people = people.filter(Q(work_no__icontains=text) | Q(name__icontains=text))
    if department in Department.values:
        people = people.filter(department=department)
    if state in ("on", "off"):
        people = people.filter(is_active=state == "on")
    if role is not None:
        people = people.filter(pk__in=Grant.objects.filter(role_id=role).values("staff_id"))
    return people.select_related("main").prefetch_related("grants__role").order_by("work_no")


@dataclass(frozen=True, slots=True)
class Holding:
    """What a person may do in one scope: the shop's name ("" for all shops) by sections of powers."""

    shop_id: int
    scope: str
    sections: list[tuple[str, list[tuple[Power, bool]]]]


def holdings(staff: Staff) -> list[Holding]:
    """What a person may do, all shops first: the preview. Two statements."""
    held = powers_of(staff)
    names = {scope.id: str(scope) for scope in all_scopes()}
    return [
        Holding(
            shop_id,
            names.get(shop_id, f"#{shop_id}") if shop_id != EVERYWHERE else "",
            [
                (label, [(power, power in powers or power in held.get(EVERYWHERE, ())) for power in listed])
                for label, listed in sections()
            ],
        )
        for shop_id, powers in sorted(held.items())
    ]


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """One power and which of the roles hold it, in the order of the roles."""

    power: Power
    cells: list[tuple[Role, bool]]
    holders: list[Role] = field(default_factory=list)


def matrix() -> tuple[list[Role], list[tuple[str, list[MatrixRow]]]]:
    """All roles, and all powers by section with who holds them. One statement."""
    roles = list(Role.objects.order_by("-is_owner", "pk"))
    rows = []
    for label, powers in sections():
        section = []
        for power in powers:
            cells = [(role, role.is_owner or power in role.powers) for role in roles]
            section.append(MatrixRow(power, cells, [role for role, holds in cells if holds]))
        rows.append((label, section))
    return roles, rows


def holders_of(roles: Iterable[Role]) -> dict[int, int]:
    """How many enabled people have each role. One statement."""
    counts: dict[int, set[int]] = {role.pk: set() for role in roles}
    for role_id, staff_id in Grant.objects.filter(staff__is_active=True).values_list("role_id", "staff_id"):
        counts.setdefault(role_id, set()).add(staff_id)
    return {role_id: len(people) for role_id, people in counts.items()}


def scopes_with(actor: Actor, power: str) -> list[Scope]:
    """The shops in which the actor has a power, by code. One statement."""
    shops = actor.shops_with(power)
    return [scope for scope in all_scopes() if shops is None or scope.id in shops]


def visits_of(staff: Staff) -> "QuerySet[Visit]":
    """A person's sessions, the latest used first. One statement when read."""
    return Visit.objects.filter(staff=staff).order_by("-seen_at")


def tries_of(staff: Staff, *, since: datetime, most: int = 20) -> list[SignIn]:
    """The latest tries to sign in with a person's number. One statement."""
    rows = SignIn.objects.filter(work_no=staff.work_no.casefold(), at__gte=since)
    return list(rows.order_by("-at")[:most])


def reveals_visible_to(actor: Actor) -> "QuerySet[Reveal]":
    """The looks at personal data in the shops where the actor may read the daybook. No statement by itself."""
    shops = actor.shops_with(Power.DAYBOOK_SEE)
    rows = Reveal.objects.select_related("staff")
    return rows if shops is None else rows.filter(shop_id__in=sorted(shops))


def alarms(actor: Actor, *, at: datetime) -> list[Reveal]:
    """Looks of the last two days that raised an alarm, for the page of reveals and the notices. One statement."""
    return list(reveals_visible_to(actor).filter(alarmed=True, at__gte=at - days(2)).order_by("-at")[:20])
