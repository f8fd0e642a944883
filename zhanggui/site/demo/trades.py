"""The demo's orders as they arrive: several hundred, in all states, over the last twelve days."""

import random
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from zhanggui.orders.arriving import Arriving, ArrivingLine, ArrivingReceiver
from zhanggui.orders.states import CloseReason, LineState, Refund, State
from zhanggui.shops.models import Platform, Shop
from zhanggui.site.demo.goods import Goods

_SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦许何吕张孔曹严华金魏陶姜"
_GIVEN = (
    "雨桐",
    "子轩",
    "晓雯",
    "建国",
    "思远",
    "佳怡",
    "浩然",
    "梦瑶",
    "志强",
    "丽娜",
    "文博",
    "静怡",
    "宇航",
    "欣然",
    "海涛",
    "婷婷",
    "俊杰",
    "若曦",
    "国栋",
    "美玲",
)
_NICKS = (
    "爱吃西瓜的猫",
    "云淡风轻",
    "小鹿乱撞",
    "江城旧事",
    "雨后天晴",
    "阿喵不吃鱼",
    "向日葵",
    "一叶知秋",
    "糖醋排骨",
    "北岛有雪",
    "不困的熊",
    "梧桐树下",
    "海盐芝士",
    "慢慢走",
    "柠檬不酸",
    "晚风",
    "山茶花开",
    "橘子汽水",
    "夏天的风",
    "月半小夜曲",
)
_PLACES = (
    ("湖北省", "武汉市", "洪山区", "420111", "珞喻路 1037 号"),
    ("湖北省", "武汉市", "江汉区", "420103", "解放大道 688 号"),
    ("湖北省", "宜昌市", "西陵区", "420502", "夷陵大道 56 号"),
    ("上海市", "上海市", "浦东新区", "310115", "世纪大道 1196 号"),
    ("江苏省", "苏州市", "虎丘区", "320505", "狮山路 28 号"),
    ("浙江省", "杭州市", "西湖区", "330106", "文一西路 200 号"),
    ("广东省", "深圳市", "南山区", "440305", "科技园南路 18 号"),
    ("广东省", "广州市", "天河区", "440106", "体育东路 116 号"),
    ("北京市", "北京市", "朝阳区", "110105", "建国路 93 号"),
    ("四川省", "成都市", "武侯区", "510107", "天府大道 333 号"),
    ("贵州省", "贵阳市", "南明区", "520102", "中华南路 49 号"),
    ("辽宁省", "沈阳市", "和平区", "210102", "南京北街 206 号"),
    ("陕西省", "西安市", "雁塔区", "610113", "高新路 25 号"),
    ("新疆维吾尔自治区", "乌鲁木齐市", "天山区", "650102", "解放北路 30 号"),
    ("西藏自治区", "拉萨市", "城关区", "540102", "北京中路 65 号"),
    ("湖南省", "长沙市", "岳麓区", "430104", "麓山路 36 号"),
    ("山东省", "青岛市", "市南区", "370202", "香港中路 76 号"),
    ("福建省", "厦门市", "思明区", "350203", "湖滨南路 81 号"),
    ("黑龙江省", "哈尔滨市", "南岗区", "230103", "西大直街 92 号"),
    ("广西壮族自治区", "南宁市", "青秀区", "450103", "民族大道 131 号"),
)
_WISHES = (
    "",
    "",
    "",
    "",
    "",
    "周末配送",
    "请发顺丰，谢谢",
    "麻烦包装严实一点",
    "送人的，不要放价格单",
    "下午五点以后送",
    "要发票，抬头公司名私聊",
)
_MEMOS = (
    "",
    "",
    "",
    "",
    "老客户 送小样",
    "加急 今天必须发",
    "改地址 已确认",
    "赠品：帆布袋一个",
    "留意色差 已说明",
)
_CARRIERS = (
    ("YTO", "YT", 13),
    ("ZTO", "680", 9),
    ("STO", "268", 9),
    ("YUNDA", "1000", 9),
    ("SF", "SF", 13),
)
_STATES = (
    (State.UNPAID, 14),
    (State.PAID, 24),
    (State.PART_SHIPPED, 3),
    (State.SHIPPED, 26),
    (State.FINISHED, 22),
    (State.CLOSED_UNPAID, 7),
    (State.CLOSED_REFUNDED, 4),
)
_DIGITS = {Platform.TAOBAO: 16, Platform.TMALL: 18, Platform.JD: 11, Platform.OWN: 12}


def of_shop(shop: Shop, place: int, goods: Sequence[Goods], *, many: int, at: datetime) -> Iterator[Arriving]:
    """So many orders of a shop, the same ones at every run; `at` is the demo's present moment."""
    dice = random.Random(20261111 + place)
    states = [state for state, weight in _STATES for _ in range(weight)]
    for count in range(many):
        yield _trade(shop, place, count, dice.choice(states), goods, dice, at)


def _trade(
    shop: Shop,
    place: int,
    count: int,
    state: State,
    goods: Sequence[Goods],
    dice: random.Random,
    at: datetime,
) -> Arriving:
    placed = at - _age(state, dice)
    paid = (
        placed + timedelta(minutes=dice.randint(1, 240))
        if state not in (State.UNPAID, State.CLOSED_UNPAID)
        else None
    )
    shipped = None
    if paid and state in (State.SHIPPED, State.FINISHED, State.PART_SHIPPED):
        shipped = min(paid + timedelta(hours=dice.randint(3, 30)), at - timedelta(minutes=20))
    ended = None
    if state is State.FINISHED and shipped:
        ended = min(shipped + timedelta(days=dice.uniform(2, 9)), at - timedelta(minutes=5))
    elif state in (State.CLOSED_UNPAID, State.CLOSED_REFUNDED):
        ended = min((paid or placed) + timedelta(hours=dice.randint(2, 70)), at - timedelta(minutes=5))
    cod = state is State.PAID and dice.random() < 0.08
    lines = _lines(state, goods, dice)
    total = sum(line.price_fen * line.pieces for line in lines)
    postage = dice.choice((0, 600, 800, 1200, 1500))
    discount = dice.choice((0, 0, 0, 500, 1000, 2000))
    discount = min(discount, total // 5)
    due = total + postage - discount
    money_in = paid is not None and not cod
    carrier, head, tail = dice.choice(_CARRIERS)
    refunded = due if state is State.CLOSED_REFUNDED else 0
    refund = (
        Refund.DONE
        if refunded
        else Refund.OPEN
        if state is State.PAID and dice.random() < 0.06
        else Refund.NONE
    )
    return Arriving(
        number=number_of(shop, place, count, placed),
        state=state,
        placed_at=placed,
        paid_at=None if cod else paid,
        shipped_at=shipped,
        ended_at=ended,
        close_reason=dice.choice(CloseReason.values) if state is State.CLOSED_UNPAID else "",
        goods_fen=total,
        postage_fen=postage,
        discount_fen=discount,
        due_fen=due,
        paid_fen=due if money_in else 0,
        refunded_fen=refunded,
        lines=lines,
        nick=f"{dice.choice(_NICKS)}{dice.randint(1, 60)}",
        receiver=receiver_of(dice),
        buyer_message=dice.choice(_WISHES),
        memo=dice.choice(_MEMOS),
        flag=dice.choice((0, 0, 0, 0, 1, 2, 3, 4, 5)),
        carrier=carrier if shipped else "",
        waybill=f"{head}{dice.randrange(10 ** (tail - 1), 10**tail)}" if shipped else "",
        cod=cod,
        refund=refund,
    )


def _age(state: State, dice: random.Random) -> timedelta:
    """How long ago it was placed: unpaid ones hours, some about to be closed; shipped ones up to eleven days."""
    if state is State.UNPAID:
        return (
            timedelta(hours=72) - timedelta(minutes=dice.randint(4, 55))
            if dice.random() < 0.15
            else timedelta(minutes=dice.randint(2, 60 * 40))
        )
    if state is State.PAID:
        return timedelta(hours=dice.uniform(0.3, 50))
    if state is State.PART_SHIPPED:
        return timedelta(days=dice.uniform(1, 4))
    if state is State.SHIPPED:
        return (
            timedelta(days=dice.uniform(9.1, 10.2))
            if dice.random() < 0.2
            else timedelta(days=dice.uniform(1.2, 8))
        )
    return timedelta(days=dice.uniform(3, 28))


def _lines(state: State, goods: Sequence[Goods], dice: random.Random) -> tuple[ArrivingLine, ...]:
    many = 2 if state is State.PART_SHIPPED else dice.choice((1, 1, 1, 1, 2, 2, 3))
    chosen = dice.sample(list(goods), k=min(many, len(goods)))
    lines = []
    for position, product in enumerate(chosen):
        code, spec = dice.choice(product.kinds)
        own = None
        if state is State.PART_SHIPPED:
            own = LineState.SHIPPED if position == 0 else LineState.PAID
        lines.append(
            ArrivingLine(
                title=product.title,
                spec=spec,
                code=f"{product.code}-{code}",
                price_fen=product.size_of(spec).price_fen,
                pieces=dice.choice((1, 1, 1, 1, 2, 3)),
                state=own,
            )
        )
    return tuple(lines)


def receiver_of(dice: random.Random) -> ArrivingReceiver:
    """Somebody somewhere, invented."""
    province, city, district, region, street = dice.choice(_PLACES)
    return ArrivingReceiver(
        name=dice.choice(_SURNAMES) + dice.choice(_GIVEN),
        phone=f"1{dice.choice('35789')}{dice.randint(0, 9)}{dice.randint(0, 99999999):08d}",
        province=province,
        city=city,
        district=district,
        region=region,
        address=f"{street}{dice.randint(1, 30)}栋{dice.randint(1, 28)}0{dice.randint(1, 6)}",
    )


def number_of(shop: Shop, place: int, count: int, placed: datetime) -> str:
    """An order number in the manner of the shop's platform, the same at every run."""
    unique = (place + 1) * 10_000 + count
    if shop.platform == Platform.PDD:
        return f"{placed:%y%m%d}-{unique * 7_919_333 % 10**15:015d}"
    digits = _DIGITS[Platform(shop.platform)]
    return str(10 ** (digits - 1) * 4 + unique * 104_729_317 % 10 ** (digits - 1))[:digits]
