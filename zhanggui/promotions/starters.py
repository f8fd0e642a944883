"""What an empty list offers: offers as the seeds name them (满X减Y, 双11 红包 …), filled in and ready to change."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from zhanggui.kit.actor import Actor
from zhanggui.kit.clock import day_begins, day_of
from zhanggui.kit.menu import address
from zhanggui.people.powers import Power


@dataclass(frozen=True, slots=True)
class Starter:
    """A form filled in: `kind` "" is an issue of red packets, `fields` the values by name of the field."""

    code: str
    kind: str
    label: str
    detail: str
    fields: dict[str, Any] = field(default_factory=dict)
    double_eleven: bool = False

    def fields_at(self, at: datetime) -> dict[str, Any]:
        """The values of the form at a moment: for the 11-11 that comes next where the starter says so."""
        if not self.double_eleven:
            return dict(self.fields)
        day = double_eleven(at)
        ends = day_begins(day + timedelta(days=1))
        return self.fields | {
            "starts_at": day_begins(day),
            "ends_at": ends,
            "claim_from": day_begins(day.replace(month=10, day=10)),
            "claim_until": ends,
        }

    @property
    def url(self) -> str:
        """Where the form stands."""
        query = urlencode({"starter": self.code})
        if not self.kind:
            there = address("promotions:red-packet-new")
            return f"{there}?{query}" if there else ""
        return f"{reverse('promotions:new-kind', args=[self.kind])}?{query}"


STARTERS: tuple[Starter, ...] = (
    Starter(
        "full",
        "reduction",
        "满 200 减 20",
        "满减，两档",
        {"at1": "200", "off1": "20", "at2": "400", "off2": "50"},
    ),
    Starter("each", "reduction", "每满 300 减 30", "上不封顶", {"at1": "300", "off1": "30", "repeat": True}),
    Starter("flash", "flash", "限时八五折", "时令、节日短促", {"percent": "85"}),
    Starter("gift", "gift", "满 99 送赠品", "真实赠品，占库存", {"at1": "99", "many1": "1"}),
    Starter("double", "buy_get", "买一赠一", "送同款一件", {"buy": 1, "gift_pieces": 1}),
    Starter(
        "coupon",
        "coupon",
        "双11 优惠券 满 199 减 30",
        "10-10 起领取，当天用",
        {"threshold": "199", "off": "30", "per_buyer": 1, "times": 1000},
        double_eleven=True,
    ),
    Starter("voucher", "voucher", "老客代金券 10 元", "没有门槛", {"off": "10", "per_buyer": 1}),
    Starter("postage", "free_postage", "江浙沪包邮", "满 59 元", {"amount": "59", "places": "江浙沪"}),
    Starter("red", "", "双11 红包", "11-11 当天可用，逾期作废"),
)


def double_eleven(at: datetime) -> date:
    """The next 11-11: this year's until its day is over, then next year's."""
    today = day_of(at)
    day = today.replace(month=11, day=11)
    return day if day >= today else day.replace(year=day.year + 1)


def named(code: str) -> Starter | None:
    """The starter of a code."""
    return next((one for one in STARTERS if one.code == code), None)


def for_actor(actor: Actor) -> list[Starter]:
    """Those the actor may use: an issue of red packets wants the power to grant."""
    grants = actor.can_somewhere(Power.RED_PACKET_GRANT)
    return [one for one in STARTERS if one.kind or grants]
