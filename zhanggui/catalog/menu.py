"""Where goods stand in the menu and the command palette; what the gate held back is told to who may edit goods."""

from django.urls import reverse
from django.utils.translation import gettext as _

from zhanggui.catalog.models import Listing
from zhanggui.kit.actor import Actor
from zhanggui.kit.menu import Entry, Notice, notice_with, offer
from zhanggui.people.powers import Power

SECTION = "商品与橱窗"

offer(
    Entry(
        "商品",
        "catalog:goods",
        Power.CATALOG_SEE,
        SECTION,
        300,
        keys="g p",
        icon="box",
        words="宝贝 上架 下架 型号 SKU 价格",
    ),
    Entry("店铺分类", "catalog:categories", Power.CATALOG_SEE, SECTION, 310, icon="list", words="分类 类目"),
    Entry(
        "商品类目",
        "catalog:classifications",
        Power.CATALOG_SEE,
        "",
        315,
        icon="list",
        words="类目 类目树 必填属性 分类",
    ),
    Entry(
        "广告禁用词", "catalog:terms", Power.CATALOG_SEE, "", 320, icon="shield", words="违禁词 极限词 广告法"
    ),
    Entry("发布商品", "catalog:new", Power.CATALOG_EDIT, "", 305, icon="plus", words="新建商品 上新"),
)


def held_back(actor: Actor) -> list[Notice]:
    """Products that were to go on the shelf and would fail (C16). One statement."""
    if not actor.can_somewhere(Power.CATALOG_EDIT):
        return []
    rows = (
        Listing.objects.of_shops(actor.shops_with(Power.CATALOG_EDIT))
        .filter(state=Listing.State.DRAFT, checked_at__isnull=False, on_at__isnull=False)
        .exclude(troubles=[])
        .select_related("product")
        .defer("words")
        .order_by("-checked_at")[:20]
    )
    return [
        Notice(
            _("「%(title)s」体检不过，没有按时上架") % {"title": row.product.title[:30]},
            reverse("catalog:shelf", args=[row.product_id]),
            row.checked_at,
            "warn",
        )
        for row in rows
        if row.checked_at
    ]


notice_with(held_back)
