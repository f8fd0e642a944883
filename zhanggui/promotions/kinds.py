"""The forms of the kinds of offers: each has only what its kind needs, reads its terms and shows them again."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from zhanggui.kit import regions
from zhanggui.promotions.fields import Either, Lines, Moment, Percent, Regions, Yuan
from zhanggui.promotions.forms import LEVELS, TIERS, OfferForm
from zhanggui.promotions.pricing import values
from zhanggui.promotions.pricing.values import Kind

_BY = "by_pieces"


def price_lines(prices: Mapping[int, int], codes: Mapping[int, str], shares: Mapping[int, int]) -> str:
    """Prices by SKU as lines "code price share"."""
    rows = []
    for pk, fen in prices.items():
        share = f" {shares[pk]}" if pk in shares else ""
        rows.append(f"{codes.get(pk, pk)} {fen // 100}.{fen % 100:02d}{share}")
    return "\n".join(rows)


def yuan_text(fen: int | None) -> str:
    """Fen as a person types yuan."""
    return "" if fen is None else f"{fen // 100}.{fen % 100:02d}".removesuffix(".00")


def percent_text(points: int | None) -> str:
    """Basis points as a person types a percent."""
    return "" if points is None else f"{points // 100}.{points % 100:02d}".rstrip("0").rstrip(".")


class FlashForm(OfferForm):
    """限时折扣."""

    kind = Kind.FLASH
    LEAVES_OUT = frozenset({"alone"})
    OWN = ("percent", "prices")
    PER_BUYER = "每人限购件数"
    HINT = "给每个 SKU 写特价，或整个范围打同一个折；两样都写时特价优先。"

    percent = Percent(label="付原价的百分之几", required=False, help_text="85 就是八五折")
    prices = Lines(label="SKU 特价", required=False, help_text="每行：编码 价格 活动份额（可空）", rows=6)

    def sku_codes(self) -> list[str]:
        """See OfferForm."""
        return [line.code for line in self.lines_of("prices")]

    def read(self) -> values.Terms | None:
        """See OfferForm."""
        prices = self.prices_of("prices")
        percent = self.cleaned_data.get("percent")
        if not prices and percent is None and not {"percent", "prices"} & set(self.errors):
            self.add_error("percent", _("写折扣，或写 SKU 特价"))
        return values.Flash(prices=prices, percent_bp=percent, shares=dict(self.shares))

    @staticmethod
    def shown(terms: Any, codes: Mapping[int, str], shares: Mapping[int, int]) -> dict[str, Any]:
        """See OfferForm."""
        return {"percent": percent_text(terms.percent_bp), "prices": price_lines(terms.prices, codes, shares)}


class MemberForm(OfferForm):
    """会员价."""

    kind = Kind.MEMBER
    LEAVES_OUT = frozenset({"alone", "levels", "times", "budget", "per_buyer"})
    HINT = "每级会员付原价的百分之几；空着的等级按更低一级算。"

    def add_fields(self) -> None:
        """One percent for each level."""
        for level in range(1, LEVELS + 1):
            self.fields[f"level{level}"] = Percent(label=_("%(n)s 级") % {"n": level}, required=False)

    def tables(self) -> tuple[tuple[str, ...], list[list[str]]]:
        """See OfferForm."""
        return ("会员等级", "付原价的百分之几"), [[f"level{level}"] for level in range(1, LEVELS + 1)]

    def read(self) -> values.Terms | None:
        """See OfferForm."""
        found = {n: self.cleaned_data.get(f"level{n}") for n in range(1, LEVELS + 1)}
        percents = {level: points for level, points in found.items() if points is not None}
        if not percents and not self.errors:
            self.add_error("level1", _("至少写一级"))
        return values.Member(percents_bp=percents)

    @staticmethod
    def shown(terms: Any, codes: Mapping[int, str], shares: Mapping[int, int]) -> dict[str, Any]:
        """See OfferForm."""
        return {f"level{level}": percent_text(points) for level, points in terms.percents_bp.items()}


class BundleForm(OfferForm):
    """搭配套餐."""

    kind = Kind.BUNDLE
    LEAVES_OUT = frozenset({"alone", "scope_categories", "scope_products", "scope_skus", "scope_except"})
    OWN = ("price", "parts")
    PER_BUYER = "每人限购套数"
    TIMES = "总套数"

    price = Yuan(label="套餐价（元）", least=1)
    parts = Lines(label="一套里有什么", help_text="每行：SKU 编码 件数，至少两件")

    def sku_codes(self) -> list[str]:
        """See OfferForm."""
        return [line.code for line in self.lines_of("parts")]

    def read(self) -> values.Terms | None:
        """See OfferForm."""
        pieces: dict[int, int] = {}
        for line in self.lines_of("parts"):
            pk = self.sku("parts", line.code)
            many = self.count("parts", line.cells[0]) if line.cells else 1
            if pk is not None and many is not None:
                pieces[pk] = many
        if "parts" not in self.errors and sum(pieces.values()) < 2:
            self.add_error("parts", _("一套至少要有两件"))
        return values.Bundle(pieces=pieces, price_fen=self.cleaned_data.get("price") or 0)

    @staticmethod
    def shown(terms: Any, codes: Mapping[int, str], shares: Mapping[int, int]) -> dict[str, Any]:
        """See OfferForm."""
        parts = "\n".join(f"{codes.get(pk, pk)} {many}" for pk, many in terms.pieces.items())
        return {"price": yuan_text(terms.price_fen), "parts": parts}


class BuyGetForm(OfferForm):
    """买一赠一."""

    kind = Kind.BUY_GET
    LEAVES_OUT = frozenset({"alone", "budget"})
    OWN = ("buy", "gift_sku", "gift_pieces", "gift_share")

    buy = forms.IntegerField(label="每买几件", min_value=1, max_value=999, initial=1)
    gift_sku = forms.CharField(
        label="赠品 SKU 编码", required=False, max_length=60, help_text="空着就是送同款"
    )
    gift_pieces = forms.IntegerField(label="送几件", min_value=1, max_value=999, initial=1)
    gift_share = forms.IntegerField(
        label="赠品份额", required=False, min_value=1, help_text="一共送多少件；空着按库存"
    )

    def sku_codes(self) -> list[str]:
        """See OfferForm."""
        code = self.text("gift_sku")
        return [code] if code else []

    def read(self) -> values.Terms | None:
        """See OfferForm."""
        code, found = self.text("gift_sku"), self.cleaned_data
        pk = self.sku("gift_sku", code) if code else 0
        share = found.get("gift_share")
        if share and not pk and code == "":
            self.add_error("gift_share", _("送同款时份额写不了，请写赠品编码"))
        if pk is None or "gift_share" in self.errors:
            return None
        if share:
            self.shares[pk] = share
        title = self.goods.skus[code].product.title if code else ""
        return values.BuyGet(
            found.get("buy") or 1, values.Present(pk, found.get("gift_pieces") or 1, share, None, title)
        )

    @staticmethod
    def shown(terms: Any, codes: Mapping[int, str], shares: Mapping[int, int]) -> dict[str, Any]:
        """See OfferForm."""
        present = terms.present
        return {
            "buy": terms.buy,
            "gift_sku": codes.get(present.sku_id, "") if present.sku_id else "",
            "gift_pieces": present.pieces,
            "gift_share": shares.get(present.sku_id),
        }


class _Ladder(OfferForm):
    """What the kinds with steps share: a small table whose empty rows do not count."""

    CELLS: tuple[str, ...] = ()
    HEADS: tuple[str, ...] = ()

    by_pieces = Either(label="按什么算", required=False)

    def add_fields(self) -> None:
        """The cells of every step."""
        by = self.fields[_BY]
        assert isinstance(by, Either)
        by.choices = [("", _("按金额（元）")), ("1", _("按件数"))]
        for number in range(1, TIERS + 1):
            for cell, head in zip(self.CELLS, self.HEADS, strict=True):
                box = forms.CharField(required=False, max_length=60, label=head)
                box.widget.attrs["aria-label"] = f"{_(head)} {number}"
                if cell != "sku":
                    box.widget.attrs["inputmode"] = "decimal"
                self.fields[f"{cell}{number}"] = box

    def tables(self) -> tuple[tuple[str, ...], list[list[str]]]:
        """See OfferForm."""
        return self.HEADS, [[f"{cell}{n}" for cell in self.CELLS] for n in range(1, TIERS + 1)]

    def steps(self) -> list[tuple[int, dict[str, str]]]:
        """The steps that were written: number and texts."""
        rows = [(n, {cell: self.text(f"{cell}{n}") for cell in self.CELLS}) for n in range(1, TIERS + 1)]
        return [(n, row) for n, row in rows if any(row.values())]

    def reached(self, number: int, text: str) -> int | None:
        """Where a step is reached: fen, or pieces."""
        name = f"at{number}"
        if not text:
            self.add_error(name, _("要写满多少"))
            return None
        return self.count(name, text) if self.cleaned_data.get(_BY) else self.fen(name, text)

    def rising(self, marks: list[int]) -> None:
        """Refuse two steps at one mark, and no step at all."""
        if not marks and not self.errors:
            self.add_error("at1", _("至少写一档"))
        elif len(set(marks)) != len(marks):
            self.add_error("at1", _("两档的门槛一样"))


class GiftForm(_Ladder):
    """满就送."""

    kind = Kind.GIFT
    LEAVES_OUT = frozenset({"alone", "budget"})
    OWN = (_BY,)
    CELLS = ("at", "sku", "many", "share")
    HEADS = ("满", "赠品 SKU 编码", "送几件", "赠品份额")
    HINT = "达到最高的一档送那一档的赠品；赠品是真实的 SKU，占真实的库存，份额空着按库存。"

    def sku_codes(self) -> list[str]:
        """See OfferForm."""
        return [row["sku"] for _number, row in self.steps() if row["sku"]]

    def read(self) -> values.Terms | None:
        """See OfferForm."""
        tiers = []
        for number, row in self.steps():
            at = self.reached(number, row["at"])
            pk = self.sku(f"sku{number}", row["sku"]) if row["sku"] else None
            if not row["sku"]:
                self.add_error(f"sku{number}", _("要写赠品编码"))
            many = self.count(f"many{number}", row["many"] or "1")
            share = self.count(f"share{number}", row["share"]) if row["share"] else None
            if at is None or pk is None or many is None:
                continue
            if share is not None:
                self.shares[pk] = share
            title = self.goods.skus[row["sku"]].product.title
            tiers.append((at, values.Present(pk, many, share, None, title)))
        self.rising([at for at, _present in tiers])
        tiers.sort(key=lambda tier: tier[0])
        return values.Gift(tuple(tiers), bool(self.cleaned_data.get(_BY)))

    @staticmethod
    def shown(terms: Any, codes: Mapping[int, str], shares: Mapping[int, int]) -> dict[str, Any]:
        """See OfferForm."""
        found: dict[str, Any] = {_BY: "1" if terms.by_pieces else ""}
        for number, (at, present) in enumerate(terms.tiers[:TIERS], 1):
            found[f"at{number}"] = at if terms.by_pieces else yuan_text(at)
            found[f"sku{number}"] = codes.get(present.sku_id, present.sku_id)
            found[f"many{number}"] = present.pieces
            found[f"share{number}"] = shares.get(present.sku_id, "")
        return found


class ReductionForm(_Ladder):
    """满减."""

    kind = Kind.REDUCTION
    OWN = (_BY, "repeat")
    CELLS = ("at", "off", "percent")
    HEADS = ("满", "减（元）", "或付百分之几")
    HINT = "每档写减多少元，或付百分之几（85 就是八五折），只写一样；达到最高的一档算。"

    repeat = forms.BooleanField(label="每满都减（上不封顶）", required=False, help_text="只能有一档，减元")

    def read(self) -> values.Terms | None:
        """See OfferForm."""
        tiers = []
        for number, row in self.steps():
            at = self.reached(number, row["at"])
            if bool(row["off"]) == bool(row["percent"]):
                self.add_error(f"off{number}", _("减多少元和付百分之几，写一样"))
                continue
            off = self.fen(f"off{number}", row["off"]) if row["off"] else 0
            points = None
            if row["percent"]:
                try:
                    points = Percent().clean(row["percent"])
                except forms.ValidationError as trouble:
                    self.add_error(f"percent{number}", trouble)
                    continue
            if at is None or off is None:
                continue
            if not self.cleaned_data.get(_BY) and off > at:
                self.add_error(f"off{number}", _("减的不能比门槛多"))
            tiers.append(values.Tier(at, off, points))
        self.rising([tier.at for tier in tiers])
        repeat = bool(self.cleaned_data.get("repeat"))
        if repeat and (len(tiers) > 1 or any(tier.percent_bp is not None for tier in tiers)):
            self.add_error("repeat", _("每满都减只能有一档，而且减的是元"))
        tiers.sort(key=lambda tier: tier.at)
        return values.Reduction(tuple(tiers), bool(self.cleaned_data.get(_BY)), repeat)

    @staticmethod
    def shown(terms: Any, codes: Mapping[int, str], shares: Mapping[int, int]) -> dict[str, Any]:
        """See OfferForm."""
        found: dict[str, Any] = {_BY: "1" if terms.by_pieces else "", "repeat": terms.repeat}
        for number, tier in enumerate(terms.tiers[:TIERS], 1):
            found[f"at{number}"] = tier.at if terms.by_pieces else yuan_text(tier.at)
            found[f"off{number}"] = yuan_text(tier.off_fen) if tier.percent_bp is None else ""
            found[f"percent{number}"] = percent_text(tier.percent_bp)
        return found


class _Purse(OfferForm):
    """What the kinds that lie in a purse share: when they are taken, and how long they are good."""

    PER_BUYER = "每人限领张数"
    TIMES = "发放总数"

    claim_from = Moment(label="领取开始", required=False, help_text="空着就是从开始起可领")
    claim_until = Moment(label="领取截止", required=False)
    good_days = forms.IntegerField(
        label="领取后有效天数", required=False, min_value=1, max_value=3660, help_text="空着到结束为止"
    )

    def add_fields(self) -> None:
        """A purse says how many there are, and how many for each."""
        for name in ("per_buyer", "times"):
            self.fields[name].required = True
            self.fields[name].help_text = ""

    def clean(self) -> dict[str, Any]:
        """See OfferForm."""
        begins, ends = self.cleaned_data.get("claim_from"), self.cleaned_data.get("claim_until")
        if begins and ends and ends <= begins:
            self.add_error("claim_until", _("结束要在开始之后"))
        return super().clean()


class CouponForm(_Purse):
    """优惠券."""

    kind = Kind.COUPON
    OWN = ("threshold", "off")

    threshold = Yuan(label="满（元）", least=1)
    off = Yuan(label="减（元）", least=1)

    def read(self) -> values.Terms | None:
        """See OfferForm."""
        threshold, off = self.cleaned_data.get("threshold"), self.cleaned_data.get("off")
        if threshold is None or off is None:
            return None
        if off > threshold:
            self.add_error("off", _("减的不能比门槛多"))
        return values.Coupon(threshold, off)

    @staticmethod
    def shown(terms: Any, codes: Mapping[int, str], shares: Mapping[int, int]) -> dict[str, Any]:
        """See OfferForm."""
        return {"threshold": yuan_text(terms.threshold_fen), "off": yuan_text(terms.off_fen)}


class VoucherForm(_Purse):
    """代金券."""

    kind = Kind.VOUCHER
    OWN = ("off",)

    off = Yuan(label="面额（元）", least=1)

    def read(self) -> values.Terms | None:
        """See OfferForm."""
        off = self.cleaned_data.get("off")
        return None if off is None else values.Voucher(off)

    @staticmethod
    def shown(terms: Any, codes: Mapping[int, str], shares: Mapping[int, int]) -> dict[str, Any]:
        """See OfferForm."""
        return {"off": yuan_text(terms.off_fen)}


class FreePostageForm(OfferForm):
    """包邮."""

    kind = Kind.FREE_POSTAGE
    LEAVES_OUT = frozenset({"alone", "regions"})
    OWN = ("amount", "pieces", "places", "most")
    HINT = "满金额或满件数，到一样就包邮；都空着就是无条件包邮。买家选哪家快递都包（顺丰也免），怕贵就填「最多免」。"

    amount = Yuan(label="满（元）", required=False, least=1)
    pieces = forms.IntegerField(label="满几件", required=False, min_value=1, max_value=9999)
    places = Regions(label="包邮地区", required=False, help_text="空着就是全国；可填“江浙沪”、省、市")
    most = Yuan(label="最多免（元）", required=False, least=1, help_text="空着全免")

    def read(self) -> values.Terms | None:
        """See OfferForm."""
        found = self.cleaned_data
        return values.FreePostage(
            found.get("amount"), found.get("pieces"), found.get("places") or (), found.get("most")
        )

    @staticmethod
    def shown(terms: Any, codes: Mapping[int, str], shares: Mapping[int, int]) -> dict[str, Any]:
        """See OfferForm."""
        return {
            "amount": yuan_text(terms.amount_fen),
            "pieces": terms.pieces,
            "places": region_text(terms.regions),
            "most": yuan_text(terms.most_fen),
        }


class PresaleForm(OfferForm):
    """预售."""

    kind = Kind.PRESALE
    LEAVES_OUT = frozenset(
        {"alone", "budget", "scope_categories", "scope_products", "scope_skus", "scope_except"}
    )
    OWN = ("deposit", "worth", "balance_from", "balance_until", "prices")
    PER_BUYER = "每人限购件数"
    HINT = "现在付定金，到尾款时间付其余；定金可以抵更多（定金膨胀）。"

    deposit = Yuan(label="每件定金（元）", least=1)
    worth = Yuan(label="每件抵（元）", required=False, least=1, help_text="空着就是付多少抵多少")
    balance_from = Moment(label="尾款开始")
    balance_until = Moment(label="尾款截止")
    prices = Lines(label="预售价", help_text="每行：SKU 编码 全价 预售份额（可空）", rows=6)

    def sku_codes(self) -> list[str]:
        """See OfferForm."""
        return [line.code for line in self.lines_of("prices")]

    def read(self) -> values.Terms | None:
        """See OfferForm."""
        found, prices = self.cleaned_data, self.prices_of("prices")
        deposit, begins, ends = found.get("deposit"), found.get("balance_from"), found.get("balance_until")
        if deposit is None or begins is None or ends is None:
            return None
        worth = found.get("worth") or deposit
        if ends <= begins:
            self.add_error("balance_until", _("结束要在开始之后"))
        if worth < deposit:
            self.add_error("worth", _("抵的不能比定金少"))
        if prices and worth > min(prices.values()):
            self.add_error("worth", _("抵的不能比预售价多"))
        return values.Presale(prices, deposit, worth, begins, ends)

    @staticmethod
    def shown(terms: Any, codes: Mapping[int, str], shares: Mapping[int, int]) -> dict[str, Any]:
        """See OfferForm."""
        return {
            "deposit": yuan_text(terms.deposit_fen),
            "worth": yuan_text(terms.worth_fen),
            "balance_from": terms.balance_from,
            "balance_until": terms.balance_until,
            "prices": price_lines(terms.prices, codes, shares),
        }


def region_text(codes: Any) -> str:
    """Codes of regions as a person types them."""
    return regions.write_list(codes)


FORMS: dict[str, type[OfferForm]] = {
    str(form.kind): form
    for form in (
        FlashForm,
        ReductionForm,
        GiftForm,
        BuyGetForm,
        BundleForm,
        CouponForm,
        VoucherForm,
        FreePostageForm,
        MemberForm,
        PresaleForm,
    )
}
"""The form of each kind, in the order the seeds name them."""
