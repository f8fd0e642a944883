"""100,000 products in one shop: the data of a product page, the shelf, and every kind of search.

Time of the queries as a storefront page asks them (statements, rows into values), without template.
"""

import itertools
import random
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from bench.figures import median, milliseconds, p95, say, tell
from bench.house import psql_milliseconds

MANY = 100_000
TIMES = 40
AT = datetime.fromisoformat("2026-11-11T10:00:00+08:00")
_MAKES = [
    "轻便",
    "加厚",
    "速干",
    "防水",
    "手工",
    "复古",
    "简约",
    "迷你",
    "大容量",
    "便携",
    "静音",
    "透气",
    "防滑",
    "保暖",
    "折叠",
    "高弹",
    "纯棉",
    "真皮",
    "羊绒",
    "亚麻",
    "实木",
    "不锈钢",
]
_FOR = [
    "男款",
    "女款",
    "儿童",
    "老人",
    "学生",
    "办公",
    "户外",
    "旅行",
    "居家",
    "厨房",
    "车载",
    "婴儿",
    "情侣",
    "宠物",
    "运动",
    "通勤",
    "秋冬",
    "春夏",
]
_THINGS = [
    "双肩包",
    "托特包",
    "斜挎包",
    "登机箱",
    "T恤",
    "连衣裙",
    "衬衫",
    "运动裤",
    "冲锋衣",
    "乐福鞋",
    "跑步鞋",
    "雪地靴",
    "绿茶",
    "红茶",
    "砖茶",
    "莲子",
    "热干面",
    "坚果",
    "四件套",
    "护颈枕",
    "遮光窗帘",
    "充电器",
    "蓝牙耳机",
    "机械键盘",
    "连体衣",
    "奶瓶",
    "保温杯",
    "洁面乳",
    "面膜",
    "唇釉",
    "自动帐篷",
    "登山杖",
    "笔记本",
    "钢笔",
    "水彩颜料",
    "台灯",
    "花瓶",
    "餐盘",
    "炒锅",
    "雨伞",
    "围巾",
    "手套",
    "帽子",
    "皮带",
    "钱包",
    "手表",
    "音箱",
    "鼠标",
    "数据线",
    "行李牌",
    "收纳盒",
    "毛巾",
    "拖鞋",
    "地毯",
    "抱枕",
]
_COLOURS = ["白色", "黑色", "藏青", "墨绿", "酒红", "米白", "雾蓝", "驼色", "深灰", "樱粉"]

SEARCHES = {
    "frequent_word": "充电器",
    "two_words": "静音 充电器",
    "three_words": "羊绒女款围巾",
    "rare_code": "P077123",
    "pinyin": "lanyaerji",
    "initials": "lyej",
    "begun_pinyin": "chongd",
    "wrong_character": "冲电器",
    "wrong_pinyin": "chngdianqi",
    "very_frequent": "轻便",
    "nothing": "挖掘机",
}


def measure() -> None:
    """Lay the shop, then look for things in it."""
    from zhanggui.catalog.queries import search, window
    from zhanggui.shops.models import Shop

    shop = Shop.objects.get(code="B01")
    lay(shop)
    tell("looking for products")
    middle = _listing(shop.pk, 50_000)
    skus = [
        sku for pk in range(10) for sku in window.product(_listing(shop.pk, pk * 9_000), at=AT).card.skus
    ][:10]
    _measured("product.page_data", lambda: window.product(middle, at=AT), many_skus=4)
    _measured(
        "product.skus_of_a_basket", lambda: window.skus(skus, shop_id=shop.pk, at=AT), many_skus=len(skus)
    )
    for order in ("sold", "new", "price"):
        _measured(f"product.shelf.{order}", lambda order=order: window.shelf(shop.pk, at=AT, order=order))
    _measured("product.shelf.page_50", lambda: window.shelf(shop.pk, at=AT, page=50))
    for name, text in SEARCHES.items():
        found = search.find([shop.pk], text, at=AT)
        _measured(
            f"product.search.{name}",
            lambda text=text: search.find([shop.pk], text, at=AT),
            text=text,
            found=found.page.many_said,
            corrected=found.corrected,
        )
    _measured("product.search.by_price", lambda: search.find([shop.pk], "充电器", at=AT, order="price"))
    _measured(
        "product.search.price_range",
        lambda: search.find([shop.pk], "轻便", at=AT, from_fen=10_000, to_fen=12_000),
    )
    for text in ("充", "lan", "ly"):
        _measured("product.suggest", lambda text=text: search.suggest([shop.pk], text, at=AT), text=text)


def lay(shop: Any) -> None:
    """100,000 products with four SKUs each, on the shelf, written as the verbs write them."""
    from psycopg.types.json import Jsonb

    from zhanggui.catalog import words
    from zhanggui.catalog.actions.finding import _remember_terms, vector_of
    from zhanggui.catalog.models import Listing, Picture, Product, Sku
    from zhanggui.kit.bulk import copy_in, take_ids

    if Listing.objects.filter(shop=shop).count() >= MANY:
        return
    tell(f"laying {MANY:,} products")
    chance = random.Random(7)
    names = list(itertools.product(_MAKES, _FOR, _THINGS))
    chance.shuffle(names)
    for start in range(0, MANY, 10_000):
        products, listings, rows = take_ids(Product, 10_000), take_ids(Listing, 10_000), []
        skus: list[tuple[Any, ...]] = []
        shelf, shown = [], []
        for place, (pk, listing) in enumerate(zip(products, listings, strict=True), start):
            make, whom, thing = names[place % len(names)]
            title = f"{make}{whom}{thing} {chance.choice(_MAKES)} {place // len(names) + 1}代"
            code, price = f"P{place:06}", chance.randrange(900, 60_000)
            own = [
                (f"{code}-{n}", f"颜色:{colour}", "", price + n * 100)
                for n, colour in enumerate(chance.sample(_COLOURS, 4), 1)
            ]
            product = Product(merchant_id=shop.merchant_id, code=code, title=title, attributes={"材质": make})
            options = [["颜色", [spec[3:] for _code, spec, _bar, _price in own]]]
            rows.append(
                (
                    pk,
                    shop.merchant_id,
                    code,
                    title,
                    "",
                    "",
                    "",
                    "<p>好用。</p>" * 40,
                    Jsonb({"材质": make}),
                    Jsonb(options),
                    False,
                    "order",
                    "",
                    False,
                    False,
                    1,
                )
            )
            skus += [
                (pk, shop.merchant_id, sku, spec, fen, fen // 2, 300, "", "", n)
                for n, (sku, spec, _b, fen) in enumerate(own)
            ]
            shown.append((pk, f"{place:032x}.webp", 800, 800, 20_000, "main", title, 0))
            on_at = AT - timedelta(minutes=place)
            shelf.append(
                (
                    listing,
                    shop.pk,
                    pk,
                    "on",
                    on_at,
                    False,
                    price + 100,
                    price + 400,
                    chance.randrange(5000),
                    0,
                    vector_of(product, own),
                    words.spelt(title),
                    Jsonb([]),
                    1,
                )
            )
        copy_in(
            Product,
            (
                "id",
                "merchant_id",
                "code",
                "title",
                "model",
                "brand",
                "copy",
                "description",
                "attributes",
                "options",
                "virtual",
                "hold",
                "role",
                "postage_included",
                "instalments",
                "version",
            ),
            rows,
        )
        copy_in(
            Sku,
            (
                "product_id",
                "merchant_id",
                "code",
                "spec",
                "price_fen",
                "cost_fen",
                "weight_g",
                "barcode",
                "picture",
                "position",
            ),
            skus,
        )
        copy_in(Picture, ("product_id", "name", "width", "height", "size", "role", "alt", "position"), shown)
        copy_in(
            Listing,
            (
                "id",
                "shop_id",
                "product_id",
                "state",
                "on_at",
                "shown",
                "from_fen",
                "to_fen",
                "sold",
                "liked",
                "words",
                "initials",
                "troubles",
                "version",
            ),
            shelf,
        )
        _remember_terms(Product(merchant_id=shop.merchant_id, title=row[3]) for row in rows)
    with connection.cursor() as cursor:
        cursor.execute(
            "VACUUM ANALYZE catalog_listing, catalog_product, catalog_sku, catalog_picture, catalog_term"
        )


def _listing(shop_id: int, place: int) -> int:
    from zhanggui.catalog.models import Listing

    return int(Listing.objects.filter(shop_id=shop_id).order_by("pk").values_list("pk", flat=True)[place])


def _measured(name: str, look: Any, **more: Any) -> None:
    look()
    times = milliseconds(look, TIMES)
    with CaptureQueriesContext(connection) as asked:
        look()
    selects = [query["sql"] for query in asked if query["sql"].lstrip("(\n").startswith("SELECT")]
    say(
        f"{name}.p95",
        p95(times),
        "ms",
        limit=psql_milliseconds(selects) if selects else None,
        better="lower",
        beside=f"psql with the same {len(selects)} SELECTs",
        median_ms=round(median(times), 2),
        target=50,
        **more,
    )
