"""The shape of input; nothing is saved here."""

from typing import Any

from django import forms
from django.utils.translation import gettext

from zhanggui.shops.models import Kind, Platform


class ShopForm(forms.Form):
    """A shop to open."""

    code = forms.CharField(label="店铺代码", max_length=20, help_text="短，用在网址里，以后不能改：如 WH01")
    name = forms.CharField(label="店铺名称", max_length=80)
    kind = forms.ChoiceField(label="店铺类型")
    platform = forms.ChoiceField(label="平台")
    city = forms.CharField(label="发货城市", max_length=20, help_text="决定哪里算本地运费")
    sells = forms.CharField(label="经营的产品", max_length=120, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, choices in (("kind", Kind.choices), ("platform", Platform.choices)):
            if name in self.fields:
                self.fields[name].choices = [  # type: ignore[attr-defined]
                    (value, gettext(str(label))) for value, label in choices
                ]


class ShopEdit(forms.Form):
    """What of a shop may be changed."""

    name = forms.CharField(label="店铺名称", max_length=80)
    city = forms.CharField(label="发货城市", max_length=20, help_text="决定哪里算本地运费")
    sells = forms.CharField(label="经营的产品", max_length=120, required=False)
    version = forms.IntegerField(widget=forms.HiddenInput)


class SettingForm(forms.Form):
    """One value from a day on. What `value` may be is the policy's business."""

    value = forms.CharField(max_length=1000, required=False, strip=True)
    since = forms.DateField()
    reason = forms.CharField(max_length=200, required=False)
