"""Saved views: a filter with a name, one's own or shared with everybody who has a role."""

from urllib.parse import parse_qsl, urlencode

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from zhanggui.console.models import SavedView
from zhanggui.console.who import number_of
from zhanggui.journal.actions import action
from zhanggui.journal.daybook import write
from zhanggui.kit import menu
from zhanggui.kit.actor import Actor
from zhanggui.kit.refusals import Invalid, NotAllowed
from zhanggui.people.models import Grant, Role
from zhanggui.people.powers import Power

MOST = 60
_DROPPED = ("after", "before", "page")


@action
def save_view(*, by: Actor, page: str, name: str, query: str, role: Role | None = None) -> SavedView:
    """Keep a list's filter under a name; gives the view.

    `page`: route of the list. `query`: its query string. `role`: share with everybody who has it; only who
    has it too, or may edit staff, may. Raises Invalid for a name taken or missing, NotAllowed.
    """
    name = name.strip()[:40]
    if not name:
        raise Invalid(_("请给视图起个名字。"), "name")
    if not menu.address(page):
        raise Invalid(_("没有这个页面。"), "page")
    mine = SavedView.objects.filter(staff_id=number_of(by))
    if mine.count() >= MOST:
        raise Invalid(_("最多保存 %(most)s 个视图。") % {"most": MOST})
    _may_share(by, role)
    last = mine.filter(page=page).aggregate(last=Max("position"))["last"] or 0
    try:
        with transaction.atomic():
            view = SavedView.objects.create(
                staff_id=number_of(by),
                role=role,
                page=page,
                name=name,
                query=kept_query(query)[:4000],
                position=last + 1,
            )
    except IntegrityError:
        raise Invalid(_("已经有叫「%(name)s」的视图。") % {"name": name}, "name") from None
    write(by=by, what="view.saved", kind="view", object_id=view.pk, change={"name": [None, name]})
    return view


def kept_query(query: str) -> str:
    """A list's query string without the place in its pages and without what is empty."""
    pairs = parse_qsl(query.lstrip("?"))
    return urlencode([(name, value) for name, value in pairs if name not in _DROPPED])


@action
def change_view(*, by: Actor, view: SavedView, name: str, role: Role | None) -> None:
    """Rename one's view and share it, or share it no more. Raises Invalid, NotAllowed."""
    name = name.strip()[:40]
    if not name:
        raise Invalid(_("请给视图起个名字。"), "name")
    _owned(by, view)
    _may_share(by, role)
    try:
        with transaction.atomic():
            SavedView.objects.filter(pk=view.pk).update(name=name, role=role)
    except IntegrityError:
        raise Invalid(_("已经有叫「%(name)s」的视图。") % {"name": name}, "name") from None
    write(by=by, what="view.changed", kind="view", object_id=view.pk, change={"name": [view.name, name]})


@action
def delete_view(*, by: Actor, view: SavedView) -> None:
    """Throw a view of one's own away. Raises NotAllowed for somebody else's."""
    _owned(by, view)
    SavedView.objects.filter(pk=view.pk).delete()
    write(by=by, what="view.deleted", kind="view", object_id=view.pk, change={"name": [view.name, None]})


def _owned(by: Actor, view: SavedView) -> None:
    if view.staff_id != by.staff_id and not by.can(Power.STAFF_EDIT):
        raise NotAllowed(_("这是别人共享的视图，只有它的主人能改。"))


def _may_share(by: Actor, role: Role | None) -> None:
    if role is None or by.can(Power.STAFF_EDIT):
        return
    if not Grant.objects.filter(staff_id=number_of(by), role=role).exists():
        raise NotAllowed(_("只能共享给自己所在的角色。"))
