"""From a person to an actor: the powers of all grants, read fresh at every request so that they end at once."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from zhanggui.kit.actor import EVERYWHERE, Actor
from zhanggui.people.models import Grant, Staff
from zhanggui.people.powers import Power

PASSWORD, TWO_FACTOR = "password", "two-factor"


@dataclass(frozen=True, slots=True)
class Present:
    """Who is at the other end. `owes`: what must be done before anything else (PASSWORD, TWO_FACTOR, "")."""

    actor: Actor
    owes: str


def actor_of(staff: Staff, *, source: str = "web", address: str = "") -> Actor:
    """The actor that a person is, with no powers once the account is disabled. One statement."""
    rows = _grants(staff).filter(staff__is_active=True)
    return _actor(
        staff, _held(rows.values_list("shop_id", "role__powers", "role__is_owner")), source, address
    )


def present(staff: Staff, *, source: str = "web", address: str = "") -> Present:
    """The actor that a signed-in person is, and what the person owes; who owes has no powers. One statement."""
    rows = list(_grants(staff).values_list("shop_id", "role__powers", "role__is_owner", "role__two_factor"))
    owes = ""
    if staff.must_change_password:
        owes = PASSWORD
    elif staff.two_factor_sealed is None and (staff.two_factor_owed or any(row[3] for row in rows)):
        owes = TWO_FACTOR
    held = {} if owes else _held(row[:3] for row in rows)
    return Present(_actor(staff, held, source, address), owes)


def powers_of(staff: Staff) -> dict[int, frozenset[str]]:
    """What was granted to a person by shop id, enabled or not. One statement."""
    return _held(_grants(staff).values_list("shop_id", "role__powers", "role__is_owner"))


def _grants(staff: Staff):  # type: ignore[no-untyped-def]
    return Grant.objects.filter(staff=staff)


def _held(rows: Iterable[tuple[int | None, list[str], bool]]) -> dict[int, frozenset[str]]:
    held: dict[int, set[str]] = defaultdict(set)
    for shop_id, powers, is_owner in rows:
        held[shop_id or EVERYWHERE].update(Power.values if is_owner else powers)
    return {shop: frozenset(powers) for shop, powers in held.items()}


def _actor(staff: Staff, powers: Mapping[int, frozenset[str]], source: str, address: str) -> Actor:
    return Actor(
        name=staff.name,
        staff_id=staff.pk,
        work_no=staff.work_no,
        department=staff.department,
        powers=powers,
        source=source,
        address=address,
    )
