"""The shape of input: what the form of an offer of any kind shares (the kinds are in kinds.py). Never saves.

Each kind's form has only what the kind needs. A form that is valid gives `typed`: what the verb takes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext as _

from zhanggui.kit import regions
from zhanggui.promotions.fields import (
    CartLines,
    Codes,
    Either,
    Level,
    Line,
    Moment,
    Regions,
    Yuan,
    at_line,
    count_of,
    fen_of,
)
from zhanggui.promotions.plan import Plan
from zhanggui.promotions.pricing import values
from zhanggui.promotions.pricing.values import Kind
from zhanggui.promotions.queries import picking
from zhanggui.shops.models import Shop

LEVELS = 5
"""Member levels the forms offer."""
TIERS = 5
"""Steps of a ladder the forms offer."""


OWN_ONLY = "只列自营店铺；淘宝、天猫、京东、拼多多的店在平台自己的后台做活动，这里的用不上"


@dataclass(frozen=True, slots=True)
class Section:
    """A heading of the form with its fields; `rows` is a small table of fields under `heads`."""

    title: str
    fields: list[BoundField]
    hint: str = ""
    heads: tuple[str, ...] = ()
    rows: list[list[BoundField]] = field(default_factory=list)
    picker: bool = False


_SCOPE = ("scope_categories", "scope_products", "scope_skus", "scope_except")
_WHO = ("levels", "regions", "first_order_only")
_LIMITS = ("per_buyer", "times", "budget")


class OfferForm(forms.Form):
    """What all kinds share; a kind takes away what it does not need (`LEAVES_OUT`) and adds its own."""

    kind: ClassVar[Kind]
    LEAVES_OUT: ClassVar[frozenset[str]] = frozenset()
    OWN: ClassVar[tuple[str, ...]] = ()
    HINT: ClassVar[str] = ""
    PER_BUYER: ClassVar[str] = "每人限用次数"
    TIMES: ClassVar[str] = "总次数"

    name = forms.CharField(label="名称", max_length=60, help_text="买家和客服看到的名字")
    shops = forms.ModelMultipleChoiceField(
        label="店铺",
        queryset=Shop.objects.none(),
        to_field_name="code",
        widget=forms.CheckboxSelectMultiple,
        help_text=OWN_ONLY,
    )
    starts_at = Moment(label="什么时候开始")
    ends_at = Moment(label="什么时候结束", help_text="到这一刻为止，不含这一刻")
    scope_categories = Codes(label="店铺类目", required=False, help_text="类目名，或“上级/下级”")
    scope_products = Codes(label="商品编码", required=False)
    scope_skus = Codes(label="SKU 编码", required=False)
    scope_except = Codes(label="除外商品编码", required=False, help_text="这些商品无论如何不参加")
    levels = forms.TypedMultipleChoiceField(
        label="会员等级",
        required=False,
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        help_text="不选就是所有人",
    )
    regions = Regions(label="收货地区", required=False, help_text="空着就是全国；可填“江浙沪”、省、市")
    first_order_only = forms.BooleanField(label="只限新客首单", required=False)
    per_buyer = forms.IntegerField(required=False, min_value=1, max_value=1_000_000, help_text="空着不限")
    times = forms.IntegerField(required=False, min_value=1, max_value=100_000_000, help_text="空着不限")
    budget = Yuan(label="预算（元）", required=False, least=1, help_text="优惠出去的总额到这里就停；空着不限")
    group = forms.CharField(
        label="互斥组", required=False, max_length=30, help_text="同一组里一次购物只用一个；空着不分组"
    )
    alone = forms.BooleanField(label="单独使用", required=False, help_text="不与其他满减、券同用")
    house = Either(label="谁承担", required=False)
    note = forms.CharField(
        label="备注", required=False, max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, shops: Any, **also: Any) -> None:
        super().__init__(*args, **also)
        for name in self.LEAVES_OUT:
            del self.fields[name]
        listed = self.fields["shops"]
        assert isinstance(listed, forms.ModelMultipleChoiceField)
        listed.queryset = shops
        self.add_fields()
        if "levels" in self.fields:
            levels = self.fields["levels"]
            assert isinstance(levels, forms.TypedMultipleChoiceField)
            levels.choices = [(n, _("%(n)s 级") % {"n": n}) for n in range(1, LEVELS + 1)]
        if "house" in self.fields:
            house = self.fields["house"]
            assert isinstance(house, Either)
            house.choices = [("", _("店铺承担")), ("1", _("公司承担"))]
        for name, label in (("per_buyer", self.PER_BUYER), ("times", self.TIMES)):
            if name in self.fields:
                self.fields[name].label = label
        self.goods = picking.Goods()
        self.shares: dict[int, int] = {}
        self.typed: Plan | None = None
        self.merchant_id = 0

    # what a kind says of itself

    def add_fields(self) -> None:
        """Fields that come in numbers (tiers, levels)."""

    def sku_codes(self) -> list[str]:
        """SKU codes in the kind's own fields, for looking them up at once."""
        return []

    def read(self) -> values.Terms | None:
        """The kind's terms from what was cleaned; None after `add_error`."""
        raise NotImplementedError

    @staticmethod
    def shown(terms: Any, codes: Mapping[int, str], shares: Mapping[int, int]) -> dict[str, Any]:
        """The kind's own fields as they show terms that were kept."""
        raise NotImplementedError

    def tables(self) -> tuple[tuple[str, ...], list[list[str]]]:
        """Heads and rows of field names of the kind's own small table."""
        return (), []

    # what all share

    def sections(self) -> list[Section]:
        """The form as the page shows it."""
        heads, rows = self.tables()
        bound = [[self[name] for name in row] for row in rows]
        found = [
            Section("基本", self._those("name", "shops", "starts_at", "ends_at")),
            Section("规则", self._those(*self.OWN), self.HINT, heads, bound),
            Section("商品范围", self._those(*_SCOPE), "四项都空着就是全店商品。", picker=True),
            Section("谁可以用", self._those(*_WHO)),
            Section("限额与预算", self._those("claim_from", "claim_until", "good_days", *_LIMITS)),
            Section("叠加与承担", self._those("group", "alone", "house", "note")),
        ]
        return [one for one in found if one.fields or one.rows]

    def _those(self, *names: str) -> list[BoundField]:
        return [self[name] for name in names if name in self.fields]

    def clean(self) -> dict[str, Any]:
        """Look the goods up and read the terms; everything that is wrong stands beside its field."""
        found = self.cleaned_data
        starts, ends = found.get("starts_at"), found.get("ends_at")
        if starts and ends and ends <= starts:
            self.add_error("ends_at", _("结束要在开始之后"))
        shops: Sequence[Shop] = list(found.get("shops") or [])
        if len({shop.merchant_id for shop in shops}) > 1:
            self.add_error("shops", _("一个优惠只能用于同一商家的店铺"))
        if not shops:
            return found
        merchant_id = self.merchant_id = shops[0].merchant_id
        shop_ids = tuple(sorted(shop.pk for shop in shops))
        self.goods = picking.resolve(
            merchant_id,
            shop_ids,
            skus=[*found.get("scope_skus", []), *self.sku_codes()],
            products=[*found.get("scope_products", []), *found.get("scope_except", [])],
            categories=found.get("scope_categories", []),
        )
        scope = self._scope(found)
        terms = self.read()
        if self.errors or terms is None or not starts or not ends:
            return found
        self.typed = Plan(
            merchant_id=self.merchant_id,
            kind=str(self.kind),
            name=found["name"],
            shop_ids=shop_ids,
            starts_at=starts,
            ends_at=ends,
            terms=terms,
            scope=scope,
            shares=self.shares,
            group=found.get("group", ""),
            alone=found.get("alone", False),
            levels=tuple(found.get("levels", ())),
            regions=tuple(found.get("regions", ())),
            first_order_only=found.get("first_order_only", False),
            per_buyer=found.get("per_buyer"),
            times=found.get("times"),
            budget_fen=found.get("budget"),
            claim_from=found.get("claim_from"),
            claim_until=found.get("claim_until"),
            good_days=found.get("good_days"),
            house=found.get("house", False),
            note=found.get("note", ""),
        )
        return found

    def _scope(self, found: Mapping[str, Any]) -> values.Scope:
        goods = self.goods
        for name, known in (
            ("scope_skus", goods.skus),
            ("scope_products", goods.products),
            ("scope_except", goods.products),
            ("scope_categories", goods.categories),
        ):
            self._unknown(name, [code for code in found.get(name, []) if code not in known])
        categories = [goods.categories.get(name, []) for name in found.get("scope_categories", [])]
        return values.Scope(
            products=frozenset(
                goods.products[code].pk for code in found.get("scope_products", []) if code in goods.products
            ),
            skus=frozenset(goods.skus[code].pk for code in found.get("scope_skus", []) if code in goods.skus),
            categories=frozenset(pk for pks in categories for pk in pks),
            except_products=frozenset(
                goods.products[code].pk for code in found.get("scope_except", []) if code in goods.products
            ),
        )

    def _unknown(self, name: str, codes: list[str]) -> None:
        if codes:
            self.add_error(name, _("没有这些编码或类目：%(codes)s") % {"codes": "、".join(codes[:8])})

    def sku(self, name: str, code: str) -> int | None:
        """The id of a SKU by its code; an error beside the field when there is none."""
        row = self.goods.skus.get(code)
        if row is None:
            self._unknown(name, [code])
            return None
        return int(row.pk)

    def fen(self, name: str, text: str, least: int = 1) -> int | None:
        """Fen out of a text; an error beside the field when it cannot be read."""
        try:
            return fen_of(text, least, str(self.fields[name].label or ""))
        except forms.ValidationError as trouble:
            self.add_error(name, f"{text}：{trouble.message}")
            return None

    def count(self, name: str, text: str) -> int | None:
        """A whole number out of a text; an error beside the field when it cannot be read."""
        try:
            return count_of(text)
        except forms.ValidationError as trouble:
            self.add_error(name, f"{text}：{trouble.message}")
            return None

    def lines_of(self, name: str) -> list[Line]:
        """The lines of a field."""
        return self.cleaned_data.get(name) or []

    def text(self, name: str) -> str:
        """What stands in a field of the table, bare."""
        return str(self.cleaned_data.get(name) or "").strip()

    def prices_of(self, name: str) -> dict[int, int]:
        """Prices by SKU of a field of lines "code price [share]"; shares are kept aside."""
        found: dict[int, int] = {}
        for line in self.lines_of(name):
            pk = self.sku(name, line.code)
            if len(line.cells) not in (1, 2):
                self.add_error(name, _("%(code)s：要写“编码 价格 份额”，份额可以空着") % {"code": line.code})
                continue
            fen = self.fen(name, line.cells[0])
            share = self.count(name, line.cells[1]) if len(line.cells) == 2 else None
            if pk is None or fen is None:
                continue
            found[pk] = fen
            if share is not None:
                self.shares[pk] = share
        return found


class IssueForm(forms.Form):
    """An issue of red packets (S0-10..16)."""

    name = forms.CharField(label="名称", max_length=60)
    shops = forms.ModelMultipleChoiceField(
        label="店铺",
        queryset=Shop.objects.none(),
        to_field_name="code",
        widget=forms.CheckboxSelectMultiple,
        help_text=OWN_ONLY,
    )
    budget = Yuan(label="预算（元）", least=1, help_text="发出的红包加起来不会超过它")
    good_from = Moment(label="可用开始")
    good_until = Moment(label="可用截止", help_text="含这一刻；逾期作废")
    house = Either(label="谁承担", required=False)

    def __init__(self, *args: Any, shops: Any, **also: Any) -> None:
        super().__init__(*args, **also)
        listed, house = self.fields["shops"], self.fields["house"]
        assert isinstance(listed, forms.ModelMultipleChoiceField)
        assert isinstance(house, Either)
        listed.queryset = shops
        house.choices = [("1", _("公司承担")), ("", _("店铺承担"))]

    def clean(self) -> dict[str, Any]:
        """One merchant, and a time that is one."""
        found = self.cleaned_data
        begins, ends = found.get("good_from"), found.get("good_until")
        if begins and ends and ends <= begins:
            self.add_error("good_until", _("结束要在开始之后"))
        if len({shop.merchant_id for shop in found.get("shops") or []}) > 1:
            self.add_error("shops", _("一批红包只能属于同一商家"))
        return found


class GrantForm(forms.Form):
    """Red packets given to a list of buyers by their nicks."""

    nicks = Codes(label="买家昵称", help_text="一行一个，或用逗号隔开")
    amount = Yuan(label="每个金额（元）", least=1)
    ref = forms.CharField(
        label="为什么发", max_length=40, help_text="例如“双11 抽奖”；同一个买家同一个理由只发一次"
    )


class RevokeForm(forms.Form):
    """Red packets taken back, for one of the four reasons (S0-16)."""

    packets = forms.TypedMultipleChoiceField(coerce=int)
    reason = forms.ChoiceField(label="理由")

    def __init__(
        self, *args: Any, packets: Sequence[int], reasons: Sequence[tuple[str, str]], **also: Any
    ) -> None:
        super().__init__(*args, **also)
        listed, reason = self.fields["packets"], self.fields["reason"]
        assert isinstance(listed, forms.TypedMultipleChoiceField)
        assert isinstance(reason, forms.ChoiceField)
        listed.choices = [(pk, str(pk)) for pk in packets]
        reason.choices = [(code, _(label)) for code, label in reasons]


class GiveForm(forms.Form):
    """Coupons put into the purses of buyers by their nicks."""

    nicks = Codes(label="买家昵称", help_text="一行一个，或用逗号隔开")


class AuctionForm(forms.Form):
    """An auction (S3-13)."""

    shop = forms.ModelChoiceField(
        label="店铺",
        queryset=Shop.objects.none(),
        to_field_name="code",
        empty_label=None,
        help_text=OWN_ONLY,
    )
    title = forms.CharField(label="标题", max_length=120)
    sku = forms.CharField(label="SKU 编码", max_length=60)
    pieces = forms.IntegerField(label="件数", min_value=1, max_value=9999, initial=1)
    start = Yuan(label="起拍价（元）", least=0)
    step = Yuan(label="加价幅度（元）", least=1)
    reserve = Yuan(label="保留价（元）", required=False, least=1, help_text="低于它不成交；买家看不到")
    deposit = Yuan(label="保证金（元）", required=False)
    starts_at = Moment(label="什么时候开始")
    ends_at = Moment(label="什么时候结束", help_text="最后几分钟有人出价会自动延长")
    extend_seconds = forms.IntegerField(label="延长秒数", min_value=0, max_value=3600, initial=300)
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, shops: Any, **also: Any) -> None:
        super().__init__(*args, **also)
        shop = self.fields["shop"]
        assert isinstance(shop, forms.ModelChoiceField)
        shop.queryset = shops
        self.sku_id = 0

    def clean(self) -> dict[str, Any]:
        """Look the SKU up in the shop's merchant; the reserve is not below the start."""
        found = self.cleaned_data
        begins, ends, shop = found.get("starts_at"), found.get("ends_at"), found.get("shop")
        if begins and ends and ends <= begins:
            self.add_error("ends_at", _("结束要在开始之后"))
        if found.get("reserve") and found.get("start") is not None and found["reserve"] < found["start"]:
            self.add_error("reserve", _("保留价不能低于起拍价"))
        if shop and found.get("sku"):
            row = picking.resolve(shop.merchant_id, [shop.pk], skus=[found["sku"]]).skus.get(found["sku"])
            if row is None:
                self.add_error("sku", _("没有这个 SKU 编码"))
            else:
                self.sku_id = row.pk
        return found


class TryForm(forms.Form):
    """The simulator: a cart, a buyer, a place and a moment."""

    shop = forms.ModelChoiceField(
        label="店铺", queryset=Shop.objects.none(), to_field_name="code", empty_label=None
    )
    lines = CartLines(label="购物车", most=50, help_text="每行：SKU 编码 × 件数；可以从表格粘贴")
    at = Moment(label="什么时候", required=False, help_text="可预览将来，如 11-11 00:00")
    level = Level(label="会员等级", required=False)
    region = forms.CharField(label="收货地区", required=False, max_length=40)
    first_order = forms.BooleanField(label="新客首单", required=False)
    coupons = forms.ChoiceField(label="券", required=False)
    postage = Yuan(
        label="邮费（元）", required=False, help_text="优惠前的邮费，可在运费试算里查；空着不算邮费"
    )
    with_offer = forms.IntegerField(
        label="一起试的优惠编号", required=False, min_value=1, max_value=2**62, help_text="还没批准的也能试"
    )

    def __init__(self, *args: Any, shops: Any, **also: Any) -> None:
        super().__init__(*args, **also)
        shop, level, coupons = self.fields["shop"], self.fields["level"], self.fields["coupons"]
        assert isinstance(shop, forms.ModelChoiceField)
        assert isinstance(level, Level)
        assert isinstance(coupons, forms.ChoiceField)
        shop.queryset = shops
        level.choices = [("", _("不是会员"))] + [(n, _("%(n)s 级") % {"n": n}) for n in range(1, LEVELS + 1)]
        coupons.choices = [("", _("都当作已领")), ("none", _("没有券")), ("some", _("只用下面选的"))]
        self.pieces: dict[int, int] = {}
        self.place = ""

    def clean(self) -> dict[str, Any]:
        """Look the codes up; the same SKU in two lines adds up. `pieces`: by SKU id. One statement."""
        found = self.cleaned_data
        shop, lines = found.get("shop"), found.get("lines") or []
        if not shop or not lines:
            return found
        wanted = {code for line in lines for code, _many in line.choices}
        known = picking.resolve(shop.merchant_id, [shop.pk], skus=wanted).skus
        wrong = []
        for line in lines:
            meant = next((choice for choice in line.choices if choice[0] in known), None)
            if meant is None:
                wrong.append(at_line(line.number, line.text, _("没有这个 SKU 编码")))
                continue
            pk = int(known[meant[0]].pk)
            self.pieces[pk] = self.pieces.get(pk, 0) + meant[1]
        if wrong:
            self.add_error("lines", wrong[:8])
        return found

    def clean_region(self) -> str:
        """A place that is known, or none."""
        text: str = self.cleaned_data["region"].strip()
        self.place = regions.parse_address(text).region if text else ""
        if text and not self.place:
            raise forms.ValidationError(_("认不出这些地区：%(words)s") % {"words": text})
        return text


class RepeatForm(forms.Form):
    """More auctions like one, one after the other."""

    times = forms.IntegerField(label="再排几场", min_value=1, max_value=50)
    minutes = forms.IntegerField(label="每隔多少分钟", min_value=1, max_value=60 * 24 * 30)
