"""Opening shops, changing what stands about them, closing them."""

import re
from datetime import datetime

from django.db.models import F
from django.utils.translation import gettext as _

from zhanggui.journal.actions import action
from zhanggui.journal.daybook import write
from zhanggui.kit import regions
from zhanggui.kit.actor import Actor
from zhanggui.kit.refusals import Invalid, NotNow
from zhanggui.people.powers import Power
from zhanggui.shops.models import Kind, Merchant, Platform, Shop

_CODE = re.compile(r"[A-Z0-9][A-Z0-9-]{0,19}")
ONLY_MALL = {Platform.TMALL}
ONLY_BAZAAR = {Platform.TAOBAO}


@action
def add_shop(
    *,
    by: Actor,
    code: str,
    name: str,
    kind: str,
    platform: str,
    city: str,
    merchant: Merchant | None = None,
    sells: str = "",
) -> Shop:
    """Open a shop. `city`: a name ("武汉") or a GB/T 2260 code; without `merchant` it is the first one's, who is
    made with the shop's name in an empty house. Raises NotAllowed, Invalid (S1-01, S1-02).
    """
    by.must(Power.SHOP_EDIT)
    code, name = code.strip().upper(), name.strip()
    if not _CODE.fullmatch(code) or code == "NEW":
        raise Invalid(_("店铺代码由大写字母、数字和横线组成，最多 20 个字符，如 WH01。"), "code")
    if kind not in Kind.values:
        raise Invalid(_("请选择店铺类型：集市店或商城店。"), "kind")
    if platform not in Platform.values:
        raise Invalid(_("请选择平台。"), "platform")
    if (platform in ONLY_MALL and kind != Kind.MALL) or (platform in ONLY_BAZAAR and kind != Kind.BAZAAR):
        raise Invalid(_("天猫店是商城店，淘宝店是集市店。"), "kind")
    if Shop.objects.filter(code=code).exists():
        raise Invalid(_("代码 %(code)s 已经有店铺用了。") % {"code": code}, "code")
    shop = Shop(
        code=code,
        name=_named(name),
        kind=kind,
        platform=platform,
        city=city_code(city),
        sells=sells.strip()[:120],
        merchant=merchant or Merchant.objects.order_by("pk").first() or Merchant.objects.create(name=name),
    )
    shop.save(force_insert=True)
    change = {"code": code, "name": shop.name, "kind": kind, "platform": platform, "city": shop.city}
    write(
        by=by, what="shop.added", on=shop, shop_id=shop.pk, change={k: [None, v] for k, v in change.items()}
    )
    return shop


@action
def edit_shop(*, by: Actor, shop: Shop, version: int, name: str, city: str, sells: str) -> None:
    """Change a shop's name, city and goods; its code, kind and platform stay for good. Raises NotAllowed,
    Invalid, NotNow when somebody was faster.
    """
    by.must(Power.SHOP_EDIT, shop_id=shop.pk)
    new = {"name": _named(name), "city": city_code(city), "sells": sells.strip()[:120]}
    won = Shop.objects.filter(pk=shop.pk, version=version).update(**new, version=F("version") + 1)
    if not won:
        raise NotNow(_("%(what)s刚刚被别人改动了，请刷新后再试。") % {"what": shop})
    change = {name: [getattr(shop, name), value] for name, value in new.items()}
    change = {name: pair for name, pair in change.items() if pair[0] != pair[1]}
    write(by=by, what="shop.edited", on=shop, shop_id=shop.pk, change=change)


@action
def close_shop(*, by: Actor, shop: Shop, reason: str, at: datetime) -> None:
    """Close a shop: it keeps its orders and takes no new files. Raises NotAllowed, NotNow."""
    by.must(Power.SHOP_EDIT)
    if not Shop.objects.filter(pk=shop.pk, closed_at__isnull=True).update(
        closed_at=at, version=F("version") + 1
    ):
        raise NotNow(_("这个店铺已经停用了。"))
    write(
        by=by, what="shop.closed", on=shop, shop_id=shop.pk, change={"closed_at": [None, at]}, reason=reason
    )


@action
def reopen_shop(*, by: Actor, shop: Shop) -> None:
    """Open a closed shop again. Raises NotAllowed, NotNow."""
    by.must(Power.SHOP_EDIT)
    if not Shop.objects.filter(pk=shop.pk, closed_at__isnull=False).update(
        closed_at=None, version=F("version") + 1
    ):
        raise NotNow(_("这个店铺没有停用。"))
    write(by=by, what="shop.reopened", on=shop, shop_id=shop.pk, change={"closed_at": [shop.closed_at, None]})


@action
def add_merchant(*, by: Actor, name: str) -> Merchant:
    """A further company that has shops."""
    by.must(Power.SHOP_EDIT)
    name = _named(name)
    if Merchant.objects.filter(name=name).exists():
        raise Invalid(_("已经有叫「%(name)s」的商家。") % {"name": name}, "name")
    merchant = Merchant.objects.create(name=name)
    write(by=by, what="merchant.added", on=merchant, change={"name": [None, name]})
    return merchant


def city_code(text: str) -> str:
    """The GB/T 2260 code for a city's name or code. Raises Invalid when it names no city for certain."""
    text = text.strip()
    code = text if regions.known(text) else regions.find("", text, "") or regions.find(text, "", "")
    if code[:2] in ("11", "12", "31", "50") and code.endswith("0000"):
        code = f"{code[:2]}0100"
    if not code.endswith("00") or code.endswith("0000"):
        raise Invalid(_("没有认出这个城市，请写城市名或六位地区代码。"), "city")
    return code


def _named(name: str) -> str:
    name = name.strip()
    if not name or len(name) > 80:
        raise Invalid(_("请填写名称（最多 80 个字）。"), "name")
    return name
