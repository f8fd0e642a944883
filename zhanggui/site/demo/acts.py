"""What the demo's team did with its orders: marks, concessions, changes, calls, parcels on their way, memos overwritten."""

import random
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from zhanggui.kit.actor import Actor, system
from zhanggui.kit.refusals import Refused
from zhanggui.orders.actions import changes, concessions, marks, merging, owners, receipt, shipping
from zhanggui.orders.actions.arrival import take_in
from zhanggui.orders.arriving import Arriving, ArrivingLine
from zhanggui.orders.duplicates import offers
from zhanggui.orders.models import Order, Parcel
from zhanggui.orders.states import State
from zhanggui.people.actors import actor_of
from zhanggui.people.models import Staff
from zhanggui.shops.models import Kind, Shop
from zhanggui.site.demo.trades import number_of, receiver_of

HOUSE = system("演示", "demo")
_WAY = (
    ("快件已揽收", "发出城市"),
    ("快件离开发出城市，发往目的地转运中心", "发出城市"),
    ("快件到达目的地转运中心", "目的地"),
    ("快件正在派送，请保持电话畅通", "目的地"),
)


def play(*, shop: Shop, place: int, people: dict[str, Staff], at: datetime) -> None:
    """Let the team work through a shop's orders; the same at every run."""
    dice = random.Random(31 * place + 7)
    mei, duo, leader, packer, after = (
        actor_of(people[no], source="demo") for no in ("2001", "2002", "2009", "4001", "5001")
    )
    found = {state: list(Order.objects.filter(shop=shop, state=state).order_by("pk")) for state in State}
    _twins(shop, place, at)
    _mark(found, (mei, duo, packer, after), dice, at)
    _concede(shop, found[State.UNPAID], mei, leader, at)
    _change(found[State.PAID], mei, at)
    _extend(found[State.SHIPPED], duo, at)
    _track(shop, at, dice)
    owners.assign_many(
        by=leader, order_ids=[order.pk for order in found[State.PAID][:6]], staff_id=people["2001"].pk, at=at
    )
    if place % 3 == 0:
        for offer in offers([shop.pk], 1):
            with suppress(Refused):
                merging.accept(by=packer, order_ids=list(offer.order_ids), at=at)
    _overwritten(shop, found[State.PAID], at)


def _twins(shop: Shop, place: int, at: datetime) -> None:
    """Two paid orders of one receiver: offered for one parcel."""
    home = receiver_of(random.Random(900 + place))
    line = ArrivingLine(title="顺手加购的小样", pieces=1, price_fen=990)
    base = Arriving(
        number="",
        state=State.PAID,
        placed_at=at - timedelta(hours=5),
        paid_at=at - timedelta(hours=4, minutes=50),
        due_fen=1590,
        paid_fen=1590,
        goods_fen=990,
        postage_fen=600,
        lines=(line,),
        nick="回头客的猫",
        receiver=home,
    )
    take_in(
        by=HOUSE,
        shop=shop,
        at=at,
        orders=[
            replace(base, number=number_of(shop, place, 9001, base.placed_at)),
            replace(
                base,
                number=number_of(shop, place, 9002, base.placed_at),
                buyer_message="和上一单一起发，谢谢",
            ),
        ],
    )


def _mark(found: dict[State, list[Order]], team: Sequence[Actor], dice: random.Random, at: datetime) -> None:
    mei, duo, packer, after = team
    paid, shipped, finished = found[State.PAID], found[State.SHIPPED], found[State.FINISHED]
    for number, order in enumerate(paid):
        by = (mei, duo)[number % 2]
        if number % 5 == 0:
            marks.mark(
                by=by,
                order=order,
                at=at,
                template="attribute",
                wish=dice.choice(("黑色 L 码", "白色 均码", "大一码")),
            )
        if number % 4 == 1:
            marks.mark(
                by=by,
                order=order,
                at=at,
                template="wish",
                must_read=True,
                wish=dice.choice(("周末送货", "附贺卡：生日快乐", "发票随货，抬头见私聊", "发顺丰到付差价")),
            )
        if number % 3 == 0:
            marks.mark(by=by, order=order, at=at, template="commission")
        if number % 9 == 2:
            marks.mark(
                by=packer,
                order=order,
                at=at,
                template="problem",
                wish="仓库只找到一件，请先问买家要不要分开发",
            )
    for order in shipped[::6]:
        marks.mark(by=after, order=order, at=at, template="problem", wish="物流两天没有更新，已联系快递查件")
    for number, order in enumerate(finished[::3]):
        marks.mark(by=(mei, duo)[number % 2], order=order, at=at, template="commission")


def _concede(shop: Shop, unpaid: list[Order], agent: Actor, leader: Actor, at: datetime) -> None:
    if shop.kind != Kind.BAZAAR or len(unpaid) < 4:
        return
    concessions.offer(by=agent, order=unpaid[0], basis_points=9700, at=at, reason="老客户，一次买三件")
    concessions.offer(
        by=agent, order=unpaid[1], basis_points=9500, at=at, reason="买家说别家更便宜，估计有点难"
    )
    asked = concessions.offer(by=agent, order=unpaid[2], basis_points=9550, at=at, reason="买家愿意马上付款")
    concessions.decide(by=leader, concession=asked, agree=True, at=at, reason="下不为例")


def _change(paid: list[Order], agent: Actor, at: datetime) -> None:
    with suppress(Refused):  # the order may be a COD or a refunded one, then nobody asks
        changes.ask(by=agent, order=paid[1], kind="cancel", wanted={}, reason="买家说拍重了", at=at)
    with suppress(Refused):
        changes.ask(
            by=agent,
            order=paid[2],
            kind="wish",
            wanted={"about": "slot", "text": "周六下午送"},
            reason="买家周末才在家",
            at=at,
        )


def _extend(shipped: list[Order], agent: Actor, at: datetime) -> None:
    for order in shipped[:2]:
        with suppress(Refused):
            receipt.extend(by=agent, order=order, days=3, at=at)


def _track(shop: Shop, at: datetime, dice: random.Random) -> None:
    for parcel in Parcel.objects.filter(shop=shop).order_by("pk")[:30]:
        steps = dice.randint(1, len(_WAY))
        nodes = [
            shipping.Node(parcel.shipped_at + timedelta(hours=9 * step + 1), text, spot)
            for step, (text, spot) in enumerate(_WAY[:steps])
            if parcel.shipped_at + timedelta(hours=9 * step + 1) <= at
        ]
        shipping.add_track(by=HOUSE, parcel=parcel, nodes=nodes, at=at)


def _overwritten(shop: Shop, paid: list[Order], at: datetime) -> None:
    """A later file shows that somebody wrote over memo and flag in the platform's own back office."""
    marked = [order for order in paid if order.marks.exists()][:2]
    take_in(
        by=HOUSE,
        shop=shop,
        at=at,
        orders=[
            Arriving(
                number=order.number,
                state=State(order.state),
                placed_at=order.placed_at,
                due_fen=order.due_fen,
                goods_fen=order.goods_fen,
                postage_fen=order.postage_fen,
                discount_fen=order.discount_fen,
                adjust_fen=order.adjust_fen,
                paid_at=order.paid_at,
                cod=order.cod,
                memo="平台后台改的备注：今天先别发",
                flag=4,
            )
            for order in marked
        ],
    )
