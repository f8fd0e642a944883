"""Filling an empty house: people, shops, tables, goods, orders, and what a team did with them."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from zhanggui.catalog.actions import NewSku, add_skus
from zhanggui.freight.seeds import lay_tables
from zhanggui.kit.actor import system
from zhanggui.kit.clock import day_of, now
from zhanggui.orders.actions.arrival import take_in
from zhanggui.orders.models import Order
from zhanggui.orders.selling import count_sold
from zhanggui.people.actions.grants import give
from zhanggui.people.actions.staff import add_staff, found_house
from zhanggui.people.models import Department, Role, Staff
from zhanggui.promotions.seeds import lay_offers
from zhanggui.shops.actions.settings import set_value
from zhanggui.shops.models import Merchant, Platform, Shop
from zhanggui.shops.seeds import lay_shops
from zhanggui.site.demo.acts import play
from zhanggui.site.demo.goods import Goods, of_shop
from zhanggui.site.demo.history import live, price_every_kilogram
from zhanggui.site.demo.trades import of_shop as trades_of
from zhanggui.site.demo.windows import BUYER_PHONE, buyer, gifts, open_windows
from zhanggui.stock.actions.movements import Inbound, receive_many
from zhanggui.stock.models import Warehouse

PASSWORD = "kai-men-da-ji"
PEOPLE: tuple[tuple[str, str, str, str], ...] = (
    # work number, name, department, role; the owner comes first
    ("1001", "周掌柜", Department.MANAGER, "店主"),
    ("2001", "林小美", Department.SERVICE, "客服"),
    ("2002", "何朵朵", Department.SERVICE, "客服"),
    ("2009", "苏主管", Department.SERVICE, "客服主管"),
    ("3001", "小丁", Department.PRINTING, "打单"),
    ("4001", "老秦", Department.WAREHOUSE, "仓储"),
    ("5001", "许晴", Department.AFTERSALES, "售后"),
    ("6001", "陆远", Department.OPERATIONS, "运营"),
    ("7001", "方圆", Department.FINANCE, "财务"),
    ("8001", "沈墨", Department.DESIGN, "美工"),
    ("9001", "严正", Department.AUDIT, "审计"),
)
LOGINS = (
    *((number, PASSWORD, f"{name}（{role}）") for number, name, _department, role in PEOPLE),
    (BUYER_PHONE, PASSWORD, "买家，在 /s/ 购物"),
)
WAREHOUSES = (("武汉仓", "420100"), ("上海仓", "310100"))
HOUSE = system("演示", "demo")
YESTERDAY = timedelta(hours=25)
ORDERS_A_SHOP = (68, 61, 57, 54, 52, 49, 47, 45, 43, 41, 38)


def fill(at: datetime | None = None) -> tuple[tuple[str, str, str], ...]:
    """Fill the house unless it is filled; gives the ready logins: work number, password, who it is.

    `at`: the demo's present moment, the clock's by default. What is there already stays, so a first filling
    that was cut short is finished by the next.
    """
    at = at or now()
    lay_shops()
    people = _people()
    shops = list(Shop.objects.order_by("code"))
    for place, shop in enumerate(shops):
        if Order.objects.filter(shop=shop).exists():
            continue
        lay_tables(by=HOUSE, shop=shop)
        set_value(
            by=HOUSE, shop=shop, name="orders.cod", text="1", since=day_of(at - YESTERDAY), at=at - YESTERDAY
        )
        goods = of_shop(shop.sells, place)
        _shelve(shop.merchant, goods, place)
        trades = list(trades_of(shop, place, goods, many=ORDERS_A_SHOP[place % len(ORDERS_A_SHOP)], at=at))
        # What is older arrived a day ago, so that the grace of an import (policy) is over and its timers are near.
        for arrived_at in (at - YESTERDAY, at):
            batch = [t for t in trades if (t.placed_at <= at - YESTERDAY) is (arrived_at < at)]
            take_in(by=HOUSE, shop=shop, orders=batch, at=arrived_at)
        play(shop=shop, place=place, people=people, at=at)
    for place, shop in enumerate(shops):
        open_windows(shop=shop, goods=of_shop(shop.sells, place), people=people, at=at)
    if shops:
        own = [shop for shop in shops if shop.platform == Platform.OWN]
        lay_offers(by=HOUSE, merchant=shops[0].merchant, shops=own, at=at)
        person = buyer(merchant_id=shops[0].merchant_id, password=PASSWORD, at=at)
        if own:
            for shop in own:
                price_every_kilogram(shop)
            gifts(buyer=person, shops=own, at=at)
            live(buyer=person, shops=own, at=at)
            count_sold()
    return LOGINS


def _people() -> dict[str, Staff]:
    number, name, _department, _role = PEOPLE[0]
    if not Staff.objects.exists():
        found_house(by=HOUSE, work_no=number, name=name, password=PASSWORD)
    for number, name, department, role in PEOPLE[1:]:
        if Staff.objects.filter(work_no=number).exists():
            continue
        fresh = add_staff(by=HOUSE, work_no=number, name=name, department=department, password=PASSWORD)
        give(by=HOUSE, staff=fresh.staff, role=Role.objects.get(name=role), shop_id=None)
    return {staff.work_no: staff for staff in Staff.objects.all()}


def _shelve(merchant: Merchant, goods: Sequence[Goods], place: int) -> None:
    """The shop's goods into the catalog, and most of them on the shelves; some run short on purpose."""
    houses = [
        Warehouse.objects.get_or_create(merchant_id=merchant.pk, name=name, defaults={"city": city})[0]
        for name, city in WAREHOUSES
    ]
    rows = [
        NewSku(
            product.code,
            product.title,
            f"{product.code}-{code}",
            spec,
            size.price_fen,
            size.cost_fen,
            size.weight_g,
        )
        for product in goods
        for code, spec in product.kinds
        for size in [product.size_of(spec)]
    ]
    ids = add_skus(by=HOUSE, merchant_id=merchant.pk, rows=rows)
    inbound = []
    for number, (code, sku) in enumerate(sorted(ids.items())):
        for house_no, house in enumerate(houses):
            pieces = 1 if (number + house_no + place) % 5 == 0 else 20 + number * 7 % 60
            inbound.append(Inbound(sku, pieces, house.pk, f"PO-{code}"))
    receive_many(by=HOUSE, rows=inbound)
