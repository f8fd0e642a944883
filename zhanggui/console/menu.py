"""What this room hangs into the frame."""

from datetime import timedelta

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as N_

from zhanggui.freight.models import Template
from zhanggui.jobs.models import Job
from zhanggui.journal.objects import Name, name_with
from zhanggui.kit.actor import Actor
from zhanggui.kit.clock import now
from zhanggui.kit.menu import (
    Entry,
    Notice,
    Step,
    Tile,
    count_with,
    hang,
    notice_with,
    offer,
    set_up,
)
from zhanggui.orders.models import Order, Parcel
from zhanggui.orders.queries.filters import filtered, visible_to
from zhanggui.people.models import Staff
from zhanggui.people.powers import Power
from zhanggui.shops.models import Shop

MOST_COUNTED = 10_000
NEWS = timedelta(days=3)

offer(
    Entry(N_("首页"), "console:home", section=N_("今天"), order=1, keys="g h", icon="home", words="home"),
    Entry(N_("通知"), "console:notices", order=2, keys="g n", icon="bell", words="notices"),
    Entry(N_("我的视图"), "console:views", order=960, icon="star", words="saved views 筛选"),
    Entry(N_("我最近的操作"), "console:acts", order=961, icon="history", words="undo 撤销"),
)
hang(
    Tile(N_("今日订单"), "console:tile-orders", power=Power.ORDER_SEE, order=1, wide=True),
    Tile(N_("进行中的任务"), "console:tile-jobs", order=80),
    Tile(N_("最近的操作"), "console:tile-acts", order=90),
)
set_up(
    Step(
        N_("开第一家店铺"),
        "shops:new",
        Shop.objects.exists,
        Power.SHOP_EDIT,
        1,
        N_("店铺的平台、城市和类型决定能改什么、运费怎么算。"),
    ),
    Step(
        N_("给同事建账号"),
        "people:staff-new",
        lambda: Staff.objects.count() > 1,
        Power.STAFF_EDIT,
        2,
        N_("每人一个工号，按店铺授予权限。"),
    ),
    Step(
        N_("设好运费"),
        "freight:shops",
        Template.objects.exists,
        Power.FREIGHT_EDIT,
        3,
        N_("没有运费表也能处理订单，但不会自动报价。"),
    ),
    Step(
        N_("导入订单"),
        "connect:imports",
        Order.objects.exists,
        Power.ORDER_IMPORT,
        4,
        N_("把平台导出的订单文件拖进来，重复导入不会重复。"),
    ),
    Step(
        N_("发出第一单"),
        "orders:shipping",
        Parcel.objects.exists,
        Power.ORDER_SHIP,
        5,
        N_("填快递和运单号，导出给平台。"),
    ),
)


def finished_jobs(actor: Actor) -> list[Notice]:
    """One's jobs that ended lately. One statement."""
    rows = Job.objects.filter(staff_id=actor.staff_id, ended_at__gte=now() - NEWS).order_by("-ended_at")[:20]
    found = []
    for job in rows:
        failed = job.state == Job.State.FAILED
        said = _("「%(title)s」失败了") if failed else _("「%(title)s」做完了")
        found.append(
            Notice(
                said % {"title": job.title},
                reverse("jobs:show", args=[job.pk]),
                job.ended_at or job.made_at,
                "bad" if failed else "",
            )
        )
    return found


def count_orders(actor: Actor, query: str) -> int:
    """How many orders a saved view holds, counted up to ten thousand. Two statements."""
    return filtered(actor, QueryDict(query), at=now())[:MOST_COUNTED].count()


def order_names(actor: Actor, ids: list[int]) -> dict[int, Name]:
    """Orders by their number. One statement."""
    rows = visible_to(actor).filter(pk__in=ids).values_list("pk", "number", "shop__code")
    return {pk: Name(number, reverse("orders:order", args=[code, number])) for pk, number, code in rows}


def orders_called(actor: Actor, text: str) -> list[int]:
    """Orders with that number, or ending so. One statement."""
    rows = visible_to(actor)
    rows = rows.filter(number__endswith=text) if len(text) < 12 else rows.filter(number=text)
    return list(rows.values_list("pk", flat=True)[:20])


def staff_names(actor: Actor, ids: list[int]) -> dict[int, Name]:
    """Staff by work number and name. One statement."""
    return {person.pk: Name(str(person)) for person in Staff.objects.filter(pk__in=ids)}


def staff_called(actor: Actor, text: str) -> list[int]:
    """Staff with that work number. One statement."""
    return list(Staff.objects.filter(work_no__iexact=text).values_list("pk", flat=True))


def shop_names(actor: Actor, ids: list[int]) -> dict[int, Name]:
    """Shops by code. One statement."""
    return {shop.pk: Name(shop.code) for shop in Shop.objects.filter(pk__in=ids)}


def shops_called(actor: Actor, text: str) -> list[int]:
    """Shops with that code. One statement."""
    return list(Shop.objects.filter(code__iexact=text).values_list("pk", flat=True))


name_with("order", order_names, orders_called)
name_with("staff", staff_names, staff_called)
name_with("shop", shop_names, shops_called)
notice_with(finished_jobs)
count_with("orders:list", count_orders)
