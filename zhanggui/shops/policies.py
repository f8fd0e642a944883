"""Every number a shop may want to change. A room declares its policies; a shop sets its own values, dated."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from zhanggui.kit.money import parse_yuan
from zhanggui.kit.refusals import Invalid, Unreadable
from zhanggui.shops.models import Setting

LONGEST_TEXT = 500
_FARTHEST = 10**12


@dataclass(frozen=True, slots=True)
class Policy:
    """A setting: its name ("orders.unpaid_close_hours"), default, label (a message id), unit and source.

    `kind`: "int", "bool", "fen", "percent" (basis points), "choice", "text", "list".
    `least` and `most` bound numbers; `choices` are (value, label). `why`: requirement id.
    `default` may differ by shop kind: give a function of the shop. `check`: gives the value that was read, tidied, or
    raises Invalid. `not_above`: the policy that this one may not be above (the lower half of a pair).
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
    check: Callable[[Any], Any] | None = None
    not_above: str = ""

    def of_nobody(self, shop: Any = None) -> Any:
        """The default."""
        return self.default(shop) if isinstance(self.default, Callable) else self.default  # type: ignore[arg-type]

    def read(self, text: str) -> Any:
        """The value that a form's text means: yuan for "fen", percent for "percent", words parted by commas
        for "list". Raises Invalid with a sentence, its field the policy's name.
        """
        found = self._read(text.strip())
        if self.check is None:
            return found
        try:
            return self.check(found)
        except Invalid as refusal:
            raise Invalid(refusal.message, self.name) from None

    def _read(self, text: str) -> Any:
        if self.kind in ("int", "fen", "percent"):
            return self._number(text)
        if self.kind == "bool":
            return text in ("1", "on", "true", "yes")
        if self.kind == "choice":
            for value, _label in self.choices:
                if str(value) == text:
                    return value
            raise Invalid(_("请从列表中选择"), self.name)
        if "\0" in text or len(text) > LONGEST_TEXT:
            raise Invalid(_("最多 %(most)s 个字。") % {"most": LONGEST_TEXT}, self.name)
        if self.kind == "list":
            return self._list(text)
        return text

    def write(self, value: Any) -> str:
        """The text that stands in the form for a value; `read` gives the value back."""
        if self.kind in ("fen", "percent"):
            whole, part = divmod(abs(int(value)), 100)
            return ("-" if value < 0 else "") + (f"{whole}.{part:02d}" if part else str(whole))
        if self.kind == "bool":
            return "1" if value else "0"
        if self.kind == "list":
            labels = {code: _(label) for code, label in self.choices}
            return ", ".join(labels.get(part, str(part)) for part in value)
        return str(value)

    @property
    def source(self) -> str:
        """The requirement ids in `why`, for the page: "S2-03, C11"."""
        return ", ".join(re.findall(r"\b(?:S\d-\d+|C\d+|G\d+(?:\.\d+)?)\b", self.why))

    @property
    def shown_unit(self) -> str:
        """The unit of what `write` gives, a message id."""
        return {"fen": "元", "percent": "%"}.get(self.kind, self.unit)

    def _number(self, text: str) -> int:
        try:
            number = (
                int(text)
                if self.kind == "int"
                else parse_yuan(text.removesuffix("%").removesuffix("％").strip())
            )
        except (ValueError, Unreadable):
            said = _("请填写整数") if self.kind == "int" else _("请填写数字，最多两位小数")
            raise Invalid(said, self.name) from None
        least = self.least if self.least is not None else -_FARTHEST
        most = self.most if self.most is not None else _FARTHEST
        if not least <= number <= most:
            bounds = {"least": self.write(least), "most": self.write(most)}
            raise Invalid(_("请填写 %(least)s 到 %(most)s 之间的数") % bounds, self.name)
        return number

    def _chosen(self, text: str) -> list[Any]:
        """The choices that a list names, by code or label, in its order; a label may hold a blank."""
        known = {str(code): code for code, _label in self.choices}
        known |= {label: code for code, label in self.choices} | {
            _(label): code for code, label in self.choices
        }
        parts = [part.strip() for part in re.split(r"[,，、]+", text) if part.strip()]
        if any(part not in known for part in parts):
            raise Invalid(_("请从列表中选择"), self.name)
        return list(dict.fromkeys(known[part] for part in parts))

    def _list(self, text: str) -> list[Any]:
        if self.choices:
            return self._chosen(text)
        parts = [part.strip() for part in re.split(r"[,，、\s]+", text) if part.strip()]
        default = self.of_nobody() if not callable(self.default) else []
        if default and all(isinstance(part, int) for part in default):
            try:
                return [int(part) for part in parts]
            except ValueError:
                raise Invalid(_("请填写整数，用逗号分开"), self.name) from None
        return parts


def clock_time(text: str) -> str:
    """A `check` for a time of day, "9:30" → "09:30"; "" stays "". Raises Invalid for what no clock shows."""
    found = re.fullmatch(r"(\d{1,2}):(\d{2})", text.replace("：", ":"))  # not a text
    if text and (found is None or int(found[1]) > 23 or int(found[2]) > 59):
        raise Invalid(_("请填写 00:00 到 23:59 之间的时刻，如 16:00；不用就留空。"))
    return f"{int(found[1]):02}:{found[2]}" if found else ""


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


def pairs_of(name: str) -> list[tuple[Policy, Policy]]:
    """The pairs (lower, upper) that a policy is half of."""
    return [
        (lower, _policies[lower.not_above])
        for lower in _policies.values()
        if lower.not_above and name in (lower.name, lower.not_above)
    ]


def value(name: str, shop: Any, on: date) -> Any:
    """What holds for a shop on a day: its latest setting up to that day, else the default. One statement."""
    return values([name], shop, on)[name]


def values(names: list[str], shop: Any, on: date) -> dict[str, Any]:
    """Several policies of one shop at once. One statement."""
    found: dict[str, Any] = {name: policy(name).of_nobody(shop) for name in names}
    rows = Setting.objects.filter(shop=shop, name__in=names, since__lte=on).order_by("since", "set_at")
    found.update((row.name, row.value) for row in rows)
    return found
