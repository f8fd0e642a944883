"""Changes asked for, agreed to, refused, withdrawn (C2, S4-12, S4-13, S4-14)."""

import threading
from dataclasses import asdict, replace

import pytest
from django.db import connection

from tests.cast import NOON, actor, staff
from zhanggui.journal.models import Announcement, Entry
from zhanggui.kit.refusals import Invalid, NotAllowed, NotFound, NotNow
from zhanggui.orders import stage
from zhanggui.orders.actions.changes import agree, ask, refuse, withdraw
from zhanggui.orders.actions.receivers import edit
from zhanggui.orders.changes import open_for, shown, waiting_for
from zhanggui.orders.models import Change, Mark, Receiver
from zhanggui.orders.sealing import open_receiver
from zhanggui.orders.stage import Stage
from zhanggui.orders.states import Refund, State
from zhanggui.orders.tests.told import SOMEBODY, ordered, sku
from zhanggui.people.actors import actor_of
from zhanggui.people.models import Staff
from zhanggui.people.powers import Power
from zhanggui.shops.models import Setting

pytestmark = pytest.mark.django_db

MOVED = replace(SOMEBODY, name="李四", address="解放大道688号", district="江汉区")


@pytest.fixture
def mei(db):
    return actor(Power.ORDER_SEE, Power.ORDER_MARK, name="小美")


@pytest.fixture
def boss(db):
    return actor(Power.ORDER_SEE, Power.ORDER_MARK, Power.CHANGE_DECIDE, name="店长")


def test_a_request_is_seen_waits_and_is_agreed_to(mei, boss):
    order = ordered(to=SOMEBODY)
    change = ask(by=mei, order=order, kind="receiver", wanted=asdict(MOVED), reason="客户搬家", at=NOON)
    assert open_for([order.pk]) == {order.pk: ["receiver"]}
    assert list(waiting_for(boss)) == [change]
    assert shown(change) == {"province": "湖北省", "city": "武汉市", "district": "江汉区"}
    assert "李四" not in str(bytes(change.sealed))
    agree(by=boss, change=change, at=NOON, answer="已改")
    assert open_receiver(Receiver.objects.get(order=order)).name == "李四"
    assert (change.state, change.decider, change.answer) == ("agreed", "店长", "已改")
    assert open_for([order.pk]) == {}
    assert Mark.objects.get().template == "address"
    assert {"ChangesAsked", "ChangesDecided"} <= set(Announcement.objects.values_list("name", flat=True))


def test_another_article_of_the_same_price(mei, boss):
    order = ordered(goods="TS-W")
    black, dear = sku("TS-B", spec="颜色:黑"), sku("TS-X", price_fen=5000)
    line = order.lines.get()
    with pytest.raises(Invalid, match="同价"):
        ask(
            by=mei,
            order=order,
            kind="article",
            wanted={"line_id": line.pk, "sku_id": dear.pk},
            reason="",
            at=NOON,
        )
    assert not Change.objects.exists()
    change = ask(
        by=mei,
        order=order,
        kind="article",
        wanted={"line_id": line.pk, "sku_id": black.pk},
        reason="换黑色",
        at=NOON,
    )
    agree(by=boss, change=change, at=NOON)
    line.refresh_from_db()
    assert (line.sku, line.code, line.spec, line.price_fen) == (black, "TS-B", "颜色:黑", 3900)
    assert "已修改妥当---2026.11.01 店长" in Mark.objects.get().text
    told = Entry.objects.get(what="order.article_changed").change
    assert told["line:1.code"] == ["TS-W", "TS-B"]


def test_cancelling_a_paid_order_opens_the_refund_only_when_agreed(mei, boss):
    """S4-13: not printed, the printer voids; only after that confirmation after-sales refunds."""
    order = ordered()
    change = ask(by=mei, order=order, kind="cancel", wanted={}, reason="不想要了", at=NOON)
    order.refresh_from_db()
    assert order.refund == Refund.NONE
    agree(by=boss, change=change, at=NOON)
    order.refresh_from_db()
    assert order.refund == Refund.OPEN
    assert order.lines.get().refund == Refund.OPEN
    assert order.flag == 5


def test_carrier_and_wishes(mei, boss):
    order = ordered()
    agree(
        by=boss,
        change=ask(by=mei, order=order, kind="carrier", wanted={"carrier": "SF"}, reason="加急", at=NOON),
        at=NOON,
    )
    order.refresh_from_db()
    assert order.carrier == "SF"
    for about in ("invoice", "card", "slot", "courier"):
        with pytest.raises(Invalid):
            ask(by=mei, order=order, kind="wish", wanted={"about": about, "text": " "}, reason="", at=NOON)
    wish = ask(
        by=mei, order=order, kind="wish", wanted={"about": "card", "text": "生日快乐"}, reason="", at=NOON
    )
    agree(by=boss, change=wish, at=NOON)
    card = Mark.objects.get(text__contains="生日快乐")
    assert card.text == "客户要求贺卡:生日快乐---2026.11.01 店长"
    assert card.must_read


def test_a_refusal_needs_an_answer_and_changes_nothing(mei, boss):
    order = ordered(to=SOMEBODY)
    change = ask(by=mei, order=order, kind="receiver", wanted=asdict(MOVED), reason="", at=NOON)
    with pytest.raises(Invalid):
        refuse(by=boss, change=change, answer=" ", at=NOON)
    refuse(by=boss, change=change, answer="已交给快递", at=NOON)
    assert (change.state, change.answer) == ("refused", "已交给快递")
    assert open_receiver(Receiver.objects.get(order=order)).name == "张三丰"
    with pytest.raises(NotNow):
        agree(by=boss, change=change, at=NOON)
    with pytest.raises(NotNow):
        withdraw(by=mei, change=change, at=NOON)


def test_only_the_asker_withdraws(mei, boss):
    change = ask(by=mei, order=ordered(), kind="cancel", wanted={}, reason="", at=NOON)
    with pytest.raises(NotAllowed):
        withdraw(by=boss, change=change, at=NOON)
    withdraw(by=mei, change=change, at=NOON)
    assert change.state == "withdrawn"


def test_who_may_decide(mei, boss):
    order = ordered(to=SOMEBODY)
    change = ask(by=mei, order=order, kind="receiver", wanted=asdict(MOVED), reason="", at=NOON)
    with pytest.raises(NotAllowed):
        agree(by=mei, change=change, at=NOON)
    with pytest.raises(NotFound):
        agree(by=actor(Power.CHANGE_DECIDE, name="外"), change=change, at=NOON)
    assert Change.objects.get().state == "asked"
    assert not Mark.objects.exists()


def test_nobody_agrees_to_their_own_new_receiver_without_the_power_to_edit_it(boss):
    order = ordered(to=SOMEBODY)
    change = ask(by=boss, order=order, kind="receiver", wanted=asdict(MOVED), reason="", at=NOON)
    with pytest.raises(NotAllowed):
        agree(by=boss, change=change, at=NOON)
    assert open_receiver(Receiver.objects.get(order=order)).name == "张三丰"


def _black(order):
    line = order.lines.get()
    line.sku = sku("TS-W", spec="颜色:白")
    line.save()
    return {"line_id": line.pk, "sku_id": sku("TS-B", spec="颜色:黑").pk}


OWN = {"cancel": lambda order: {}, "carrier": lambda order: {"carrier": "SF"}, "article": _black}


@pytest.mark.parametrize("kind", OWN)
def test_nobody_agrees_to_their_own_request_nor_with_another_account(kind, boss, mei):
    order = ordered()
    change = ask(by=boss, order=order, kind=kind, wanted=OWN[kind](order), reason="", at=NOON)
    sub = staff("店长-1", Power.ORDER_SEE, Power.CHANGE_DECIDE)
    Staff.objects.filter(pk=sub.pk).update(main_id=boss.staff_id)
    for by in (boss, actor_of(sub)):
        with pytest.raises(NotAllowed, match="别人"):
            agree(by=by, change=change, at=NOON)
    assert Change.objects.get().state == "asked"
    assert not Mark.objects.exists()
    Setting.objects.create(
        shop=order.shop, name="orders.own_changes", value=True, since=NOON.date(), set_by="test"
    )
    agree(by=boss, change=change, at=NOON)
    assert change.state == "agreed"


def test_one_request_of_a_kind_at_a_time(mei):
    order = ordered()
    ask(by=mei, order=order, kind="cancel", wanted={}, reason="", at=NOON)
    with pytest.raises(NotNow):
        ask(by=mei, order=order, kind="cancel", wanted={}, reason="", at=NOON)
    ask(by=mei, order=order, kind="wish", wanted={"text": "加急"}, reason="", at=NOON)
    assert Change.objects.count() == 2


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        (State.SHIPPED, "cancel"),
        (State.SHIPPED, "receiver"),
        (State.FINISHED, "wish"),
        (State.UNPAID, "cancel"),
    ],
)
def test_what_the_state_does_not_allow_is_refused(mei, state, kind):
    order = ordered(state=state, to=SOMEBODY)
    with pytest.raises(NotNow):
        ask(by=mei, order=order, kind=kind, wanted=asdict(SOMEBODY), reason="", at=NOON)
    assert not Change.objects.exists()
    assert not Entry.objects.exists()


def test_a_parcel_that_left_meanwhile_is_not_changed(mei, boss):
    order = ordered()
    change = ask(by=mei, order=order, kind="cancel", wanted={}, reason="", at=NOON)
    type(order).objects.filter(pk=order.pk).update(state=State.SHIPPED)
    with pytest.raises(NotNow, match="售后"):
        agree(by=boss, change=change, at=NOON)
    assert Change.objects.get().state == "asked"


def test_after_printing_everybody_asks(monkeypatch, mei):
    """S4-14: the warehouse room will tell the stage; then even those with the power make a request."""
    monkeypatch.setattr(stage, "_tellers", [lambda ids: dict.fromkeys(ids, Stage.PRINTED)])
    order = ordered(to=SOMEBODY)
    strong = actor(Power.ORDER_SEE, Power.ORDER_RECEIVER_EDIT_PAID, name="强")
    asked = edit(by=strong, order=order, receiver=MOVED, at=NOON)
    assert asked.stage == "printed"
    assert open_receiver(Receiver.objects.get(order=order)).name == "张三丰"


def test_phone_numbers_stay_out_of_reasons_and_wishes(mei):
    order = ordered()
    with pytest.raises(Invalid):
        ask(by=mei, order=order, kind="cancel", wanted={}, reason="打13812345678", at=NOON)
    with pytest.raises(Invalid):
        ask(by=mei, order=order, kind="wish", wanted={"text": "打13812345678"}, reason="", at=NOON)
    assert not Change.objects.exists()


# two who decide at once


def _decide_at_once(change, deciders):
    ready, outcomes = threading.Barrier(len(deciders)), []

    def act(decide):
        try:
            ready.wait()
            decide()
            outcomes.append("done")
        except NotNow:
            outcomes.append("late")
        finally:
            connection.close()

    threads = [threading.Thread(target=act, args=[decide]) for decide in deciders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(outcomes)


def _two_deciders(change):
    boss = actor(Power.ORDER_SEE, Power.CHANGE_DECIDE, name=f"店长{change.pk}")
    leader = actor(Power.ORDER_SEE, Power.CHANGE_DECIDE, name=f"主管{change.pk}")
    same = Change.objects.get(pk=change.pk)
    return [
        lambda: agree(by=boss, change=change, at=NOON),
        lambda: refuse(by=leader, change=same, answer="不行", at=NOON),
    ]


@pytest.mark.django_db(transaction=True)
def test_of_two_who_decide_at_once_one_is_late():
    mei = actor(Power.ORDER_SEE, Power.ORDER_MARK, name="小美")
    for n in range(5):
        change = ask(
            by=mei, order=ordered(str(n)), kind="carrier", wanted={"carrier": "SF"}, reason="", at=NOON
        )
        assert _decide_at_once(change, _two_deciders(change)) == ["done", "late"]
        decided = Change.objects.get(pk=change.pk)
        decided.order.refresh_from_db()
        assert (decided.state == "agreed") == (decided.order.carrier == "SF")
        assert Entry.objects.filter(what__in=["change.agreed", "change.refused"]).count() == n + 1


@pytest.mark.django_db(transaction=True)
def test_without_the_second_look_under_the_lock_both_would_decide(monkeypatch):
    """The control: whoever believes what the page showed decides a second time."""
    from zhanggui.orders.actions import changes as verbs

    monkeypatch.setattr(verbs, "_waiting", lambda by, order, change: change)
    mei = actor(Power.ORDER_SEE, Power.ORDER_MARK, name="小美")
    change = ask(by=mei, order=ordered(), kind="carrier", wanted={"carrier": "SF"}, reason="", at=NOON)
    assert _decide_at_once(change, _two_deciders(change)) == ["done", "done"]
