"""`zhanggui shops`: lists the shops; `shops add` adds one."""

import re

from zhanggui.site.at_work import house, open_for_work
from zhanggui.site.plainly import Sorry
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
    """Add a shop; a merchant is made at the first one. Raises Sorry, Refused."""
    with open_for_work():
        from zhanggui.shops import actions  # noqa: PLC0415 - needs the settings
        from zhanggui.shops.models import Merchant  # noqa: PLC0415

        by = house()
        place = city_code(city)
        merchant = Merchant.objects.order_by("pk").first()
        if merchant is None:
            merchant = actions.add_merchant(by=by, name=name)
        shop = actions.add_shop(
            by=by, merchant=merchant, code=code, name=name, kind=kind, platform=platform, city=place
        )
        tell(say(f"已新建店铺：{shop}", f"Added: {shop}"))
    return 0


def city_code(text: str) -> str:
    """The GB/T 2260 code of a city given by its code or its Chinese name (武汉, 武汉市, 湖北武汉). Raises Sorry."""
    from zhanggui.kit import regions  # noqa: PLC0415 - needs the settings

    text = text.strip()
    found = ""
    if re.fullmatch(r"\d{6}", text):
        found = text if regions.name_of(text) else ""
    elif text:
        place = regions.parse_address(text)
        found = place.region if place.city and not place.rest and place.region.endswith("00") else ""
    if not found:
        raise Sorry(
            say(
                f"不认识的城市：{text}。请写中文名（武汉）或行政区划代码（420100）。",
                f"Unknown city: {text}. Give its Chinese name (武汉) or its GB/T 2260 code (420100).",
            )
        )
    return found
