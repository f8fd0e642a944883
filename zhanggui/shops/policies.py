"""Every number a shop may want to change. A room declares its policies; a shop sets its own values, dated."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from zhanggui.kit.refusals import Invalid
from zhanggui.shops.models import Setting


@dataclass(frozen=True, slots=True)
class Policy:
    """A setting: its name ("orders.unpaid_close_hours"), default, label (a message id), unit and source.

    `kind`: "int", "bool", "fen", "percent" (basis points), "choice", "text", "list".
    `least` and `most` bound numbers; `choices` are (value, label). `why`: requirement id.
    `default` may differ by shop kind: give a function of the shop.
    """

    name: str
    label: str
    kind: str
    default: Any
    unit: str = ""
    why: str = ""
    least: int | None = None
    most: int | None = None
    choices: tuple[tuple[Any, str], ...] = ()
    section: str = ""

    def of_nobody(self, shop: Any = None) -> Any:
        """The default."""
        return self.default(shop) if isinstance(self.default, Callable) else self.default  # type: ignore[arg-type]

    def read(self, text: str) -> Any:
        """The value that a form's text means. Raises Invalid with a sentence."""
        text = text.strip()
        if self.kind in ("int", "fen", "percent"):
            try:
                number = int(text)
            except ValueError:
                raise Invalid(_("请填写整数"), self.name) from None
            if (self.least is not None and number < self.least) or (
                self.most is not None and number > self.most
            ):
                raise Invalid(
                    _("请填写 %(least)s 到 %(most)s 之间的数") % {"least": self.least, "most": self.most},
                    self.name,
                )
            return number
        if self.kind == "bool":
            return text in ("1", "on", "true", "yes")
        if self.kind == "choice":
            for value, _label in self.choices:
                if str(value) == text:
                    return value
            raise Invalid(_("请从列表中选择"), self.name)
        if self.kind == "list":
            return [part.strip() for part in text.replace("，", ",").split(",") if part.strip()]
        return text


_policies: dict[str, Policy] = {}


def declare(*policies: Policy) -> None:
    """Make policies known (from a room's policies.py, imported in AppConfig.ready)."""
    for policy in policies:
        _policies[policy.name] = policy


def all_policies() -> list[Policy]:
    """Every declared policy, by section and name."""
    return sorted(_policies.values(), key=lambda policy: (policy.section, policy.name))


def policy(name: str) -> Policy:
    """A declared policy. Raises KeyError: an undeclared name is a mistake of ours."""
    return _policies[name]


def value(name: str, shop: Any, on: date) -> Any:
    """What holds for a shop on a day: its latest setting up to that day, else the default. One statement."""
    return values([name], shop, on)[name]


def values(names: list[str], shop: Any, on: date) -> dict[str, Any]:
    """Several policies of one shop at once. One statement."""
    found: dict[str, Any] = {name: policy(name).of_nobody(shop) for name in names}
    rows = Setting.objects.filter(shop=shop, name__in=names, since__lte=on).order_by("since", "set_at")
    found.update((row.name, row.value) for row in rows)
    return found
