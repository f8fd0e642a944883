"""The demo's eleven shops (S1-02), two of them our own: names and goods are invented; the seed's own table is lost."""

from zhanggui.shops.models import Kind, Merchant, Platform, Shop

WUHAN, SHANGHAI = "420100", "310100"
MERCHANT = "江城商贸有限公司"  # data

SHOPS: tuple[tuple[str, str, str, str, str, str], ...] = (  # data: invented
    # code, name, kind, platform, city, what it sells
    ("WH01", "江城箱包铺", Kind.BAZAAR, Platform.TAOBAO, WUHAN, "箱包"),
    ("WH02", "楚风茶叶店", Kind.BAZAAR, Platform.TAOBAO, WUHAN, "茶"),
    ("OW01", "江城老街集市", Kind.BAZAAR, Platform.OWN, WUHAN, "茶、食品、文具"),
    ("WH04", "汉味食品旗舰店", Kind.MALL, Platform.TMALL, WUHAN, "食品"),
    ("WH05", "东湖户外专营店", Kind.MALL, Platform.JD, WUHAN, "户外"),
    ("WH06", "两江母婴拼多多店", Kind.BAZAAR, Platform.PDD, WUHAN, "母婴"),
    ("SH01", "申雅女装旗舰店", Kind.MALL, Platform.TMALL, SHANGHAI, "服装"),
    ("SH02", "海上家纺旗舰店", Kind.MALL, Platform.TMALL, SHANGHAI, "家居"),
    ("SH03", "浦江美妆小铺", Kind.BAZAAR, Platform.TAOBAO, SHANGHAI, "美妆"),
    ("SH04", "沪尚鞋履京东店", Kind.MALL, Platform.JD, SHANGHAI, "鞋"),
    ("OW02", "掌柜自营商城", Kind.MALL, Platform.OWN, SHANGHAI, "服装、家居、母婴、数码"),
)


def lay_shops(merchant: Merchant | None = None) -> list[Shop]:
    """Make those of the eleven shops that are missing; gives all of them by code. Three statements."""
    owner = merchant or Merchant.objects.get_or_create(name=MERCHANT)[0]
    Shop.objects.bulk_create(
        [
            Shop(merchant=owner, code=code, name=name, kind=kind, platform=platform, city=city, sells=sells)
            for code, name, kind, platform, city, sells in SHOPS
        ],
        ignore_conflicts=True,
    )
    return list(Shop.objects.filter(code__in=[row[0] for row in SHOPS]).order_by("code"))
