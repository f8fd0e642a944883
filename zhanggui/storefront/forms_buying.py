"""The shape of what buyers fill in; nothing is saved here."""

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
