"""What looks wrong with an offer although it may be kept: said beside the field, and to who approves it. Pure.

The floor itself is guarded by `floors.breaches` and by the calculation; here only the offer's own numbers are looked at.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext as _

from zhanggui.promotions.pricing import values
from zhanggui.promotions.wording import short_yuan

_HALF_BP = 5_000
_TINY_BP = 1_000
_STRETCH = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Price:
    """What a SKU costs: fen of its list price and of its floor (or cost), None unknown."""

    title: str
    list_fen: int
    floor_fen: int | None


@dataclass(frozen=True, slots=True)
class Doubt:
    """A sentence and the field it stands beside. `grave`: makes no sense for a buyer or gives the goods away, so who
    approves must say that it is meant. `floor`: below the floor, which has a tick of its own.
    """

    field: str
    said: str
    grave: bool = True
    floor: bool = False


def doubts(terms: values.Terms, prices: Mapping[int, Price]) -> list[Doubt]:
    """What looks wrong with terms. `prices`: of the SKUs they name; one that is missing is not looked at."""
    if isinstance(terms, values.Reduction):
        return _ladder(terms)
    if isinstance(terms, values.Coupon):
        return _steep("off", terms.threshold_fen, terms.off_fen)
    if isinstance(terms, values.Bundle):
        return _bundle(terms, prices)
    if isinstance(terms, values.Flash):
        deep = terms.percent_bp is not None and terms.percent_bp < _TINY_BP * 3
        found = [Doubt("percent", _("不到原价的三成，请再看一遍：85 才是八五折。"))] if deep else []
        return found + _prices(terms.prices, prices)
    if isinstance(terms, values.Presale):
        return _prices(terms.prices, prices)
    if isinstance(terms, values.Member):
        return _levels(terms)
    if isinstance(terms, values.BuyGet) and terms.present.pieces > terms.buy:
        return [Doubt("gift_pieces", _("送的比买的多。"))]
    return []


def too_often(others: Collection[date], own: date, most: int) -> list[Doubt]:
    """What is said when a shop's promotions begin too often (S3-06). `others`: the days on which campaigns begin, `own`:
    the day on which this one does; offers of one day are one campaign. `most`: in 30 days.

    Looked at is every stretch of 30 days that holds the own day, so it is the same in which order they were made.
    """
    days = sorted({day for day in others if abs(day - own) < _STRETCH} | {own})
    fullest = max(
        sum(1 for day in days if begins <= day < begins + _STRETCH) for begins in days if begins <= own
    )
    if fullest <= most:
        return []
    said = _("30 天里会有 %(n)s 个促销档期开始，店铺设置最多 %(most)s 个：买家会等下一次才买。")
    return [Doubt("starts_at", said % {"n": fullest, "most": most})]


def _steep(field: str, at: int, off: int) -> list[Doubt]:
    if off * 10_000 <= at * _HALF_BP:
        return []
    said = _("满 ¥%(at)s 减 ¥%(off)s，减掉了一半以上。") % {"at": short_yuan(at), "off": short_yuan(off)}
    return [Doubt(field, said, grave=False)]


def _ladder(terms: values.Reduction) -> list[Doubt]:
    found: list[Doubt] = []
    tiers = sorted(terms.tiers, key=lambda tier: tier.at)
    for number, tier in enumerate(tiers, 1):
        field = f"off{number}" if tier.percent_bp is None else f"percent{number}"
        if not terms.by_pieces and tier.percent_bp is None:
            found += _steep(field, tier.at, tier.off_fen)
        if tier.percent_bp is not None and tier.percent_bp < _TINY_BP * 3:
            found.append(Doubt(field, _("不到原价的三成，请再看一遍：85 才是八五折。")))
        if number > 1 and _no_better(tiers[number - 2], tier, terms.by_pieces):
            said = _("第 %(n)s 档不比前一档便宜：买得多反而不划算。") % {"n": number}
            found.append(Doubt(field, said))
    return found


def _no_better(lower: values.Tier, higher: values.Tier, by_pieces: bool) -> bool:
    """Whether the higher tier takes no more off than the lower one would at the same cart."""
    if (lower.percent_bp is None) == (higher.percent_bp is None):
        if lower.percent_bp is None or higher.percent_bp is None:
            return higher.off_fen <= lower.off_fen
        return higher.percent_bp >= lower.percent_bp
    if by_pieces:
        return False  # a sum against a percent of goods nobody knows
    return _off_at(higher, higher.at) <= _off_at(lower, higher.at)


def _off_at(tier: values.Tier, goods_fen: int) -> int:
    if tier.percent_bp is None:
        return tier.off_fen
    return goods_fen * (10_000 - tier.percent_bp) // 10_000


def _bundle(terms: values.Bundle, prices: Mapping[int, Price]) -> list[Doubt]:
    if set(terms.pieces) - set(prices):
        return []
    single = sum(prices[sku].list_fen * many for sku, many in terms.pieces.items())
    if terms.price_fen >= single:
        said = _("套餐价 ¥%(price)s 不比单买便宜：单买一共 ¥%(single)s。")
        return [Doubt("price", said % {"price": short_yuan(terms.price_fen), "single": short_yuan(single)})]
    floor = sum((prices[sku].floor_fen or 0) * many for sku, many in terms.pieces.items())
    found = []
    if terms.price_fen < floor:
        said = _("套餐价 ¥%(price)s 低于底价 ¥%(floor)s。")
        numbers = {"price": short_yuan(terms.price_fen), "floor": short_yuan(floor)}
        found.append(Doubt("price", said % numbers, grave=False, floor=True))
    if terms.price_fen * 10_000 < single * _TINY_BP:
        said = _("套餐价 ¥%(price)s 不到单买 ¥%(single)s 的一成。")
        numbers = {"price": short_yuan(terms.price_fen), "single": short_yuan(single)}
        found.append(Doubt("price", said % numbers))
    return found


def _prices(own: Mapping[int, int], prices: Mapping[int, Price]) -> list[Doubt]:
    found = []
    for sku, fen in own.items():
        known = prices.get(sku)
        if known is None:
            continue
        numbers = {"title": known.title[:30], "price": short_yuan(fen), "list": short_yuan(known.list_fen)}
        if fen >= known.list_fen:
            found.append(Doubt("prices", _("「%(title)s」¥%(price)s 不比原价 ¥%(list)s 便宜。") % numbers))
        elif fen * 10_000 < known.list_fen * _TINY_BP:
            said = _("「%(title)s」¥%(price)s 不到原价 ¥%(list)s 的一成。")
            found.append(Doubt("prices", said % numbers))
        if known.floor_fen is not None and fen < known.floor_fen:
            said = _("「%(title)s」¥%(price)s 低于底价 ¥%(floor)s。")
            numbers["floor"] = short_yuan(known.floor_fen)
            found.append(Doubt("prices", said % numbers, grave=False, floor=True))
    return found


def _levels(terms: values.Member) -> list[Doubt]:
    found, best = [], 10_000
    for level, points in sorted(terms.percents_bp.items()):
        if points > best:
            said = _("%(n)s 级会员付得比更低一级还多。") % {"n": level}
            found.append(Doubt(f"level{level}", said))
        if points < _TINY_BP * 3:
            found.append(Doubt(f"level{level}", _("不到原价的三成，请再看一遍：85 才是八五折。")))
        best = min(best, points)
    return found
