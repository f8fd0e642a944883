"""Red packets, S0-10 to S0-16: what comes in goes out, to the fen, whatever happens."""

import random
from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from tests import cast
from zhanggui.journal.models import Announcement, Entry
from zhanggui.kit.clock import CHINA
from zhanggui.kit.refusals import Invalid, NotAllowed, NotNow, Refused
from zhanggui.people.powers import Power
from zhanggui.promotions.actions import purses, red_packets
from zhanggui.promotions.actions.red_packets import Grant
from zhanggui.promotions.actions.using import give_back_many, hold_many, refund_red, settle_many
from zhanggui.promotions.models import RedPacket, RedPacketIssue
from zhanggui.promotions.queries import balance, live
from zhanggui.promotions.states import ForbiddenAct
from zhanggui.promotions.tests.offering import DAY, NOON, buyer, hold, own, packet, priced
from zhanggui.shops.models import Setting

pytestmark = pytest.mark.django_db
HOURS = timedelta(hours=1)


def opened(by=None, **also):
    values = {
        "merchant_id": cast.merchant().pk,
        "name": "双11红包",
        "budget_fen": 10_000,
        "good_from": NOON,
        "good_until": NOON + 10 * DAY,
        "at": NOON,
    } | also
    return red_packets.issue(by=by or cast.HOUSE, **values)


def grant(row, *grants, at=NOON):
    return red_packets.grant_many(by=cast.HOUSE, row=row, grants=grants, at=at)


def balanced():
    return balance.unexplained_packets() == [] and balance.unexplained_issues() == []


def test_won_due_and_credited_within_a_day():
    """S0-10."""
    row, ann = opened(), buyer()
    pk = grant(row, Grant("lottery:1", ann.pk, 500))["lottery:1"]
    got = RedPacket.objects.get(pk=pk)
    assert (got.state, got.credit_by) == (RedPacket.State.DUE, NOON + 24 * HOURS)
    assert live.packets(ann.pk, at=NOON) == ()
    assert list(balance.overdue(NOON + 24 * HOURS)) == []
    assert list(balance.overdue(NOON + 25 * HOURS)) == [got], "the alarm"
    assert purses.credit_due(by=cast.HOUSE, at=NOON + HOURS) == 1
    assert purses.credit_due(by=cast.HOUSE, at=NOON + HOURS) == 0
    assert [one.left_fen for one in live.packets(ann.pk, at=NOON + HOURS)] == [500]
    assert list(balance.overdue(NOON + 25 * HOURS)) == []
    assert Announcement.objects.filter(name="RedPacketsCredited").count() == 1
    assert balanced()


def test_a_shop_may_promise_less_than_a_day():
    from zhanggui.shops.models import Setting

    Setting.objects.create(
        shop=own(), name="promotions.red_packet_credit_hours", value=2, since=NOON.date(), set_by="店长"
    )
    row = opened(shop_ids=[own().pk])
    pk = grant(row, Grant("a", buyer().pk, 500))["a"]
    assert RedPacket.objects.get(pk=pk).credit_by == NOON + 2 * HOURS


def test_the_same_reason_gives_one_packet():
    row, ann = opened(), buyer()
    first = grant(row, Grant("order:7", ann.pk, 500))
    assert (
        grant(row, Grant("order:7", ann.pk, 500), Grant("order:8", ann.pk, 100))["order:7"]
        == first["order:7"]
    )
    row.refresh_from_db()
    assert (row.issued_fen, RedPacket.objects.count()) == (600, 2)
    with pytest.raises(Invalid):
        grant(row, Grant("x", ann.pk, 1), Grant("x", ann.pk, 2))


def test_the_budget_is_never_exceeded_and_who_fits_still_gets_it():
    row, ann = opened(budget_fen=1_000), buyer()
    outcome = grant(row, Grant("a", ann.pk, 700), Grant("b", ann.pk, 700), Grant("c", ann.pk, 300))
    assert [bool(outcome[ref]) for ref in "abc"] == [True, False, True]
    assert grant(row, Grant("d", ann.pk, 1)) == {"d": None}
    with pytest.raises(IntegrityError), transaction.atomic():
        RedPacketIssue.objects.update(issued_fen=1_001)
    assert balanced()


def test_granting_a_list_costs_what_one_costs(django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    row, ann = opened(), buyer()
    with CaptureQueriesContext(connection) as asked:
        grant(row, Grant("one", ann.pk, 1))
    with django_assert_num_queries(len(asked)):
        grant(row, *[Grant(f"n{n}", ann.pk, 1) for n in range(100)])


def test_who_lacks_the_power_issues_grants_and_revokes_nothing():
    nobody = cast.actor(Power.OFFER_EDIT)
    half = cast.actor(Power.RED_PACKET_GRANT, at=own(), name="一店")
    with pytest.raises(NotAllowed):
        opened(nobody)
    with pytest.raises(NotAllowed):
        opened(half)
    row = opened(half, shop_ids=[own().pk])
    with pytest.raises(NotAllowed):
        red_packets.grant_many(by=nobody, row=row, grants=[Grant("a", buyer().pk, 1)], at=NOON)
    mine = packet(buyer())
    with pytest.raises(NotAllowed):
        red_packets.revoke_many(by=half, packet_ids=[mine.pk], reason="作弊", at=NOON)
    assert RedPacket.objects.filter(state="credited").count() == 1


def test_a_stopped_issue_grants_no_more_and_takes_nothing_away():
    row, ann = opened(), buyer()
    grant(row, Grant("a", ann.pk, 500))
    purses.credit_due(by=cast.HOUSE, at=NOON)
    red_packets.stop(by=cast.HOUSE, row=row, reason="预算收回", at=NOON)
    with pytest.raises(NotNow):
        grant(row, Grant("b", ann.pk, 500))
    with pytest.raises(NotNow):
        red_packets.stop(by=cast.HOUSE, row=row, reason="再停", at=NOON)
    assert len(live.packets(ann.pk, at=NOON)) == 1


def test_the_named_second_is_included_whole():
    """S0-15: 2016-11-11 00:00:00 to 23:59:59."""
    begins = datetime(2026, 11, 11, tzinfo=CHINA)
    row = opened(good_from=begins, good_until=datetime(2026, 11, 11, 23, 59, 59, tzinfo=CHINA))
    ann = buyer()
    grant(row, Grant("a", ann.pk, 500))
    purses.credit_due(by=cast.HOUSE, at=NOON)
    tick = timedelta(microseconds=1)
    seen = [
        bool(live.packets(ann.pk, at=moment))
        for moment in (begins - tick, begins, begins + DAY - tick, begins + DAY)
    ]
    assert seen == [False, True, True, False]
    assert purses.expire_due(by=cast.HOUSE, at=begins + DAY - tick) == 0
    assert purses.expire_due(by=cast.HOUSE, at=begins + DAY) == 1
    gone = RedPacket.objects.get()
    assert (gone.state, gone.left_fen, gone.expired_fen) == (RedPacket.State.EXPIRED, 0, 500)
    assert balanced()


@pytest.mark.parametrize("act", ForbiddenAct.values)
def test_each_forbidden_act_takes_the_unused_part_back_at_once(act):
    """S0-16."""
    ann = buyer()
    money = packet(ann, 1_000)
    hold_many(
        by=cast.HOUSE,
        holds=[hold(1, priced(red=[(money, 300)]), ann), hold(2, priced(red=[(money, 200)]), ann)],
        at=NOON,
    )
    settle_many(by=cast.HOUSE, order_ids=[1], at=NOON)
    assert red_packets.revoke_many(by=cast.HOUSE, packet_ids=[money.pk], reason=act, at=NOON) == 1
    assert red_packets.revoke_many(by=cast.HOUSE, packet_ids=[money.pk], reason=act, at=NOON) == 0
    money.refresh_from_db()
    assert (money.left_fen, money.held_fen, money.used_fen, money.revoked_fen) == (0, 200, 300, 500)
    assert (money.state, money.revoke_reason) == (RedPacket.State.REVOKED, act)
    assert live.packets(ann.pk, at=NOON) == ()
    news = Announcement.objects.get(name="RedPacketsRevoked").news
    assert news["order_ids"] == [2], "who still holds something of it"
    give_back_many(by=cast.HOUSE, order_ids=[2], at=NOON)
    money.refresh_from_db()
    assert (money.held_fen, money.revoked_fen) == (0, 700)
    entry = Entry.objects.get(what="red_packet.revoked")
    assert (entry.reason, entry.change["left_fen"]) == (act, [500, 0])
    assert balanced()


def test_another_reason_is_none():
    money = packet(buyer())
    with pytest.raises(Invalid, match="恶意套现、作弊、刷信誉、虚假交易"):
        red_packets.revoke_many(by=cast.HOUSE, packet_ids=[money.pk], reason="不喜欢", at=NOON)
    money.refresh_from_db()
    assert money.left_fen == 1_000


@pytest.mark.parametrize("seed", range(12))
def test_nothing_is_ever_lost_whatever_happens_in_whatever_order(seed):
    """G3.1: issued = left + held + used + expired + revoked after every step, and the uses explain it."""
    dice = random.Random(seed)
    ann = buyer()
    row = opened(budget_fen=5_000)
    live_orders, paid = [], []
    at = NOON
    for step in range(60):
        at += timedelta(hours=dice.randint(0, 8))
        mine = list(RedPacket.objects.filter(buyer=ann).order_by("pk"))
        what = dice.choice(
            ["grant", "credit", "hold", "hold", "settle", "back", "refund", "refund", "revoke", "expire"]
        )
        try:
            if what == "grant":
                grant(row, Grant(f"s{step}", ann.pk, dice.randint(1, 900)), at=at)
            elif what == "credit":
                purses.credit_due(by=cast.HOUSE, at=at)
            elif what == "hold" and mine:
                some = dice.sample(mine, min(len(mine), 3))
                red = [(one, dice.randint(1, max(1, one.left_fen))) for one in some]
                if hold_many(by=cast.HOUSE, holds=[hold(step, priced(red=red), ann)], at=at)[step] == "":
                    live_orders.append((step, sum(fen for _one, fen in red)))
            elif what == "settle" and live_orders:
                paid.append(live_orders.pop(0))
                settle_many(by=cast.HOUSE, order_ids=[paid[-1][0]], at=at)
            elif what == "back" and live_orders:
                give_back_many(by=cast.HOUSE, order_ids=[live_orders.pop()[0]], at=at)
            elif what == "refund" and paid:
                order, fen = paid.pop()
                part = dice.randint(1, fen)
                returned, expired = refund_red(by=cast.HOUSE, order_id=order, fen=part, at=at)
                assert returned + expired == part
                if fen > part:
                    paid.append((order, fen - part))
            elif what == "revoke" and mine and dice.random() < 0.2:
                red_packets.revoke_many(
                    by=cast.HOUSE, packet_ids=[dice.choice(mine).pk], reason="作弊", at=at
                )
            elif what == "expire":
                purses.expire_due(by=cast.HOUSE, at=at)
        except Refused:
            assert what == "grant", "only the window of the issue may refuse here"
        assert balanced(), (seed, step, what)
    sums = RedPacket.objects.all()
    assert sum(one.amount_fen for one in sums) == RedPacketIssue.objects.get(pk=row.pk).issued_fen


@pytest.mark.parametrize(
    ("budget", "setting", "waits"),
    [
        (100_000, None, False),
        (100_001, None, True),
        (5_000, 5_000, False),
        (5_001, 5_000, True),
        (1, 0, True),
    ],
)
def test_an_issue_above_the_limit_waits_for_another_person(budget, setting, waits):
    """Reliability G6.3; the limit is the shop's own."""
    shop = own()
    if setting is not None:
        Setting.objects.create(
            shop=shop, name="promotions.red_packet_second_person_fen", value=setting,
            since=NOON.date() - DAY, set_by="测试",
        )  # fmt: skip
    me = cast.actor(Power.RED_PACKET_GRANT, Power.OFFER_APPROVE, name="甲")
    row = opened(by=me, shop_ids=[shop.pk], budget_fen=budget)
    assert row.waits == waits
    if not waits:
        with pytest.raises(NotNow, match="不在等批准"):
            red_packets.approve(by=cast.actor(Power.OFFER_APPROVE, name="乙"), row=row, at=NOON)
        return
    with pytest.raises(NotAllowed, match="不能自己批准"):
        red_packets.approve(by=me, row=row, at=NOON)
    with pytest.raises(NotNow, match="另一个人批准"):
        grant(row, Grant("a", buyer().pk, 1))
    assert not RedPacket.objects.exists()
    assert not Entry.objects.filter(what="red_packet_issue.approved").exists()
    red_packets.approve(by=cast.actor(Power.OFFER_APPROVE, name="乙"), row=row, at=NOON)
    assert grant(row, Grant("a", buyer().pk, 1))["a"]
    entry = Entry.objects.get(what="red_packet_issue.approved")
    assert (entry.actor, entry.change) == ("乙", {"waits": [True, False]})
