"""A window for the demo: listings on the shelf with pictures drawn here, categories, heroes."""

import colorsys
import hashlib
import io
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from zhanggui.catalog.actions import categories, listings, picturing, products
from zhanggui.catalog.actions.categories import CategoryTold
from zhanggui.catalog.actions.finding import remember
from zhanggui.catalog.actions.products import Basics
from zhanggui.catalog.classes import ensure_classifications
from zhanggui.catalog.models import Classification, Listing, Product, ShopCategory, Sku
from zhanggui.catalog.specs import options_of
from zhanggui.kit import pictures
from zhanggui.kit.actor import Actor
from zhanggui.shops.models import Shop

SIDE = 800
HEROES = 3
_FONTS = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc",
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/opentype/noto/NotoSerifCJK-Bold.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
    "/System/Library/Fonts/PingFang.ttc",
    "C:/Windows/Fonts/msyh.ttc",
)
_CLASSES = {  # data: words of titles
    "托特": "bags-hand",
    "斜挎": "bags-hand",
    "双肩": "bags-back",
    "登机箱": "bags-trolley",
    "T恤": "clothes-tshirt",
    "连衣裙": "clothes-dress",
    "衬衫": "clothes-shirt",
    "运动裤": "clothes-trousers",
    "冲锋衣": "clothes-outdoor",
    "乐福鞋": "shoes-leather",
    "跑步鞋": "shoes-sport",
    "雪地靴": "shoes-boots",
    "玉露": "food-tea",
    "工夫茶": "food-tea",
    "砖茶": "food-tea",
    "莲子": "food-dry",
    "热干面": "food-instant",
    "坚果": "food-nuts",
    "四件套": "home-bedding",
    "枕": "home-pillow",
    "窗帘": "home-curtain",
    "充电器": "digital-charger",
    "耳机": "digital-audio",
    "键盘": "digital-keyboard",
    "连体衣": "baby-clothes",
    "奶瓶": "baby-feeding",
    "保温杯": "baby-feeding",
    "洁面": "beauty-face",
    "面膜": "beauty-face",
    "唇釉": "beauty-makeup",
    "帐篷": "outdoor-tent",
    "登山杖": "outdoor-gear",
    "笔记本": "stationery-paper",
    "钢笔": "stationery-pen",
    "颜料": "stationery-art",
}


def lay_window(
    by: Actor,
    shop: Shop,
    at: datetime,
    *,
    codes: Sequence[str] | None = None,
    drawn: Callable[[str, int], bytes] | None = None,
) -> list[Listing]:
    """Put the merchant's products (those of these codes) on the shop's shelf, with pictures, categories and heroes.

    Once: what the shop lists already stays as it is. `drawn`: draws a product's picture by code and turn, else a plain
    shape with its name. Gives the listings of the shop.
    """
    ensure_classifications()
    classes = {row.code: row for row in Classification.objects.all()}
    rows = Product.objects.filter(merchant_id=shop.merchant_id).exclude(listings__shop=shop).order_by("code")
    if codes is not None:
        rows = rows.filter(code__in=list(codes))
    fresh = []
    for place, thing in enumerate(rows):
        _describe(by, thing, classes, at)
        if not thing.pictures.exists():
            shapes = [
                drawn(thing.code, turn) if drawn else plain(thing.title, thing.code, turn)
                for turn in range(2)
            ]
            kept = [pictures.keep(shape) for shape in shapes]
            picturing.add(by=by, product=thing, kept=kept, at=at)
        listing = products.list_in(by=by, product=thing, shop=shop, at=at)
        if place < HEROES:
            Product.objects.filter(pk=thing.pk, role=Product.Role.NONE).update(role=Product.Role.HERO)
        fresh.append(listing)
    remember([listing.product_id for listing in fresh])
    since = at - timedelta(days=3)
    listings.put_on(by=by, listing_ids=[listing.pk for listing in fresh], at=since)
    listings.show(by=by, listing_ids=[listing.pk for listing in fresh[:8]], shown=True, at=at)
    if not ShopCategory.objects.filter(shop=shop).exists():
        _categories(by, shop, at)
    return list(Listing.objects.filter(shop=shop).select_related("product").defer("words").order_by("pk"))


def _describe(by: Actor, thing: Product, classes: dict[str, Classification], at: datetime) -> None:
    """What the gate asks for, in words that are plainly the demo's."""
    code = next((code for word, code in _CLASSES.items() if word in thing.title), "")
    found = classes.get(code)
    specs = list(Sku.objects.filter(product=thing, off_at=None).order_by("pk").values_list("spec", flat=True))
    asked = found.attributes if found else []
    told = {one["name"]: (one["choices"] or ["见包装"])[0] for one in asked if one["must"]}  # data
    basics = Basics(
        title=thing.title,
        code=thing.code,
        classification_id=found.pk if found else None,
        copy="下单后 48 小时内发货，支持七天无理由退货",  # data
        description=f"<p>{thing.title}</p><p>演示商品：图片和说明都是程序画的、写的。</p>",  # data
        attributes=told,
        hold=thing.hold,
        role=thing.role,
        postage_included=False,
    )
    changed = products.change(by=by, product=thing, version=thing.version, basics=basics, at=at)
    options = options_of(changed.options, specs)
    if options and not changed.options:
        many = 1
        for _name, values in options:
            many *= len(values)
        if many == len(specs):
            Product.objects.filter(pk=thing.pk).update(
                options=[[name, list(values)] for name, values in options]
            )


def _categories(by: Actor, shop: Shop, at: datetime) -> None:
    new = categories.add(by=by, shop=shop, told=CategoryTold("本店推荐"), at=at)  # data
    for name, low, high in (("百元以内", None, 9999), ("百元以上", 10000, None)):  # data
        told = CategoryTold(name, way="auto", from_fen=low, to_fen=high)
        categories.add(by=by, shop=shop, told=told, at=at)
    first = list(Listing.objects.filter(shop=shop).order_by("pk").values_list("pk", flat=True)[:6])
    categories.file(by=by, shop=shop, listing_ids=first, into=[new.pk], at=at)


def plain(title: str, code: str, turn: int = 0) -> bytes:
    """A clean picture of a product: a colour of its own, a plain shape, its name. 800 by 800, WebP."""
    seed = hashlib.sha256(f"{code}".encode()).digest()
    hue = (seed[0] / 255 + turn * 0.08) % 1

    def colour(light: float, full: float) -> tuple[int, int, int]:
        red, green, blue = colorsys.hls_to_rgb(hue, light, full)
        return int(red * 255), int(green * 255), int(blue * 255)

    picture = Image.new("RGB", (SIDE, SIDE), colour(0.93, 0.45))
    pen = ImageDraw.Draw(picture)
    box = (190, 130, 610, 550)
    shape = (seed[1] + turn) % 4
    if shape == 0:
        pen.rounded_rectangle(box, 60, fill=colour(0.62, 0.5))
        pen.arc((290, 60, 510, 220), 180, 360, fill=colour(0.5, 0.5), width=22)
    elif shape == 1:
        pen.ellipse(box, fill=colour(0.62, 0.5))
        pen.ellipse((300, 240, 500, 440), fill=colour(0.8, 0.5))
    elif shape == 2:
        pen.polygon([(400, 110), (630, 340), (400, 570), (170, 340)], fill=colour(0.62, 0.5))
    else:
        pen.rounded_rectangle((270, 110, 530, 570), 40, fill=colour(0.62, 0.5))
        pen.rectangle((330, 70, 470, 120), fill=colour(0.5, 0.5))
    font = _font(58)
    words = title.split()
    ink = colour(0.22, 0.5)
    if font is not None:
        for row, text in enumerate((words[0][:12], " ".join(words[1:])[:16])):
            pen.text(
                (SIDE // 2, 640 + row * 76), text, fill=ink, font=font if not row else _font(38), anchor="mm"
            )
    else:
        pen.text((SIDE // 2 - 60, 650), code, fill=ink, font_size=48)
    target = io.BytesIO()
    picture.save(target, "WEBP", quality=88)
    return target.getvalue()


@lru_cache(maxsize=4)
def _font(size: int) -> ImageFont.FreeTypeFont | None:
    """A Chinese font of the machine; None where there is none, and the code is written instead."""
    for path in _FONTS:
        if Path(path).exists():
            return ImageFont.truetype(path, size)
    return None
