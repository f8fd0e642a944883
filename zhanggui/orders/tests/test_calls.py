"""Cash on delivery: call first (S0-29, C5)."""

import pytest

from tests.cast import NOON, actor, shop
from zhanggui.journal.models import Entry
from zhanggui.kit.refusals import Invalid, NotAllowed, NotNow
from zhanggui.orders.actions.calls import confirm
from zhanggui.orders.models import Mark
from zhanggui.orders.states import Call, LineState, State
from zhanggui.orders.tests.told import ordered
from zhanggui.people.powers import Power
from zhanggui.shops.models import Setting

pytestmark = pytest.mark.django_db


@pytest.fixture
def mei(db):
    return actor(Power.ORDER_SEE, Power.COD_CONFIRM, name="小美")


def cod(number="1", **also):
    return ordered(number, cod=True, cod_call=Call.WAITING, **also)


def offer_cod():
    Setting.objects.create(shop=shop(), name="orders.cod", value=True, since=NOON.date(), set_by="店长")


def test_an_agreement_is_logged_with_whom_and_when(mei):
    offer_cod()
    order = cod()
    confirm(by=mei, order=order, agreed=True, whom="receiver", note="晚上送", at=NOON)
    assert order.cod_call == Call.AGREED
    entry = Entry.objects.get(what="order.called")
    assert entry.change["cod_call"] == ["waiting", "agreed"]
    assert entry.change["called"] == [None, "receiver"]
    assert Mark.objects.get().text == "货到付款电话确认:同意,打给收件人,晚上送---2026.11.01 小美"


def test_a_refusal_closes_the_order_and_its_lines(mei):
    order = cod()
    confirm(by=mei, order=order, agreed=False, at=NOON)
    assert (order.state, order.cod_call) == (State.CLOSED_UNPAID, Call.REFUSED)
    assert order.close_reason == "买家不想买了"
    assert order.lines.get().state == LineState.CLOSED


def test_where_cod_is_off_the_answer_can_only_be_no(mei):
    order = cod()
    with pytest.raises(NotNow, match="没有开通"):
        confirm(by=mei, order=order, agreed=True, at=NOON)
    order.refresh_from_db()
    assert order.cod_call == Call.WAITING
    assert not Entry.objects.exists()


def test_an_agreement_may_be_taken_back_before_it_leaves(mei):
    offer_cod()
    order = cod()
    confirm(by=mei, order=order, agreed=True, at=NOON)
    with pytest.raises(NotNow):
        confirm(by=mei, order=order, agreed=True, at=NOON)
    confirm(by=mei, order=order, agreed=False, at=NOON)
    assert order.state == State.CLOSED_UNPAID


def test_refusals(mei):
    offer_cod()
    with pytest.raises(NotNow):
        confirm(by=mei, order=ordered("paid"), agreed=True, at=NOON)
    with pytest.raises(NotNow):
        confirm(by=mei, order=cod("gone", state=State.SHIPPED), agreed=True, at=NOON)
    with pytest.raises(NotAllowed):
        confirm(by=actor(Power.ORDER_SEE, name="看"), order=cod("a"), agreed=True, at=NOON)
    with pytest.raises(Invalid):
        confirm(by=mei, order=cod("b"), agreed=True, note="打了13812345678", at=NOON)
    with pytest.raises(Invalid):
        confirm(by=mei, order=cod("c"), agreed=True, whom="nobody", at=NOON)
    assert not Entry.objects.exists()
    assert not Mark.objects.exists()
