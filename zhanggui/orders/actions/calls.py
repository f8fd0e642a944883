"""The call-first gate of cash-on-delivery orders (S0-29, C5): nothing is printed or shipped before AGREED."""

from datetime import datetime

from django.utils.translation import gettext as _

from zhanggui.journal.actions import action
from zhanggui.kit.actor import Actor
from zhanggui.kit.refusals import Invalid, NotFound, NotNow
from zhanggui.kit.texts import tidy
from zhanggui.orders.actions.closing import close_unpaid
from zhanggui.orders.actions.projecting import put_one
from zhanggui.orders.batch import Batch
from zhanggui.orders.events import CodAnswered
from zhanggui.orders.marks import refuse_phone
from zhanggui.orders.models import Order
from zhanggui.orders.states import Call, CloseReason, State
from zhanggui.people.powers import Power

CALLED = {"buyer": "买家", "receiver": "收件人", "other": "其他人"}
"""Whom one may have called; who it was by name stays out of the daybook."""


@action
def confirm(
    *, by: Actor, order: Order, agreed: bool, at: datetime, whom: str = "buyer", note: str = ""
) -> None:
    """Log the call: the buyer agreed to the COD price, or refused; then the order is closed and its stock freed.

    `whom`: key of CALLED. `at`: when the call was. An agreement may still be taken back by a second call
    before the order leaves. Raises NotAllowed without COD_CONFIRM; NotNow for an order that is not COD, has left, has
    ended, or when the shop does not offer COD at all (policy `orders.cod`; then the answer can only be
    no); Invalid for a note with a phone number. About forty statements.
    """
    if not by.can(Power.ORDER_SEE, order.shop_id):
        raise NotFound(_("没有这个订单。"))
    by.must(Power.COD_CONFIRM, shop_id=order.shop_id)
    if whom not in CALLED:
        raise Invalid(_("请选择打给了谁。"), "whom")
    note = tidy(note)[:120]
    refuse_phone(note, "note")
    batch = Batch([order.pk])
    row = batch.order(order.pk)
    if not row.cod:
        raise NotNow(_("订单 %(number)s 不是货到付款。") % {"number": row.number})
    if row.state != State.PAID:
        raise NotNow(
            _("订单 %(number)s 现在是「%(state)s」，不能这样做。")
            % {"number": row.number, "state": _(str(row.get_state_display()))}
        )
    if agreed and not batch.policy(row, "orders.cod", at):
        raise NotNow(_("本店没有开通货到付款，请让买家重新拍下并在线付款。"))
    answer = Call.AGREED if agreed else Call.REFUSED
    if row.cod_call == answer:
        raise NotNow(_("已经登记过这个结果了。"))
    # data: the words of a mark
    said = f"{'同意' if agreed else '不同意'},打给{CALLED[whom]}" + (f",{note}" if note else "")
    row.cod_call = answer
    if not agreed:
        close_unpaid(batch, row, CloseReason.NOT_WANTED, at)
    batch.tell(row, {"called": [None, whom]})
    batch.save(by=by, what="order.called", at=at, news=CodAnswered, reason=note)
    put_one(by=by, order=row.pk, template="call", wish=said, at=at)
    order.refresh_from_db(fields=["state", "cod_call", "version", "close_reason"])
