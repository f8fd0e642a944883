"""Payments: opened for one or more orders, taken when a provider says so, each exactly once.

Only a provider's own word pays an order (G2.2). Money that does not fit is never lost and never guessed at: it lies in the
account STRAY, and goes back or waits for a person. The order of locks: payments by id, orders by id, stock, offers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from zhanggui.checkout.actions import stray
from zhanggui.checkout.actions.backs import Ask, ask_many
from zhanggui.checkout.actions.opening import Opening, payment_number, write_openings
from zhanggui.checkout.events import PaymentOpened, PaymentPaid, PaymentWrong
from zhanggui.checkout.models import Payment, PaymentPart
from zhanggui.journal.actions import action, joined
from zhanggui.journal.daybook import Line, write, write_many
from zhanggui.journal.news import announce
from zhanggui.kit.actor import Actor
from zhanggui.kit.bells import ring
from zhanggui.kit.bulk import take_ids
from zhanggui.kit.clock import in_china
from zhanggui.kit.prepared import Rows
from zhanggui.kit.refusals import Invalid, NotFound, NotNow
from zhanggui.kit.together import change, together
from zhanggui.ledger.books import Movement, post_later
from zhanggui.ledger.models import Account
from zhanggui.orders.actions.own import Money, pay_own, take_deposits
from zhanggui.orders.models import Order, Priced
from zhanggui.orders.rules import OWN
from zhanggui.orders.states import State
from zhanggui.promotions.actions import auctions
from zhanggui.promotions.models import Deposit

What = PaymentPart.What
PAID, REPEATED, WRONG, CLOSED = "paid", "repeated", "wrong_amount", "closed"
BACK, UNKNOWN, IGNORED, DIFFERS = "back", "unknown", "ignored", "differs"
_LONGEST = timedelta(days=15)


@dataclass(frozen=True, slots=True)
class Told:
    """What a provider says of a payment. `state`: "paid" or "closed"; `ref`: theirs; fen."""

    number: str
    provider: str
    ref: str
    state: str
    amount_fen: int
    paid_at: datetime


@action
def open_payment(
    *, by: Actor, order_ids: Sequence[int], provider: str, at: datetime, buyer_id: int | None = None
) -> Payment:
    """A payment of one or more orders of one buyer (merged payment, S0-12); the same again gives the one that is open.

    Of a pre-sold order first the deposit, then, in its window, the balance. Orders that red packets pay whole are
    paid at once (provider RED). `buyer_id`: whose orders they must be (another's: NotFound). Raises NotNow unless all of
    them wait for payment. A dozen statements; paid at once three dozen.
    """
    wanted = sorted(set(order_ids))
    orders = list(
        Order.objects.select_for_update(of=("self",))
        .select_related("shop", "priced")
        .defer("words")
        .filter(pk__in=wanted)
        .order_by("pk")
    )
    if len(orders) != len(wanted) or not orders or any(buyer_id not in (None, o.buyer_id) for o in orders):
        raise NotFound(_("没有这个订单。"))
    if len({(order.buyer_id, order.shop.merchant_id) for order in orders}) > 1:
        raise Invalid(_("只能一起支付同一个买家的订单。"), "orders")
    for order in orders:
        if order.source != OWN or order.state != State.UNPAID:
            raise NotNow(
                _("订单 %(number)s 现在是「%(state)s」，不能支付。")
                % {"number": order.number, "state": _(str(order.get_state_display()))}
            )
    parts = [(order, *part_of(order, getattr(order, "priced", None), at)) for order in orders]
    whole = sum(fen for _order, _what, fen in parts)
    if whole == 0:
        provider = Payment.Provider.RED
    if provider not in Payment.Provider.values or (whole and provider == Payment.Provider.RED):
        raise Invalid(_("请选择支付方式。"), "provider")
    closes_at = min([order.next_due_at for order in orders if order.next_due_at] + [at + _LONGEST])
    if closes_at <= at:
        raise NotNow(_("付款时间已过，订单正在关闭。"))
    standing = _standing(wanted, parts, provider, at)
    if standing is not None:
        return standing
    first = orders[0]
    opening = Opening(
        id=take_ids(Payment, 1)[0],
        merchant_id=first.shop.merchant_id,
        buyer_id=first.buyer_id or 0,
        provider=provider,
        shop_id=first.shop_id,
        parts=[(order.pk, what, fen) for order, what, fen in parts],
        closes_at=closes_at,
    )
    with together():
        number = write_openings(by=by, openings=[opening], at=at)[0]
    if not whole:
        take(by=by, told=[Told(number, provider, "", "paid", 0, at)], at=at)
    return Payment.objects.get(pk=opening.id)


@action
def open_deposit(*, by: Actor, deposit_id: int, provider: str, at: datetime, buyer_id: int) -> Payment:
    """A payment of the deposit that a bidder leaves for an auction. Raises NotFound, NotNow unless it is awaited."""
    deposit = Deposit.objects.select_for_update(of=("self",)).select_related("auction__shop").filter(
        pk=deposit_id, buyer_id=buyer_id
    ).first()  # fmt: skip
    if deposit is None:
        raise NotFound(_("没有这笔保证金。"))
    if deposit.state != Deposit.State.ASKED or deposit.auction.ends_at <= at:
        raise NotNow(_("这笔保证金现在不用支付。"))
    shop = deposit.auction.shop
    standing = Payment.objects.filter(
        parts__deposit_id=deposit.pk, state=Payment.State.OPEN, provider=provider, closes_at__gt=at
    ).first()
    if standing is not None:
        return standing
    payment = Payment.objects.create(
        number=payment_number(at),
        merchant_id=shop.merchant_id,
        buyer_id=buyer_id,
        provider=provider,
        amount_fen=deposit.amount_fen,
        made_at=at,
        closes_at=deposit.auction.ends_at,
    )
    PaymentPart.objects.create(
        payment=payment, deposit_id=deposit.pk, what=What.AUCTION, amount_fen=deposit.amount_fen
    )
    write(
        by=by,
        what="payment.opened",
        on=payment,
        shop_id=shop.pk,
        change={"amount_fen": [None, deposit.amount_fen]},
    )
    announce(PaymentOpened(payment.pk))
    return payment


def part_of(order: Order, priced: Priced | None, at: datetime) -> tuple[str, int]:
    """What is to be paid of an order now: (kind of part, fen)."""
    cash = order.due_fen - order.red_fen
    deposit = min(priced.deposit_fen, cash) if priced is not None else 0
    if not deposit:
        return What.WHOLE, max(cash - int(order.extra.get("set_off_fen", 0)), 0)
    if not order.extra.get("deposit_paid"):
        return What.DEPOSIT, deposit
    assert priced is not None
    if priced.balance_from is not None and at < priced.balance_from:
        raise NotNow(
            _("尾款从 %(when)s 开始支付。")
            % {"when": in_china(priced.balance_from).strftime("%Y-%m-%d %H:%M")}
        )
    return What.BALANCE, cash - deposit


def _standing(
    order_ids: Sequence[int], parts: Sequence[tuple[Order, str, int]], provider: str, at: datetime
) -> Payment | None:
    """The open payment of exactly these parts, if there is one."""
    rows = Payment.objects.filter(
        parts__order_id=order_ids[0], state=Payment.State.OPEN, provider=provider, closes_at__gt=at
    )
    wanted = sorted((order.pk, str(what), fen) for order, what, fen in parts)
    for payment in rows.prefetch_related("parts").order_by("-pk"):
        if sorted((p.order_id or 0, p.what, p.amount_fen) for p in payment.parts.all()) == wanted:
            return payment
    return None


@action
def take(*, by: Actor, told: Sequence[Told], at: datetime) -> list[str]:
    """Let what providers say take effect, once however often it is said; gives an outcome each:

    "paid"; "repeated" (known already); "wrong_amount" (another sum came: nothing is paid, the money lies in STRAY, a
    person decides); "back" (an order could not be paid any more, its part goes back at once); "closed" (nobody will pay
    it); "differs" (paid or wrong already, and now another sum or trade is told: nothing of it changes, another
    trade's money is booked as STRAY, a person sees to it); "ignored" (of another provider, or closed after paid); "unknown" (no such payment). A closed order that is paid
    after all comes back to life if its goods and offers can be had. Five statements however many, where all is as it
    should be; four or five dozen where goods, offers or money have to be found another way.
    """
    with together():
        return _take(by, told, at)


def _take(by: Actor, told: Sequence[Told], at: datetime) -> list[str]:
    payments: dict[str, Payment] = {}
    parts: dict[int, list[PaymentPart]] = {}
    for part in _parts(sorted({one.number for one in told})):
        payment = payments.setdefault(part.payment.number, part.payment)
        parts.setdefault(payment.pk, []).append(part)
    outcomes = [_hear(one, payments.get(one.number), at) for one in told]
    fresh = [
        p
        for p in payments.values()
        if p.number in {t.number for t, o in zip(told, outcomes, strict=True) if o == PAID}
    ]
    wrong = [
        p
        for p in payments.values()
        if p.number in {t.number for t, o in zip(told, outcomes, strict=True) if o == WRONG}
    ]
    closed = [
        p
        for p in payments.values()
        if p.number in {t.number for t, o in zip(told, outcomes, strict=True) if o == CLOSED}
    ]
    gone = _book(by, fresh, parts, at) if fresh else set()
    outcomes = [
        BACK if outcome == PAID and payments[one.number].pk in gone else outcome
        for one, outcome in zip(told, outcomes, strict=True)
    ]
    shops = _shops(wrong + closed + fresh, parts)
    post_later(
        Movement(
            shops[p.pk],
            "payment.wrong",
            f"payment:{p.pk}:wrong",
            p.paid_at or at,
            {Account.ESCROW: p.told_fen or 0, Account.STRAY: -(p.told_fen or 0)},
            parts[p.pk][0].order_id if parts[p.pk] else None,
        )
        for p in wrong
    )
    _save([*fresh, *wrong, *closed])
    if DIFFERS in outcomes:
        outcomes = _on_top(by, told, outcomes, payments, parts, at)
    write_many(
        by=by,
        what="payment.paid",
        lines=[
            Line("payment", p.pk, shops[p.pk], {"state": ["open", p.state], "told_fen": [None, p.told_fen]}, what=f"payment.{p.state}")
            for p in (*fresh, *wrong, *closed)
        ],
    )  # fmt: skip
    announce(*(PaymentPaid(p.pk) for p in fresh), *(PaymentWrong(p.pk) for p in wrong))
    for payment in (*fresh, *wrong):
        ring(f"buyer:{payment.buyer_id}", f"payment:{payment.number}")
    for payment in wrong:
        ring(f"shop:{shops[payment.pk]}", "payments")
    return outcomes


def _hear(one: Told, payment: Payment | None, at: datetime) -> str:
    """What a word means for a locked payment; changes the row in memory."""
    if payment is None:
        return UNKNOWN
    if payment.provider != one.provider:
        return IGNORED
    if one.state == "closed":
        if payment.state != Payment.State.OPEN:
            return IGNORED
        payment.state = Payment.State.CLOSED
        return CLOSED
    if one.state != "paid":
        return IGNORED
    if payment.state in (Payment.State.PAID, Payment.State.WRONG):
        return DIFFERS if _differs(one, payment) else REPEATED
    payment.told_fen, payment.provider_ref, payment.paid_at = one.amount_fen, one.ref, one.paid_at
    if one.amount_fen != payment.amount_fen:
        payment.state = Payment.State.WRONG
        return WRONG
    payment.state = Payment.State.PAID
    return PAID


def _differs(one: Told, payment: Payment) -> bool:
    """Whether this is more money than the payment was told of: another sum, or another trade of the provider."""
    other = one.ref and payment.provider_ref and one.ref != payment.provider_ref
    return bool(other) or one.amount_fen != payment.told_fen


def _on_top(
    by: Actor,
    told: Sequence[Told],
    outcomes: Sequence[str],
    payments: Mapping[str, Payment],
    parts: Mapping[int, Sequence[PaymentPart]],
    at: datetime,
) -> list[str]:
    """Book other trades for payments that were told of before: money on top. One that is known is a repetition; another sum
    for the same trade is no more money, only another word about it.
    """
    came, places = [], []
    for place, (one, outcome) in enumerate(zip(told, outcomes, strict=True)):
        if outcome == DIFFERS and one.ref != payments[one.number].provider_ref:
            payment = payments[one.number]
            first = parts[payment.pk][0]
            shop_id = first.shop_id  # type: ignore[attr-defined]
            came.append(
                stray.Came(
                    payment.merchant_id, one.provider, one.number, one.ref, one.amount_fen, one.paid_at, payment,
                    shop_id,
                )
            )  # fmt: skip
            places.append(place)
    new = {row.provider_ref for row in stray.record(by=by, came=came, at=at)}
    rows = Payment.objects.filter(provider_ref__in=[money.ref for money in came])
    known = dict(rows.values_list("provider_ref", "told_fen"))
    said = list(outcomes)
    for place, money in zip(places, came, strict=True):
        if money.ref in new:
            new.discard(money.ref)
        elif known.get(money.ref) == money.amount_fen:
            said[place] = REPEATED
    return said


@action
def found(*, by: Actor, told: Told, merchant_id: int, made_at: datetime, at: datetime) -> Payment | None:
    """Book money for a payment that nobody here knows; None when it is known already or cannot be booked.

    `made_at`: a moment that tells under which of the merchant's accounts it came.
    """
    came = stray.Came(
        merchant_id, told.provider, told.number, told.ref, told.amount_fen, told.paid_at, made_at=made_at
    )
    return next(iter(stray.record(by=by, came=[came], at=at)), None)


@action
def book_now(*, by: Actor, number: str, at: datetime) -> None:
    """Let the parts of a payment take effect at this moment, whenever its money came (`straying.assign`)."""
    parts = _parts([number])
    payment = parts[0].payment
    payment.paid_at = at  # the order is paid now; the payment keeps the moment of its money
    _book(by, [payment], {payment.pk: parts}, at)


_PARTS = Rows(
    PaymentPart,
    "JOIN checkout_payment p ON p.id = t.payment_id LEFT JOIN orders_order o ON o.id = t.order_id "
    "LEFT JOIN promotions_deposit d ON d.id = t.deposit_id LEFT JOIN promotions_auction a ON a.id = d.auction_id "
    "WHERE p.number = ANY(%s::text[]) ORDER BY t.payment_id, t.id FOR UPDATE OF p",
    also={"shop_id": "coalesce(o.shop_id, a.shop_id)", "auction": "(o.extra ->> 'auction')::boolean"},
    beside={"payment": (Payment, "p")},
)


def _parts(numbers: Sequence[str]) -> list[PaymentPart]:
    """The parts of payments, which are locked by id, each with `shop_id` (in whose books it stands) and `auction` (its
    order was won). What a part is of never changes, so it may be read together with the lock. One statement.
    """
    return _PARTS(list(numbers))


def _shops(payments: Sequence[Payment], parts: dict[int, list[PaymentPart]]) -> dict[int, int]:
    """The shop in whose books a payment's stray money lies: that of its first order or auction."""
    return {payment.pk: parts[payment.pk][0].shop_id for payment in payments}  # type: ignore[attr-defined]


def _book(
    by: Actor, payments: Sequence[Payment], parts: dict[int, list[PaymentPart]], at: datetime
) -> set[int]:
    """Let the parts of paid payments take effect; gives the payments of which a part went back."""
    every = [(payment, part) for payment in payments for part in parts[payment.pk]]
    before = _before([part for _p, part in every if part.what in (What.BALANCE, What.WHOLE)])
    whole = [(p, part) for p, part in every if part.what in (What.WHOLE, What.BALANCE)]
    deposits = [(p, part) for p, part in every if part.what == What.DEPOSIT]
    bids = [(p, part) for p, part in every if part.what == What.AUCTION]
    said: dict[int, str] = {}
    if whole:
        money = [
            Money(
                part.order_id or 0,
                part.amount_fen,
                payment.paid_at or at,
                before.get(part.order_id or 0, 0),
                part.what == What.WHOLE and part.order_id not in before,
            )
            for payment, part in whole
        ]
        for (_p, part), outcome in zip(whole, joined(pay_own)(by=by, money=money, at=at), strict=True):
            said[part.pk] = outcome.message if outcome.result == "refused" else ""
        won = [part.order_id or 0 for _p, part in whole if not said[part.pk] and part.order_id in before]
        if won:
            auctions.paid_many(by=by, order_ids=won, at=at)
    if deposits:
        outcomes = take_deposits(by=by, order_ids=[part.order_id or 0 for _p, part in deposits], at=at)
        seen: set[int] = set()
        for (_p, part), outcome in zip(deposits, outcomes, strict=True):
            said[part.pk] = outcome.message if outcome.result == "refused" or outcome.order_id in seen else ""
            seen.add(outcome.order_id)
    if bids:
        # A late one is paid, and goes back on the auction's own word.
        came = auctions.deposits_paid(by=by, deposit_ids=[part.deposit_id or 0 for _p, part in bids], at=at)
        for _p, part in bids:
            known = _("这场拍卖的保证金已经付过了。")
            said[part.pk] = "" if came.pop(part.deposit_id or 0, "") else known
    movements = []
    for payment, part in every:
        good = not said[part.pk]
        part.booked = "paid" if good else "stray"
        amounts: dict[Account, int] = {}
        if not good:
            amounts = {Account.ESCROW: part.amount_fen, Account.STRAY: -part.amount_fen}
        elif part.what in (What.DEPOSIT, What.AUCTION):
            amounts = {Account.ESCROW: part.amount_fen, Account.DEPOSIT_HELD: -part.amount_fen}
        elif held := before.get(part.order_id or 0, 0):
            # The order's own position takes the whole into escrow; what lay there as a deposit leaves it.
            amounts = {Account.ESCROW: -held, Account.DEPOSIT_HELD: held}
        movements.append(
            Movement(
                part.shop_id,  # type: ignore[attr-defined]
                "payment.part",
                f"payment:{payment.pk}:{part.pk}",
                payment.paid_at or at,
                amounts,
                part.order_id,
            )
        )
    post_later(movements)
    change(
        "checkout_paymentpart",
        "UPDATE checkout_paymentpart p SET booked = v.booked FROM unnest(%s::bigint[], %s::text[]) AS v(id, booked) "
        "WHERE p.id = v.id",
        [[part.pk for _p, part in every], [part.booked for _p, part in every]],
    )
    lost = [(payment, part) for payment, part in every if part.booked == "stray" and part.amount_fen]
    if lost:
        _save(payments)
        ask_many(
            by=by,
            asks=[
                Ask(payment.pk, part.order_id, part.amount_fen, said[part.pk], f"{payment.number}-S{part.pk}")
                for payment, part in lost
            ],
            at=at,
        )
    return {payment.pk for payment, part in every if part.booked == "stray"}


def _before(parts: Sequence[PaymentPart]) -> dict[int, int]:
    """Deposits that lie with us for these orders: of a presale, or of an auction that was won."""
    late = [part for part in parts if part.what == What.BALANCE or part.auction]  # type: ignore[attr-defined]
    ids = [part.order_id for part in late if part.order_id is not None]
    if not ids:
        return {}
    found: dict[int, int] = {}
    rows = PaymentPart.objects.filter(order_id__in=ids, what=What.DEPOSIT, booked="paid")
    for order_id, fen in rows.values_list("order_id", "amount_fen"):
        found[order_id] = found.get(order_id, 0) + fen
    for order_id, fen in Order.objects.filter(pk__in=ids, extra__has_key="auction").values_list(
        "pk", "extra__set_off_fen"
    ):
        found[order_id] = found.get(order_id, 0) + int(fen)
    return found


def _save(payments: Sequence[Any]) -> None:
    if not payments:
        return
    change(
        "checkout_payment",
        "UPDATE checkout_payment p SET state = v.state, told_fen = v.told, provider_ref = v.ref, paid_at = v.paid_at "
        "FROM unnest(%s::bigint[], %s::text[], %s::bigint[], %s::text[], %s::timestamptz[]) "
        "AS v(id, state, told, ref, paid_at) WHERE p.id = v.id",
        [
            [p.pk for p in payments],
            [str(p.state) for p in payments],
            [p.told_fen for p in payments],
            [p.provider_ref for p in payments],
            [p.paid_at for p in payments],
        ],
    )
