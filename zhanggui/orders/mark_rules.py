"""A shop's own rules of marking: which kind comes first, and which colour each kind and department wears."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from zhanggui.orders.marks import Kind
from zhanggui.orders.projection import Rules
from zhanggui.orders.states import Flag
from zhanggui.shops.models import Setting
from zhanggui.shops.policies import Policy, declare, policy

_COLOURS = {
    Kind.PROBLEM: (Flag.PURPLE, "「问题」的旗帜颜色"),
    Kind.CHANGE: (Flag.RED, "「改单」的旗帜颜色"),  # S0-25, S4-11
    Kind.WISH: (Flag.RED, "「客户要求」的旗帜颜色"),  # S4-12
    Kind.COMMISSION: (Flag.YELLOW, "「提成」的旗帜颜色"),  # S4-19
    Kind.NOTE: (Flag.GREY, "「备注」的旗帜颜色"),
}
_SECTION = "备注与旗帜"
PRIORITY = "orders.mark_priority"
DEPARTMENTS = "orders.department_flags"

declare(
    Policy(
        PRIORITY,
        "标记优先级（从高到低）",
        "list",
        [str(kind) for kind in Kind],
        why="C1",
        choices=tuple((str(kind), str(kind.label)) for kind in Kind),
        section=_SECTION,
    ),
    *(
        Policy(
            f"orders.flag_{kind}",
            label,
            "choice",
            int(flag),
            why="C1, S1-21",
            choices=tuple((int(each), str(each.label)) for each in Flag),
            section=_SECTION,
        )
        for kind, (flag, label) in _COLOURS.items()
    ),
    Policy(
        DEPARTMENTS,
        "部门旗帜颜色（如 service=1，warehouse=4）",
        "list",
        [],
        why="S1-21",
        section=_SECTION,
    ),
)
NAMES = [PRIORITY, DEPARTMENTS, *(f"orders.flag_{kind}" for kind in _COLOURS)]


def rules_of(shop_ids: Iterable[int], on: date) -> dict[int, Rules]:
    """The rules of each shop on a day. One statement however many shops."""
    wanted = sorted(set(shop_ids))
    values: dict[int, dict[str, Any]] = {
        shop: {name: policy(name).of_nobody() for name in NAMES} for shop in wanted
    }
    rows = Setting.objects.filter(shop_id__in=wanted, name__in=NAMES, since__lte=on)
    for shop, name, value in rows.order_by("since", "set_at").values_list("shop_id", "name", "value"):
        values[shop][name] = value
    return {shop: _rules(found) for shop, found in values.items()}


def _rules(found: dict[str, Any]) -> Rules:
    departments: dict[str, int] = {}
    for pair in found[DEPARTMENTS]:
        name, _, colour = str(pair).partition("=")
        if colour.strip() in {"1", "2", "3", "4", "5"}:
            departments[name.strip()] = int(colour)
    known = [str(kind) for kind in Kind]
    order = [kind for kind in found[PRIORITY] if kind in known]
    return Rules(
        order=tuple(order + [kind for kind in known if kind not in order]),
        colours={str(kind): int(found[f"orders.flag_{kind}"]) for kind in _COLOURS},
        departments=departments,
    )
