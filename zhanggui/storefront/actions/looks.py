"""Versions of a home page: drafted, built of blocks, published, copied (S0-55). Every change carries the version it saw."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import F
from django.utils.translation import gettext as _

from zhanggui.catalog.advertising import must_be_clean
from zhanggui.catalog.models import Listing
from zhanggui.journal.actions import action
from zhanggui.journal.daybook import write
from zhanggui.kit.actor import Actor
from zhanggui.kit.clock import day_of, now
from zhanggui.kit.refusals import Invalid, NotNow
from zhanggui.people.powers import Power
from zhanggui.shops.models import Shop
from zhanggui.storefront import blocks as pieces
from zhanggui.storefront.models import Asset, Look

MOST_NAME = 40


@action
def draft_look(
    *,
    by: Actor,
    shop: Shop,
    name: str,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    blocks: Sequence[Mapping[str, Any]] | None = None,
    at: datetime | None = None,
) -> Look:
    """Begin a version, with the usual blocks unless given. `at`: the moment; an end before it is refused.

    Raises NotAllowed without SHOPFRONT_EDIT, Invalid.
    """
    by.must(Power.SHOPFRONT_EDIT, shop_id=shop.pk)
    head = _head(name, starts_at, ends_at)
    _must_lie_ahead(ends_at, at)
    made = (
        [dict(block) for block in blocks] if blocks is not None else [pieces.fresh(k) for k in pieces.USUAL]
    )
    look = Look.objects.create(shop=shop, made_by=by.name, blocks=made, **head)
    write(by=by, what="look.drafted", on=look, change={key: [None, value] for key, value in head.items()})
    return look


@action
def change_look(
    *,
    by: Actor,
    look: Look,
    version: int,
    name: str,
    starts_at: datetime | None,
    ends_at: datetime | None,
    at: datetime | None = None,
) -> None:
    """Rename a version or give it another time; an end before `at` is refused. Raises NotAllowed, Invalid, NotNow when somebody was faster."""
    head = _head(name, starts_at, ends_at)
    old = {key: getattr(look, key) for key in head}
    if ends_at != look.ends_at:
        _must_lie_ahead(ends_at, at)
    _save(by, look, version, "look.changed", {k: [old[k], v] for k, v in head.items() if old[k] != v}, **head)


@action
def publish(*, by: Actor, look: Look, version: int, at: datetime) -> None:
    """Let a version hold in its time. Raises Invalid when it is empty, over already, or shows a picture that is gone,
    or uses a forbidden word (S3-03).
    """
    if not look.blocks:
        raise Invalid(_("这个版本还没有模块，先加几个再发布。"))
    if look.ends_at and look.ends_at <= at:
        raise Invalid(_("这个版本的结束时间已经过了，先改时间再发布。"), "ends_at")
    _must_be_kept(look.shop_id, look.blocks)
    for block in look.blocks:
        must_be_clean([look.shop], pieces.texts_of(block), on=day_of(at))
    _save(by, look, version, "look.published", _turned(look, Look.State.READY), state=Look.State.READY)


@action
def withdraw(*, by: Actor, look: Look, version: int) -> None:
    """Make a published version a draft again: buyers see what holds beneath it."""
    _save(by, look, version, "look.withdrawn", _turned(look, Look.State.DRAFT), state=Look.State.DRAFT)


@action
def drop_look(*, by: Actor, look: Look, version: int) -> None:
    """Delete a version (it stays in the daybook). Raises NotNow while it is published."""
    if look.state == Look.State.READY:
        raise NotNow(_("已发布的版本先撤回，再删除。"))
    _save(by, look, version, "look.dropped", _turned(look, Look.State.DROPPED), state=Look.State.DROPPED)


@action
def copy_look(*, by: Actor, look: Look, name: str) -> Look:
    """A draft with the same blocks under new keys; its time is left open. Raises NotAllowed, Invalid."""
    by.must(Power.SHOPFRONT_EDIT, shop_id=look.shop_id)
    made = [block | {"key": pieces.fresh(block["kind"])["key"]} for block in look.blocks]
    return draft_look(by=by, shop=look.shop, name=name, blocks=made)


@action
def add_block(*, by: Actor, look: Look, version: int, kind: str) -> str:
    """Hang an empty block at the end; gives its key. Raises Invalid for a second one of a kind that stands once."""
    if len(look.blocks) >= pieces.MOST_BLOCKS:
        raise Invalid(_("一个版本最多 %(most)s 个模块。") % {"most": pieces.MOST_BLOCKS})
    block = pieces.fresh(kind)
    if pieces.KINDS[kind].once and any(one["kind"] == kind for one in look.blocks):
        raise Invalid(_("这种模块一页只放一个。"), "kind")
    _save(by, look, version, "look.block_added", {"kind": [None, kind]}, blocks=[*look.blocks, block])
    return str(block["key"])


@action
def change_block(*, by: Actor, look: Look, version: int, key: str, values: Mapping[str, Any]) -> None:
    """Fill a block. `values`: as `blocks.read` takes them. Raises NotAllowed, NotNow, Invalid: also for a picture that
    is not in the shop's space (of that use) and for goods that the shop does not list.
    """
    place = pieces.place_of(look.blocks, key)
    old = look.blocks[place]
    kind = pieces.KINDS[old["kind"]]
    new = pieces.read(kind.code, values)
    _must_be_kept(look.shop_id, [new], use=kind.use)
    must_be_clean([look.shop], pieces.texts_of(new), on=day_of(now()))
    wanted = pieces.listings_in([new])
    listed = Listing.objects.filter(shop_id=look.shop_id, pk__in=sorted(wanted)).count() if wanted else 0
    if listed < len(wanted):
        raise Invalid(_("其中有本店没有的商品，请检查商家编码。"), "codes")
    change = {name: [old.get(name), value] for name, value in new.items() if old.get(name) != value}
    made = [*look.blocks]
    made[place] = {"kind": kind.code, "key": key, **new}
    _save(by, look, version, "look.block_changed", change, blocks=made)


@action
def move_block(*, by: Actor, look: Look, version: int, key: str, up: bool) -> None:
    """Let a block change places with its neighbour."""
    made = pieces.moved(look.blocks, key, up)
    order = [[block["kind"] for block in row] for row in (look.blocks, made)]
    _save(by, look, version, "look.block_moved", {"order": order}, blocks=made)


@action
def remove_block(*, by: Actor, look: Look, version: int, key: str) -> None:
    """Take a block out."""
    place = pieces.place_of(look.blocks, key)
    made = [block for block in look.blocks if block["key"] != key]
    _save(by, look, version, "look.block_removed", {"block": [look.blocks[place], None]}, blocks=made)


def _save(
    by: Actor, look: Look, version: int, what: str, change: Mapping[str, Sequence[Any]], **columns: Any
) -> None:
    by.must(Power.SHOPFRONT_EDIT, shop_id=look.shop_id)
    rows = Look.objects.filter(pk=look.pk, version=version).exclude(state=Look.State.DROPPED)
    if look.version != version or not rows.update(**columns, version=F("version") + 1):
        raise NotNow(_("这个版本刚刚被别人改动了，请刷新后再试。"))
    write(by=by, what=what, on=look, change=change)


def _head(name: str, starts_at: datetime | None, ends_at: datetime | None) -> dict[str, Any]:
    name = name.strip()
    if not name or len(name) > MOST_NAME:
        raise Invalid(_("请填写名称（最多 %(most)s 个字）。") % {"most": MOST_NAME}, "name")
    if starts_at and ends_at and ends_at <= starts_at:
        raise Invalid(_("结束时间要晚于开始时间。"), "ends_at")
    return {"name": name, "starts_at": starts_at, "ends_at": ends_at}


def _must_lie_ahead(ends_at: datetime | None, at: datetime | None) -> None:
    if ends_at and at and ends_at <= at:
        raise Invalid(_("结束时间已经过了，请填以后的时间。"), "ends_at")


def _must_be_kept(shop_id: int, blocks: Sequence[Mapping[str, Any]], use: str = "") -> None:
    wanted = pieces.pictures_in(blocks)
    if not wanted:
        return
    rows = Asset.objects.filter(shop_id=shop_id, name__in=sorted(wanted), dropped_at__isnull=True)
    kept = set((rows.filter(use=use) if use else rows).values_list("name", flat=True))
    if wanted - kept:
        raise Invalid(_("有的图片不在本店的图片空间里，请重新选。"), "slides")


def _turned(look: Look, state: str) -> dict[str, list[str]]:
    return {"state": [look.state, state]}
