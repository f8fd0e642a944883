"""The shape of what people type about orders; forms never save."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from zhanggui.kit.money import parse_yuan
from zhanggui.kit.refusals import Unreadable
from zhanggui.orders import changes
from zhanggui.orders.actions.calls import CALLED
from zhanggui.orders.marks import TEMPLATES, Kind
from zhanggui.orders.states import CloseReason, Flag

MOST_FEN = 10**11


class YuanField(forms.CharField):
    """Yuan as a person types it, given in fen; None when empty."""

    def to_python(self, value: Any) -> Any:
        """Fen, or None."""
        text = super().to_python(value)
        return None if text in ("", None) else read_fen(text)

    def clean(self, value: Any) -> Any:
        """Fen, or None."""
        if self.required and value in ("", None):
            raise ValidationError(_("请填写金额"))
        return self.to_python(value)


def read_fen(text: str) -> int:
    """Yuan in fen. Raises ValidationError in the words of a clerk."""
    try:
        if re.search(r"[a-zA-Z]", text):  # 1e5 is a spreadsheet's number, not a clerk's
            raise Unreadable("money", text)
        fen = parse_yuan(text)
    except Unreadable:
        raise ValidationError(_("金额要写成 12.50 这样：%(text)s") % {"text": text[:20]}) from None
    if abs(fen) > MOST_FEN:
        raise ValidationError(_("金额太大：%(text)s") % {"text": text[:20]})
    return fen


class Price(forms.Form):
    """New totals of lines (`line-<id>`) and the postage; an empty field leaves what is."""

    postage = YuanField(required=False, max_length=20)
    reason = forms.CharField(required=False, max_length=200)

    def clean(self) -> dict[str, Any]:
        """Adds `line_totals`: line id -> fen."""
        values = super().clean() or {}
        totals = {}
        for name in self.data:
            found = re.fullmatch(r"line-([0-9]{1,18})", name)
            text = str(self.data[name]).strip()
            if found and text:
                totals[int(found[1])] = read_fen(text)
        values["line_totals"] = totals
        if not totals and values.get("postage") is None and not self.errors:
            raise ValidationError(_("请填写新的金额"))
        return values


class Concession(forms.Form):
    """What share of the goods' price the buyer shall pay."""

    percent = forms.DecimalField(min_value=0, max_value=100, decimal_places=2)
    reason = forms.CharField(required=False, max_length=200)


class Decision(forms.Form):
    """Yes or no, with an answer."""

    agree = forms.ChoiceField(choices=[("1", "同意"), ("0", "拒绝")])
    answer = forms.CharField(required=False, max_length=200)


class Closure(forms.Form):
    """One of the platform's reasons."""

    reason = forms.ChoiceField(choices=CloseReason.choices)


class Extension(forms.Form):
    """So many days more."""

    days = forms.IntegerField(min_value=1, max_value=90)


class Mark(forms.Form):
    """A mark: a template with its slot filled, or free words; optionally with a flag of its own."""

    template = forms.ChoiceField(choices=[(code, t.label) for code, t in TEMPLATES.items()])
    wish = forms.CharField(required=False, max_length=400)
    kind = forms.ChoiceField(required=False, choices=[("", ""), *Kind.choices])
    flag = forms.TypedChoiceField(
        required=False, choices=[("", ""), *Flag.choices], coerce=int, empty_value=None
    )
    must_read = forms.BooleanField(required=False)


class SetFlag(forms.Form):
    """One of the six flags."""

    flag = forms.TypedChoiceField(choices=Flag.choices, coerce=int)


class Owner(forms.Form):
    """A person by id, or nobody."""

    owner = forms.IntegerField(required=False, min_value=1, max_value=2**62)


class Reveal(forms.Form):
    """Why somebody needs to see a receiver in clear."""

    reason = forms.CharField(min_length=2, max_length=200)


class Receiver(forms.Form):
    """A receiver in clear, on the way in. The platform's limits in bytes are checked by the verb."""

    name = forms.CharField(max_length=50)
    phone = forms.CharField(required=False, max_length=20)
    landline = forms.CharField(required=False, max_length=20)
    province = forms.CharField(required=False, max_length=32)
    city = forms.CharField(required=False, max_length=32)
    district = forms.CharField(required=False, max_length=32)
    address = forms.CharField(max_length=228)
    zip = forms.CharField(required=False, max_length=10)
    reason = forms.CharField(required=False, max_length=200)


class Change(forms.Form):
    """A change asked for: what kind, what is wanted, why."""

    kind = forms.ChoiceField(
        choices=[(kind, label) for kind, label in changes.Kind.choices if kind != changes.Kind.RECEIVER]
    )
    about = forms.ChoiceField(
        required=False, choices=[("", ""), *((code, pair[0]) for code, pair in changes.WISHES.items())]
    )
    line = forms.IntegerField(required=False, min_value=1)
    wanted = forms.CharField(required=False, max_length=400)
    reason = forms.CharField(max_length=200)


class Call(forms.Form):
    """What came of the call before a cash-on-delivery parcel leaves."""

    agreed = forms.ChoiceField(choices=[("1", "买家同意"), ("0", "买家不同意")])
    whom = forms.ChoiceField(choices=list(CALLED.items()))
    note = forms.CharField(required=False, max_length=200)


class Shipment(forms.Form):
    """A carrier and a waybill; `line-<id>` names the lines of a part."""

    carrier = forms.CharField(max_length=30)
    waybill = forms.CharField(max_length=40)

    def clean(self) -> dict[str, Any]:
        """Adds `line_ids`: those ticked."""
        values = super().clean() or {}
        ticked = [re.fullmatch(r"line-([0-9]{1,18})", name) for name in self.data]
        values["line_ids"] = [int(found[1]) for found in ticked if found]
        return values


class Settlement(forms.Form):
    """Which memo and flag stay."""

    keep = forms.ChoiceField(choices=[("ours", "我们的"), ("theirs", "平台的"), ("both", "两个都留")])


def first_error(form: forms.Form) -> str:
    """The first thing to say about a form that cannot be read, with the field's name."""
    for name, errors in form.errors.items():
        label = LABELS.get(name, "")
        return f"{_(label)}：{errors[0]}" if label else str(errors[0])
    return ""


LABELS = {
    "postage": "邮费",
    "reason": "原因",
    "percent": "让到百分之几",
    "agree": "决定",
    "answer": "答复",
    "days": "天数",
    "template": "备注模板",
    "wish": "内容",
    "flag": "旗帜",
    "owner": "负责人",
    "name": "收件人",
    "phone": "手机",
    "landline": "固定电话",
    "province": "省份",
    "city": "城市",
    "district": "区县",
    "address": "详细地址",
    "zip": "邮编",
    "kind": "种类",
    "wanted": "要改成什么",
    "agreed": "买家答复",
    "whom": "接电话的人",
    "note": "说明",
    "carrier": "快递",
    "waybill": "运单号",
    "keep": "保留哪一个",
}
"""Names of fields, message ids."""
