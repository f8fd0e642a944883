"""The windows of the demo's own shops: what they list, how they look in the days around 11-11, a buyer."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from zhanggui.catalog.actions import categories
from zhanggui.catalog.actions.categories import CategoryTold
from zhanggui.catalog.models import Listing, ShopCategory
from zhanggui.catalog.seeds import lay_window
from zhanggui.customers.actions import accounts, addresses
from zhanggui.customers.models import Buyer
from zhanggui.customers.whereto import Whereto
from zhanggui.kit.actor import Actor, system
from zhanggui.people.actors import actor_of
from zhanggui.people.models import Staff
from zhanggui.promotions.actions import purses, red_packets
from zhanggui.promotions.seeds import lay_auctions, lay_red_packets
from zhanggui.shops.models import Kind, Platform, Shop
from zhanggui.site.demo import drawings
from zhanggui.site.demo.goods import Goods
from zhanggui.storefront import blocks as pieces
from zhanggui.storefront.actions import assets, looks, notices
from zhanggui.storefront.actions.face import change_face, face_of
from zhanggui.storefront.models import Asset

BUYER_PHONE, BUYER_NICK = "13900000001", "江边散步"
HOUSE = system("演示", "demo")
_SHAPES = {"TE": "tin", "FD": "box", "ST": "book", "TS": "cloth", "HM": "box", "BB": "bottle", "DG": "round"}
_OWN_SHAPES = {
    "DG701": "charger",
    "DG702": "earphones",
    "DG703": "keyboard",
    "ST122": "pen",
    "ST123": "paints",
    "TS204": "trousers",
    "HM601": "bedding",
    "HM602": "pillow",
    "HM603": "curtain",
    "TE403": "box",
    "BB801": "cloth",
}
"""Goods that do not look like the others of their line."""
_LINES = {"TE": "茶", "FD": "食品", "ST": "文具", "TS": "服装", "HM": "家居", "BB": "母婴", "DG": "数码"}


def open_windows(*, shop: Shop, goods: Sequence[Goods], people: dict[str, Staff], at: datetime) -> None:
    """Open one of our own shops: goods on the shelf with pictures, a face, four versions of its home page.

    Nothing happens when its door is open already.
    """
    if shop.platform != Platform.OWN or face_of(shop).open:
        return
    listings = _list(shop, goods, at)
    _decorate(shop, listings, actor_of(people["6001"], source="demo"), at)


def buyer(*, merchant_id: int, password: str, at: datetime) -> Buyer:
    """The demo's buyer, with two addresses; made once."""
    found = Buyer.objects.filter(merchant_id=merchant_id, platform=Platform.OWN, nick=BUYER_NICK).first()
    if found is not None:
        return found
    made = accounts.register(
        merchant_id=merchant_id,
        phone=BUYER_PHONE,
        password=password,
        nick=BUYER_NICK,
        address="127.0.0.1",
        at=at,
    )
    homes = (
        ("江小白", "湖北省", "武汉市", "武昌区", "中北路 86 号 3 栋 1204", "420106"),
        ("江小白（公司）", "上海市", "上海市", "浦东新区", "世纪大道 1196 号 20 楼", "310115"),
    )
    for name, province, city, district, street, region in homes:
        whereto = Whereto(name, BUYER_PHONE, province, city, district, street, "", region)
        addresses.add(by=HOUSE, buyer=made, whereto=whereto, at=at)
    return made


def _list(shop: Shop, goods: Sequence[Goods], at: datetime) -> list[Listing]:
    """Put the goods on the shelf through the gate, each with pictures of its own, told words, a category."""
    found = {
        listing.product.code: listing
        for listing in lay_window(HOUSE, shop, at, codes=[thing.code for thing in goods], drawn=_drawn(goods))
    }
    shelves: dict[str, ShopCategory] = {}
    for place, thing in enumerate(goods):
        listing, line = found[thing.code], thing.code[:2]
        if line not in shelves:
            told = CategoryTold(_LINES.get(line, "更多"))
            shelves[line] = categories.add(by=HOUSE, shop=shop, told=told, at=at)
        categories.file(by=HOUSE, shop=shop, listing_ids=[listing.pk], into=[shelves[line].pk], at=at)
        Listing.objects.filter(pk=listing.pk).update(on_at=at - timedelta(days=40 - place * 3))
    return [found[thing.code] for thing in goods]


def _drawn(goods: Sequence[Goods]) -> Callable[[str, int], bytes]:
    """How the pictures of these goods are drawn: by code and turn."""
    places = {thing.code: place for place, thing in enumerate(goods)}

    def draw(code: str, turn: int) -> bytes:
        return drawings.product(
            places[code] + 2, _OWN_SHAPES.get(code) or _SHAPES.get(code[:2], "round"), turn
        )

    return draw


def gifts(*, buyer: Buyer, shops: Sequence[Shop], at: datetime) -> None:
    """What the demo's buyer finds: red packets in the purse, and an auction in each of these shops. Laid once."""
    merchant = shops[0].merchant
    issue = lay_red_packets(by=HOUSE, merchant=merchant, at=at)
    grants = [red_packets.Grant(f"demo:{n}", buyer.pk, fen) for n, fen in enumerate((1_000, 588, 200))]
    red_packets.grant_many(by=HOUSE, row=issue, grants=grants, at=at)
    purses.credit_due(by=HOUSE, at=at)
    for shop in shops:
        lay_auctions(by=HOUSE, shop=shop, at=at)


def _decorate(shop: Shop, listings: Sequence[Listing], by: Actor, at: datetime) -> None:
    seed = 1 if shop.kind == Kind.BAZAAR else 3
    banners = [
        _asset(by, shop, "banner", drawings.banner(seed + number), f"轮播 {number + 1}")
        for number in range(3)
    ]
    mark = _asset(by, shop, "logo", drawings.logo(seed), "店标")
    face = face_of(shop)
    change_face(
        by=by,
        shop=shop,
        version=face.version,
        intro="江边老街的好物，当天打包发出" if seed == 1 else "家里用的，一站买齐",
        brand="从一条老街的小店做起，如今两地发货。货不多，件件自己用过才上架。",
        hotline="400-800-0127",
        logo=mark.name,
        banner=banners[0].name,
        open=True,
    )
    notices.put_up(by=by, shop=shop, text="16:00 前付款的订单当天发出；周日仓库休息，周一一早补发。")
    notices.put_up(by=by, shop=shop, text="新疆、西藏的朋友：运费请先问客服，确认后再付款。")
    eve = datetime(at.year, 11, 11, tzinfo=at.tzinfo)
    if at >= eve + timedelta(days=3):
        eve = eve.replace(year=at.year + 1)
    home = f"/s/{shop.code}/search/"
    slides = [
        {"picture": banners[0].name, "alt": "当季新货已经上架", "link": f"{home}?order=new"},
        {"picture": banners[1].name, "alt": "老客都在回购的几样", "link": f"{home}?order=sold"},
        {
            "picture": banners[2].name,
            "alt": "满减与优惠券，下单自动用最省的一种",
            "link": f"/s/{shop.code}/coupons/",
        },
    ]
    picks = [listing.pk for listing in listings[:4]]
    for name, starts_at, ends_at, until, words in (
        ("日常", None, None, at + timedelta(days=2, hours=5), "本周特价倒计时"),
        ("预热", eve - timedelta(days=9), eve, eve, "双 11 开场还有"),
        ("双 11 当天", eve, eve + timedelta(days=1), eve + timedelta(days=1), "双 11 结束还有"),
        ("返场", eve + timedelta(days=1), eve + timedelta(days=3), eve + timedelta(days=3), "返场结束还有"),
    ):
        rows: list[dict[str, Any]] = [
            _filled("banner", slides=slides),
            _filled("notice"),
            _filled("countdown", title=words, until=until, link=home),
            _filled("coupons"),
            _filled("categories"),
            _filled("hero", title="今日爆款", most=6),
            _filled("main", title="店长主推", listings=picks if name != "日常" else (), most=8),
            _filled("new", title="刚刚上架", most=8),
        ]
        look = looks.draft_look(
            by=by, shop=shop, name=name, starts_at=starts_at, ends_at=ends_at, blocks=rows
        )
        looks.publish(by=by, look=look, version=look.version, at=at)


def _filled(kind: str, **values: Any) -> dict[str, Any]:
    return pieces.fresh(kind) | (pieces.read(kind, values) if values else {})


def _asset(by: Actor, shop: Shop, use: str, data: bytes, title: str) -> Asset:
    return assets.add(by=by, shop=shop, use=use, title=title, upload=data)
