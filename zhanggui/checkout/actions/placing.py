"""Placing orders of our own shops: a list of any shops and buyers in one transaction, each with its own outcome.

Prices are computed anew at this moment; what the buyer saw must be what is charged. Stock, then offers and red packets,
are taken on locked rows; whoever comes too late is told what can still be had. docs/laws/checkout.md.
"""

import json
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Model
from django.utils.translation import gettext as _

from zhanggui.checkout.actions import submits
from zhanggui.checkout.actions.opening import LONGEST, PAYABLE, Opening, write_openings
from zhanggui.checkout.actions.payments import Told, take
from zhanggui.checkout.baskets import Asked, ShopBasket, price_read
from zhanggui.checkout.gathered import Gathered, gather
from zhanggui.checkout.models import Payment, PaymentPart
from zhanggui.freight.actions.quoting import keep
from zhanggui.freight.models import CostAsked
from zhanggui.freight.quotes import Part
from zhanggui.freight.quotes import Wish as FreightWish
from zhanggui.freight.rules import ASK
from zhanggui.journal.actions import action, joined
from zhanggui.kit.actor import Actor, system
from zhanggui.kit.bulk import take_ids_of
from zhanggui.kit.clock import in_china
from zhanggui.kit.money import yuan
from zhanggui.kit.refusals import Refused
from zhanggui.kit.sealed import seal
from zhanggui.kit.together import together
from zhanggui.orders.actions.own import place_own
from zhanggui.orders.arriving import ArrivingReceiver
from zhanggui.orders.models import Order, OrderLine, Timer
from zhanggui.orders.own import OwnLine, OwnOrder, Receipt
from zhanggui.orders.receiving import check
from zhanggui.orders.rules import OWN
from zhanggui.orders.states import Call
from zhanggui.promotions.actions.using import Hold, give_back_many, hold_many
from zhanggui.promotions.pricing import keeping, values
from zhanggui.shops.models import Platform, Shop
from zhanggui.stock.actions.promises import APART, HELD, SHORT, Want, release_many, take_many

PLACED, SOLD_OUT, PRICE_CHANGED = "placed", "sold_out", "price_changed"
OFFER_GONE, POSTAGE_UNKNOWN, REFUSED = "offer_gone", "postage_unknown", "refused"
_MOST_LINES = 120
_MOST_MESSAGE = 200


@dataclass(frozen=True, slots=True)
class Placing:
    """One order of one shop as a buyer sends it.

    `key`: of the form; the same key again gives the same answer. `lines`: (SKU id, pieces). `seen_digest` and
    `seen_total_fen` (cash to pay, red packets taken off): what the page showed; None and "" check nothing.
    `fixed`: agreed price of a piece by SKU. `wishes`: kinds and times only; `secrets`: invoice title, tax number,
    words of the gift card, which are sealed. `group`: placings of the same group are placed all or none.
    `pay_until`: another deadline than the shop's. `set_off_fen`: a deposit that lies with us and counts as paid.
    `auction`: it was won, so its being paid is told to the auction.
    `provider`: how the buyer pays; his payment is opened together with the order, one for all of a `group`. "": later.
    """

    key: str
    buyer_id: int
    shop: Shop
    lines: Sequence[tuple[int, int]]
    receiver: ArrivingReceiver | None = None
    wish: values.Wish = values.Wish()
    carrier_code: str | None = None
    message: str = ""
    wishes: Mapping[str, Any] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    cod: bool = False
    seen_digest: str = ""
    seen_total_fen: int | None = None
    fixed: Mapping[int, int] = field(default_factory=dict)
    group: str = ""
    pay_until: datetime | None = None
    set_off_fen: int = 0
    auction: bool = False
    provider: str = ""


@dataclass(frozen=True, slots=True)
class Placed:
    """What came of a placing. `result`: placed, sold_out, price_changed, offer_gone, postage_unknown or refused.

    `message`: a sentence for the buyer. `can_have`: pieces that can be had, by SKU. `old_fen`, `new_fen`: cash to pay as
    it was shown and as it is. `cash_fen`: to pay in money, red packets taken off; of it `deposit_fen` first (presale).
    `repeated`: the key was sent before and this is the same answer. `basket`: as it is priced now, to show.
    `code`: "key_taken" when the key came with another body (HTTP 409). `payment`: number of the payment that was opened.
    """

    key: str
    result: str
    order_id: int | None = None
    number: str = ""
    message: str = ""
    due_fen: int | None = None
    cash_fen: int | None = None
    deposit_fen: int = 0
    old_fen: int | None = None
    new_fen: int | None = None
    can_have: Mapping[int, int] = field(default_factory=dict)
    repeated: bool = False
    basket: ShopBasket | None = None
    code: str = ""
    payment: str = ""

    @property
    def ok(self) -> bool:
        """Whether there is an order now."""
        return self.result == PLACED


@dataclass(slots=True)
class _Work:
    """A placing on its way through the transaction."""

    placing: Placing
    digest: str
    order_id: int = 0
    number: str = ""
    receiver: ArrivingReceiver | None = None
    basket: ShopBasket | None = None
    lines: tuple[OwnLine, ...] = ()
    outcome: Placed | None = None
    claimed: bool = False
    nick: str = ""
    hours: int = 0
    call_first: bool = True
    verdict: Placed | None = None
    payment: str = ""

    def refuse(self, result: str, message: str, **also: Any) -> None:
        self.outcome = Placed(self.placing.key, result, message=message, basket=self.basket, **also)

    @property
    def group(self) -> str:
        return f"{self.placing.buyer_id}:{self.placing.group}" if self.placing.group else ""


@action
def place_many(*, by: Actor, placings: Sequence[Placing], at: datetime) -> list[Placed]:
    """Place orders of our own shops; gives what came of each, in the order of the list.

    Placed ones wait for payment (pay on delivery: for the call) with everything that belongs to them: lines and
    presents from real stock, the receipt of the price, sealed receiver and wishes, timers, daybook, announcement,
    bell; with a `provider` their payment is open. A refused one takes nothing, and its key may be sent again. Twelve
    statements, whatever the length of the list. No power is asked: a buyer buys for himself. Raises nothing for a single
    bad placing.
    """
    works = [_Work(placing, _digest(placing)) for placing in placings]
    for work in works:
        _read(work)
    _price(works, at)
    _number(works, at)
    _once(works)
    _apart(works)
    with together():
        ids = _ids(works)
        _take_stock(by, works, ids)
        _take_offers(by, works, at)
        ready = [work for work in works if work.outcome is None]
        orders = [_order(work, at) for work in ready]
        joined(place_own)(by=by, orders=orders)
        free = _open_payments(by, ready, orders, ids[Payment], at)
    for work in ready:
        work.outcome = _placed(work)
    if free:
        take(by=by, told=free, at=at)
    submits.forget_many(
        [(w.placing.buyer_id, w.placing.key) for w in works if w.claimed and not (w.outcome and w.outcome.ok)]
    )
    _answer_doubles(works)
    _keep_asks(works, at)
    return [work.outcome for work in works if work.outcome is not None]


def _digest(p: Placing) -> str:
    receiver = asdict(p.receiver) if p.receiver is not None else None
    wish = [sorted(p.wish.coupons) if p.wish.coupons is not None else None, p.wish.packets]
    return submits.digest_of(
        [p.shop.pk, sorted(p.lines), receiver, wish, p.carrier_code, p.message, dict(p.wishes), dict(p.secrets), p.cod,
         p.seen_digest, p.seen_total_fen, sorted(p.fixed.items()), p.group]
    )  # fmt: skip


def _read(work: _Work) -> None:
    """What needs no database: shape and limits."""
    p = work.placing
    if not p.key or len(p.key) > submits.LONGEST_KEY:
        return work.refuse(REFUSED, _("请刷新页面后再提交。"))
    if p.shop.platform != Platform.OWN or p.shop.closed_at is not None:
        return work.refuse(REFUSED, _("这家店铺现在不能下单。"))
    if p.provider and p.provider not in PAYABLE:
        return work.refuse(REFUSED, _("请选择支付方式。"))
    if not p.lines or len(p.lines) > _MOST_LINES or any(pieces < 1 for _sku, pieces in p.lines):
        return work.refuse(REFUSED, _("请至少选一件商品。"))
    if len(p.message) > _MOST_MESSAGE:
        return work.refuse(REFUSED, _("给卖家的留言最多 %(most)s 个字。") % {"most": _MOST_MESSAGE})
    if p.receiver is not None:
        try:
            clean = check(p.receiver)
        except Refused as refusal:
            return work.refuse(REFUSED, refusal.message)
        work.receiver = clean if clean.region else replace(clean, region=p.receiver.region)
    return None


def _number(works: Sequence[_Work], at: datetime) -> None:
    """Numbers for all that may be placed. The number says the day; the rest is chance."""
    day = in_china(at).strftime("%y%m%d")
    for work in _open(works):
        work.number = f"{day}{secrets.randbelow(10**12):012d}"


def _ids(works: Sequence[_Work]) -> dict[type[Model], list[int]]:
    """Ids for what will be written: orders (given out at once), lines, payments. One statement, none for nothing."""
    open_ = _open(works)
    lines = sum(
        len(w.basket.priced.lines) + len(w.basket.priced.gifts) for w in open_ if w.basket and w.basket.priced
    )
    paying = sum(1 for work in open_ if work.placing.provider)
    ids = take_ids_of({Order: len(open_), OrderLine: lines, Payment: paying})
    for work, pk in zip(open_, ids[Order], strict=True):
        work.order_id = pk
    return ids


def _once(works: Sequence[_Work]) -> None:
    """Claim the keys. The first of a list with a key goes on; what came before is answered as it was.

    The key of what is plainly sold out is only looked up: a refusal writes nothing (docs/laws/checkout.md).
    """
    first: dict[tuple[int, str], _Work] = {}
    for work in works:
        if work.outcome is None:
            first.setdefault((work.placing.buyer_id, work.placing.key), work)
    forms = [
        submits.Sent(buyer, key, work.digest, {"number": work.number})
        for (buyer, key), work in first.items()
        if not _sold_out(work)
    ]
    there = submits.once_many(forms, looked=[pair for pair, work in first.items() if _sold_out(work)])
    rows = (
        Order.objects.filter(number__in=[answer["number"] for _d, answer in there.values()]) if there else []
    )
    orders = {order.number: order for order in rows if order.source == OWN}
    payments = _payments_of(orders.values())
    for pair, work in first.items():
        if pair not in there:
            work.claimed = not _sold_out(work)
            work.outcome = work.verdict
            continue
        digest, answer = there[pair]
        order = orders.get(answer["number"])
        if digest != work.digest:
            _conflict(work)
        elif order is None:  # the order was deleted since; nothing deletes orders today
            work.refuse(REFUSED, _("请刷新页面后再提交。"))
        else:
            work.outcome = Placed(
                work.placing.key,
                PLACED,
                order.pk,
                order.number,
                due_fen=order.due_fen,
                cash_fen=order.due_fen - order.red_fen,
                repeated=True,
                payment=payments.get(order.pk, ""),
            )
    for work in works:
        pair = (work.placing.buyer_id, work.placing.key)
        if pair in first and first[pair] is not work and work.outcome is None:
            if first[pair].digest != work.digest:
                _conflict(work)
            else:
                work.outcome = Placed(work.placing.key, REFUSED, code="double")  # see _answer_doubles


def _sold_out(work: _Work) -> bool:
    return work.verdict is not None and work.verdict.result == SOLD_OUT


def _payments_of(orders: Collection[Order]) -> dict[int, str]:
    """The payments that were opened first with orders, to give a repeated form the same answer. One statement."""
    if not orders:
        return {}
    rows = PaymentPart.objects.filter(order__in=orders).order_by("-pk")
    return dict(rows.values_list("order_id", "payment__number"))


def _conflict(work: _Work) -> None:
    try:
        submits.must_match("", work.digest)
    except submits.KeyTaken as refusal:
        work.refuse(REFUSED, refusal.message, code=refusal.code)


def _answer_doubles(works: Sequence[_Work]) -> None:
    """The same form twice in one list: the second gets the first one's answer."""
    answers = {
        (w.placing.buyer_id, w.placing.key): w.outcome
        for w in works
        if w.outcome is not None and w.outcome.code != "double"
    }
    for work in works:
        if work.outcome is not None and work.outcome.code == "double":
            first = answers.get((work.placing.buyer_id, work.placing.key))
            if first is not None:
                work.outcome = Placed(**{**_plain(first), "repeated": first.ok})


def _plain(outcome: Placed) -> dict[str, Any]:
    return {name: getattr(outcome, name) for name in Placed.__dataclass_fields__}


def _open(works: Sequence[_Work]) -> list[_Work]:
    return [work for work in works if work.outcome is None]


def _price(works: Sequence[_Work], at: datetime) -> None:
    """Price all of them at this moment and compare with what the buyers saw."""
    asking = _open(works)
    if not asking:
        return
    read = gather(
        ((w.placing.shop, w.placing.buyer_id, {sku for sku, _n in w.placing.lines}) for w in asking),
        at=at,
    )
    wanted = [
        (
            w.placing.buyer_id,
            Asked(
                w.placing.shop,
                w.placing.lines,
                w.receiver.region if w.receiver is not None else "",
                w.placing.carrier_code,
                w.placing.wish,
                w.placing.fixed,
                w.placing.cod,
            ),
        )
        for w in asking
    ]
    # Placings of a group are one checkout, priced as the page priced them; every other stands alone.
    checkouts = [work.group or place for place, work in enumerate(asking)]
    for work, basket in zip(asking, price_read(read, wanted, at=at, checkouts=checkouts), strict=True):
        work.basket = basket
        work.hours = read.setting(work.placing.shop, "orders.unpaid_close_hours")
        work.call_first = read.setting(work.placing.shop, "orders.cod_call_first")
        who = read.people.get(work.placing.buyer_id)
        work.nick = who.nick if who is not None else ""
        _judge(work, basket, read)
        work.verdict, work.outcome = work.outcome, None


def _judge(work: _Work, basket: ShopBasket, read: Gathered) -> None:
    p, priced = work.placing, basket.priced
    most = read.setting(p.shop, "checkout.most_pieces")
    if p.buyer_id not in read.people:
        return work.refuse(REFUSED, _("请先登录。"))
    if basket.gone or priced is None:
        names = "、".join(basket.goods[sku].title for sku in basket.gone if sku in basket.goods)
        message = _("「%(names)s」已经下架。") % {"names": names} if names else _("商品已经下架。")
        return work.refuse(SOLD_OUT, message, can_have=dict.fromkeys(basket.gone, 0))
    if any(item.pieces > most for item in basket.basket.items):
        return work.refuse(REFUSED, _("一件商品一次最多买 %(most)s 件。") % {"most": most})
    if work.receiver is None and not all(item.virtual for item in basket.basket.items):
        return work.refuse(REFUSED, _("请填写收货地址。"))
    if p.cod and not read.setting(p.shop, "orders.cod"):
        return work.refuse(REFUSED, _("本店没有开通货到付款。"))
    if priced.due_fen is None or priced.cash_fen is None or priced.postage_fen is None:
        return work.refuse(
            POSTAGE_UNKNOWN, _("这个地址的邮费需要先问过快递，客服会尽快告诉您；也可以换一家快递。")
        )
    if (p.seen_digest and p.seen_digest != basket.digest) or (
        p.seen_total_fen is not None and p.seen_total_fen != priced.cash_fen
    ):
        return work.refuse(
            PRICE_CHANGED,
            _price_words(p.seen_total_fen, priced.cash_fen),
            old_fen=p.seen_total_fen,
            new_fen=priced.cash_fen,
        )
    short = basket.too_many()
    if short:  # what is plainly gone is not sold, and no lock is needed to say so (docs/laws/stock.md, 16)
        return work.refuse(SOLD_OUT, _short_words(basket, short), can_have=short)
    return None


def _price_words(old: int | None, new: int) -> str:
    if old is None or old == new:
        return _("优惠或邮费刚刚有变化，请核对后再提交。现在应付 %(new)s 元。") % {"new": yuan(new)}
    return _("价格刚刚有变化：您看到的是 %(old)s 元，现在应付 %(new)s 元，请核对后再提交。") % {
        "old": yuan(old),
        "new": yuan(new),
    }


def _short_words(basket: ShopBasket, can_have: Mapping[int, int]) -> str:
    parts = []
    for sku, left in can_have.items():
        card = basket.goods.get(sku)
        name = f"{card.title} {card.spec}".strip() if card is not None else str(sku)
        if left > 0:
            parts.append(_("「%(name)s」只剩 %(left)s 件") % {"name": name, "left": left})
        else:
            parts.append(_("「%(name)s」已售罄") % {"name": name})
    return "；".join(parts) + _("，请修改数量后再提交。")


def _apart(works: Sequence[_Work]) -> None:
    """One of a group is refused: so are the others, and nothing is taken for them."""
    lost = {work.group for work in works if work.group and work.outcome is not None and not work.outcome.ok}
    for work in _open(works):
        if work.group in lost and work.group:
            work.refuse(REFUSED, _("同一次结算里有商品不能下单，整单都没有提交。"), code="apart")


def _take_stock(by: Actor, works: Sequence[_Work], taken_ids: Mapping[type[Model], Sequence[int]]) -> None:
    asking = _open(works)
    if not asking:
        return
    drafts = [(work, _drafts(work)) for work in asking]
    ids = iter(taken_ids[OrderLine])
    wholes: dict[str, int] = {}
    wants: list[Want] = []
    for work, lines in drafts:
        work.lines = tuple(OwnLine(next(ids), *line) for line in lines)
        whole = wholes.setdefault(work.group, work.order_id) if work.group else work.order_id
        shop = work.placing.shop
        for line in work.lines:
            if line.hold != "payment" or work.placing.cod:
                wants.append(
                    Want(line.id, line.sku_id, line.pieces, shop.merchant_id, shop.city, shop.pk, True, whole)
                )
    taken = joined(take_many)(by=by, wanted=wants, fresh=True)
    for work in asking:
        outcomes = [taken.outcomes.get(line.id, "") for line in work.lines]
        if SHORT in outcomes:
            can_have = {
                line.sku_id: taken.can_have[line.id] for line in work.lines if line.id in taken.can_have
            }
            assert work.basket is not None
            work.refuse(SOLD_OUT, _short_words(work.basket, can_have), can_have=can_have)
        elif APART in outcomes:
            work.refuse(REFUSED, _("同一次结算里有商品不能下单，整单都没有提交。"), code="apart")
        else:
            work.lines = tuple(
                _with_stock(line, HELD) if outcome == HELD else line
                for line, outcome in zip(work.lines, outcomes, strict=True)
            )
    _release(by, works)


def _release(by: Actor, works: Sequence[_Work]) -> None:
    """Groups of which one was refused after stock was taken for another (untracked goods beside short ones)."""
    _apart(works)
    lost = [
        line.id
        for work in works
        if work.outcome is not None and not work.outcome.ok
        for line in work.lines
        if line.stock == HELD
    ]
    if lost:
        release_many(by=by, line_ids=lost)
        for work in works:
            if work.outcome is not None:
                work.lines = ()


def _with_stock(line: OwnLine, stock: str) -> OwnLine:
    return OwnLine(
        line.id, line.sku_id, line.code, line.title, line.spec, line.price_fen, line.pieces, line.discount_fen,
        line.red_fen, line.gift_of, line.hold, stock,
    )  # fmt: skip


def _drafts(work: _Work) -> list[tuple[Any, ...]]:
    """The lines of an order without their ids: goods, then presents at price 0."""
    assert work.basket is not None
    assert work.basket.priced is not None
    priced, goods = work.basket.priced, work.basket.goods
    prices = {item.key: item.price_fen for item in work.basket.basket.items}
    lines: list[tuple[Any, ...]] = []
    for line in priced.lines:
        card = goods[line.sku_id]
        lines.append(
            (
                line.sku_id, card.code, card.title, card.spec, prices[line.key], line.pieces, line.discount_fen,
                line.red_fen, None, card.hold,
            )
        )  # fmt: skip
    for gift in priced.gifts:
        given = goods.get(gift.sku_id)
        lines.append(
            (
                gift.sku_id, given.code if given else "", gift.title or (given.title if given else ""),
                given.spec if given else "", 0, gift.pieces, 0, 0, gift.offer_id, given.hold if given else "order",
            )
        )  # fmt: skip
    return lines


def _take_offers(by: Actor, works: Sequence[_Work], at: datetime) -> None:
    """Take offers, coupons, budgets and red packets; an order that cannot have them gives its stock back."""
    asking = [work for work in _open(works) if _has_offers(work)]
    if not asking:
        return
    holds = []
    for work in asking:
        assert work.basket is not None
        assert work.basket.priced is not None
        holds.append(Hold(work.order_id, work.placing.shop.pk, work.placing.buyer_id, work.basket.priced))
    said = joined(hold_many)(by=by, holds=holds, at=at, fresh=True)
    for work in asking:
        if said.get(work.order_id):
            work.refuse(OFFER_GONE, said[work.order_id])
    held = [work for work in asking if work.outcome is None]
    _release(by, works)
    back = [work.order_id for work in held if work.outcome is not None]
    if back:
        give_back_many(by=by, order_ids=back, at=at)


def _has_offers(work: _Work) -> bool:
    priced = work.basket.priced if work.basket is not None else None
    return priced is not None and bool(priced.applied or priced.red or priced.gifts)


def _order(work: _Work, at: datetime) -> OwnOrder:
    assert work.basket is not None
    assert work.basket.priced is not None
    p, priced = work.placing, work.basket.priced
    presale = next(
        (
            offer.terms
            for offer in work.basket.offers
            if isinstance(offer.terms, values.Presale) and any(a.offer_id == offer.id for a in priced.applied)
        ),
        None,
    )
    until = p.pay_until or at + timedelta(hours=work.hours)
    if p.cod:
        deadlines: tuple[tuple[str, datetime], ...] = ()
    elif priced.deposit_fen and presale is not None:
        deadlines = ((Timer.Kind.DEPOSIT.value, min(until, presale.balance_until)),)
    else:
        deadlines = ((Timer.Kind.CLOSE_UNPAID.value, until),)
    gross = sum(line.price_fen * line.pieces for line in work.lines)
    discount = gross - priced.goods_fen
    plain = keeping.dump(priced)
    receipt = Receipt(
        basket=keeping.dump(work.basket.basket),
        offers=keeping.dump(_used(work.basket)),
        receipt=plain,
        quote=_quote(work.basket, plain),
        digest=work.basket.digest,
        wishes=dict(p.wishes),
        sealed=seal(json.dumps(dict(p.secrets), ensure_ascii=False), about="wishes") if p.secrets else None,
        deposit_fen=priced.deposit_fen,
        balance_from=presale.balance_from if presale is not None else None,
        balance_until=presale.balance_until if presale is not None else None,
    )
    return OwnOrder(
        id=work.order_id,
        shop=p.shop,
        number=work.number,
        buyer_id=p.buyer_id,
        nick=work.nick,
        placed_at=at,
        lines=work.lines,
        receiver=work.receiver,
        region=work.receiver.region if work.receiver is not None else "",
        postage_fen=priced.postage_fen or 0,
        discount_fen=discount,
        red_fen=priced.red_fen,
        house_fen=min(priced.house_off_fen - _postage_house(priced), discount),
        receipt=receipt,
        deadlines=deadlines,
        cod=p.cod,
        call=str(Call.WAITING if p.cod and work.call_first else Call.AGREED if p.cod else Call.NONE),
        carrier=p.carrier_code or (work.basket.quote.carrier if work.basket.quote is not None else ""),
        message=p.message.strip(),
        extra=_extra(work),
    )


def _quote(basket: ShopBasket, plain: Mapping[str, Any]) -> dict[str, Any]:
    """The freight receipt as it is kept, with the parcel as it leaves where presents are in it. `plain`: the price as it
    is kept, in which the same receipt stands."""
    quote = plain["postage"]["receipt"] if basket.quote is not None else {}
    return quote | ({"parcel": asdict(basket.parcel)} if basket.parcel is not None else {})


def _extra(work: _Work) -> dict[str, Any]:
    p, priced = work.placing, work.basket.priced if work.basket is not None else None
    extra: dict[str, Any] = {"offers": _has_offers(work)}
    if priced is not None and priced.postage_off_fen:
        extra["postage_off"] = {"fen": priced.postage_off_fen, "house_fen": _postage_house(priced)}
    return extra | ({"auction": True, "set_off_fen": p.set_off_fen} if p.auction else {})


def _postage_house(priced: values.Priced) -> int:
    """What the house bears of the postage that an offer took off."""
    rows = [row for row in priced.applied if row.kind is values.Kind.FREE_POSTAGE and row.house]
    return sum(row.off_fen for row in rows)


def _used(basket: ShopBasket) -> tuple[values.Offer, ...]:
    """The offers that counted or might count again when less is kept: all that were live for this basket."""
    return basket.offers


def _placed(work: _Work) -> Placed:
    assert work.basket is not None
    assert work.basket.priced is not None
    priced = work.basket.priced
    return Placed(
        work.placing.key,
        PLACED,
        work.order_id,
        work.number,
        due_fen=priced.due_fen,
        cash_fen=priced.cash_fen,
        deposit_fen=priced.deposit_fen,
        basket=work.basket,
        payment=work.payment,
    )


def _open_payments(
    by: Actor, works: Sequence[_Work], orders: Sequence[OwnOrder], ids: Sequence[int], at: datetime
) -> list[Told]:
    """Open the payments of new orders whose buyers said how they pay: one for all of a group (S0-12).

    Gives what is to be told of those that red packets pay whole.
    """
    openings: dict[tuple[str, int], tuple[list[_Work], Opening]] = {}
    free = iter(ids)
    for work, order in zip(works, orders, strict=True):
        p = work.placing
        if not p.provider or p.cod or work.basket is None or work.basket.priced is None:
            continue
        cash = work.basket.priced.cash_fen or 0
        deposit = min(order.receipt.deposit_fen, cash)
        part = ("deposit", deposit) if deposit else ("whole", max(cash - p.set_off_fen, 0))
        mine = (work.group, 0 if work.group else work.order_id)
        if mine not in openings:
            opening = Opening(
                next(free), p.shop.merchant_id, p.buyer_id, p.provider, p.shop.pk, [], at + LONGEST
            )
            openings[mine] = ([], opening)
        members, opening = openings[mine]
        members.append(work)
        opening.parts.append((order.id, *part))
        opening.closes_at = min([opening.closes_at, *(due for _kind, due in order.deadlines)])
    numbers = write_openings(by=by, openings=[opening for _works, opening in openings.values()], at=at)
    for (members, _opening), number in zip(openings.values(), numbers, strict=True):
        for work in members:
            work.payment = number
    red = Payment.Provider.RED.value
    return [
        Told(number, red, "", "paid", 0, at)
        for (_works, opening), number in zip(openings.values(), numbers, strict=True)
        if not opening.whole_fen
    ]


def _keep_asks(works: Sequence[_Work], at: datetime) -> None:
    """Keep the freight question of a region that is asked first, once per shop, place, parcel and carrier (S1-06)."""
    for work in works:
        if work.outcome is None or work.outcome.result != POSTAGE_UNKNOWN or work.basket is None:
            continue
        priced = work.basket.priced
        if priced is None or priced.postage.outcome != ASK:
            continue
        p, to = work.placing, work.basket.basket.region
        part = _parcel(work.basket.basket.items, priced.goods_fen)
        told = {"to": to, "parts": [{"pieces": part.pieces, "weight_g": part.weight_g}]}
        if work.basket.quote is not None:
            told["carrier"] = work.basket.quote.carrier
        waiting = CostAsked.objects.filter(shop=p.shop, answered_at__isnull=True, quote__asked__contains=told)
        if not waiting.exists():
            keep(
                by=system("自营商城", "shopfront"),
                wish=FreightWish(p.shop, to, (part,), p.carrier_code),
                at=at,
            )


def _parcel(items: Sequence[values.Item], goods_fen: int) -> Part:
    sent = [item for item in items if not item.virtual]
    known = all(item.weight_g for item in sent)
    weight = sum((item.weight_g or 0) * item.pieces for item in sent) if known else None
    return Part(sum(item.pieces for item in sent), weight, None, goods_fen)
