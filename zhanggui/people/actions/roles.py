"""Roles: named sets of powers."""

from collections.abc import Sequence

from django.db.models import F
from django.utils.translation import gettext as _

from zhanggui.journal.actions import action
from zhanggui.journal.daybook import write
from zhanggui.kit.actor import EVERYWHERE, Actor
from zhanggui.kit.bells import ring
from zhanggui.kit.refusals import Invalid, NotAllowed, NotNow
from zhanggui.people.leading import must_hold
from zhanggui.people.models import Grant, Role
from zhanggui.people.powers import Power

MOST_REVEALS = 1000


@action
def add_role(
    *,
    by: Actor,
    name: str,
    powers: Sequence[str],
    note: str = "",
    two_factor: bool = False,
    reveals_a_day: int = 100,
) -> Role:
    """Make a role. Raises NotAllowed for a power one lacks in all shops, Invalid."""
    by.must(Power.STAFF_EDIT)
    name, chosen = _checked(name, powers, reveals_a_day)
    if Role.objects.filter(name=name).exists():
        raise Invalid(_("已经有叫「%(name)s」的角色。") % {"name": name}, "name")
    must_hold(by, chosen, EVERYWHERE)
    role = Role.objects.create(
        name=name, powers=chosen, note=note.strip(), two_factor=two_factor, reveals_a_day=reveals_a_day
    )
    write(by=by, what="role.added", on=role, change={"name": [None, name], "powers": [[], chosen]})
    return role


@action
def edit_role(
    *,
    by: Actor,
    role: Role,
    version: int,
    name: str,
    powers: Sequence[str],
    note: str,
    two_factor: bool,
    reveals_a_day: int,
) -> None:
    """Change a role. Nobody changes anything of a role that stands for a power they lack, before or after:
    its second factor and its daily looks guard those powers. Nobody changes a role they hold themselves; of
    the owner's role only the second factor can be changed. Raises NotAllowed, Invalid, NotNow.
    """
    by.must(Power.STAFF_EDIT)
    if (
        by.staff_id is not None
        and not role.is_owner
        and Grant.objects.filter(staff=by.staff_id, role=role).exists()
    ):
        raise NotAllowed(_("您自己有这个角色，不能改它，请由另一位管理员操作。"))
    name, chosen = _checked(name, powers, reveals_a_day)
    if role.is_owner:
        must_hold(by, Power.values, EVERYWHERE)
        name, chosen, reveals_a_day = role.name, [], role.reveals_a_day
    must_hold(by, sorted({*chosen, *role.powers}), EVERYWHERE)
    if Role.objects.filter(name=name).exclude(pk=role.pk).exists():
        raise Invalid(_("已经有叫「%(name)s」的角色。") % {"name": name}, "name")
    won = Role.objects.filter(pk=role.pk, version=version).update(
        name=name,
        powers=chosen,
        note=note.strip()[:200],
        two_factor=two_factor,
        reveals_a_day=reveals_a_day,
        version=F("version") + 1,
    )
    if not won:
        raise NotNow(_("%(what)s刚刚被别人改动了，请刷新后再试。") % {"what": role.name})
    change: dict[str, list[object]] = {
        "name": [role.name, name],
        "powers": [sorted(role.powers), sorted(chosen)],
        "two_factor": [role.two_factor, two_factor],
        "reveals_a_day": [role.reveals_a_day, reveals_a_day],
    }
    write(by=by, what="role.edited", on=role, change={k: v for k, v in change.items() if v[0] != v[1]})
    for staff_id in sorted(set(Grant.objects.filter(role=role).values_list("staff_id", flat=True))):
        ring(f"staff:{staff_id}", "powers")


@action
def remove_role(*, by: Actor, role: Role) -> None:
    """Remove a role that nobody has."""
    by.must(Power.STAFF_EDIT)
    must_hold(by, role.powers, EVERYWHERE)
    if role.is_owner:
        raise NotNow(_("店主角色不能删除。"))
    if Grant.objects.filter(role=role).exists():
        raise NotNow(_("还有员工在用这个角色，请先收回。"))
    write(by=by, what="role.removed", on=role, change={"name": [role.name, None]})
    Role.objects.filter(pk=role.pk).delete()


def _checked(name: str, powers: Sequence[str], reveals_a_day: int) -> tuple[str, list[str]]:
    name = name.strip()
    if not name or len(name) > 40:
        raise Invalid(_("请填写角色名称（最多 40 个字）。"), "name")
    unknown = set(powers) - set(Power.values)
    if unknown:
        raise Invalid(_("没有这种权限。"), "powers")
    if not 0 <= reveals_a_day <= MOST_REVEALS:
        raise Invalid(
            _("请填写 %(least)s 到 %(most)s 之间的数") % {"least": 0, "most": MOST_REVEALS}, "reveals_a_day"
        )
    return name, [power for power in Power.values if power in set(powers)]
