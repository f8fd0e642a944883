"""Who may manage whom: nobody gives what they lack, nobody manages themselves, the last owner stays."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from zhanggui.kit.actor import EVERYWHERE, Actor, power_name
from zhanggui.kit.refusals import NotAllowed, NotNow
from zhanggui.people.actors import powers_of
from zhanggui.people.models import Grant, Role, Staff
from zhanggui.people.powers import Power


def must_hold(by: Actor, powers: Iterable[str], shop_id: int) -> None:
    """Raise NotAllowed unless the actor has every one of these powers there: nobody gives what they lack."""
    lacking = [power for power in powers if not by.can(power, shop_id)]
    if lacking:
        names = "、".join(power_name(power) for power in lacking[:3])
        raise NotAllowed(
            _("这里包含您自己没有的权限（%(powers)s），不能由您授予、收回或管理。") % {"powers": names}
        )


def must_not_be_self(by: Actor, staff: Staff) -> None:
    """Raise NotAllowed when people would manage their own account."""
    if by.staff_id is not None and by.staff_id == staff.pk:
        raise NotAllowed(_("不能改动自己的授权或停用自己，请由另一位管理员操作。"))


def same_person(one: int | None, other: int | None) -> bool:
    """Whether two accounts (ids) are one person: a main account and its sub-accounts are (G6.3). False for
    the house itself (None). At most one statement.
    """
    if one is None or other is None:
        return False
    if one == other:
        return True
    mains = dict(Staff.objects.filter(pk__in=[one, other]).values_list("pk", "main_id"))
    return (mains.get(one) or one) == (mains.get(other) or other)


def must_lead(by: Actor, staff: Staff) -> None:
    """Raise NotAllowed unless the actor may manage the whole person: STAFF_EDIT wherever the person has
    grants, and every power the person has. One statement.
    """
    if by.almighty:
        return
    must_not_be_self(by, staff)
    held = powers_of(staff)
    if not held and not (staff.main_id is not None and staff.main_id == by.staff_id):
        by.must(Power.STAFF_EDIT)
    for shop_id, powers in held.items():
        by.must(Power.STAFF_EDIT, shop_id=shop_id)
        must_hold(by, sorted(powers), shop_id)


def powers_in(role: Role) -> list[str]:
    """The powers a role stands for now."""
    return list(Power.values) if role.is_owner else list(role.powers)


def must_leave_an_owner(staff: Staff) -> None:
    """Raise NotNow when the house would have no enabled owner besides this person.

    Locks the owners' grants in order first, so two owners who remove each other at the same instant come one
    after the other, and the second is refused. Two statements.
    """
    grants = Grant.objects.filter(role__is_owner=True, shop_id__isnull=True).order_by("pk")
    owners = {grant.staff_id for grant in grants.select_for_update()}
    if staff.pk not in owners:
        return
    if not Staff.objects.filter(pk__in=sorted(owners - {staff.pk}), is_active=True).exists():
        raise NotNow(_("这是最后一位店主，不能停用，也不能收回店主角色。请先指定另一位店主。"))


def everywhere_or(shop_id: int | None) -> int:
    """The scope of a grant as actors know it."""
    return EVERYWHERE if shop_id is None else shop_id
