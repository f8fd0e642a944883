"""The shape of the decoration's input; nothing is saved here."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext

from zhanggui.storefront import blocks
from zhanggui.storefront.actions.assets import USES
from zhanggui.storefront.models import Asset, Face


def _when() -> forms.DateTimeInput:
    return forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"})


class FaceForm(forms.Form):
    """A shop's face (S4-02). `assets`: the pictures of its space."""

    intro = forms.CharField(label="店铺简介", max_length=60, required=False, help_text="最多 20 个字")
    brand = forms.CharField(label="品牌介绍", max_length=2000, required=False, widget=forms.Textarea)
    hotline = forms.CharField(label="客服热线", max_length=30, required=False)
    logo = forms.ChoiceField(label="店标", required=False, help_text="180×60 的图")
    banner = forms.ChoiceField(label="店招", required=False, help_text="980×250 的图")
    open = forms.BooleanField(label="开门营业：买家可以进店", required=False)
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, assets: Sequence[Asset], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for use in ("logo", "banner"):
            self.fields[use].choices = choices_of(assets, use)  # type: ignore[attr-defined]

    @staticmethod
    def of(face: Face, assets: Sequence[Asset]) -> "FaceForm":
        """The form filled with what holds."""
        names = ("intro", "brand", "hotline", "logo", "banner", "open", "version")
        return FaceForm(initial={name: getattr(face, name) for name in names}, assets=assets)


class AssetForm(forms.Form):
    """A picture for the space."""

    use = forms.ChoiceField(label="用途")
    title = forms.CharField(label="名称", max_length=80, required=False)
    picture = forms.FileField(label="图片文件", widget=forms.FileInput(attrs={"accept": "image/*"}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["use"].choices = [(use, gettext(label)) for use, label in USES.items()]  # type: ignore[attr-defined]


class LookForm(forms.Form):
    """A version's name and time."""

    name = forms.CharField(label="版本名称", max_length=40, help_text="如：预热、双 11 当天、返场")
    starts_at = forms.DateTimeField(label="开始", required=False, widget=_when(), help_text="空着：一直有效")
    ends_at = forms.DateTimeField(label="结束", required=False, widget=_when(), help_text="空着：不结束")
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


class NoticeForm(forms.Form):
    """A notice."""

    text = forms.CharField(
        label="公告内容", max_length=200, widget=forms.Textarea(attrs={"rows": 2}), help_text="最多 200 个字"
    )
    starts_at = forms.DateTimeField(label="开始", required=False, widget=_when(), help_text="空着：马上显示")
    ends_at = forms.DateTimeField(label="结束", required=False, widget=_when(), help_text="空着：一直显示")
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


class BlockForm(forms.Form):
    """One block of a look: the fields of its kind. `codes` are the sellers' own codes of products (商家编码)."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, kind: str, assets: Sequence[Asset], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = blocks.KINDS[kind]
        self.places = range(1, self.kind.slides + 1)
        if self.kind.titled:
            self.fields["title"] = forms.CharField(
                label="标题", max_length=blocks.MOST_TITLE, required=False, help_text="空着：用模块的名字"
            )
        if self.kind.text:
            self.fields["text"] = forms.CharField(
                label="文字", max_length=blocks.MOST_TEXT, widget=forms.Textarea, required=False
            )
        if self.kind.until:
            self.fields["until"] = forms.DateTimeField(label="倒计时到", widget=_when(), required=False)
            self.fields["link"] = _link()
        if self.kind.goods:
            self.fields["codes"] = forms.CharField(
                label="商品的商家编码",
                max_length=2000,
                required=False,
                widget=forms.Textarea(attrs={"rows": 2}),
                help_text="逗号或换行分开，按顺序显示；空着：自动选",
            )
            self.fields["most"] = forms.IntegerField(
                label="最多显示几件", min_value=1, max_value=blocks.MOST_GOODS, required=False
            )
        for place in self.places:
            self._slide(place, assets)

    def _slide(self, place: int, assets: Sequence[Asset]) -> None:
        self.fields[f"picture_{place}"] = forms.ChoiceField(
            label="图片", required=False, choices=choices_of(assets, self.kind.use)
        )
        self.fields[f"alt_{place}"] = forms.CharField(
            label="替代文字", max_length=blocks.MOST_ALT, required=False, help_text="图里写了什么，一句话"
        )
        self.fields[f"link_{place}"] = _link()
        if self.kind.timed:
            self.fields[f"from_{place}"] = forms.DateTimeField(label="开始", required=False, widget=_when())
            self.fields[f"until_{place}"] = forms.DateTimeField(label="结束", required=False, widget=_when())

    @property
    def plain(self) -> list[forms.BoundField]:
        """The fields that belong to no slide."""
        return [bound for bound in self.visible_fields() if not bound.name.rpartition("_")[2].isdigit()]

    @property
    def slides(self) -> list[tuple[int, list[forms.BoundField]]]:
        """The fields of each slide with its number."""
        return [
            (place, [bound for bound in self.visible_fields() if bound.name.endswith(f"_{place}")])
            for place in self.places
        ]

    def values(self, listings: Mapping[str, int]) -> dict[str, Any]:
        """What `blocks.read` takes. `listings`: ids by product code, of the codes that the shop has."""
        given = self.cleaned_data
        found: dict[str, Any] = {
            name: given[name] for name in ("title", "text", "until", "link", "most") if name in given
        }
        found["listings"] = [listings[code] for code in self.codes() if code in listings]
        found["slides"] = [
            {name: given.get(f"{name}_{place}") for name in ("picture", "alt", "link", "from", "until")}
            for place in self.places
            if given.get(f"picture_{place}")
        ]
        return found

    def codes(self) -> list[str]:
        """The product codes that were typed, once each."""
        return split_codes(self.cleaned_data.get("codes", ""))


def split_codes(text: str) -> list[str]:
    """Codes parted by commas, blanks or lines."""
    for sign in ",，、;；\n\r\t":
        text = text.replace(sign, " ")
    return list(dict.fromkeys(text.split()))


def initial_of(block: Mapping[str, Any], codes: Mapping[int, str]) -> dict[str, Any]:
    """A block's values as its form shows them. `codes`: product codes by listing id."""
    shown: dict[str, Any] = {
        name: block[name] for name in ("title", "text", "until", "link", "most") if name in block
    }
    if "listings" in block:
        shown["codes"] = ", ".join(codes[pk] for pk in block["listings"] if pk in codes)
    for place, slide in enumerate(block.get("slides", ()), 1):
        shown |= {f"{name}_{place}": value for name, value in slide.items()}
    return {name: _moment(name, value) for name, value in shown.items()}


def choices_of(assets: Sequence[Asset], use: str) -> list[tuple[str, str]]:
    """The pictures of a use to choose from, by their titles."""
    return [("", gettext("不用图片"))] + [
        (asset.name, f"{asset.title or asset.name[:8]}（{asset.width}×{asset.height}）")  # data: a bracket
        for asset in assets
        if asset.use == use
    ]


def _link() -> forms.CharField:
    return forms.CharField(
        label="点击后去哪里",
        max_length=blocks.MOST_LINK,
        required=False,
        help_text="本站地址，如 /s/OW01/search/?q=茶",
    )


def _moment(name: str, value: Any) -> Any:
    if isinstance(value, str) and name.partition("_")[0] in ("from", "until"):
        return forms.DateTimeField().to_python(value)
    return value
