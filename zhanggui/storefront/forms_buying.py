"""The shape of what buyers fill in; nothing is saved here."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext

from zhanggui.customers.rules import LONGEST_NICK
from zhanggui.kit import regions
from zhanggui.people.rules import LONGEST_PASSWORD


def _text(**attrs: str) -> forms.TextInput:
    return forms.TextInput(attrs=attrs)


def _phone(complete: str) -> forms.CharField:
    return forms.CharField(
        label="手机号",
        max_length=30,
        widget=forms.TextInput(attrs={"type": "tel", "inputmode": "tel", "autocomplete": complete}),
    )


def _secret(label: str, complete: str, hint: str = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=LONGEST_PASSWORD,
        strip=False,
        help_text=hint,
        widget=forms.PasswordInput(attrs={"autocomplete": complete}),
    )


class SignIn(forms.Form):
    """Signing in."""

    phone = _phone("username")
    password = _secret("密码", "current-password")


class Register(forms.Form):
    """A new account."""

    phone = _phone("username")
    password = _secret("密码", "new-password", "至少 8 个字符，越长越好。")
    nick = forms.CharField(
        label="昵称（可不填）",
        max_length=LONGEST_NICK,
        required=False,
        help_text="会显示在订单和评价里，请不要写电话号码。",
        widget=_text(autocomplete="nickname"),
    )


class NewPassword(forms.Form):
    """Another password."""

    old = _secret("现在的密码", "current-password")
    new = _secret("新密码", "new-password", "至少 8 个字符，越长越好。改好后，其他设备上的登录会立刻失效。")


class Whereto(forms.Form):
    """An address."""

    name = forms.CharField(label="收货人姓名", max_length=50, widget=_text(autocomplete="shipping name"))
    phone = forms.CharField(
        label="手机号",
        max_length=30,
        widget=forms.TextInput(
            attrs={"type": "tel", "inputmode": "tel", "autocomplete": "shipping tel-national"}
        ),
    )
    province = forms.ChoiceField(
        label="省份",
        choices=(),
        widget=forms.Select(attrs={"autocomplete": "shipping address-level1"}),
    )
    city = forms.CharField(
        label="城市",
        max_length=32,
        required=False,
        widget=_text(autocomplete="shipping address-level2", list="cities"),
    )
    district = forms.CharField(
        label="区县",
        max_length=32,
        required=False,
        widget=_text(autocomplete="shipping address-level3", list="districts"),
    )
    address = forms.CharField(
        label="详细地址",
        max_length=228,
        help_text="街道、小区、楼栋、门牌号",
        widget=_text(autocomplete="shipping street-address"),
    )
    zip = forms.CharField(
        label="邮编（可不填）",
        max_length=10,
        required=False,
        widget=_text(autocomplete="shipping postal-code", inputmode="numeric"),
    )
    default = forms.BooleanField(label="设为默认地址", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = [regions.name_of(code) for code in regions.provinces()]
        self.fields["province"].choices = [  # type: ignore[attr-defined]
            ("", gettext("请选择")),
            *((name, name) for name in names),
        ]

    def cities(self) -> list[str]:
        """Names that fit the province, for the list under the field."""
        code = regions.find(str(self["province"].value() or ""), "", "")
        above = f"{code[:2]}0000" if code else ""
        return [regions.name_of(c) for c in regions.children(above)] if above else []

    def districts(self) -> list[str]:
        """Names that fit the city."""
        code = regions.find(str(self["province"].value() or ""), str(self["city"].value() or ""), "")
        return [regions.name_of(c) for c in regions.children(code)] if code else []


class Pasted(forms.Form):
    """What somebody pasted: name, phone and address in one piece."""

    text = forms.CharField(
        label="粘贴地址，自动识别",
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off"}),
    )


INVOICES = (("", "不开发票"), ("personal", "个人"), ("company", "公司"))
TIMES = (("any", "不限时间"), ("workdays", "只工作日送"), ("weekend", "只周末送"))


class Details(forms.Form):
    """What a buyer says about the whole checkout: invoice, gift card, delivery time."""

    invoice = forms.ChoiceField(label="发票", choices=INVOICES, required=False)
    title = forms.CharField(
        label="发票抬头", max_length=100, required=False, widget=_text(autocomplete="organization")
    )
    tax_no = forms.CharField(
        label="税号",
        max_length=20,
        required=False,
        help_text="公司发票必填：15 到 20 位数字或大写字母",
        widget=_text(autocomplete="off", autocapitalize="characters", spellcheck="false"),
    )
    card = forms.CharField(
        label="贺卡内容",
        max_length=200,
        required=False,
        help_text="最多 200 个字，随包裹附上；没有就不填",
        widget=forms.Textarea(attrs={"rows": 2, "autocomplete": "off"}),
    )
    when = forms.ChoiceField(label="送货时间", choices=TIMES, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, choices in (("invoice", INVOICES), ("when", TIMES)):
            self.fields[name].choices = [(value, gettext(label)) for value, label in choices]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        kind, tax = values.get("invoice", ""), values.get("tax_no", "").upper()
        if kind and not values.get("title", "").strip():
            self.add_error("title", gettext("请填写发票抬头。"))
        if kind == "company" and not re.fullmatch(r"[0-9A-Z]{15,20}", tax):
            self.add_error("tax_no", gettext("税号须是 15 到 20 位数字或大写字母。"))
        return values | {"tax_no": tax}

    def wishes(self) -> dict[str, str]:
        """Kinds and times only."""
        values = self.cleaned_data
        found = {"invoice": values["invoice"], "when": values["when"] or "any"}
        return {name: value for name, value in found.items() if value} | (
            {"card": "yes"} if values["card"] else {}
        )

    def secrets(self) -> dict[str, str]:
        """Words that are sealed."""
        values = self.cleaned_data
        found = {"card": values["card"]}
        if values["invoice"]:
            found["title"] = values["title"]
        if values["invoice"] == "company":
            found["tax_no"] = values["tax_no"]
        return {name: value for name, value in found.items() if value}
