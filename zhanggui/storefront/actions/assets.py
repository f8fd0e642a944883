"""A shop's picture space: pictures checked against the platform's rule of their use (S4-02, S4-05, C15)."""

from datetime import datetime
from functools import partial
from typing import Any

from django.utils.translation import gettext as _

from zhanggui.journal.actions import action
from zhanggui.journal.daybook import write
from zhanggui.kit import pictures
from zhanggui.kit.actor import Actor
from zhanggui.kit.refusals import Invalid, NotNow
from zhanggui.people.powers import Power
from zhanggui.shops import assets
from zhanggui.shops.models import Shop
from zhanggui.storefront.models import Asset, Face, Look

USES: dict[str, str] = {
    "banner": "店招与轮播图",
    "logo": "店标",
    "category": "分类图",
    "poster": "海报",
    "block": "图片组",
}
"""What a picture is for; the platform's rule is found by it."""
MOST = 500
"""Pictures in one shop's space."""


@action
def add(*, by: Actor, shop: Shop, use: str, title: str, upload: Any) -> Asset:
    """Take a picture into the space: decoded, checked against the rule of its use, encoded anew.

    Raises NotAllowed without SHOPFRONT_EDIT in the shop; Invalid that names the rule and the picture's own size.
    """
    by.must(Power.SHOPFRONT_EDIT, shop_id=shop.pk)
    if use not in USES:
        raise Invalid(_("请选择图片的用途。"), "use")
    if Asset.objects.filter(shop=shop, dropped_at__isnull=True).count() >= MOST:
        raise NotNow(_("图片空间满了（最多 %(most)s 张），请先删掉不用的。") % {"most": MOST})
    kept = pictures.keep(upload, rule=partial(assets.check, shop.platform, use))
    asset = Asset.objects.create(
        shop=shop,
        name=kept.name,
        use=use,
        title=title.strip()[:80],
        width=kept.width,
        height=kept.height,
        size=kept.size,
        made_by=by.name,
    )
    change = {"use": [None, use], "size": [None, f"{kept.width}×{kept.height}"], "name": [None, kept.name]}
    write(by=by, what="asset.added", on=asset, change=change)
    return asset


@action
def drop(*, by: Actor, asset: Asset, at: datetime) -> None:
    """Take a picture out of the space; the file stays for pages that were cached. Raises NotAllowed; NotNow while the
    shop's face or one of its looks shows it, naming where.
    """
    by.must(Power.SHOPFRONT_EDIT, shop_id=asset.shop_id)
    where = used_in(asset)
    if where:
        raise NotNow(_("这张图正在用：%(where)s。先换掉再删。") % {"where": "、".join(where)})
    if not Asset.objects.filter(pk=asset.pk, dropped_at__isnull=True).update(dropped_at=at):
        raise NotNow(_("这张图已经删掉了。"))
    write(by=by, what="asset.dropped", on=asset, change={"dropped_at": [None, at]})


def used_in(asset: Asset) -> list[str]:
    """Where a picture is shown: names of looks, the face. Two statements."""
    found = []
    face = Face.objects.filter(shop_id=asset.shop_id).first()
    if face is not None and asset.name in (face.logo, face.banner):
        found.append(_("店铺门面"))
    looks = Look.objects.filter(
        shop_id=asset.shop_id, blocks__contains=[{"slides": [{"picture": asset.name}]}]
    )
    return found + [look.name for look in looks.exclude(state=Look.State.DROPPED).order_by("pk")]
