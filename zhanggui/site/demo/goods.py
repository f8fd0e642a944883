"""What the demo's shops sell: for each line of goods a handful of products with their SKUs."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Size:
    """Price and cost in fen, weight in grams."""

    price_fen: int
    cost_fen: int
    weight_g: int | None


@dataclass(frozen=True, slots=True)
class Goods:
    """A product: code, title, price in fen, cost in fen, weight of a piece in grams, its kinds (code, spec).

    `larger`: what the kinds whose spec ends with these words cost and weigh instead.
    """

    code: str
    title: str
    price_fen: int
    cost_fen: int
    weight_g: int | None
    kinds: tuple[tuple[str, str], ...]
    larger: tuple[tuple[str, Size], ...] = ()

    def size_of(self, spec: str) -> Size:
        """What one of this kind costs and weighs."""
        usual = Size(self.price_fen, self.cost_fen, self.weight_g)
        return next((size for words, size in self.larger if spec.endswith(words)), usual)


def _kinds(colours: str, sizes: str) -> tuple[tuple[str, str], ...]:
    return tuple(
        (f"{colour_no}{size_no}", f"颜色分类:{colour};尺码:{size}")
        for colour_no, colour in enumerate(colours.split(), 1)
        for size_no, size in enumerate(sizes.split(), 1)
    )


def _packs(packs: str) -> tuple[tuple[str, str], ...]:
    return tuple((str(number), f"规格:{pack}") for number, pack in enumerate(packs.split(), 1))


SHELVES: dict[str, tuple[Goods, ...]] = {
    "箱包": (
        Goods("BG101", "头层牛皮通勤托特包 大容量", 29900, 15800, 980, _kinds("焦糖棕 黑色 雾灰", "均码")),
        Goods("BG102", "轻便尼龙双肩包 14寸电脑", 15900, 7200, 720, _kinds("藏青 黑色 卡其", "均码")),
        Goods("BG103", "迷你链条斜挎包 春夏款", 12900, 5600, 410, _kinds("奶白 樱粉 黑色", "均码")),
        Goods(
            "BG104",
            "20寸静音万向轮登机箱",
            26900,
            14900,
            2900,
            _kinds("银灰 墨绿", "20寸 24寸"),
            (("24寸", Size(32900, 18200, 3600)),),
        ),
    ),
    "服装": (
        Goods("TS201", "速干T恤 男款 透气圆领", 5990, 2100, 180, _kinds("深卡其 白色 黑色", "M L XL XXL")),
        Goods("TS202", "羊绒混纺连衣裙 秋冬", 36900, 16800, 650, _kinds("驼色 酒红", "S M L")),
        Goods("TS203", "棉麻宽松衬衫 女", 11900, 4300, 240, _kinds("米白 雾蓝", "S M L")),
        Goods("TS204", "加绒束脚运动裤", 8990, 3600, 480, _kinds("黑色 深灰", "M L XL")),
    ),
    "鞋": (
        Goods("SH301", "真皮手工乐福鞋", 25900, 12600, 860, _kinds("黑色 栗棕", "36 37 38 39")),
        Goods("SH302", "缓震跑步鞋 男", 21900, 9800, 780, _kinds("白蓝 黑红", "40 41 42 43")),
        Goods("SH303", "雪地靴 加厚防滑", 18900, 8300, 1100, _kinds("栗色 黑色", "36 37 38 39")),
    ),
    "茶": (
        Goods(
            "TE401",
            "恩施玉露 明前绿茶 250克",
            16800,
            7800,
            320,
            _packs("1罐 2罐礼盒"),
            (("2罐礼盒", Size(31800, 15400, 690)),),
        ),
        Goods(
            "TE402",
            "宜红工夫茶 500克 散装",
            9800,
            3900,
            560,
            _packs("1袋 2袋"),
            (("2袋", Size(18800, 7800, 1110)),),
        ),
        Goods(
            "TE403",
            "青砖茶 一级 380克",
            6800,
            2600,
            430,
            _packs("1块 3块"),
            (("3块", Size(19200, 7800, 1280)),),
        ),
    ),
    "食品": (
        Goods(
            "FD501",
            "洪湖莲子 手工去芯 500克",
            4990,
            2200,
            540,
            _packs("1袋 2袋 5袋"),
            (
                ("2袋", Size(9480, 4400, 1070)),
                ("5袋", Size(22800, 11000, 2650)),
            ),
        ),
        Goods(
            "FD502",
            "热干面 5人份 含料包",
            3290,
            1400,
            1150,
            _packs("1盒 2盒"),
            (("2盒", Size(6280, 2800, 2280)),),
        ),
        Goods(
            "FD503",
            "坚果每日礼盒 30包",
            9900,
            5100,
            870,
            _packs("750克 1500克"),
            (("1500克", Size(18900, 10200, 1700)),),
        ),
    ),
    "家居": (
        Goods(
            "HM601",
            "60支长绒棉四件套",
            45900,
            22800,
            2300,
            _kinds("雾蓝 燕麦 烟粉", "1.5米床 1.8米床"),
            (("1.8米床", Size(49900, 25000, 2600)),),
        ),
        Goods(
            "HM602",
            "乳胶护颈枕",
            16900,
            7100,
            1300,
            _packs("单只 一对"),
            (("一对", Size(31800, 14200, 2560)),),
        ),
        Goods(
            "HM603",
            "遮光窗帘 成品 定高2.7米",
            13900,
            6000,
            None,
            _kinds("高级灰 米驼", "宽2米 宽3米"),
            (("宽3米", Size(18900, 8400, None)),),
        ),
    ),
    "数码": (
        Goods("DG701", "65W 氮化镓充电器 三口", 12900, 6100, 150, _packs("白色 黑色")),
        Goods("DG702", "降噪蓝牙耳机 长续航", 29900, 15500, 220, _packs("白色 深空灰")),
        Goods("DG703", "机械键盘 87键 热插拔", 25900, 13800, 1050, _packs("茶轴 红轴")),
    ),
    "母婴": (
        Goods("BB801", "婴儿纯棉连体衣 三件装", 11900, 5200, 300, _kinds("奶油 浅蓝", "66 73 80")),
        Goods(
            "BB802",
            "宽口径 PPSU 奶瓶 240毫升",
            8900,
            3700,
            190,
            _packs("单只 两只装"),
            (("两只装", Size(16800, 7400, 370)),),
        ),
        Goods(
            "BB803",
            "儿童保温杯 316不锈钢",
            9900,
            4400,
            330,
            _packs("350毫升 500毫升"),
            (("500毫升", Size(11900, 5200, 390)),),
        ),
    ),
    "美妆": (
        Goods(
            "BE901",
            "氨基酸洁面乳 120克",
            6900,
            2300,
            160,
            _packs("1支 2支"),
            (("2支", Size(12800, 4600, 310)),),
        ),
        Goods(
            "BE902",
            "玻尿酸补水面膜 20片",
            9900,
            3900,
            620,
            _packs("1盒 3盒"),
            (("3盒", Size(27900, 11700, 1830)),),
        ),
        Goods("BE903", "丝绒哑光唇釉", 7900, 2600, 60, _packs("#03豆沙 #07枫叶 #12烂番茄")),
    ),
    "户外": (
        Goods("OD111", "三合一冲锋衣 防风防水", 49900, 24600, 1250, _kinds("岩灰 湖蓝", "M L XL")),
        Goods("OD112", "双人自动帐篷", 32900, 16200, 3800, _packs("墨绿 沙色")),
        Goods("OD113", "登山杖 碳纤维 一对", 19900, 8800, 520, _packs("黑色 红色")),
    ),
    "文具": (
        Goods("ST121", "活页笔记本 A5 复古封面", 3990, 1300, 350, _packs("棕色 墨绿 藏蓝")),
        Goods("ST122", "铱金钢笔 练字套装", 8900, 3500, 180, _packs("明尖 暗尖")),
        Goods(
            "ST123",
            "水彩颜料 36色 固体",
            12900,
            5400,
            460,
            _packs("36色 48色"),
            (("48色", Size(16900, 7200, 590)),),
        ),
    ),
}


def of_shop(sells: str, place: int) -> tuple[Goods, ...]:
    """The goods of a shop by what it says it sells, all the lines it names; else the shelf of its place in the list."""
    named = [goods for word, goods in SHELVES.items() if word in sells]
    return tuple(one for goods in named for one in goods) or list(SHELVES.values())[place % len(SHELVES)]
