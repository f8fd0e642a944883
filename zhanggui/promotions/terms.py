"""The JSON of an offer's row and the values the calculation reads: both ways, with a sentence for all that is wrong.

The keys of the JSON are the names of the fields in `pricing.values`; ids that are keys stand as text, moments as
ISO text. `read` is the only way in: what the row holds is always what `write` gives for a read value.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as N_

from zhanggui.kit import regions
from zhanggui.kit.refusals import Invalid
from zhanggui.promotions.models import Offer
from zhanggui.promotions.pricing import values

MOST_FEN = 100_000_000
"""No amount of an offer exceeds 1,000,000 yuan (docs/laws/money.md)."""
MOST_PIECES = 1_000_000
MOST_ENTRIES = 500
WHOLE_BP = 10_000
Data = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ShareLeft:
    """What an offer may still give of a SKU, with the present's name and cost as they are now."""

    sku_id: int
    left: int
    title: str = ""
    cost_fen: int | None = None


def read(kind: str, data: Data) -> values.Terms:
    """The terms of a kind from JSON. Raises Invalid with a clerk's sentence for the first wrong value."""
    if kind not in _READERS:
        raise Invalid(_("没有「%(kind)s」这种优惠。") % {"kind": str(kind)[:20]}, "kind")
    if not isinstance(data, Mapping):
        raise _wrong("", _("优惠内容读不懂，请重新填写。"))
    try:
        return _READERS[kind](data)
    except (TypeError, ValueError, AttributeError):  # a shape that none of the sentences speaks of
        raise _wrong("", _("优惠内容读不懂，请重新填写。")) from None


def write(terms: values.Terms) -> dict[str, Any]:
    """The JSON of terms; `read` gives them back. What is left of shares never stands in it."""
    if isinstance(terms, values.Flash):
        return {"prices": _keyed(terms.prices), "percent_bp": terms.percent_bp}
    if isinstance(terms, values.Member):
        return {"percents_bp": _keyed(terms.percents_bp)}
    if isinstance(terms, values.Bundle):
        return {"pieces": _keyed(terms.pieces), "price_fen": terms.price_fen}
    if isinstance(terms, values.Reduction):
        tiers = [{"at": t.at, "off_fen": t.off_fen, "percent_bp": t.percent_bp} for t in terms.tiers]
        return {"tiers": tiers, "by_pieces": terms.by_pieces, "repeat": terms.repeat}
    if isinstance(terms, values.Gift):
        steps = [{"at": at, "present": _present_out(present)} for at, present in terms.tiers]
        return {"tiers": steps, "by_pieces": terms.by_pieces}
    if isinstance(terms, values.BuyGet):
        return {"buy": terms.buy, "present": _present_out(terms.present)}
    if isinstance(terms, values.Coupon):
        return {"threshold_fen": terms.threshold_fen, "off_fen": terms.off_fen}
    if isinstance(terms, values.Voucher):
        return {"off_fen": terms.off_fen}
    if isinstance(terms, values.FreePostage):
        return {
            "amount_fen": terms.amount_fen,
            "pieces": terms.pieces,
            "regions": list(terms.regions),
            "most_fen": terms.most_fen,
        }
    return {
        "prices": _keyed(terms.prices),
        "deposit_fen": terms.deposit_fen,
        "worth_fen": terms.worth_fen,
        "balance_from": terms.balance_from.isoformat(),
        "balance_until": terms.balance_until.isoformat(),
    }


def read_scope(data: Data) -> values.Scope:
    """Which lines an offer is about, from JSON. Raises Invalid."""
    if not isinstance(data, Mapping):
        raise _wrong("scope", _("适用范围读不懂，请重新选择。"))
    found = {
        name: frozenset(_ids(data.get(name) or [], "scope"))
        for name in ("products", "skus", "categories", "except_products")
    }
    both = found["products"] & found["except_products"]
    if both:
        raise Invalid(_("同一个商品不能既参加又排除。"), "scope")
    return values.Scope(**found)


def write_scope(scope: values.Scope) -> dict[str, list[int]]:
    """The JSON of a scope, without what is empty."""
    found = {
        "products": sorted(scope.products),
        "skus": sorted(scope.skus),
        "categories": sorted(scope.categories),
        "except_products": sorted(scope.except_products),
    }
    return {name: ids for name, ids in found.items() if ids}


def read_regions(codes: Iterable[Any], field: str = "regions") -> tuple[str, ...]:
    """GB/T 2260 codes of provinces, cities or districts, sorted, each once. Raises Invalid."""
    found = sorted({str(code) for code in codes})
    for code in found:
        if not regions.known(code):
            raise Invalid(_("没有代码为「%(code)s」的地区。") % {"code": code[:12]}, field)
    return tuple(found)


def value_of(offer: Offer, *, shares: Iterable[ShareLeft] = (), held: int = 0) -> values.Offer:
    """A row as the calculation reads it, whatever its state. No statement.

    `shares`: what is left of its stock shares. `held`: the buyer's coupons that can be used now. A coupon's own
    number and limit per buyer are kept by the purse (who may take how many), not by the calculation. Raises Invalid
    for a row that cannot be read any more.
    """
    terms = read(offer.kind, offer.terms)
    in_purse = offer.kind in (values.Kind.COUPON, values.Kind.VOUCHER)
    times_left = None if offer.times is None else max(0, offer.times - offer.used_times)
    return values.Offer(
        id=offer.pk or 0,
        kind=values.Kind(offer.kind),
        name=offer.name,
        terms=_with_shares(terms, {share.sku_id: share for share in shares}),
        starts_at=offer.starts_at,
        ends_at=offer.ends_at,
        scope=read_scope(offer.scope),
        group=offer.group,
        alone=offer.alone,
        levels=frozenset(offer.levels),
        regions=tuple(offer.regions),
        per_buyer=None if in_purse else offer.per_buyer,
        left_times=None if in_purse else times_left,
        left_fen=None if offer.budget_fen is None else max(0, offer.budget_fen - offer.used_fen),
        held=held,
        house=offer.house,
        below_floor=offer.below_floor,
        first_order_only=offer.first_order_only,
    )


def trouble_of(offer: Offer) -> str:
    """Why the row cannot be read any more, as a sentence; "" for a sound one. No statement.

    What `rules.checked` let in is always sound; a hand in the database, an old backup or a fault of ours is not asked.
    """
    try:
        value_of(offer)
    except Invalid as refusal:
        return refusal.message
    return ""


def face_of(offer: Offer) -> tuple[int, int]:
    """What stands on a coupon or voucher: off and threshold, in fen; zeros for one that cannot be read. No statement."""
    try:
        terms = read(offer.kind, offer.terms)
    except Invalid:
        return 0, 0
    if isinstance(terms, values.Coupon):
        return terms.off_fen, terms.threshold_fen
    return (terms.off_fen, 0) if isinstance(terms, values.Voucher) else (0, 0)


def scoped(offer: Offer) -> bool:
    """Whether it is for some goods only. No statement."""
    scope = offer.scope if isinstance(offer.scope, Mapping) else {}
    return any(scope.get(name) for name in ("products", "skus", "categories"))


def presents_of(terms: values.Terms) -> list[values.Present]:
    """The presents that terms give away (a BUY_GET of the same SKU names SKU 0)."""
    if isinstance(terms, values.Gift):
        return [present for _at, present in terms.tiers]
    return [terms.present] if isinstance(terms, values.BuyGet) else []


def skus_of(terms: values.Terms) -> set[int]:
    """Every SKU that the terms name."""
    found = {present.sku_id for present in presents_of(terms) if present.sku_id}
    if isinstance(terms, values.Flash | values.Presale):
        found |= set(terms.prices)
    if isinstance(terms, values.Bundle):
        found |= set(terms.pieces)
    return found


def name_presents(terms: values.Terms, known: Mapping[int, tuple[str, int | None]]) -> values.Terms:
    """The terms with title and cost of each present, as they are known by SKU."""

    def named(present: values.Present) -> values.Present:
        title, cost = known.get(present.sku_id, (present.title, present.cost_fen))
        return replace(present, title=title, cost_fen=cost)

    if isinstance(terms, values.Gift):
        return replace(terms, tiers=tuple((at, named(present)) for at, present in terms.tiers))
    if isinstance(terms, values.BuyGet):
        return replace(terms, present=named(terms.present))
    return terms


def _with_shares(terms: values.Terms, shares: Mapping[int, ShareLeft]) -> values.Terms:
    if isinstance(terms, values.Flash):
        return replace(terms, shares={pk: share.left for pk, share in shares.items()})
    if isinstance(terms, values.Presale):
        gone = {pk for pk, share in shares.items() if share.left <= 0}
        return replace(terms, prices={pk: fen for pk, fen in terms.prices.items() if pk not in gone})
    if not shares or not presents_of(terms):
        return terms
    named = name_presents(terms, {pk: (s.title, s.cost_fen) for pk, s in shares.items() if s.title})

    def left(present: values.Present) -> values.Present:
        share = shares.get(present.sku_id)
        return present if share is None else replace(present, left=share.left)

    if isinstance(named, values.Gift):
        return replace(named, tiers=tuple((at, left(present)) for at, present in named.tiers))
    if isinstance(named, values.BuyGet):
        if named.present.sku_id == 0:
            return replace(named, present=replace(named.present, left=min(s.left for s in shares.values())))
        return replace(named, present=left(named.present))
    return named


def _wrong(field: str, message: str) -> Invalid:
    return Invalid(message, f"terms.{field}" if field and field != "scope" else field or "terms")


def _number(value: Any, field: str, what: str, least: int, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _wrong(field, _("请填写%(what)s。") % {"what": _(what)})
    if not least <= value <= most:
        raise _wrong(field, _("%(what)s太小或太大，请检查。") % {"what": _(what)})
    return value


def _fen(data: Data, field: str, what: str, least: int = 1) -> int:
    return _number(data.get(field), field, what, least, MOST_FEN)


def _maybe(value: Any, field: str, what: str, least: int, most: int) -> int | None:
    return None if value is None else _number(value, field, what, least, most)


def _percent(value: Any, field: str) -> int:
    return _number(value, field, N_("折扣（大于 0，小于 100%）"), 1, WHOLE_BP - 1)


def _flag(data: Data, field: str) -> bool:
    return bool(data.get(field, False))


def _list(value: Any, field: str, what: str) -> list[Any]:
    if not isinstance(value, list | tuple) or not value:
        raise _wrong(field, _("请填写%(what)s。") % {"what": _(what)})
    if len(value) > MOST_ENTRIES:
        raise _wrong(field, _("%(what)s最多 %(most)s 条。") % {"what": _(what), "most": MOST_ENTRIES})
    return list(value)


def _id(value: Any, field: str) -> int:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 18:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 2**62:
        raise _wrong(field, _("选择的商品或分类读不懂，请重新选择。"))
    return value


def _ids(value: Any, field: str) -> list[int]:
    if not isinstance(value, list | tuple | set | frozenset) or len(value) > 10 * MOST_ENTRIES:
        raise _wrong(field, _("选择的商品或分类读不懂，请重新选择。"))
    return [_id(pk, field) for pk in value]


def _mapped(
    data: Data, field: str, what: str, number: Callable[[Any, str], int], *, may_be_empty: bool = False
) -> dict[int, int]:
    value = data.get(field) or {}
    if not isinstance(value, Mapping) or len(value) > MOST_ENTRIES:
        raise _wrong(
            field, _("%(what)s读不懂，或者超过 %(most)s 条。") % {"what": _(what), "most": MOST_ENTRIES}
        )
    if not value and not may_be_empty:
        raise _wrong(field, _("请填写%(what)s。") % {"what": _(what)})
    return {_id(key, field): number(one, field) for key, one in value.items()}


def _keyed(found: Mapping[int, int]) -> dict[str, int]:
    return {str(key): found[key] for key in sorted(found)}


def _price(value: Any, field: str) -> int:
    return _number(value, field, N_("价格（大于 0）"), 1, MOST_FEN)


def _some_pieces(value: Any, field: str) -> int:
    return _number(value, field, N_("件数（至少 1 件）"), 1, MOST_PIECES)


def _present(value: Any, field: str, *, same: bool = False) -> values.Present:
    if not isinstance(value, Mapping):
        raise _wrong(field, _("请选择赠品。"))
    pk = value.get("sku_id")
    if pk in (0, "0") and same:
        sku_id = 0
    elif pk in (None, "", 0, "0"):
        raise _wrong(field, _("请选择赠品。"))
    else:
        sku_id = _id(pk, field)
    cost = _maybe(value.get("cost_fen"), field, N_("赠品成本"), 0, MOST_FEN)
    return values.Present(
        sku_id=sku_id,
        pieces=_some_pieces(value.get("pieces", 1), field),
        cost_fen=cost,
        title=str(value.get("title", ""))[:200],
    )


def _present_out(present: values.Present) -> dict[str, Any]:
    return {
        "sku_id": present.sku_id,
        "pieces": present.pieces,
        "title": present.title,
        "cost_fen": present.cost_fen,
    }


def _rising(steps: list[int], field: str) -> None:
    if any(later <= earlier for earlier, later in zip(steps, steps[1:], strict=False)):
        raise _wrong(field, _("各档的门槛要从低到高，不能相同。"))


def _flash(data: Data) -> values.Flash:
    percent = data.get("percent_bp")
    prices = _mapped(data, "prices", N_("限时价"), _price, may_be_empty=percent is not None)
    return values.Flash(
        prices=prices, percent_bp=None if percent is None else _percent(percent, "percent_bp")
    )


def _member(data: Data) -> values.Member:
    found = _mapped(data, "percents_bp", N_("每个等级的折扣"), _percent)
    for level in found:
        _number(level, "percents_bp", N_("会员等级（1 到 99）"), 1, 99)
    best = [found[level] for level in sorted(found)]
    if any(higher > lower for lower, higher in zip(best, best[1:], strict=False)):
        raise _wrong("percents_bp", _("等级越高，折扣不能越少。"))
    return values.Member(found)


def _bundle(data: Data) -> values.Bundle:
    pieces = _mapped(data, "pieces", N_("套餐里的商品和件数"), _some_pieces)
    if sum(pieces.values()) < 2:
        raise _wrong("pieces", _("一个套餐至少要有两件商品。"))
    return values.Bundle(pieces=pieces, price_fen=_fen(data, "price_fen", N_("套餐价")))


def _reduction(data: Data) -> values.Reduction:
    by_pieces, repeat = _flag(data, "by_pieces"), _flag(data, "repeat")
    tiers = []
    for step in _list(data.get("tiers"), "tiers", N_("满减的档次")):
        if not isinstance(step, Mapping):
            raise _wrong("tiers", _("满减的档次读不懂，请重新填写。"))
        at = (
            _some_pieces(step.get("at"), "tiers")
            if by_pieces
            else _number(step.get("at"), "tiers", N_("门槛金额"), 1, MOST_FEN)
        )
        off, percent = step.get("off_fen") or 0, step.get("percent_bp")
        if bool(off) == (percent is not None):
            raise _wrong("tiers", _("每一档填写减多少钱或打几折，二者选一。"))
        if off:
            off = _number(off, "tiers", N_("减的金额"), 1, MOST_FEN)
            if not by_pieces and off > at:
                raise _wrong("tiers", _("减的金额不能超过门槛。"))
        tiers.append(values.Tier(at, off, None if percent is None else _percent(percent, "tiers")))
    _rising([tier.at for tier in tiers], "tiers")
    if repeat and (len(tiers) != 1 or tiers[0].percent_bp is not None):
        raise _wrong("repeat", _("「每满减、上不封顶」只能有一档，而且是减钱。"))
    return values.Reduction(tuple(tiers), by_pieces, repeat)


def _gift(data: Data) -> values.Gift:
    by_pieces = _flag(data, "by_pieces")
    steps = []
    for step in _list(data.get("tiers"), "tiers", N_("满就送的档次")):
        if not isinstance(step, Mapping):
            raise _wrong("tiers", _("满就送的档次读不懂，请重新填写。"))
        at = (
            _some_pieces(step.get("at"), "tiers")
            if by_pieces
            else _number(step.get("at"), "tiers", N_("门槛金额"), 1, MOST_FEN)
        )
        steps.append((at, _present(step.get("present"), "tiers")))
    _rising([at for at, _gift_ in steps], "tiers")
    return values.Gift(tuple(steps), by_pieces)


def _buy_get(data: Data) -> values.BuyGet:
    return values.BuyGet(
        buy=_some_pieces(data.get("buy"), "buy"), present=_present(data.get("present"), "present", same=True)
    )


def _coupon(data: Data) -> values.Coupon:
    threshold, off = _fen(data, "threshold_fen", N_("使用门槛")), _fen(data, "off_fen", N_("券面金额"))
    if off > threshold:
        raise _wrong("off_fen", _("券面金额不能超过使用门槛；没有门槛的请用代金券。"))
    return values.Coupon(threshold_fen=threshold, off_fen=off)


def _voucher(data: Data) -> values.Voucher:
    return values.Voucher(off_fen=_fen(data, "off_fen", N_("券面金额")))


def _free_postage(data: Data) -> values.FreePostage:
    return values.FreePostage(
        amount_fen=_maybe(data.get("amount_fen"), "amount_fen", N_("包邮金额"), 1, MOST_FEN),
        pieces=_maybe(data.get("pieces"), "pieces", N_("包邮件数"), 1, MOST_PIECES),
        regions=read_regions(data.get("regions") or [], "terms.regions"),
        most_fen=_maybe(data.get("most_fen"), "most_fen", N_("最多免多少邮费"), 1, MOST_FEN),
    )


def _moment(data: Data, field: str, what: str) -> datetime:
    value = data.get(field)
    try:
        found = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError:
        raise _wrong(field, _("请填写%(what)s。") % {"what": _(what)}) from None
    if found.tzinfo is None:
        raise _wrong(field, _("请填写%(what)s。") % {"what": _(what)})
    return found


def _presale(data: Data) -> values.Presale:
    prices = _mapped(data, "prices", N_("预售价"), _price)
    deposit, worth = _fen(data, "deposit_fen", N_("定金")), _fen(data, "worth_fen", N_("定金可抵的金额"))
    if worth < deposit:
        raise _wrong("worth_fen", _("定金可抵的金额不能少于定金本身。"))
    if any(worth > price for price in prices.values()):
        raise _wrong("worth_fen", _("定金可抵的金额不能超过预售价。"))
    begins, ends = (
        _moment(data, "balance_from", N_("尾款开始时间")),
        _moment(data, "balance_until", N_("尾款结束时间")),
    )
    if ends <= begins:
        raise _wrong("balance_until", _("尾款的结束时间要晚于开始时间。"))
    return values.Presale(prices, deposit, worth, begins, ends)


_READERS: dict[str, Callable[[Data], values.Terms]] = {
    values.Kind.FLASH: _flash,
    values.Kind.MEMBER: _member,
    values.Kind.BUNDLE: _bundle,
    values.Kind.BUY_GET: _buy_get,
    values.Kind.GIFT: _gift,
    values.Kind.REDUCTION: _reduction,
    values.Kind.COUPON: _coupon,
    values.Kind.VOUCHER: _voucher,
    values.Kind.FREE_POSTAGE: _free_postage,
    values.Kind.PRESALE: _presale,
}
