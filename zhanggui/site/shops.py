"""`zhanggui shops`: lists the shops; `shops add` adds one."""

from zhanggui.site.at_work import house, open_for_work
from zhanggui.site.say import say
from zhanggui.site.up import tell


def show() -> int:
    """Print the shops, one a line."""
    with open_for_work():
        from zhanggui.kit import regions  # noqa: PLC0415 - needs the settings
        from zhanggui.shops.models import Shop  # noqa: PLC0415

        rows = [
            (
                shop.code,
                say(shop.get_kind_display(), shop.kind),
                say(shop.get_platform_display(), shop.platform),
                regions.name_of(shop.city) or shop.city,
                shop.name,
            )
            for shop in Shop.objects.filter(closed_at=None).order_by("code")
        ]
    for row in rows:
        tell("  ".join(row))
    if not rows:
        tell(
            say(
                "还没有店铺。新建：zhanggui shops add WH01 --name 江城小店 --kind bazaar --platform taobao --city 武汉",
                "No shops yet. Add one: zhanggui shops add WH01 --name NAME --kind bazaar --platform taobao --city 武汉",
            )
        )
    return 0


def add(code: str, name: str, kind: str, platform: str, city: str) -> int:
    """Add a shop; in an empty house its merchant is made with the shop's name. Raises Refused."""
    with open_for_work():
        from zhanggui.freight.seeds import lay_tables  # noqa: PLC0415 - needs the settings
        from zhanggui.shops.actions.shops import add_shop  # noqa: PLC0415

        shop = add_shop(by=house(), code=code, name=name, kind=kind, platform=platform, city=city)
        lay_tables(by=house(), shop=shop)
        tell(say(f"已新建店铺：{shop}", f"Added: {shop}"))
    return 0
