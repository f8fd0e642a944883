"""Giving and taking roles, in one shop or in all."""

from django.utils.translation import gettext as _

from zhanggui.journal.actions import action
from zhanggui.journal.daybook import write
from zhanggui.kit.actor import Actor
from zhanggui.kit.bells import ring
from zhanggui.kit.refusals import Invalid, NotFound, NotNow
from zhanggui.people.leading import (
    everywhere_or,
    must_hold,
    must_leave_an_owner,
    must_not_be_self,
    powers_in,
)
from zhanggui.people.models import Grant, Role, Staff
from zhanggui.people.powers import Power
from zhanggui.people.scopes import all_scopes


@action
def give(*, by: Actor, staff: Staff, role: Role, shop_id: int | None) -> Grant:
    """Give a person a role in one shop, or with None in all shops.

    Raises NotAllowed: to oneself, without STAFF_EDIT there, or for a role with a power one lacks there;
    Invalid for a shop that does not exist; NotNow when the person has it already.
    """
    must_not_be_self(by, staff)
    scope = everywhere_or(shop_id)
    by.must(Power.STAFF_EDIT, shop_id=scope)
    must_hold(by, powers_in(role), scope)
    if shop_id is not None and role.is_owner:
        raise Invalid(_("店主角色只能授予全部店铺。"), "shop")
    if shop_id is not None and shop_id not in {known.id for known in all_scopes()}:
        raise Invalid(_("没有这个店铺。"), "shop")
    grant, made = Grant.objects.get_or_create(staff=staff, role=role, shop_id=shop_id)
    if not made:
        raise NotNow(_("这个授权已经有了。"))
    write(by=by, what="grant.given", on=staff, shop_id=shop_id, change={"role": [None, role.name]})
    ring(f"staff:{staff.pk}", "powers")
    return grant


@action
def withdraw(*, by: Actor, grant: Grant) -> None:
    """Take a role away from a person; it ends at the next request. Raises as `give`; NotNow for the last owner."""
    staff, role = grant.staff, grant.role
    must_not_be_self(by, staff)
    scope = everywhere_or(grant.shop_id)
    by.must(Power.STAFF_EDIT, shop_id=scope)
    must_hold(by, powers_in(role), scope)
    if role.is_owner and staff.is_active:
        must_leave_an_owner(staff)
    if not Grant.objects.filter(pk=grant.pk).delete()[0]:
        raise NotFound(_("这个授权已经收回了。"))
    write(by=by, what="grant.withdrawn", on=staff, shop_id=grant.shop_id, change={"role": [role.name, None]})
    ring(f"staff:{staff.pk}", "powers")
