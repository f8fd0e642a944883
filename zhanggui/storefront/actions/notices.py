"""Notices of a shop (公告): put up, changed, taken down."""

from datetime import datetime

from django.db.models import F
from django.utils.translation import gettext as _

from zhanggui.catalog.advertising import must_be_clean
from zhanggui.journal.actions import action
from zhanggui.journal.daybook import write
from zhanggui.kit.actor import Actor
from zhanggui.kit.clock import day_of, now
from zhanggui.kit.refusals import Invalid, NotNow
from zhanggui.people.powers import Power
from zhanggui.shops.models import Shop
from zhanggui.storefront.models import Notice

MOST_TEXT = 200


@action
def put_up(
    *, by: Actor, shop: Shop, text: str, starts_at: datetime | None = None, ends_at: datetime | None = None
) -> Notice:
    """Put up a notice between two moments (None: at once, for ever). Raises NotAllowed, Invalid (also for a forbidden word)."""
    by.must(Power.SHOPFRONT_EDIT, shop_id=shop.pk)
    new = _read(shop, text, starts_at, ends_at)
    notice = Notice.objects.create(shop=shop, made_by=by.name, **new)
    write(by=by, what="notice.put_up", on=notice, change={name: [None, value] for name, value in new.items()})
    return notice


@action
def change_notice(
    *,
    by: Actor,
    notice: Notice,
    version: int,
    text: str,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> None:
    """Change a notice. Raises NotAllowed, Invalid, NotNow when somebody was faster."""
    by.must(Power.SHOPFRONT_EDIT, shop_id=notice.shop_id)
    new = _read(notice.shop, text, starts_at, ends_at)
    if not Notice.objects.filter(pk=notice.pk, version=version).update(**new, version=F("version") + 1):
        raise NotNow(_("这条公告刚刚被别人改动了，请刷新后再试。"))
    old = {name: getattr(notice, name) for name in new}
    change = {name: [old[name], value] for name, value in new.items() if old[name] != value}
    write(by=by, what="notice.changed", on=notice, change=change)


@action
def take_down(*, by: Actor, notice: Notice) -> None:
    """Remove a notice; the daybook keeps what it said. Raises NotAllowed, NotNow when it is gone."""
    by.must(Power.SHOPFRONT_EDIT, shop_id=notice.shop_id)
    pk, text = notice.pk, notice.text
    gone, _what = Notice.objects.filter(pk=pk).delete()
    if not gone:
        raise NotNow(_("这条公告已经撤下了。"))
    write(
        by=by,
        what="notice.taken_down",
        kind="notice",
        object_id=pk,
        shop_id=notice.shop_id,
        change={"text": [text, None]},
    )


def _read(shop: Shop, text: str, starts_at: datetime | None, ends_at: datetime | None) -> dict[str, object]:
    text = text.strip()
    if not text or len(text) > MOST_TEXT:
        raise Invalid(_("请写公告（最多 %(most)s 个字）。") % {"most": MOST_TEXT}, "text")
    if starts_at and ends_at and ends_at <= starts_at:
        raise Invalid(_("结束时间要晚于开始时间。"), "ends_at")
    must_be_clean([shop], {"text": text}, on=day_of(now()))
    return {"text": text, "starts_at": starts_at, "ends_at": ends_at}
