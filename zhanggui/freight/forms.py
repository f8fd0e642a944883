"""The shape of input: heads of tables, surcharges, the tester, answers, carriers. Never saves."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from zhanggui.freight.actions.surcharges import Values
from zhanggui.freight.limits import Header
from zhanggui.freight.models import Template
from zhanggui.kit import regions
from zhanggui.kit.money import parse_yuan
from zhanggui.kit.refusals import Unreadable
from zhanggui.shops.models import Shop


class Yuan(forms.CharField):
    """An amount in yuan; cleaned to fen, None when empty and not required."""

    def __init__(self, **also: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
        super().__init__(max_length=20, widget=widget, **also)

    def clean(self, value: Any) -> int | None:
        """Fen."""
        text = super().clean(value)
        if not text:
            return None
        try:
            return parse_yuan(text)
        except Unreadable as refusal:
            raise forms.ValidationError(refusal.message) from None


class Scaled(forms.DecimalField):
    """A decimal in the large unit (kg, m³); cleaned to whole small units (g, cm³)."""

    def __init__(self, unit: int, **also: Any) -> None:
        self.unit = unit
        super().__init__(
            min_value=0,
            max_digits=12,
            decimal_places=len(str(unit)) - 1,
            widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
            **also,
        )

    def clean(self, value: Any) -> Any:
        """Whole small units."""
        number: Decimal | None = super().clean(value)
        return None if number is None else int(number * self.unit)


class RegionList(forms.CharField):
    """Regions as a person types them; cleaned to codes."""

    def __init__(self, **also: Any) -> None:
        widget = forms.Textarea(attrs={"rows": 2, "data-regions": ""})
        super().__init__(max_length=4000, widget=widget, **also)

    def clean(self, value: Any) -> Any:
        """A tuple of codes."""
        codes, unknown = regions.read_list(super().clean(value) or "")
        if unknown:
            raise forms.ValidationError(unknown_regions(unknown))
        return tuple(codes)


def unknown_regions(words: list[str]) -> str:
    """The sentence about words that are no region."""

    return str(_("认不出这些地区：%(words)s") % {"words": "、".join(words[:8])})


def city_of(text: str) -> str:
    """The code of the city that a text names, or ""."""
    code = text.strip() if regions.known(text.strip()) else regions.parse_address(text).region
    path = [step for step in regions.path_of(code) if step.endswith("00")]
    if code in regions.MUNICIPALITIES:
        return f"{code[:2]}0100"
    return path[0] if path and not path[0].endswith("0000") else ""


class HeaderForm(forms.Form):
    """The head of a table."""

    name = forms.CharField(label="名称", max_length=50)
    carrier = forms.ChoiceField(label="快递", required=False)
    ships_from = forms.CharField(label="发货城市", max_length=40)
    valuation = forms.ChoiceField(label="计费方式", choices=Template.Valuation.choices)
    seller_pays = forms.BooleanField(label="卖家包邮", required=False)

    def __init__(self, *args: Any, carriers: list[tuple[str, str]], ordinary: str, **also: Any) -> None:
        super().__init__(*args, **also)
        field = self.fields["carrier"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", ordinary), *carriers]

    def header(self) -> Header:
        """What was typed; limits are checked by the verb."""
        typed = self.cleaned_data
        return Header(
            typed["name"],
            typed["carrier"],
            city_of(typed["ships_from"]),
            typed["valuation"],
            typed["seller_pays"],
        )


class SurchargeForm(forms.Form):
    """One surcharge."""

    name = forms.CharField(label="名称", max_length=60)
    fee = Yuan(label="金额（元）")
    carrier = forms.ChoiceField(label="快递", required=False)
    regions = RegionList(label="地区", required=False, help_text="空着表示所有地区")
    why = forms.CharField(label="依据", max_length=60, required=False)
    active = forms.BooleanField(label="启用", required=False)
    fallback_only = forms.BooleanField(
        label="兜底", required=False, help_text="只在这家快递没有自己的运费表时加收"
    )
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, carriers: list[tuple[str, str]], every: str, **also: Any) -> None:
        super().__init__(*args, **also)
        field = self.fields["carrier"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", every), *carriers]

    def values(self) -> Values:
        """What was typed."""
        typed = self.cleaned_data
        return Values(
            typed["name"],
            typed["carrier"],
            typed["regions"],
            typed["fee"],
            typed["active"],
            typed["fallback_only"],
            typed["why"],
        )


class TesterForm(forms.Form):
    """The quote tester: a pasted or typed address, and the parcel."""

    shop = forms.ModelChoiceField(
        label="店铺", queryset=Shop.objects.none(), to_field_name="code", empty_label=None
    )
    address = forms.CharField(
        label="收货地址",
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off"}),
        help_text="可以直接粘贴「姓名 电话 地址」；只用来认地区，不保存",
    )
    to = forms.CharField(required=False, max_length=60, widget=forms.HiddenInput)
    weight = Scaled(1000, label="重量（公斤）", required=False, help_text="不知道就空着，不要填 0")
    pieces = forms.IntegerField(label="件数", min_value=1, max_value=9999, initial=1)
    volume = Scaled(1_000_000, label="体积（立方米）", required=False)
    amount = Yuan(label="商品金额（元）", required=False)
    carrier = forms.ChoiceField(label="快递", required=False)

    def __init__(
        self, *args: Any, shops: Any, carriers: list[tuple[str, str]], usual: str, **also: Any
    ) -> None:
        super().__init__(*args, **also)
        shop, carrier = self.fields["shop"], self.fields["carrier"]
        assert isinstance(shop, forms.ModelChoiceField)
        assert isinstance(carrier, forms.ChoiceField)
        shop.queryset = shops
        carrier.choices = [("", usual), *carriers]


class AnswerForm(forms.Form):
    """The real cost that a person found out."""

    fee = Yuan(label="实际运费（元）")
    note = forms.CharField(label="备注", max_length=200, required=False)


class CopyForm(forms.Form):
    """Where a copy of a table goes, and its name."""

    shop = forms.ModelChoiceField(
        label="复制到", queryset=Shop.objects.none(), to_field_name="code", empty_label=None
    )
    name = forms.CharField(label="新名称", max_length=50)

    def __init__(self, *args: Any, shops: Any, **also: Any) -> None:
        super().__init__(*args, **also)
        shop = self.fields["shop"]
        assert isinstance(shop, forms.ModelChoiceField)
        shop.queryset = shops


class CarrierForm(forms.Form):
    """What the house knows of a carrier."""

    aliases = forms.CharField(
        label="别名",
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="导入文件里的叫法，用逗号隔开",
    )
    waybill_pattern = forms.CharField(
        label="单号规则",
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false", "class": "mono"}),
        help_text="正则表达式，几种写法用 | 隔开；空着表示 6 到 32 位字母数字",
    )
    active = forms.BooleanField(label="可选用", required=False)
    version = forms.IntegerField(widget=forms.HiddenInput)
