"""From a person to an actor: the powers of all grants, read fresh at every request so that they end at once."""

from collections import defaultdict

from zhanggui.kit.actor import EVERYWHERE, Actor
from zhanggui.people.models import Grant, Staff


def actor_of(staff: Staff, *, source: str = "web", address: str = "") -> Actor:
    """The actor that a signed-in person is. One statement."""
    held: dict[int, set[str]] = defaultdict(set)
    for shop_id, powers in Grant.objects.filter(staff=staff).values_list("shop_id", "role__powers"):
        held[shop_id or EVERYWHERE].update(powers)
    return Actor(
        name=staff.name,
        staff_id=staff.pk,
        work_no=staff.work_no,
        department=staff.department,
        powers={shop: frozenset(powers) for shop, powers in held.items()},
        source=source,
        address=address,
    )
