"""Pure rules of offers: what a row must satisfy, what may still change once it runs, how a year passes."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from zhanggui.kit.clock import in_china
from zhanggui.kit.refusals import Invalid
from zhanggui.kit.texts import tidy
from zhanggui.promotions import terms as reading
from zhanggui.promotions.models import OfferKind
from zhanggui.promotions.plan import Plan
from zhanggui.promotions.pricing import values
from zhanggui.shops.models import Platform, Shop

PURSE_KINDS = (OfferKind.COUPON, OfferKind.VOUCHER)
SHARE_KINDS = (OfferKind.FLASH, OfferKind.GIFT, OfferKind.BUY_GET, OfferKind.PRESALE)
"""Kinds that may keep a stock share of their own."""
MAY_CHANGE_RUNNING = frozenset({"ends_at", "note", "shares"})
"""What may change of an approved offer: only what makes its risk smaller; everything else is a clone."""
_LONGEST = timedelta(days=731)
_MOST_LEVEL = 99


def all_own(shops: Iterable[Shop]) -> None:
    """Raises Invalid when a shop stands on another platform: nobody could use the offer there."""
    foreign = sorted(shop.code for shop in shops if shop.platform != Platform.OWN)
    if foreign:
        raise Invalid(
            _("%(codes)s 不是自营店铺：别的平台的活动在平台自己的后台做，这里的优惠在那里用不上。")
            % {"codes": "、".join(foreign)},
            "shops",
        )


def checked(plan: Plan) -> Plan:
    """The same, tidied. Raises Invalid with a clerk's sentence for the first thing that is wrong."""
    plan = replace(
        plan,
        terms=reading.read(plan.kind, reading.write(plan.terms)),
        scope=reading.read_scope(reading.write_scope(plan.scope)),
        name=tidy(plan.name),
        group=tidy(plan.group),
        shop_ids=tuple(sorted(set(plan.shop_ids))),
        levels=tuple(sorted(set(plan.levels))),
        regions=reading.read_regions(plan.regions),
    )
    if not plan.name or len(plan.name) > 60:
        raise Invalid(_("请填写优惠的名称，最多 60 个字。"), "name")
    if len(plan.group) > 30:
        raise Invalid(_("互斥组的名称最多 30 个字。"), "group")
    if len(plan.note) > 300:
        raise Invalid(_("备注最多 300 个字。"), "note")
    if not plan.shop_ids:
        raise Invalid(_("请至少选择一家店铺。"), "shops")
    if plan.ends_at <= plan.starts_at:
        raise Invalid(_("结束时间要晚于开始时间。"), "ends_at")
    if plan.ends_at - plan.starts_at > _LONGEST:
        raise Invalid(_("一个优惠最长两年，到期请复制一份。"), "ends_at")
    if any(not 1 <= level <= _MOST_LEVEL for level in plan.levels):
        raise Invalid(_("会员等级是 1 到 99 的数。"), "levels")
    for name, least in (("per_buyer", 1), ("times", 1), ("budget_fen", 1), ("good_days", 1)):
        value = getattr(plan, name)
        if value is not None and not least <= value <= 2**31 - 1:
            raise Invalid(_("限额要大于 0；不限请留空。"), "budget" if name == "budget_fen" else name)
    _check_purse(plan)
    _check_shares(plan)
    if isinstance(plan.terms, values.Presale) and plan.terms.balance_from < plan.starts_at:
        raise Invalid(_("尾款不能早于预售开始。"), "balance_from")
    return plan


def _check_purse(plan: Plan) -> None:
    own = (plan.claim_from, plan.claim_until, plan.good_days)
    if plan.kind not in PURSE_KINDS:
        if any(value is not None for value in own):
            raise Invalid(_("只有优惠券和代金券才有领取时间和有效天数。"), "claim_from")
        return
    if plan.times is None:
        raise Invalid(_("请填写一共发多少张券。"), "times")
    if plan.per_buyer is None:
        raise Invalid(_("请填写每人最多领几张。"), "per_buyer")
    begins, ends = plan.claim_from, plan.claim_until
    if begins is not None and ends is not None and ends <= begins:
        raise Invalid(_("领取的结束时间要晚于开始时间。"), "claim_until")
    if ends is not None and ends > plan.ends_at:
        raise Invalid(_("领取时间不能晚于券的结束时间。"), "claim_until")
    if begins is not None and begins >= plan.ends_at:
        raise Invalid(_("领取时间不能晚于券的结束时间。"), "claim_from")


def _check_shares(plan: Plan) -> None:
    if not plan.shares:
        return
    if plan.kind not in SHARE_KINDS:
        raise Invalid(_("这种优惠没有活动库存。"), "shares")
    if any(pieces < 1 for pieces in plan.shares.values()):
        raise Invalid(_("活动库存至少 1 件；不限请不填。"), "shares")
    named = reading.skus_of(plan.terms)
    open_ended = isinstance(plan.terms, values.Flash) and plan.terms.percent_bp is not None
    same_again = isinstance(plan.terms, values.BuyGet) and plan.terms.present.sku_id == 0
    if not (open_ended or same_again) and not set(plan.shares) <= named:
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


def years_ahead(starts_at: datetime, at: datetime) -> int:
    """How many whole years later an offer begins again in the future; 0 when it has not begun."""
    years = max(in_china(at).year - in_china(starts_at).year, 0)
    return years if years_later(starts_at, years) > at else years + 1


def moved(terms: values.Terms, years: int) -> values.Terms:
    """The terms of a clone: the moments of a presale's balance move along."""
    if not isinstance(terms, values.Presale):
        return terms
    return replace(
        terms,
        balance_from=years_later(terms.balance_from, years),
        balance_until=years_later(terms.balance_until, years),
    )
