"""Staff and sub-accounts: founding the house, adding, changing, disabling, passwords anew."""

import re
import secrets
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F
from django.utils.translation import gettext as _

from zhanggui.journal.actions import action
from zhanggui.journal.daybook import write
from zhanggui.journal.news import announce
from zhanggui.kit.actor import Actor
from zhanggui.kit.bells import ring
from zhanggui.kit.refusals import Invalid, NotNow
from zhanggui.people.actions.sessions import end_all
from zhanggui.people.events import StaffEnded
from zhanggui.people.hashing import fits, turn
from zhanggui.people.leading import must_lead, must_leave_an_owner
from zhanggui.people.models import Department, Device, Grant, Role, Staff
from zhanggui.people.powers import Power
from zhanggui.people.rules import check_password_rules
from zhanggui.people.seeds import OWNER, lay_roles
from zhanggui.people.twofactor import new_recovery_codes, recovery_hash

_WORK_NO = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,38}")


@dataclass(frozen=True, slots=True)
class Fresh:
    """A person just added, and the password to hand over once ("" when one was given)."""

    staff: Staff
    password: str


@action
def found_house(*, by: Actor, work_no: str, name: str, password: str) -> Staff:
    """Make the first owner, and the default roles. Raises NotNow when the house already has staff."""
    by.must(Power.STAFF_EDIT)
    lay_roles()
    owner_role = Role.objects.select_for_update().get(name=OWNER)  # two founders come one after the other
    if Staff.objects.exists():
        raise NotNow(_("已经有员工账号了，请由店主在「员工」页添加。"))
    fresh = add_staff(by=by, work_no=work_no, name=name, department=Department.MANAGER, password=password)
    Grant.objects.create(staff=fresh.staff, role=owner_role, shop_id=None)
    write(by=by, what="house.founded", on=fresh.staff, change={"role": [None, owner_role.name]})
    return fresh.staff


@action
def add_staff(
    *, by: Actor, work_no: str, name: str, department: str, main: Staff | None = None, password: str = ""
) -> Fresh:
    """Add a person, who may do nothing yet. Without `password` a one-time one is made, which the person must
    change at the first sign-in; a page never passes one.

    Who leads only in some shops adds sub-accounts of their own. Raises NotAllowed, Invalid.
    """
    if not by.can_somewhere(Power.STAFF_EDIT):
        by.must(Power.STAFF_EDIT)
    if not by.can(Power.STAFF_EDIT):
        main = Staff.objects.get(pk=by.staff_id or 0)
    if main is not None and main.main_id is not None:
        raise Invalid(_("子账号下面不能再设子账号。"), "main")
    work_no, name = work_no.strip(), name.strip()
    if not _WORK_NO.fullmatch(work_no):
        raise Invalid(_("工号由字母、数字、点、横线组成，最多 39 个字符。"), "work_no")
    if not name:
        raise Invalid(_("请填写姓名。"), "name")
    if department not in Department.values:
        raise Invalid(_("请选择部门。"), "department")
    if Staff.objects.filter(work_no__iexact=work_no).exists():
        raise Invalid(_("工号 %(work_no)s 已经有人用了。") % {"work_no": work_no}, "work_no")
    made = "" if password else one_time_password()
    if password:
        check_password_rules(password, work_no=work_no, name=name)
    staff = Staff(
        work_no=work_no, name=name, department=department, main=main, must_change_password=not password
    )
    staff.set_password(password or made)
    staff.save(force_insert=True)
    write(
        by=by,
        what="staff.added",
        on=staff,
        change={
            "work_no": [None, work_no],
            "department": [None, department],
            "main": [None, main.work_no if main else None],
        },
    )
    return Fresh(staff, made)


@action
def edit_staff(*, by: Actor, staff: Staff, version: int, name: str, department: str) -> None:
    """Change a person's name and department. Raises NotAllowed, Invalid, NotNow when somebody was faster."""
    must_lead(by, staff)
    name = name.strip()
    if not name:
        raise Invalid(_("请填写姓名。"), "name")
    if department not in Department.values:
        raise Invalid(_("请选择部门。"), "department")
    won = Staff.objects.filter(pk=staff.pk, version=version).update(
        name=name, department=department, version=F("version") + 1
    )
    if not won:
        raise NotNow(_("%(what)s刚刚被别人改动了，请刷新后再试。") % {"what": staff})
    change = {
        "name": [staff.name, name],
        "department": [staff.department, department],
    }
    write(by=by, what="staff.edited", on=staff, change={k: v for k, v in change.items() if v[0] != v[1]})


@action
def disable(*, by: Actor, staff: Staff, reason: str) -> None:
    """Close an account: its sessions and live streams end at once. Raises NotAllowed; NotNow for the last
    owner or when it is closed already.
    """
    must_lead(by, staff)
    must_leave_an_owner(staff)
    if not Staff.objects.filter(pk=staff.pk, is_active=True).update(
        is_active=False, version=F("version") + 1
    ):
        raise NotNow(_("这个账号已经停用了。"))
    staff.is_active = False
    end_all(staff)
    write(by=by, what="staff.disabled", on=staff, change={"is_active": [True, False]}, reason=reason.strip())
    announce(StaffEnded(staff.pk))
    ring("staff", f"staff:{staff.pk}")


@action
def enable(*, by: Actor, staff: Staff, reason: str = "") -> None:
    """Open a closed account again, with the password and the grants it had."""
    must_lead(by, staff)
    if not Staff.objects.filter(pk=staff.pk, is_active=False).update(
        is_active=True, session_epoch=F("session_epoch") + 1, version=F("version") + 1
    ):
        raise NotNow(_("这个账号没有停用。"))
    staff.is_active = True
    write(by=by, what="staff.enabled", on=staff, change={"is_active": [False, True]}, reason=reason.strip())


@action
def reset_password(*, by: Actor, staff: Staff) -> str:
    """Give a person a new one-time password, shown once; two-factor stays as it is. Sessions end and known
    browsers are forgotten.
    """
    must_lead(by, staff)
    password = one_time_password()
    staff.set_password(password)
    staff.must_change_password = True
    staff.save(update_fields=["password", "must_change_password"])
    Device.objects.filter(staff=staff).delete()
    end_all(staff)
    write(by=by, what="staff.password_reset", on=staff)
    return password


@action
def reset_two_factor(*, by: Actor, staff: Staff) -> str:
    """Take away a lost telephone's secret and give a code that opens one sign-in, after which new codes must
    be set up before anything else (G8.3: a reset never skips the second factor). Sessions end.
    """
    must_lead(by, staff)
    if staff.two_factor_sealed is None and not staff.recovery_codes:
        raise NotNow(_("这个账号没有开启两步验证。"))
    code = new_recovery_codes(1)[0]
    Staff.objects.filter(pk=staff.pk).update(
        two_factor_sealed=None,
        two_factor_since=None,
        two_factor_owed=True,
        recovery_codes=[recovery_hash(code)],
        version=F("version") + 1,
    )
    end_all(staff)
    write(by=by, what="staff.two_factor_reset", on=staff)
    return code


@action
def demand_two_factor(*, by: Actor, staff: Staff) -> None:
    """Order a person to set up one-time codes before going on."""
    must_lead(by, staff)
    Staff.objects.filter(pk=staff.pk).update(two_factor_owed=True)
    write(by=by, what="staff.two_factor_demanded", on=staff)


@action
def change_own_password(*, by: Actor, staff: Staff, old: str, new: str, at: datetime) -> None:
    """Change one's own password. Every other session ends; the caller renews its own. Raises Invalid, TooMany."""
    if not fits(staff, old):
        raise Invalid(_("现在的密码不对。"), "old")
    check_password_rules(new, work_no=staff.work_no, name=staff.name, field="new")
    if fits(staff, new):
        raise Invalid(_("新密码要和现在的不同。"), "new")
    with turn():
        staff.set_password(new)
    staff.must_change_password = False
    staff.save(update_fields=["password", "must_change_password"])
    end_all(staff)
    write(by=by, what="staff.password_changed", on=staff)


def one_time_password() -> str:
    """A password to be handed over once and changed at once: about 60 bits, easy to read aloud."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(4)) for _ in range(3))
