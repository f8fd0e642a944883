"""What a checkout takes of offers, coupons and red packets; what it gives back (docs/laws/offers.md)."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import cast
from zhanggui.promotions.actions.using import (
    give_back_many,
    hold_again_many,
    hold_many,
    refund_red,
    refunded_many,
    settle_many,
)
from zhanggui.promotions.models import Coupon, Offer, RedPacket, RedPacketUse, Share, Use
from zhanggui.promotions.queries import live
from zhanggui.promotions.tests.offering import (
    DAY,
    NOON,
    buyer,
    coupon,
    flashed,
    goods,
    hold,
    offer,
    own,
    packet,
    priced,
)

pytestmark = pytest.mark.django_db


def take(*holds, at=NOON):
    return hold_many(by=cast.HOUSE, holds=holds, at=at)


def back(*orders, at=NOON):
    return give_back_many(by=cast.HOUSE, order_ids=orders, at=at)


def settle(*orders, at=NOON):
    return settle_many(by=cast.HOUSE, order_ids=orders, at=at)


def test_an_order_takes_times_and_budget_and_gives_them_back_once():
    sale = offer(times=5, budget_fen=3_000)
    assert take(hold(1, priced((sale, 1_000)), buyer())) == {1: ""}
    sale.refresh_from_db()
    assert (sale.used_times, sale.used_fen) == (1, 1_000)
    assert back(1) == 1
    assert back(1) == 0
    sale.refresh_from_db()
    assert (sale.used_times, sale.used_fen) == (0, 0)
    assert Use.objects.get().state == Use.State.BACK


def test_the_same_order_twice_takes_once():
    sale = offer(times=5)
    take(hold(1, priced((sale, 1_000)), buyer()))
    assert take(hold(1, priced((sale, 1_000)), buyer())) == {1: ""}
    sale.refresh_from_db()
    assert sale.used_times == 1


def test_of_two_orders_in_one_list_the_second_hears_that_the_budget_is_gone():
    sale = offer(budget_fen=1_500)
    outcome = take(hold(1, priced((sale, 1_000)), buyer()), hold(2, priced((sale, 1_000)), buyer("阿强")))
    assert outcome[1] == ""
    assert "额度" in outcome[2]
    sale.refresh_from_db()
    assert sale.used_fen == 1_000
    assert not Use.objects.filter(order_id=2).exists()


def test_a_refused_order_takes_nothing_of_its_other_offers():
    ann = buyer()
    gone, other = offer(times=0), offer(times=9)
    purse = offer("coupon")
    ticket, money = coupon(purse, ann), packet(ann)
    outcome = take(hold(1, priced((other, 10), (purse, 500), (gone, 10), red=[(money, 400)]), ann))
    assert outcome[1]
    other.refresh_from_db(), ticket.refresh_from_db(), money.refresh_from_db()
    assert (other.used_times, ticket.state, money.left_fen) == (0, Coupon.State.FREE, 1_000)
    assert not Use.objects.exists()
    assert not RedPacketUse.objects.exists()


@pytest.mark.parametrize("state", ["draft", "review", "ended", "stopped"])
def test_an_offer_that_is_not_running_is_gone(state):
    sale = offer(state=state)
    assert "结束" in take(hold(1, priced((sale, 10)), buyer()))[1]


@pytest.mark.parametrize(("moved", "fine"), [(0, True), (-1, False), (11 * 86_400, False)])
def test_it_counts_from_its_first_instant_to_before_its_last(moved, fine):
    from datetime import timedelta

    sale = offer(starts_at=NOON, ends_at=NOON + 11 * DAY)
    assert (take(hold(1, priced((sale, 10)), buyer()), at=NOON + timedelta(seconds=moved))[1] == "") is fine


def test_an_offer_of_another_shop_is_none():
    sale = offer(shops=[own("OW02")])
    assert take(hold(1, priced((sale, 10)), buyer()))[1]


def test_one_buyer_uses_it_as_often_as_allowed_also_within_one_list():
    ann = buyer()
    sale = offer(per_buyer=2)
    outcome = take(*[hold(n, priced((sale, 10)), ann) for n in (1, 2, 3)])
    assert [bool(outcome[n]) for n in (1, 2, 3)] == [False, False, True]
    back(1)
    assert take(hold(4, priced((sale, 10)), ann)) == {4: ""}


def test_a_flash_sale_counts_pieces_per_buyer_and_takes_its_share():
    tea = goods()
    sale = offer("flash", per_buyer=3, shares={tea.pk: 5})
    ann, bob = buyer(), buyer("阿强")
    basket = priced((sale, 4_000, 2), lines=[flashed(sale, tea.pk, 2)])
    assert take(hold(1, basket, ann)) == {1: ""}
    assert "每人" in take(hold(2, basket, ann))[2]
    assert take(hold(3, basket, bob)) == {3: ""}
    cid = buyer("阿秀")
    assert "活动库存" in take(hold(4, basket, cid))[4]
    assert Share.objects.get().used == 4
    back(3)
    assert Share.objects.get().used == 2
    assert take(hold(4, basket, cid)) == {4: ""}


def test_gifts_take_their_share():
    mug = goods("MUG")
    gift = offer(
        "gift", terms={"tiers": [{"at": 1, "present": {"sku_id": mug.pk, "pieces": 1}}]}, shares={mug.pk: 1}
    )
    basket = priced((gift, 0), gifts=[(gift, mug.pk, 1)])
    outcome = take(hold(1, basket, buyer()), hold(2, basket, buyer("阿强")))
    assert outcome[1] == ""
    assert "活动库存" in outcome[2]


def test_the_coupon_that_ends_first_is_held_used_or_given_back():
    ann = buyer()
    purse = offer("coupon")
    later, sooner = coupon(purse, ann, 1, good_until=NOON + 5 * DAY), coupon(purse, ann, 2)
    take(hold(1, priced((purse, 500)), ann))
    sooner.refresh_from_db()
    assert (sooner.state, sooner.order_id) == (Coupon.State.HELD, 1)
    back(1)
    sooner.refresh_from_db()
    assert (sooner.state, sooner.order_id) == (Coupon.State.FREE, None)
    take(hold(2, priced((purse, 500)), ann))
    settle(2)
    sooner.refresh_from_db(), later.refresh_from_db()
    assert (sooner.state, later.state) == (Coupon.State.USED, Coupon.State.FREE)


def test_a_coupon_that_ended_while_the_order_waited_comes_back_expired():
    ann = buyer()
    purse = offer("coupon")
    ticket = coupon(purse, ann)
    take(hold(1, priced((purse, 500)), ann))
    back(1, at=NOON + 2 * DAY)
    ticket.refresh_from_db()
    assert ticket.state == Coupon.State.EXPIRED


def test_a_coupon_of_another_buyer_is_none():
    purse = offer("coupon")
    coupon(purse, buyer("阿强"))
    assert "券" in take(hold(1, priced((purse, 500)), buyer()))[1]


def test_a_refund_of_the_whole_order_returns_a_coupon_that_is_still_good():
    ann = buyer()
    purse = offer("coupon", times=1)
    ticket = coupon(purse, ann)
    take(hold(1, priced((purse, 500)), ann))
    settle(1)
    assert refunded_many(by=cast.HOUSE, order_ids=[1], at=NOON + 2 * DAY) == 0
    assert refunded_many(by=cast.HOUSE, order_ids=[1], at=NOON) == 1
    ticket.refresh_from_db()
    assert ticket.state == Coupon.State.FREE


def test_a_red_packet_may_be_split_over_orders():
    """S0-12."""
    ann = buyer()
    money = packet(ann, 1_000)
    assert take(hold(1, priced(red=[(money, 300)]), ann), hold(2, priced(red=[(money, 700)]), ann)) == {
        1: "",
        2: "",
    }
    assert "红包" in take(hold(3, priced(red=[(money, 1)]), ann))[3]
    settle(1)
    back(2)
    money.refresh_from_db()
    assert (money.left_fen, money.held_fen, money.used_fen) == (700, 0, 300)


def test_at_most_ten_red_packets_in_one_order():
    """S0-12."""
    ann = buyer()
    many = [packet(ann, 100, f"n{n}") for n in range(11)]
    assert "10" in take(hold(1, priced(red=[(one, 100) for one in many]), ann))[1]
    assert take(hold(1, priced(red=[(one, 100) for one in many[:10]]), ann)) == {1: ""}


def test_another_buyers_red_packet_or_one_of_another_shop_or_not_yet_credited_pays_nothing():
    ann = buyer()
    theirs, due = packet(buyer("阿强")), packet(ann, ref="due", state=RedPacket.State.DUE)
    elsewhere = packet(ann, ref="other")
    elsewhere.issue.shop_ids = [own("OW02").pk]
    elsewhere.issue.save()
    for n, money in enumerate((theirs, due, elsewhere), 1):
        assert "红包" in take(hold(n, priced(red=[(money, 1)]), ann))[n]


@pytest.mark.parametrize(("after", "fine"), [(DAY, True), (DAY * 1.00001, False)])
def test_the_last_moment_of_a_red_packet_is_included(after, fine):
    """S0-15."""
    ann = buyer()
    money = packet(ann)
    assert (take(hold(1, priced(red=[(money, 1)]), ann), at=NOON + after)[1] == "") is fine


def test_a_refund_returns_the_red_packet_only_inside_its_window():
    """S0-14."""
    ann = buyer()
    short, long = packet(ann, 500, "short"), packet(ann, 500, "long", good_until=NOON + 5 * DAY)
    take(hold(1, priced(red=[(short, 500), (long, 500)]), ann))
    settle(1)
    assert refund_red(by=cast.HOUSE, order_id=1, fen=300, at=NOON + 2 * DAY) == (300, 0)
    assert refund_red(by=cast.HOUSE, order_id=1, fen=300, at=NOON + 2 * DAY) == (200, 100)
    assert refund_red(by=cast.HOUSE, order_id=1, fen=400, at=NOON + 2 * DAY) == (0, 400)
    short.refresh_from_db(), long.refresh_from_db()
    assert (short.left_fen, short.used_fen, short.expired_fen) == (0, 0, 500)
    assert (long.left_fen, long.used_fen, long.expired_fen) == (500, 0, 0)
    with pytest.raises(Exception, match="红包"):
        refund_red(by=cast.HOUSE, order_id=1, fen=1, at=NOON)


def test_a_revoked_red_packet_gets_nothing_back():
    ann = buyer()
    money = packet(ann)
    take(hold(1, priced(red=[(money, 400)]), ann), hold(2, priced(red=[(money, 600)]), ann))
    settle(2)
    RedPacket.objects.update(state=RedPacket.State.REVOKED)
    back(1)
    assert refund_red(by=cast.HOUSE, order_id=2, fen=600, at=NOON) == (0, 600)
    money.refresh_from_db()
    assert (money.left_fen, money.held_fen, money.used_fen, money.revoked_fen) == (0, 0, 0, 1_000)


def test_money_that_came_after_the_close_takes_again_what_was_promised():
    ann = buyer()
    sale, purse = offer(times=1), offer("coupon")
    coupon(purse, ann)
    money = packet(ann)
    take(hold(1, priced((sale, 10), (purse, 500), red=[(money, 1_000)]), ann))
    back(1)
    Offer.objects.filter(pk=sale.pk).update(state="ended")
    assert hold_again_many(by=cast.HOUSE, orders={1: own().pk, 7: own().pk}, at=NOON) == {1: "", 7: ""}
    assert settle(1) == 4
    back(1)
    money.refresh_from_db(), sale.refresh_from_db()
    assert (money.used_fen, sale.used_times) == (1_000, 1)


def test_money_that_came_after_the_close_finds_the_last_one_taken():
    sale = offer(times=1)
    take(hold(1, priced((sale, 10)), buyer()))
    back(1)
    take(hold(2, priced((sale, 10)), buyer("阿强")))
    assert hold_again_many(by=cast.HOUSE, orders={1: own().pk}, at=NOON)[1]


def _full(many):
    """Orders that take of everything there is."""
    tea = goods()
    flash = offer("flash", per_buyer=9, shares={tea.pk: 1_000})
    sale, purse = offer(times=1_000, budget_fen=10**9), offer("coupon", times=1_000)
    holds = []
    for n in range(1, many + 1):
        who = buyer(f"买家{n}")
        coupon(purse, who)
        money = packet(who, ref=f"p{n}")
        basket = priced(
            (flash, 10), (sale, 10), (purse, 500), lines=[flashed(flash, tea.pk, 1)], red=[(money, 5)]
        )
        holds.append(hold(n, basket, who))
    return holds


def _cost(verb):
    with CaptureQueriesContext(
        connection,
    ) as asked:
        verb()
    return len([one for one in asked.captured_queries if "SAVEPOINT" not in one["sql"]])


def test_a_list_costs_what_one_order_costs():
    first, *rest = _full(30)
    ids = [one.order_id for one in rest]
    assert _cost(lambda: take(first)) == _cost(lambda: take(*rest)) <= 14
    assert _cost(lambda: settle(first.order_id)) == _cost(lambda: settle(*ids[:9])) <= 6
    take(*[hold(100 + one.order_id, one.priced, buyer(f"买家{one.order_id}")) for one in rest[:1]])
    assert _cost(lambda: back(*ids[9:])) <= 12
    assert Use.objects.filter(state="held").count() == 0


def test_the_calculation_gets_everything_in_four_statements(django_assert_max_num_queries):
    ann = buyer(level=2)
    tea, mug = goods(), goods("MUG", cost=900)
    flash = offer("flash", per_buyer=3, shares={tea.pk: 5}, times=100)
    gift = offer(
        "gift", terms={"tiers": [{"at": 1, "present": {"sku_id": mug.pk, "pieces": 1}}]}, shares={mug.pk: 7}
    )
    purse = offer("coupon", per_buyer=1, times=10)
    coupon(purse, ann)
    coupon(purse, buyer("阿强"))
    offer(state="draft"), offer(state="stopped"), offer(starts_at=NOON + DAY), offer(ends_at=NOON)
    elsewhere = offer(shops=[own("OW02")], budget_fen=500, used_fen=200)
    packet(ann, 100, "late", good_until=NOON + 3 * DAY), packet(ann, 50, "soon")
    packet(ann, ref="over", good_until=NOON - DAY), packet(ann, ref="due", state="due")
    take(hold(1, priced((flash, 10, 2), lines=[flashed(flash, tea.pk, 2)]), ann))
    shops = [own().pk, own("OW02").pk]
    merchant_id = cast.merchant().pk
    with django_assert_max_num_queries(4):
        found = live.offers_for(merchant_id, shops, at=NOON, buyer_id=ann.pk)
        who = live.buyer(ann.pk, found[shops[0]], shop_ids=shops)
        money = live.packets(ann.pk, at=NOON)
    here = {one.id: one for one in found[shops[0]]}
    assert set(here) == {flash.pk, gift.pk, purse.pk}
    assert [one.id for one in found[shops[1]]] == [elsewhere.pk]
    assert found[shops[1]][0].left_fen == 300
    assert here[flash.pk].terms.shares == {tea.pk: 3}
    assert here[flash.pk].left_times == 98
    present = here[gift.pk].terms.tiers[0][1]
    assert (present.left, present.cost_fen, present.title) == (7, 900, "MUG 好货")
    assert (here[purse.pk].held, here[purse.pk].left_times, here[purse.pk].per_buyer) == (1, None, None)
    assert (who.level, who.used) == (2, {flash.pk: 2})
    assert [one.left_fen for one in money] == [50, 100]


def test_a_presale_whose_share_is_gone_has_no_price_for_it_any_more():
    tea, rice = goods(), goods("RICE")
    sale = offer(
        "presale",
        terms={
            "prices": {str(tea.pk): 9_000, str(rice.pk): 9_000},
            "deposit_fen": 100,
            "worth_fen": 200,
            "balance_from": NOON.isoformat(),
            "balance_until": (NOON + DAY).isoformat(),
        },
        shares={tea.pk: 1},
    )
    take(hold(1, priced((sale, 1_000), lines=[flashed(sale, tea.pk, 1, 9_000)]), buyer()))
    (found,) = live.offers_for(cast.merchant().pk, [own().pk], at=NOON, buyer_id=None)[own().pk]
    assert set(found.terms.prices) == {rice.pk}


def test_red_packets_of_some_shops_pay_only_there():
    ann = buyer()
    everywhere, here = packet(ann, 5, "a"), packet(ann, 7, "b")
    here.issue.shop_ids = [own().pk]
    here.issue.save()
    other = own("OW02").pk
    assert {p.id for p in live.packets(ann.pk, at=NOON)} == {everywhere.pk}
    assert {p.id for p in live.packets(ann.pk, at=NOON, shop_id=own().pk)} == {everywhere.pk, here.pk}
    found = live.packets_by_shop(ann.pk, [own().pk, other], at=NOON)
    assert [len(found[own().pk]), len(found[other])] == [2, 1]
