"""The people and shops that the tests' stories are about. Invented, and only here."""

from datetime import datetime
from typing import Any

from zhanggui.kit.actor import Actor, system
from zhanggui.kit.clock import CHINA
from zhanggui.people.actors import actor_of
from zhanggui.people.models import Department, Grant, Role, Staff
from zhanggui.people.powers import Power
from zhanggui.shops.models import Kind, Merchant, Platform, Shop

NOON = datetime(2026, 11, 1, 12, tzinfo=CHINA)
HOUSE = system("测试", "test")
WUHAN, SHANGHAI = "420100", "310100"


def merchant(name: str = "江城商贸") -> Merchant:
    """The one merchant, made at first use."""
    return Merchant.objects.get_or_create(name=name)[0]


def shop(code: str = "WH01", **also: Any) -> Shop:
    """A bazaar shop on Taobao in Wuhan, unless said otherwise; made at first use."""
    values: dict[str, Any] = {
        "merchant": also.pop("merchant", None) or merchant(),
        "name": f"{code} 测试店",
        "kind": Kind.BAZAAR,
        "platform": Platform.TAOBAO,
        "city": WUHAN,
    } | also
    return Shop.objects.get_or_create(code=code, defaults=values)[0]


def mall(code: str = "SH01", **also: Any) -> Shop:
    """A mall shop on Tmall in Shanghai."""
    return shop(code, **({"kind": Kind.MALL, "platform": Platform.TMALL, "city": SHANGHAI} | also))


def staff(
    work_no: str, *powers: str, at: Shop | None = None, department: str = Department.SERVICE, name: str = ""
) -> Staff:
    """A person with these powers, in one shop or (without `at`) in all of them."""
    person = Staff.objects.create(work_no=work_no, name=name or work_no, department=department)
    if powers:
        role = Role.objects.create(name=f"role of {work_no}", powers=[str(power) for power in powers])
        Grant.objects.create(staff=person, role=role, shop_id=at.pk if at else None)
    return person


def actor(*powers: str, at: Shop | None = None, name: str = "小美") -> Actor:
    """An actor of a person made for the purpose."""
    return actor_of(staff(name, *powers, at=at, name=name))


def everything() -> list[str]:
    """All powers there are."""
    return [str(power) for power in Power.values]


def sign_in(client: Any, person: Staff) -> Any:
    """A browser in which this person has signed in."""
    client.force_login(person)
    return client
