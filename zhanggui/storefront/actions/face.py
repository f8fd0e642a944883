"""A shop's face: introduction, brand, hotline, logo, banner, and whether buyers may enter (S4-02)."""

from django.db.models import F
from django.utils.translation import gettext as _

from zhanggui.catalog.advertising import must_be_clean
from zhanggui.journal.actions import action
from zhanggui.journal.daybook import write
from zhanggui.kit.actor import Actor
from zhanggui.kit.clock import day_of, now
from zhanggui.kit.refusals import Invalid, NotNow
from zhanggui.people.powers import Power
from zhanggui.shops.assets import check_intro
from zhanggui.shops.models import Platform, Shop
from zhanggui.storefront.models import Asset, Face

MOST_BRAND = 2000


def face_of(shop: Shop) -> Face:
    """The shop's face, made at first use with the door shut. One or three statements."""
    return Face.objects.get_or_create(shop=shop)[0]


@action
def change_face(
    *,
    by: Actor,
    shop: Shop,
    version: int,
    intro: str,
    brand: str,
    hotline: str,
    logo: str = "",
    banner: str = "",
    open: bool = False,  # noqa: A002 - the column's name
) -> None:
    """Change a shop's face. `logo`, `banner`: names of pictures in its space, of that use, or "".

    Raises NotAllowed without SHOPFRONT_EDIT, Invalid (introduction of at most 20 characters, S4-02; a forbidden word, S3-03;
    a picture that is not in the space), NotNow when somebody was faster.
    """
    by.must(Power.SHOPFRONT_EDIT, shop_id=shop.pk)
    if open and shop.platform != Platform.OWN:
        raise Invalid(
            _("只有自营商城的店铺能开门，这家店在%(where)s。") % {"where": _(shop.get_platform_display())},
            "open",
        )
    check_intro(intro)
    if len(brand) > MOST_BRAND:
        raise Invalid(_("最多 %(most)s 个字。") % {"most": MOST_BRAND}, "brand")
    must_be_clean([shop], {"intro": intro, "brand": brand}, on=day_of(now()))
    new = {
        "intro": intro.strip(),
        "brand": brand.strip(),
        "hotline": _hotline(hotline),
        "logo": logo,
        "banner": banner,
        "open": open,
    }
    wanted = {("logo", logo), ("banner", banner)} - {("logo", ""), ("banner", "")}
    if wanted:
        kept = set(Asset.objects.filter(shop=shop, dropped_at__isnull=True).values_list("use", "name"))
        for use, _name in sorted(wanted - kept):
            raise Invalid(_("这张图不在本店的图片空间里。"), use)
    old = face_of(shop)
    if not Face.objects.filter(pk=old.pk, version=version).update(**new, version=F("version") + 1):
        raise NotNow(_("店铺门面刚刚被别人改动了，请刷新后再试。"))
    change = {name: [getattr(old, name), value] for name, value in new.items() if getattr(old, name) != value}
    write(by=by, what="face.changed", kind="face", object_id=shop.pk, shop_id=shop.pk, change=change)


def _hotline(text: str) -> str:
    text = text.strip()
    if len(text) > 30 or any(not (sign.isascii() and (sign.isdigit() or sign in "+-() ")) for sign in text):
        raise Invalid(_("热线只写数字、空格和横线，如 400-800-1234。"), "hotline")
    return text
