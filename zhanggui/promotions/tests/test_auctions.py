"""Auctions: bids that must rise, an end that late bids move, deposits that go back, are set off or taken (S3-13)."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from tests import cast
from zhanggui.journal.models import Announcement, Entry
from zhanggui.kit.refusals import Invalid, NotAllowed, NotFound, NotNow
from zhanggui.people.powers import Power
from zhanggui.promotions.actions import auctions
from zhanggui.promotions.models import Auction, Bid, Deposit
from zhanggui.promotions.tests.offering import DAY, NOON, buyer, goods, own

pytestmark = pytest.mark.django_db
END = NOON + DAY
SECOND = timedelta(seconds=1)
State = Auction.State


def drafted(**also):
    values = {
        "by": cast.HOUSE,
        "shop": own(),
        "sku_id": goods().pk,
        "title": "老茶一饼",
        "start_fen": 10_000,
        "step_fen": 500,
        "starts_at": NOON,
        "ends_at": END,
        "at": NOON - DAY,
    } | also
    return auctions.draft(**values)


def published(**also):
    row = drafted(**also)
    auctions.publish(by=cast.HOUSE, auction=row, below_floor=True, at=NOON - DAY)
    return row


def bid(row, who, fen, at=NOON):
    return auctions.bid(by=cast.HOUSE, auction_id=row.pk, buyer_id=who.pk, amount_fen=fen, at=at)


def deposit(row, who, at=NOON):
    asked = auctions.ask_deposit(by=cast.HOUSE, auction_id=row.pk, buyer_id=who.pk, at=at)
    return asked, auctions.deposits_paid(by=cast.HOUSE, deposit_ids=[asked.pk], at=at)[asked.pk]


def end(at=END):
    return auctions.end_due(by=cast.HOUSE, at=at)


def news(name):
    return list(Announcement.objects.filter(name=name).order_by("id").values_list("news", flat=True))


def test_bids_rise_by_a_step_and_the_highest_wins_an_order():
    row, ann, bob = published(), buyer(), buyer("阿强")
    with pytest.raises(auctions.TooLow):
        bid(row, ann, 9_999)
    bid(row, ann, 10_000)
    with pytest.raises(auctions.TooLow) as refusal:
        bid(row, bob, 10_499)
    assert refusal.value.least_fen == 10_500
    bid(row, bob, 10_500)
    assert end(END - SECOND) == 0
    assert end() == 1
    assert end() == 0
    row.refresh_from_db()
    assert (row.state, row.top_fen, row.top_bidder_id, row.bids_count) == (State.SOLD, 10_500, bob.pk, 2)
    assert row.pay_until == END + timedelta(hours=72)
    (won,) = news("AuctionWon")
    assert (won["buyer_id"], won["amount_fen"], won["deposit_id"]) == (bob.pk, 10_500, 0)


@pytest.mark.parametrize("at", [NOON - SECOND, END, END + DAY])
def test_nobody_bids_before_it_begins_or_after_it_ended(at):
    """Whether the worker has written the state or not: the moment decides."""
    row = published()
    with pytest.raises(NotNow):
        bid(row, buyer(), 10_000, at=at)
    assert not Bid.objects.exists()


def test_a_late_bid_moves_the_end_and_an_early_one_does_not():
    row = published(extend_seconds=300)
    bid(row, buyer(), 10_000, at=END - timedelta(seconds=301))
    row.refresh_from_db()
    assert (row.ends_at, row.extended) == (END, 0)
    bid(row, buyer("阿强"), 10_500, at=END - timedelta(seconds=300))
    row.refresh_from_db()
    assert (row.ends_at, row.extended) == (END + timedelta(seconds=300), 1)
    assert end() == 0
    assert end(END + timedelta(seconds=300)) == 1


def test_below_the_reserve_nothing_is_sold_and_nobody_learns_the_reserve():
    row = published(reserve_fen=50_000)
    bid(row, buyer(), 10_000)
    end()
    row.refresh_from_db()
    assert row.state == State.UNSOLD
    assert len(news("AuctionUnsold")) == 1
    assert "50000" not in str(list(Entry.objects.values_list("change", flat=True)))


def test_the_deposit_is_paid_first_goes_back_to_losers_and_is_set_off_for_the_winner():
    row, ann, bob = published(deposit_fen=2_000), buyer(), buyer("阿强")
    with pytest.raises(NotNow, match="保证金"):
        bid(row, ann, 10_000)
    mine, told = deposit(row, ann)
    assert told == "paid"
    assert deposit(row, ann) == (mine, ""), "told twice, it stays one"
    theirs, _told = deposit(row, bob)
    bid(row, ann, 10_000), bid(row, bob, 11_000)
    end()
    mine.refresh_from_db(), theirs.refresh_from_db()
    assert (mine.state, theirs.state) == (Deposit.State.BACK, Deposit.State.PAID)
    assert news("DepositsMoved") == [
        {"auction_id": row.pk, "shop_id": row.shop_id, "deposit_ids": [mine.pk], "state": "back"}
    ]
    assert news("AuctionWon")[0]["deposit_id"] == theirs.pk
    assert auctions.order_placed(by=cast.HOUSE, auction_id=row.pk, order_id=77, at=END)
    assert not auctions.order_placed(by=cast.HOUSE, auction_id=row.pk, order_id=78, at=END)
    assert auctions.paid_many(by=cast.HOUSE, order_ids=[77, 5], at=END) == {77: 2_000}
    assert auctions.paid_many(by=cast.HOUSE, order_ids=[77], at=END) == {}
    theirs.refresh_from_db()
    assert theirs.state == Deposit.State.SET_OFF
    assert auctions.take_due(by=cast.HOUSE, at=END + 30 * DAY) == 0


def test_who_wins_and_does_not_pay_loses_the_deposit():
    row, ann = published(deposit_fen=2_000), buyer()
    mine, _told = deposit(row, ann)
    bid(row, ann, 10_000)
    end()
    auctions.order_placed(by=cast.HOUSE, auction_id=row.pk, order_id=77, at=END)
    due = END + timedelta(hours=72, minutes=15)
    assert auctions.take_due(by=cast.HOUSE, at=due - SECOND) == 0
    assert auctions.take_due(by=cast.HOUSE, at=due) == 1
    assert auctions.take_due(by=cast.HOUSE, at=due) == 0
    mine.refresh_from_db(), row.refresh_from_db()
    assert (mine.state, row.state) == (Deposit.State.TAKEN, State.UNSOLD)
    assert news("AuctionUnpaid")[0]["order_id"] == 77
    assert auctions.paid_many(by=cast.HOUSE, order_ids=[77], at=due) == {}


def test_who_won_what_could_not_be_ordered_gets_the_deposit_back():
    row, ann = published(deposit_fen=2_000), buyer()
    mine, _told = deposit(row, ann)
    bid(row, ann, 10_000)
    end()
    assert auctions.take_due(by=cast.HOUSE, at=END + 4 * DAY) == 1
    mine.refresh_from_db()
    assert mine.state == Deposit.State.BACK


def test_several_pieces_cost_the_same_to_the_fen():
    row = published(pieces=3, start_fen=9_000, step_fen=300)
    with pytest.raises(Invalid):
        bid(row, buyer(), 10_000)
    bid(row, buyer(), 9_300)
    with pytest.raises(Invalid):
        drafted(pieces=3, start_fen=10_000, step_fen=300)


def test_a_deposit_that_comes_too_late_goes_back():
    row, ann = published(deposit_fen=2_000), buyer()
    asked = auctions.ask_deposit(by=cast.HOUSE, auction_id=row.pk, buyer_id=ann.pk, at=NOON)
    end()
    assert auctions.deposits_paid(by=cast.HOUSE, deposit_ids=[asked.pk], at=END) == {asked.pk: "late"}
    assert news("DepositsMoved")[0]["state"] == "back"


def test_stopping_gives_every_deposit_back():
    row, ann = published(deposit_fen=2_000), buyer()
    mine, _told = deposit(row, ann)
    bid(row, ann, 10_000)
    with pytest.raises(Invalid):
        auctions.stop(by=cast.HOUSE, auction=row, reason="", at=NOON)
    auctions.stop(by=cast.HOUSE, auction=row, reason="货损", at=NOON)
    mine.refresh_from_db()
    assert (row.state, mine.state) == (State.STOPPED, Deposit.State.BACK)
    with pytest.raises(NotNow):
        bid(row, ann, 20_000)


def test_a_bid_is_never_changed_or_taken_away():
    row = published()
    bid(row, buyer(), 10_000)
    for harm in (lambda: Bid.objects.update(amount_fen=1), lambda: Bid.objects.all()._raw_delete("default")):
        with pytest.raises(DatabaseError), transaction.atomic():
            harm()


def test_a_draft_or_another_merchants_auction_does_not_exist_for_a_buyer():
    from zhanggui.customers.models import Buyer

    row = drafted()
    stranger = Buyer.objects.create(merchant_id=cast.merchant().pk + 9, platform="own", nick="别家的")
    with pytest.raises(NotFound):
        bid(row, buyer(), 10_000)
    auctions.publish(by=cast.HOUSE, auction=row, below_floor=True, at=NOON)
    with pytest.raises(NotFound):
        bid(row, stranger, 10_000)


def test_drafts_are_changed_published_ones_are_not_and_each_takes_its_power():
    row = drafted()
    values = {
        "sku_id": row.sku_id,
        "title": "老茶两饼",
        "start_fen": 9_000,
        "step_fen": 100,
        "starts_at": NOON,
        "ends_at": END,
    }
    auctions.change(by=cast.HOUSE, auction=row, version=1, at=NOON, **values)
    assert (row.title, row.start_fen, row.version) == ("老茶两饼", 9_000, 2)
    with pytest.raises(NotAllowed):
        auctions.publish(by=cast.actor(Power.OFFER_EDIT), auction=row, at=NOON)
    auctions.publish(by=cast.HOUSE, auction=row, below_floor=True, at=NOON)
    with pytest.raises(NotNow):
        auctions.change(by=cast.HOUSE, auction=row, version=row.version, at=NOON, **values)
    with pytest.raises(Invalid):
        drafted(step_fen=0)
    with pytest.raises(Invalid):
        drafted(ends_at=NOON)


def test_below_the_floor_takes_somebody_who_says_so():
    row = drafted(start_fen=100)
    with pytest.raises(NotNow, match="底价"):
        auctions.publish(by=cast.HOUSE, auction=row, at=NOON)
    auctions.publish(by=cast.HOUSE, auction=row, below_floor=True, at=NOON)
    assert Entry.objects.get(what="auction.published").change["below_floor"] == [False, True]
    safe = drafted(start_fen=100, reserve_fen=6_000)
    auctions.publish(by=cast.HOUSE, auction=safe, at=NOON)
    assert safe.state == State.SCHEDULED


def test_the_same_goods_come_on_the_shelf_at_different_times():
    """S3-13."""
    made = auctions.repeat(by=cast.HOUSE, auction=drafted(), times=3, every=timedelta(hours=6), at=NOON)
    assert [(row.starts_at - NOON) / timedelta(hours=1) for row in made] == [6, 12, 18]
    assert {row.ends_at - row.starts_at for row in made} == {DAY}


def test_the_worker_starts_what_is_due_once():
    row = published()
    assert auctions.start_due(by=cast.HOUSE, at=NOON) == 1
    assert auctions.start_due(by=cast.HOUSE, at=NOON) == 0
    row.refresh_from_db()
    assert row.state == State.LIVE
