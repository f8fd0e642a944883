"""The shape of input of the goods pages. Never saves."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from zhanggui.catalog.actions.categories import CategoryTold
from zhanggui.catalog.actions.products import Basics
from zhanggui.catalog.forest import Node, read_asked, said_asked, tidy_name
from zhanggui.catalog.models import Classification, Product, ShopCategory
from zhanggui.catalog.queries.classes import Branch
from zhanggui.catalog.sizes import read_sizes, said_sizes
from zhanggui.kit.clock import parse_moment
from zhanggui.kit.money import parse_yuan, plain_yuan
from zhanggui.kit.refusals import Invalid, Unreadable


class Yuan(forms.CharField):
    """An amount in yuan; cleaned to fen, None when empty."""

    def __init__(self, **also: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
        super().__init__(max_length=20, required=False, widget=widget, **also)

    def clean(self, value: Any) -> int | None:
        """Fen."""
        text = super().clean(value)
        if not text:
            return None
        try:
            return parse_yuan(text)
        except Unreadable as refusal:
            raise forms.ValidationError(refusal.message) from None


class Moment(forms.CharField):
    """A moment on China's clock as the browser's field writes it; None when empty."""

    def __init__(self, **also: Any) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"})
        super().__init__(max_length=25, required=False, widget=widget, **also)

    def clean(self, value: Any) -> datetime | None:
        """An aware moment."""
        text = super().clean(value)
        if not text:
            return None
        try:
            return parse_moment(text)
        except ValueError:
            raise forms.ValidationError(_("请填写日期和时间")) from None


POSTAGE = (("", "未说明"), ("yes", "已含邮费（包邮）"), ("no", "不含邮费"))


class BasicsForm(forms.Form):
    """A product's own words; the attributes that its class asks for are fields of their own."""

    title = forms.CharField(max_length=200, label="标题", widget=forms.TextInput(attrs={"size": 60}))
    code = forms.CharField(max_length=60, label="商家编码")
    classification = forms.ChoiceField(required=False, label="类目")
    model = forms.CharField(max_length=60, required=False, label="型号", help_text="填了型号，标题里就要有它")
    brand = forms.CharField(max_length=60, required=False, label="品牌")
    copy = forms.CharField(max_length=200, required=False, label="卖点")
    postage = forms.ChoiceField(required=False, label="价格含邮费吗", help_text="必须说明（S3-12）")
    hold = forms.ChoiceField(label="减库存方式")
    role = forms.ChoiceField(required=False, label="商品角色")
    virtual = forms.BooleanField(required=False, label="虚拟商品（不发货）")
    instalments = forms.BooleanField(required=False, label="支持分期付款（不能用红包）")
    description = forms.CharField(
        required=False,
        max_length=60_000,
        label="商品描述",
        widget=forms.Textarea(attrs={"rows": 10, "spellcheck": "false"}),
        help_text="可写段落、列表、表格等 HTML；脚本、样式、外链会被去掉",
    )
    size_guide = forms.CharField(
        required=False,
        max_length=8000,
        label="尺码表",
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
        help_text="一行一个尺码，第一行是表头，格子用 | 隔开（从表格里复制过来也行）；没有就空着",
    )
    more = forms.CharField(
        required=False,
        max_length=8000,
        label="其他属性",
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="一行一条，写成 名称:值",
    )

    def __init__(
        self,
        data: Any = None,
        *,
        leaves: Sequence[tuple[str, Sequence[Classification]]],
        asked: Sequence[Mapping[str, Any]] = (),
        told: Mapping[str, str] | None = None,
        **also: Any,
    ) -> None:
        super().__init__(data, **also)
        self.asked = list(asked)
        choices = [
            ("", "—"),
            *((above, [(str(leaf.pk), _named(leaf)) for leaf in own]) for above, own in leaves),
        ]
        self.fields["classification"].choices = choices  # type: ignore[attr-defined]
        self.fields["postage"].choices = [(value, _(label)) for value, label in POSTAGE]  # type: ignore[attr-defined]
        self.fields["hold"].choices = [(value, _(label)) for value, label in Product.Hold.choices]  # type: ignore[attr-defined]
        self.fields["role"].choices = [(value, _(label)) for value, label in Product.Role.choices]  # type: ignore[attr-defined]
        for place, one in enumerate(self.asked):
            name, choices_of = str(one["name"]), one.get("choices") or []
            kept = (told or {}).get(name, "")
            field: forms.Field
            if choices_of:
                options = [("", "—"), *((choice, choice) for choice in choices_of)]
                if kept and kept not in choices_of:
                    options.append((kept, kept))
                field = forms.ChoiceField(required=False, choices=options)
            else:
                field = forms.CharField(required=False, max_length=200)
            field.label = name + ("*" if one.get("must") else "")
            field.initial = kept
            self.fields[f"attr-{place}"] = field

    def clean_size_guide(self) -> list[list[str]]:
        """The rows."""
        try:
            return read_sizes(self.cleaned_data["size_guide"])
        except Invalid as trouble:
            raise forms.ValidationError(trouble.message) from None

    @property
    def attribute_fields(self) -> list[Any]:
        """The fields of the attributes that the class asks for."""
        return [self[f"attr-{place}"] for place in range(len(self.asked))]

    def basics(self) -> Basics:
        """What was told, as the verb takes it."""
        told = self.cleaned_data
        attributes = {str(one["name"]): told.get(f"attr-{place}", "") for place, one in enumerate(self.asked)}
        for line in told["more"].splitlines():
            name, sign, text = line.replace("：", ":").partition(":")  # not a text
            if sign:
                attributes.setdefault(name.strip(), text.strip())
        return Basics(
            title=told["title"],
            code=told["code"],
            classification_id=int(told["classification"]) if told["classification"] else None,
            model=told["model"],
            brand=told["brand"],
            copy=told["copy"],
            description=as_html(told["description"]),
            size_guide=told["size_guide"],
            attributes=attributes,
            virtual=told["virtual"],
            hold=told["hold"],
            role=told["role"],
            postage_included={"yes": True, "no": False}.get(told["postage"]),
            instalments=told["instalments"],
        )


def _named(leaf: Classification) -> str:
    return leaf.name + (_("（已停用）") if leaf.retired_at else "")


def as_html(text: str) -> str:
    """A description that was written as plain text, in paragraphs."""
    if "<" in text or not text.strip():
        return text
    return "".join(
        f"<p>{line.strip()}</p>" for line in text.replace("&", "&amp;").splitlines() if line.strip()
    )


def initial_of(product: Product, asked: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What the form shows of a product."""
    named = {str(one["name"]) for one in asked}
    more = [f"{name}:{text}" for name, text in product.attributes.items() if name not in named]
    return {
        "title": product.title,
        "code": product.code,
        "classification": str(product.classification_id or ""),
        "model": product.model,
        "brand": product.brand,
        "copy": product.copy,
        "postage": {True: "yes", False: "no", None: ""}[product.postage_included],
        "hold": product.hold,
        "role": product.role,
        "virtual": product.virtual,
        "instalments": product.instalments,
        "description": product.description,
        "size_guide": said_sizes(product.size_guide),
        "more": "\n".join(more),
    }


class CategoryForm(forms.Form):
    """A category of a shop."""

    name = forms.CharField(max_length=30, label="分类名")
    parent = forms.ChoiceField(required=False, label="上级分类")
    way = forms.ChoiceField(label="商品从哪里来")
    words = forms.CharField(
        max_length=200, required=False, label="标题里有这些词", help_text="自动分类：任意一个词，用逗号分开"
    )
    from_fen = Yuan(label="最低价（元）")
    to_fen = Yuan(label="最高价（元）")
    picture = forms.FileField(required=False, label="分类图", help_text="宽不超过 160 像素（S4-05）")

    def __init__(
        self, data: Any = None, files: Any = None, *, parents: Sequence[ShopCategory], **also: Any
    ) -> None:
        super().__init__(data, files, **also)
        self.fields["parent"].choices = [("", "—"), *((str(row.pk), row.name) for row in parents)]  # type: ignore[attr-defined]
        self.fields["way"].choices = [(value, _(label)) for value, label in ShopCategory.Way.choices]  # type: ignore[attr-defined]

    def told(self, picture: str | None) -> CategoryTold:
        """What was told, as the verb takes it."""
        told = self.cleaned_data
        return CategoryTold(
            told["name"],
            int(told["parent"]) if told["parent"] else None,
            told["way"],
            told["words"],
            told["from_fen"],
            told["to_fen"],
            picture,
        )


def category_initial(row: ShopCategory) -> dict[str, Any]:
    """What the form shows of a category."""
    return {
        "name": row.name,
        "parent": str(row.parent_id or ""),
        "way": row.way,
        "words": row.words,
        "from_fen": "" if row.from_fen is None else plain_yuan(row.from_fen),
        "to_fen": "" if row.to_fen is None else plain_yuan(row.to_fen),
    }


class ClassForm(forms.Form):
    """A kind of goods in the house's tree; `new`: its code is asked for too."""

    code = forms.CharField(
        max_length=30, label="类目编码", help_text="小写字母、数字、连字符；定了就不能改，文件里按它认类目"
    )
    name = forms.CharField(max_length=60, label="类目名")
    parent = forms.ChoiceField(required=False, label="上级类目")
    attributes = forms.CharField(
        required=False,
        max_length=8000,
        label="商品要填的属性",
        widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false"}),
        help_text="一行一个：材质* 是必填，季节=春/夏/秋/冬 是从中选一个；下级类目也要填上级的属性",
    )
    virtual = forms.BooleanField(required=False, label="虚拟商品", help_text="放在别的类目下面时，跟上级一样")

    def __init__(self, data: Any = None, *, above: Sequence[Branch], new: bool, **also: Any) -> None:
        super().__init__(data, **also)
        if not new:
            del self.fields["code"]
        self.fields["parent"].choices = [  # type: ignore[attr-defined]
            ("", _("（最上级）")),
            *((one.row.code, "　" * one.depth + one.row.name) for one in above),
        ]

    def node(self) -> Node:
        """What was told, as the verb takes it. Raises Invalid (field "attributes")."""
        told = self.cleaned_data
        return Node(
            told.get("code", "").casefold(),
            tidy_name(told["name"]),
            told["parent"],
            told["virtual"],
            read_asked(told["attributes"]),
        )


def class_initial(row: Classification) -> dict[str, Any]:
    """What the form shows of a kind of goods."""
    return {
        "name": row.name,
        "parent": row.parent.code if row.parent else "",
        "virtual": row.virtual,
        "attributes": said_asked(row.attributes, "\n"),
    }


class ShelfForm(forms.Form):
    """When on and off the shelf."""

    on_at = Moment(label="上架时间", help_text="空着就是现在")
    off_at = Moment(label="下架时间", help_text="空着就一直在架")
