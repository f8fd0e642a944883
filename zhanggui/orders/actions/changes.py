"""Changes asked for where the stage or the power does not allow them at once (C2, S4-13, S4-14).

One request object for all of them: the asker says what and why, somebody with CHANGE_DECIDE agrees (which
does it) or refuses with an answer, and while it waits nothing is shipped (`orders.changes.open_for`).
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import F
from django.utils.translation import gettext as _

from zhanggui.catalog.models import Sku
from zhanggui.journal.actions import action
from zhanggui.journal.daybook import write
from zhanggui.journal.news import announce
from zhanggui.kit.actor import Actor
from zhanggui.kit.bells import ring
from zhanggui.kit.refusals import Invalid, NotAllowed, NotFound, NotNow
from zhanggui.kit.sealed import seal
from zhanggui.kit.texts import tidy
from zhanggui.orders.actions.addressing import mark_address, refuse_late, write_receiver
from zhanggui.orders.actions.projecting import put_one
from zhanggui.orders.arriving import ArrivingReceiver
from zhanggui.orders.batch import Batch
from zhanggui.orders.changes import WISHES, Kind, wanted_of
from zhanggui.orders.events import ChangesAsked, ChangesDecided, RefundsMoved
from zhanggui.orders.marks import refuse_phone
from zhanggui.orders.models import Change, Order, OrderLine
from zhanggui.orders.receiving import check
from zhanggui.orders.sealing import TOLD
from zhanggui.orders.stage import Stage, stage_of
from zhanggui.orders.states import LineState, Refund
from zhanggui.people.leading import same_person
from zhanggui.people.powers import Power


@action
def ask(
    *, by: Actor, order: Order, kind: str, wanted: Mapping[str, Any], reason: str, at: datetime
) -> Change:
    """Ask for a change. Needs ORDER_MARK or a receiver power in the shop.

    `wanted` by kind: receiver {fields of ArrivingReceiver}, article {"line_id", "sku_id"}, cancel {},
    carrier {"carrier"}, wish {"about": invoice, card, slot, courier or other, "text"}. Raises Invalid for a
    wish without its text or an article of another price; NotNow once shipped (then it is after-sales), for
    cancelling an unpaid order (close it), and while one of the same kind waits. A dozen statements.
    """
    _must_see(by, order)
    if not any(
        by.can(power, order.shop_id)
        for power in (Power.ORDER_MARK, Power.ORDER_RECEIVER_EDIT, Power.ORDER_RECEIVER_EDIT_PAID)
    ):
        by.must(Power.ORDER_MARK, shop_id=order.shop_id)
    if kind not in Kind.values:
        raise Invalid(_("没有这种申请。"), "kind")
    row = Order.objects.select_for_update(of=("self",)).defer("words").get(pk=order.pk)
    stage = stage_of(row)
    refuse_late(row, stage)
    if kind == Kind.CANCEL and stage == Stage.UNPAID:
        raise NotNow(_("订单 %(number)s 还没有付款，直接关闭即可。") % {"number": row.number})
    if kind != Kind.WISH and Change.objects.filter(order=row, kind=kind, state=Change.State.ASKED).exists():
        raise NotNow(_("同类申请正在等待处理，请先等结果或撤回。"))
    clean = _checked(row, kind, wanted)
    reason = tidy(reason)[:200]
    refuse_phone(reason, "reason")
    change = Change.objects.create(
        order=row,
        kind=kind,
        sealed=seal(json.dumps(clean, ensure_ascii=False), about="change"),
        stage=stage,
        reason=reason,
        staff_id=by.staff_id,
        asker=by.name[:80],
        asked_at=at,
    )
    _tell(by=by, order=row, change=change, left=None, what="change.asked", reason=reason, at=at)
    announce(ChangesAsked(row.shop_id, (row.pk,)))
    return change


@action
def agree(*, by: Actor, change: Change, at: datetime, answer: str = "") -> None:
    """Agree to a change and do it, and put the mark that the handbook asks for.

    receiver: the new one is written. article: the line gets the other SKU, its stock moves with it. cancel:
    the lines wait for after-sales to refund them; only the agreement (papers voided or fetched) unlocks that.
    carrier: it is set. wish: it is marked. Raises NotAllowed without CHANGE_DECIDE and for one's own request (also of another
    account of the same person), but for a wish, a receiver with ORDER_RECEIVER_EDIT_PAID, and where the policy
    `orders.own_changes` lets it; NotNow when it is decided already or the parcel has left meanwhile.
    """
    batch = Batch([change.order_id])
    order = batch.order(change.order_id)
    row = _waiting(by, order, change)
    by.must(Power.CHANGE_DECIDE, shop_id=order.shop_id)
    if same_person(row.staff_id, by.staff_id):
        _refuse_own(by, batch, order, row, at)
    refuse_late(order, stage_of(order))
    _DO[Kind(row.kind)](by, batch, order, row, wanted_of(row), at)
    _decide(by=by, order=order, row=row, to=Change.State.AGREED, answer=answer, at=at)
    change.refresh_from_db()


@action
def refuse(*, by: Actor, change: Change, answer: str, at: datetime) -> None:
    """Refuse a change, with an answer for the asker. Raises NotAllowed without CHANGE_DECIDE, Invalid without an answer."""
    order = _locked(change)
    row = _waiting(by, order, change)
    by.must(Power.CHANGE_DECIDE, shop_id=order.shop_id)
    if not tidy(answer):
        raise Invalid(_("请写明拒绝的原因，申请人会看到。"), "answer")
    _decide(by=by, order=order, row=row, to=Change.State.REFUSED, answer=answer, at=at)
    change.refresh_from_db()


@action
def withdraw(*, by: Actor, change: Change, at: datetime) -> None:
    """Take one's own request back. Raises NotAllowed for somebody else's, NotNow when it is decided already."""
    order = _locked(change)
    row = _waiting(by, order, change)
    if row.staff_id != by.staff_id and not by.almighty:
        raise NotAllowed(_("只有申请人自己可以撤回。"))
    _decide(by=by, order=order, row=row, to=Change.State.WITHDRAWN, answer="", at=at)
    change.refresh_from_db()


def _refuse_own(by: Actor, batch: Batch, order: Order, row: Change, at: datetime) -> None:
    if row.kind == Kind.RECEIVER and not by.can(Power.ORDER_RECEIVER_EDIT_PAID, order.shop_id):
        raise NotAllowed(_("自己申请修改收件人，须由别人同意。"))
    alone = row.kind in (Kind.RECEIVER, Kind.WISH) or batch.policy(order, "orders.own_changes", at)
    if not alone:
        raise NotAllowed(_("不能同意自己的申请，须由别人同意。"))


def _locked(change: Change) -> Order:
    return Order.objects.select_for_update(of=("self",)).defer("words").get(pk=change.order_id)


def _waiting(by: Actor, order: Order, change: Change) -> Change:
    # read again under the order's lock: of two who decide at once, the second finds it decided
    _must_see(by, order)
    row = Change.objects.get(pk=change.pk)
    if row.state != Change.State.ASKED:
        raise NotNow(_("这个申请已是「%(state)s」。") % {"state": _(row.get_state_display())})
    return row


def _decide(*, by: Actor, order: Order, row: Change, to: str, answer: str, at: datetime) -> None:
    left = row.state
    row.state, row.answer = to, tidy(answer)[:200]
    row.decider, row.decided_at = by.name[:80], at
    row.save(update_fields=["state", "answer", "decider", "decided_at"])
    _tell(by=by, order=order, change=row, left=left, what=f"change.{to}", reason=row.answer, at=at)
    announce(ChangesDecided(order.shop_id, (order.pk,)))
    if row.staff_id is not None:
        ring(f"staff:{row.staff_id}", f"change:{row.pk}")


def _tell(
    *, by: Actor, order: Order, change: Change, left: str | None, what: str, reason: str, at: datetime
) -> None:
    state = str(change.state)
    write(by=by, what=what, on=order, change={f"change:{change.pk}.state": [left, state]}, reason=reason)
    _touch(order, at)
    ring(f"shop:{order.shop_id}", f"order:{order.number}")


def _touch(order: Order, at: datetime) -> None:
    Order.objects.filter(pk=order.pk).update(version=F("version") + 1, changed_at=at)


def _checked(order: Order, kind: str, wanted: Mapping[str, Any]) -> dict[str, Any]:
    if kind == Kind.RECEIVER:
        fields = {name: str(wanted.get(name) or "") for name in TOLD}
        clean = check(ArrivingReceiver(**fields))
        return {name: getattr(clean, name) for name in TOLD}
    if kind == Kind.ARTICLE:
        line = order.lines.filter(pk=int(wanted.get("line_id") or 0)).first()
        if line is None:
            raise Invalid(_("请选择要换的商品。"), "line_id")
        sku = _same_price(order, line, wanted.get("sku_id"))
        return {"line_id": line.pk, "sku_id": sku.pk}
    if kind == Kind.CARRIER:
        carrier = str(wanted.get("carrier") or "").strip()[:30]
        if not carrier:
            raise Invalid(_("请选择快递。"), "carrier")
        return {"carrier": carrier}
    if kind == Kind.WISH:
        about, text = str(wanted.get("about") or "other"), tidy(str(wanted.get("text") or ""))[:200]
        if about not in WISHES:
            raise Invalid(_("没有这种要求。"), "about")
        if not text:
            raise Invalid(_("请填写：%(what)s") % {"what": _(WISHES[about][1])}, "text")
        refuse_phone(text, "text")
        return {"about": about, "text": text}
    return {}


def _same_price(order: Order, line: OrderLine, sku_id: Any) -> Sku:
    sku = (
        Sku.objects.select_related("product")
        .filter(pk=int(sku_id or 0), merchant_id=order.shop.merchant_id)
        .first()
    )
    if sku is None or sku.off_at is not None or sku.pk == line.sku_id:
        raise Invalid(_("请选择要换成的规格。"), "sku_id")
    old = line.sku.price_fen if line.sku else line.price_fen
    if sku.price_fen != old:
        raise Invalid(_("只能换成同价的规格；差价请走退款或补拍。"), "sku_id")
    if line.state not in (LineState.UNPAID, LineState.PAID) or line.refund == Refund.OPEN:
        raise NotNow(_("这件商品已发货、已关闭或正在退款，不能更换。"))
    return sku


def _do_receiver(
    by: Actor, batch: Batch, order: Order, row: Change, wanted: Mapping[str, Any], at: datetime
) -> None:
    receiver = ArrivingReceiver(**wanted)
    write_receiver(by=by, batch=batch, order=order, receiver=receiver, reason=row.reason, at=at)
    mark_address(by=by, order=order, receiver=receiver, at=at)


def _do_article(
    by: Actor, batch: Batch, order: Order, row: Change, wanted: Mapping[str, Any], at: datetime
) -> None:
    line = next((each for each in batch.lines[order.pk] if each.pk == wanted["line_id"]), None)
    if line is None:
        raise NotNow(_("这件商品已不在订单里。"))
    sku = _same_price(order, line, wanted["sku_id"])
    batch.release(line)
    changed = {"code": sku.code, "title": sku.product.title, "spec": sku.spec}
    before = {name: getattr(line, name) for name in changed}
    line.sku = sku
    for name, value in changed.items():
        setattr(line, name, value)
    OrderLine.objects.filter(pk=line.pk).update(**changed)
    batch.want(line)
    texts = {name: [before[name], value] for name, value in changed.items() if before[name] != value}
    batch.tell(order, {f"line:{line.position}.{name}": pair for name, pair in texts.items()})
    batch.save(by=by, what="order.article_changed", at=at, reason=row.reason)
    put_one(
        by=by, order=order.pk, template="attribute", wish=f"{sku.product.title} {sku.spec}".strip(), at=at
    )


# data: words of marks, which go to the platform
_VOIDED, _SEND_BY = "客户要求取消,单据已作废,待售后退款", "发"


def _do_cancel(
    by: Actor, batch: Batch, order: Order, row: Change, wanted: Mapping[str, Any], at: datetime
) -> None:
    for line in batch.open_lines(order):
        if not line.refund:
            line.refund = Refund.OPEN
    batch.follow_refunds(order)
    batch.save(by=by, what="order.cancel_agreed", at=at, news=RefundsMoved, reason=row.reason)
    put_one(by=by, order=order.pk, template="problem", wish=_VOIDED, at=at)


def _do_carrier(
    by: Actor, batch: Batch, order: Order, row: Change, wanted: Mapping[str, Any], at: datetime
) -> None:
    order.carrier = wanted["carrier"]
    batch.save(by=by, what="order.carrier_changed", at=at, reason=row.reason)
    put_one(by=by, order=order.pk, template="wish", wish=_SEND_BY + wanted["carrier"], at=at)


def _do_wish(
    by: Actor, batch: Batch, order: Order, row: Change, wanted: Mapping[str, Any], at: datetime
) -> None:
    put_one(
        by=by,
        order=order.pk,
        template="wish",
        wish=f"{WISHES[wanted['about']][0]}:{wanted['text']}",
        at=at,
        must_read=True,
    )


_DO = {
    Kind.RECEIVER: _do_receiver,
    Kind.ARTICLE: _do_article,
    Kind.CANCEL: _do_cancel,
    Kind.CARRIER: _do_carrier,
    Kind.WISH: _do_wish,
}


def _must_see(by: Actor, order: Order) -> None:
    if not by.can(Power.ORDER_SEE, order.shop_id):
        raise NotFound(_("没有这个订单。"))
