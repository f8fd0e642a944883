"""The shape of what these pages receive."""

from typing import Any

from django import forms

from zhanggui.connect.actions.exporting import TEMPLATES
from zhanggui.connect.layouts.fields import BY_NAME, FIELDS
from zhanggui.connect.layouts.registry import BUILT_IN
from zhanggui.orders.states import State
from zhanggui.shops.models import Platform

FIELD_PREFIX = "field-"
STATE_PREFIX = "state-"


class ExportForm(forms.Form):
    """Which orders (the list's own address), as which file."""

    query = forms.CharField(required=False, max_length=2000, widget=forms.HiddenInput)
    kind = forms.ChoiceField(
        label="内容",
        choices=[("orders", "订单（脱敏）"), ("shipping", "发货单（订单号、物流公司、物流单号）")],
        initial="orders",
    )
    form = forms.ChoiceField(
        label="格式", choices=[("xlsx", "Excel .xlsx"), ("csv", "CSV（UTF-8）")], initial="xlsx"
    )
    template = forms.ChoiceField(
        label="发货单的表头",
        choices=[(name, template.label) for name, template in TEMPLATES.items()],
        required=False,
        initial="own",
    )


def mapping_of(data: Any, headers: list[str], words: list[str]) -> dict[str, Any]:
    """What the mapping screen says: our field -> their header, their word -> our state. Unknown values fall out."""
    columns = {}
    for index, header in enumerate(headers):
        name = data.get(f"{FIELD_PREFIX}{index}", "")
        if name in BY_NAME and header and name not in columns:
            columns[name] = header
    states = {}
    for index, word in enumerate(words):
        state = data.get(f"{STATE_PREFIX}{index}", "")
        if state in State.values:
            states[word] = state
    return {"columns": columns, "states": states}


def guess(headers: list[str]) -> dict[str, str]:
    """A first proposal for the mapping screen: header -> our field, by the names that all layouts know."""
    known: dict[str, str] = {field.label: field.name for field in FIELDS}
    for layout in BUILT_IN:
        for name, accepted in layout.columns.items():
            for header in accepted:
                known.setdefault(header, name)
    found: dict[str, str] = {}
    for header in headers:
        name = known.get(header, "")
        if name and name not in found.values():
            found[header] = name
    return found


PLATFORMS = Platform.choices
STATES = State.choices
