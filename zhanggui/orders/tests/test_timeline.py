"""The timeline tells it all: replaying the daybook gives the order as it stands (S7, G8.7)."""

from contextlib import suppress
from dataclasses import asdict, replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.cast import HOUSE, NOON, actor, everything, merchant, shop, staff
from zhanggui.catalog.models import Product, Sku
from zhanggui.kit.refusals import Refused
from zhanggui.orders.actions.arrival import add_details, take_in
from zhanggui.orders.actions.calls import confirm as answer_call
from zhanggui.orders.actions.changes import agree, ask, refuse, withdraw
from zhanggui.orders.actions.closing import close, close_line
from zhanggui.orders.actions.concessions import offer
from zhanggui.orders.actions.marks import flag, mark, take_off
from zhanggui.orders.actions.memos import notice_outside, settle
from zhanggui.orders.actions.merging import accept, part
from zhanggui.orders.actions.owners import assign_many
from zhanggui.orders.actions.payment import pay
from zhanggui.orders.actions.prices import change_price
from zhanggui.orders.actions.receipt import close_refund, confirm, extend, open_refund, settle_refund
from zhanggui.orders.actions.receivers import edit
from zhanggui.orders.actions.shipping import ship
from zhanggui.orders.models import Change, Mark, Order, Overwrite
from zhanggui.orders.states import Refund, State
from zhanggui.orders.tests.cast import arriving, bring, line, receiver, shelve
from zhanggui.orders.timeline import breaks, differences, present, replay, story
from zhanggui.shops.models import Setting

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(db):
    return actor(*everything(), name="店长")


def sound(*orders):
    for order in orders:
        assert differences(order.pk) == {}
        assert breaks(order.pk) == []


def test_a_whole_life(boss):
    shelve(pieces=10)
    order = bring(arriving(line(code="TEE-W-M"), line("袜子", 900), memo="发顺丰", flag=1))[0]
    sound(order)
    change_price(by=boss, order=order, goods_fen=6700, postage_fen=0, at=NOON)
    edit(by=boss, order=order, receiver=receiver("李四", address="解放大道1号"), at=NOON)
    mark(by=boss, order=order, template="commission", at=NOON)
    pay(by=boss, order=order, at=NOON)
    edit(by=boss, order=order, receiver=receiver("李五", address="解放大道2号"), at=NOON)
    assign_many(by=boss, order_ids=[order.pk], staff_id=boss.staff_id, at=NOON)
    notice_outside(by=HOUSE, seen=[(order.pk, "改了", 3)], at=NOON)
    settle(by=boss, overwrite=Overwrite.objects.get(), keep="both", at=NOON)
    ship(by=boss, order=order, carrier="", waybill="", at=NOON)
    extend(by=boss, order=order, days=3, at=NOON)
    confirm(by=boss, order=order, at=NOON)
    sound(order)
    told = replay(order.pk)
    assert told["state"] == "finished"
    assert told["due_fen"] == 6700
    assert told["owner_id"] == boss.staff_id


def test_every_column_that_an_act_may_change_is_replayed(boss):
    order = bring(arriving())[0]
    kept = set(present(order.pk))
    columns = {field.attname for field in Order._meta.concrete_fields}
    never_changed = {
        "id",
        "shop_id",
        "number",
        "placed_at",
        "buyer_message",
        "source",
        "red_fen",
        "house_fen",
    }
    no_facts = {"version", "changed_at", "words", "told", "extra"}
    assert columns - never_changed - no_facts <= kept


def test_a_change_in_silence_is_found_out(boss):
    """The control: what was written past the verbs shows."""
    order = bring(arriving())[0]
    Order.objects.filter(pk=order.pk).update(flag=5, carrier="SF")
    assert set(differences(order.pk)) == {"flag", "carrier"}
    Order.objects.filter(pk=order.pk).update(flag=0)
    mark(by=boss, order=order, wish="轻放", flag=2, at=NOON)
    Order.objects.filter(pk=order.pk).update(flag=4)
    flag(by=boss, order=order, flag=1, at=NOON)
    assert any(found.startswith("flag") for found in breaks(order.pk))


def test_the_story_shows_words_parcels_and_overwrites_in_order(boss):
    order = bring(arriving())[0]
    mark(by=boss, order=order, template="wish", wish="发票", at=NOON)
    pay(by=boss, order=order, at=NOON)
    notice_outside(by=HOUSE, seen=[(order.pk, "别人写的", 2)], at=NOON)
    take_off(by=boss, mark=Mark.objects.get(kind="wish"), at=NOON)
    ship(by=boss, order=order, carrier="", waybill="", at=NOON)
    with CaptureQueriesContext(connection) as asked:
        happened = story(order.pk)
    assert len(asked) <= 6
    put = next(one for one in happened if one.put)
    assert put.put[0].text == "客户要求发票---2026.11.01 店长"
    assert (put.told.actor, put.told.work_no, put.told.source) == ("店长", "店长", "页面")
    assert next(one for one in happened if one.off).off == put.put
    assert next(one.overwrite for one in happened if one.overwrite).their_memo == "别人写的"
    assert next(one.parcel for one in happened if one.parcel)
    assert [one.at for one in happened] == sorted((one.at for one in happened), reverse=True)


# whatever is done, in whatever order


_PAST = {
    "paid": {"paid_at": NOON},
    "shipped": {"paid_at": NOON, "shipped_at": NOON},
    "finished": {"paid_at": NOON, "shipped_at": NOON, "ended_at": NOON},
}
_STATES = [State.UNPAID, State.PAID, State.SHIPPED, State.FINISHED, State.CLOSED_UNPAID]


def _told(by, order, n):
    state = _STATES[n % len(_STATES)]
    told = arriving(
        number=order.number,
        state=state,
        memo=["旧", "新", None][n % 3],
        flag=n % 6,
        receiver=receiver(address=f"珞喻路{n}号"),
        refund=[None, Refund.OPEN][n % 2],
    )
    take_in(by=HOUSE, shop=order.shop, orders=[replace(told, **_PAST.get(str(state), {}))], at=NOON)


def _line(order, n):
    lines = list(order.lines.order_by("position"))
    return lines[n % len(lines)]


def _decide(verb, **also):
    def act(by, order, n):
        change = Change.objects.filter(order=order, state="asked").first()
        if change:
            verb(by=by, change=change, at=NOON, **also)

    return act


def _settle(by, order, n):
    found = Overwrite.objects.filter(order=order, settled_at=None).first()
    if found:
        settle(by=by, overwrite=found, keep=["ours", "theirs", "both"][n % 3], at=NOON)


def _take_off(by, order, n):
    found = Mark.objects.filter(order=order, off_at=None).first()
    if found:
        take_off(by=by, mark=found, at=NOON)


def _twin(by, order, n):
    other = Order.objects.exclude(pk=order.pk).get(number__startswith="twin-of-", extra={"of": order.number})
    accept(by=by, order_ids=[order.pk, other.pk], at=NOON)


def _other_sku(n):
    product = Product.objects.get(code="TEE")
    return Sku.objects.get_or_create(
        merchant_id=merchant().pk, code=f"TEE-{n % 3}", defaults={"product": product}
    )[0]


ACTS = {
    "told again": _told,
    "priced": lambda by, order, n: change_price(
        by=by, order=order, goods_fen=n * 100, postage_fen=n, at=NOON
    ),
    "conceded": lambda by, order, n: offer(by=by, order=order, basis_points=9700, at=NOON),
    "paid": lambda by, order, n: pay(by=by, order=order, at=NOON),
    "line closed": lambda by, order, n: close_line(by=by, line=_line(order, n), reason="缺货", at=NOON),
    "closed": lambda by, order, n: close(by=by, order=order, reason="缺货", at=NOON),
    "marked": lambda by, order, n: mark(
        by=by,
        order=order,
        template=["wish", "commission", "problem", "attribute"][n % 4],
        wish=f"第{n}",
        at=NOON,
    ),
    "flagged": lambda by, order, n: flag(by=by, order=order, flag=n % 6, at=NOON),
    "taken off": _take_off,
    "overwritten": lambda by, order, n: notice_outside(
        by=HOUSE, seen=[(order.pk, f"外{n % 3}", n % 6)], at=NOON
    ),
    "settled": _settle,
    "receiver": lambda by, order, n: edit(by=by, order=order, receiver=receiver(address=f"{n}号"), at=NOON),
    "asked cancel": lambda by, order, n: ask(
        by=by, order=order, kind="cancel", wanted={}, reason="", at=NOON
    ),
    "asked receiver": lambda by, order, n: ask(
        by=by, order=order, kind="receiver", wanted=asdict(receiver(address=f"{n}号")), reason="", at=NOON
    ),
    "asked article": lambda by, order, n: ask(
        by=by,
        order=order,
        kind="article",
        wanted={"line_id": _line(order, n).pk, "sku_id": _other_sku(n).pk},
        reason="",
        at=NOON,
    ),
    "asked carrier": lambda by, order, n: ask(
        by=by, order=order, kind="carrier", wanted={"carrier": f"C{n}"}, reason="", at=NOON
    ),
    "agreed": _decide(agree),
    "refused": _decide(refuse, answer="不行"),
    "withdrawn": _decide(withdraw),
    "assigned": lambda by, order, n: assign_many(
        by=by, order_ids=[order.pk], staff_id=[by.staff_id, None][n % 2], at=NOON
    ),
    "called": lambda by, order, n: answer_call(by=by, order=order, agreed=n % 3 > 0, at=NOON),
    "joined": _twin,
    "parted": lambda by, order, n: part(by=by, order_ids=[order.pk], at=NOON),
    "shipped": lambda by, order, n: ship(
        by=by,
        order=order,
        carrier="",
        waybill="",
        at=NOON,
        lines={_line(order, n).pk: 1} if n % 2 else None,
    ),
    "extended": lambda by, order, n: extend(by=by, order=order, days=[3, 5, 7, 10][n % 4], at=NOON),
    "refund opened": lambda by, order, n: open_refund(
        by=by, order=order, line=_line(order, n) if n % 2 else None, at=NOON
    ),
    "refund closed": lambda by, order, n: close_refund(
        by=by, order=order, line=_line(order, n) if n % 2 else None, at=NOON
    ),
    "refunded": lambda by, order, n: settle_refund(by=by, order=order, refunded_fen=100 * n, at=NOON),
    "confirmed": lambda by, order, n: confirm(by=by, order=order, at=NOON),
}
_LIVES = st.lists(st.tuples(st.sampled_from(sorted(ACTS)), st.integers(0, 11)), min_size=1, max_size=14)


@settings(
    max_examples=30,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(life=_LIVES, cod=st.booleans(), paid=st.booleans())
def test_whatever_is_done_the_daybook_replays_to_what_stands(boss, life, cod, paid):
    shelve(pieces=50)
    Setting.objects.get_or_create(
        shop=shop(), name="orders.cod", since=NOON.date(), defaults={"value": True, "set_by": "店长"}
    )
    Setting.objects.get_or_create(
        shop=shop(),
        name="orders.concession_floor",
        since=NOON.date(),
        defaults={"value": 0, "set_by": "店长"},
    )
    state = State.PAID if cod or paid else State.UNPAID
    order = bring(arriving(line(code="TEE-W-M", pieces=2), line("袜子", 900), state=state, cod=cod), at=NOON)[
        0
    ]
    twin = bring(arriving(number=f"twin-of-{order.number}", state=State.PAID, extra={"of": order.number}))[0]
    done = []
    for name, n in life:
        with suppress(Refused):
            ACTS[name](boss, Order.objects.get(pk=order.pk), n)
            done.append((name, n))
        assert (differences(order.pk), breaks(order.pk)) == ({}, []), done
    sound(twin)


def test_a_detail_file_is_told_too(boss):
    order = bring(replace(arriving(), lines=(), title="棉T恤", pieces=1, goods_fen=5990))[0]
    sound(order)
    add_details(by=HOUSE, shop=order.shop, details={order.number: (line(),)}, at=NOON + timedelta(hours=1))
    assert order.lines.count() == 1
    sound(order)


def test_two_statements_for_a_replay(boss):
    order = bring(arriving())[0]
    assign_many(by=boss, order_ids=[order.pk], staff_id=staff("S9", "order.see").pk, at=NOON)
    with CaptureQueriesContext(connection) as asked:
        replay(order.pk)
    assert len(asked) == 1
