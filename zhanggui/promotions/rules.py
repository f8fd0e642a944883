"""Pure rules of offers: what a row must satisfy, what may still change once it runs, how a year passes."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from zhanggui.kit.clock import in_china
from zhanggui.kit.refusals import Invalid
from zhanggui.promotions import terms as reading
from zhanggui.promotions.models import OfferKind
from zhanggui.promotions.pricing import values
from zhanggui.shops.models import Platform, Shop

PURSE_KINDS = (OfferKind.COUPON, OfferKind.VOUCHER)
SHARE_KINDS = (OfferKind.FLASH, OfferKind.GIFT, OfferKind.BUY_GET, OfferKind.PRESALE)
"""Kinds that may keep a stock share of their own."""
MAY_CHANGE_RUNNING = frozenset({"ends_at", "note", "shares"})
"""What may change of an approved offer: only what makes its risk smaller; everything else is a clone."""
_LONGEST = timedelta(days=731)
_MOST_LEVEL = 99


@dataclass(frozen=True, slots=True)
class Given:
    """An offer as a person gives it: read and checked by `checked`. `terms` and `scope` are values, not JSON."""

    kind: str
    name: str
    shop_ids: tuple[int, ...]
    starts_at: datetime
    ends_at: datetime
    terms: values.Terms
    scope: values.Scope = values.Scope()
    shares: Mapping[int, int] = field(default_factory=dict)
    group: str = ""
    alone: bool = False
    levels: tuple[int, ...] = ()
    regions: tuple[str, ...] = ()
    first_order_only: bool = False
    per_buyer: int | None = None
    times: int | None = None
    budget_fen: int | None = None
    claim_from: datetime | None = None
    claim_until: datetime | None = None
    good_days: int | None = None
    house: bool = False
    note: str = ""

    def columns(self) -> dict[str, Any]:
        """The row's columns; the shares stand in a table of their own."""
        plain = [
            "kind",
            "name",
            "starts_at",
            "ends_at",
            "group",
            "alone",
            "first_order_only",
            "per_buyer",
            "times",
            "budget_fen",
            "claim_from",
            "claim_until",
            "good_days",
            "house",
            "note",
        ]
        found: dict[str, Any] = {name: getattr(self, name) for name in plain}
        found |= {"shop_ids": list(self.shop_ids), "levels": list(self.levels), "regions": list(self.regions)}
        return found | {"terms": reading.write(self.terms), "scope": reading.write_scope(self.scope)}


def all_own(shops: Iterable[Shop]) -> None:
    """Raises Invalid when a shop stands on another platform: nobody could use the offer there."""
    foreign = sorted(shop.code for shop in shops if shop.platform != Platform.OWN)
    if foreign:
        raise Invalid(
            _("%(codes)s 不是自营店铺：别的平台的活动在平台自己的后台做，这里的优惠在那里用不上。")
            % {"codes": "、".join(foreign)},
            "shops",
        )


def checked(given: Given) -> Given:
    """The same, tidied. Raises Invalid with a clerk's sentence for the first thing that is wrong."""
    given = replace(
        given,
        name=given.name.strip(),
        group=given.group.strip(),
        shop_ids=tuple(sorted(set(given.shop_ids))),
        levels=tuple(sorted(set(given.levels))),
        regions=reading.read_regions(given.regions),
    )
    if not given.name or len(given.name) > 60:
        raise Invalid(_("请填写优惠的名称，最多 60 个字。"), "name")
    if len(given.group) > 30:
        raise Invalid(_("互斥组的名称最多 30 个字。"), "group")
    if len(given.note) > 300:
        raise Invalid(_("备注最多 300 个字。"), "note")
    if not given.shop_ids:
        raise Invalid(_("请至少选择一家店铺。"), "shops")
    if given.ends_at <= given.starts_at:
        raise Invalid(_("结束时间要晚于开始时间。"), "ends_at")
    if given.ends_at - given.starts_at > _LONGEST:
        raise Invalid(_("一个优惠最长两年，到期请复制一份。"), "ends_at")
    if any(not 1 <= level <= _MOST_LEVEL for level in given.levels):
        raise Invalid(_("会员等级是 1 到 99 的数。"), "levels")
    for name, least in (("per_buyer", 1), ("times", 1), ("budget_fen", 1), ("good_days", 1)):
        value = getattr(given, name)
        if value is not None and not least <= value <= 2**31 - 1:
            raise Invalid(_("限额要大于 0；不限请留空。"), "budget" if name == "budget_fen" else name)
    _check_purse(given)
    _check_shares(given)
    if isinstance(given.terms, values.Presale) and given.terms.balance_from < given.starts_at:
        raise Invalid(_("尾款不能早于预售开始。"), "balance_from")
    return given


def _check_purse(given: Given) -> None:
    own = (given.claim_from, given.claim_until, given.good_days)
    if given.kind not in PURSE_KINDS:
        if any(value is not None for value in own):
            raise Invalid(_("只有优惠券和代金券才有领取时间和有效天数。"), "claim_from")
        return
    if given.times is None:
        raise Invalid(_("请填写一共发多少张券。"), "times")
    if given.per_buyer is None:
        raise Invalid(_("请填写每人最多领几张。"), "per_buyer")
    begins, ends = given.claim_from, given.claim_until
    if begins is not None and ends is not None and ends <= begins:
        raise Invalid(_("领取的结束时间要晚于开始时间。"), "claim_until")
    if ends is not None and ends > given.ends_at:
        raise Invalid(_("领取时间不能晚于券的结束时间。"), "claim_until")
    if begins is not None and begins >= given.ends_at:
        raise Invalid(_("领取时间不能晚于券的结束时间。"), "claim_from")


def _check_shares(given: Given) -> None:
    if not given.shares:
        return
    if given.kind not in SHARE_KINDS:
        raise Invalid(_("这种优惠没有活动库存。"), "shares")
    if any(pieces < 1 for pieces in given.shares.values()):
        raise Invalid(_("活动库存至少 1 件；不限请不填。"), "shares")
    named = reading.skus_of(given.terms)
    open_ended = isinstance(given.terms, values.Flash) and given.terms.percent_bp is not None
    same_again = isinstance(given.terms, values.BuyGet) and given.terms.present.sku_id == 0
    if not (open_ended or same_again) and not set(given.shares) <= named:
        raise Invalid(_("活动库存里有这个优惠没有的商品。"), "shares")


def allowed_while_running(
    changed: Collection[str],
    *,
    at: datetime,
    ends_at: tuple[datetime, datetime],
    shares: tuple[Mapping[int, int], Mapping[int, int]],
) -> str:
    """Why an approved offer may not change like this; "" when it may. Pairs are (before, after)."""
    if not set(changed) <= MAY_CHANGE_RUNNING:
        return _("已经审核通过的优惠只能提前结束、增加活动库存或改备注；别的改动请复制一份重新审核。")
    before, after = ends_at
    if after > before:
        return _("已经审核通过的优惠只能提前结束，不能延长；要延长请复制一份重新审核。")
    if after != before and after <= at:
        return _("结束时间已经过了；要马上结束请用「立即停用」。")
    had, has = shares
    if set(has) != set(had) or any(has[sku] < pieces for sku, pieces in had.items()):
        return _("活动库存只能增加，不能减少，也不能加减商品。")
    return ""


def years_later(moment: datetime, years: int) -> datetime:
    """The same wall-clock moment in China so many years later; 29 February becomes the 28th where there is none."""
    local = in_china(moment)
    try:
        return local.replace(year=local.year + years)
    except ValueError:
        return local.replace(year=local.year + years, day=28)


def moved(terms: values.Terms, years: int) -> values.Terms:
    """The terms of a clone: the moments of a presale's balance move along."""
    if not isinstance(terms, values.Presale):
        return terms
    return replace(
        terms,
        balance_from=years_later(terms.balance_from, years),
        balance_until=years_later(terms.balance_until, years),
    )
