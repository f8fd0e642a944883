"""The pages of red packets and auctions: what stands adds up, and every verb is refused where it should be."""

import pytest
from django.test import Client
from django.urls import reverse

from tests import cast
from zhanggui.catalog.models import Sku
from zhanggui.customers.acting import as_actor
from zhanggui.kit.clock import now
from zhanggui.people.powers import Power
from zhanggui.promotions.actions import auctions
from zhanggui.promotions.models import Auction, RedPacket, RedPacketIssue
from zhanggui.promotions.tests.offering import DAY, buyer, goods, own, packet

pytestmark = pytest.mark.django_db
ISSUE = {
    "name": "双11 红包",
    "shops": "OW01",
    "budget": "30",
    "good_from": "2099-11-11T00:00",
    "good_until": "2099-11-11T23:59",
    "house": "1",
}


@pytest.fixture
def shop():
    return own()


def signed(*powers, at, name):
    return cast.sign_in(Client(), cast.staff(name, *powers, at=at, name=name))


@pytest.fixture
def granter(shop):
    return signed(Power.OFFER_SEE, Power.RED_PACKET_GRANT, at=shop, name="g1")


@pytest.fixture
def issue(granter):
    assert granter.post(reverse("promotions:red-packet-new"), ISSUE).status_code == 302
    return RedPacketIssue.objects.get()


def there(name, row):
    return reverse(f"promotions:red-packet-{name}", args=[row.pk])


def test_an_issue_is_opened_and_granted_once_for_a_reason(granter, issue):
    buyer("阿珍")
    buyer("小林")
    given = {"nicks": "阿珍，小林", "amount": "10", "ref": "抽奖"}
    assert granter.post(there("grants", issue), given).status_code == 302
    assert granter.post(there("grants", issue), given).status_code == 302
    assert RedPacket.objects.count() == 2
    issue.refresh_from_db()
    assert issue.issued_fen == 2_000
    page = granter.get(there("issue", issue)).content.decode()
    assert "¥20.00" in page
    assert "阿珍" not in page


def test_an_unknown_nick_and_a_wrong_amount_grant_nothing(granter, issue):
    buyer("阿珍")
    for wrong in ({"nicks": "没这人"}, {"amount": "0"}, {"ref": ""}, {"nicks": ""}):
        given = {"nicks": "阿珍", "amount": "10", "ref": "抽奖"} | wrong
        assert granter.post(there("grants", issue), given).status_code == 422
    assert not RedPacket.objects.exists()


def test_a_form_that_makes_no_sense_opens_nothing(granter):
    for wrong in ({"budget": "x"}, {"good_until": "2099-11-10T00:00"}, {"shops": "SH01"}, {"name": ""}):
        assert granter.post(reverse("promotions:red-packet-new"), ISSUE | wrong).status_code == 422
    assert not RedPacketIssue.objects.exists()


def test_only_the_four_acts_take_back_and_each_number_opens_its_packets(granter, issue):
    row = packet(buyer("阿珍"), 1_000, issue=issue)
    other = packet(buyer("小林"), 1_000)
    address = there("revocations", issue)
    assert granter.post(address, {"packets": [row.pk], "reason": "不喜欢"}).status_code == 422
    assert granter.post(address, {"packets": [other.pk], "reason": "作弊"}).status_code == 422
    row.refresh_from_db()
    assert row.left_fen == 1_000
    assert granter.post(address, {"packets": [row.pk], "reason": "作弊"}).status_code == 302
    row.refresh_from_db()
    other.refresh_from_db()
    assert (row.revoked_fen, other.revoked_fen) == (1_000, 0)
    sums = granter.get(there("issue", issue)).context["sums"]
    assert sums["amount"] == sum(sums[part] for part in ("left", "held", "used", "expired", "revoked"))
    shown = granter.get(there("issue", issue) + "?part=revoked").context["packets"]
    assert [one.pk for one, _nick in shown] == [row.pk]
    assert granter.get(there("issue", issue) + "?part=used").context["packets"] == []


def test_who_may_only_look_grants_nothing(shop, issue):
    reader = signed(Power.OFFER_SEE, at=shop, name="r1")
    assert "发红包" not in reader.get(there("issue", issue)).content.decode()
    assert reader.post(there("grants", issue), {}).status_code == 403
    assert reader.post(there("revocations", issue), {}).status_code == 403
    assert reader.get(reverse("promotions:red-packet-new")).status_code == 403


def test_a_stopped_issue_grants_no_more(granter, issue):
    buyer("阿珍")
    assert granter.post(there("stop", issue), {"reason": " "}).status_code == 422
    assert granter.post(there("stop", issue), {"reason": "够了"}).status_code == 302
    given = {"nicks": "阿珍", "amount": "10", "ref": "抽奖"}
    assert granter.post(there("grants", issue), given).status_code == 409
    assert not RedPacket.objects.exists()


AUCTION = {
    "shop": "OW01",
    "title": "老紫砂壶",
    "sku": "POT",
    "pieces": "1",
    "start": "1",
    "step": "1",
    "reserve": "200",
    "deposit": "50",
    "starts_at": "2099-11-11T19:00",
    "ends_at": "2099-11-11T21:00",
    "extend_seconds": "300",
}


@pytest.fixture
def seller(shop):
    goods("POT", price=39_900, cost=10_000)
    return signed(Power.OFFER_SEE, Power.OFFER_EDIT, at=shop, name="s1")


def auction_at(name, row):
    return reverse(f"promotions:auction{name}", args=[row.pk])


def test_an_auction_is_drafted_changed_published_by_who_may_and_repeated(seller, shop):
    assert seller.post(reverse("promotions:auction-new"), AUCTION).status_code == 302
    row = Auction.objects.get()
    assert (row.start_fen, row.reserve_fen, row.deposit_fen) == (100, 20_000, 5_000)
    fresh = AUCTION | {"start": "2", "version": row.version}
    assert seller.post(auction_at("-edit", row), fresh).status_code == 302
    assert seller.post(auction_at("-edit", row), fresh | {"start": "3"}).status_code == 409
    assert seller.post(auction_at("-publication", row)).status_code == 403
    leader = signed(Power.OFFER_SEE, Power.OFFER_APPROVE, at=shop, name="boss")
    assert leader.post(auction_at("-publication", row)).status_code == 302
    row.refresh_from_db()
    assert (row.state, row.start_fen) == (Auction.State.SCHEDULED, 200)
    assert seller.post(auction_at("-repeats", row), {"times": "3", "minutes": "60"}).status_code == 302
    assert Auction.objects.filter(state=Auction.State.DRAFT).count() == 3
    assert seller.post(auction_at("-stop", row), {"reason": "坏了"}).status_code == 302
    assert "坏了" in seller.get(auction_at("", row)).content.decode()


@pytest.mark.parametrize(
    "wrong",
    [{"sku": "NIX"}, {"reserve": "0.5"}, {"ends_at": "2099-11-11T18:00"}, {"step": "0"}, {"shop": "SH01"}],
)
def test_an_auction_that_makes_no_sense_is_not_written(seller, wrong):
    cast.mall()
    assert "SH01" not in seller.get(reverse("promotions:auction-new")).content.decode()
    answer = seller.post(reverse("promotions:auction-new"), AUCTION | wrong)
    assert answer.status_code == 422
    assert not Auction.objects.exists()
    assert "老紫砂壶" in answer.content.decode()


def test_a_large_issue_is_granted_only_after_a_second_person_approved(granter, shop):
    buyer("阿珍")
    assert (
        granter.post(reverse("promotions:red-packet-new"), ISSUE | {"budget": "1000.01"}).status_code == 302
    )
    row = RedPacketIssue.objects.get()
    given = {"nicks": "阿珍", "amount": "10", "ref": "抽奖"}
    assert granter.post(there("grants", row), given).status_code == 409
    assert granter.post(there("approval", row)).status_code == 403
    assert not RedPacket.objects.exists()
    both = signed(Power.OFFER_SEE, Power.OFFER_APPROVE, Power.RED_PACKET_GRANT, at=shop, name="both")
    both.post(reverse("promotions:red-packet-new"), ISSUE | {"budget": "2000", "name": "自己的"})
    own_row = RedPacketIssue.objects.get(name="自己的")
    assert both.post(there("approval", own_row)).status_code == 403
    own_row.refresh_from_db()
    assert own_row.waits
    assert "批准它" in both.get(there("issue", row)).content.decode()
    assert both.post(there("approval", row)).status_code == 302
    assert granter.post(there("grants", row), given).status_code == 302
    assert RedPacket.objects.count() == 1


def test_who_bid_is_masked_in_the_history_too(seller, shop):
    tea = Sku.objects.get(code="POT")
    row = Auction.objects.create(
        shop=shop, sku=tea, title="壶", start_fen=100, step_fen=100, state=Auction.State.LIVE,
        starts_at=now() - DAY, ends_at=now() + DAY, made_by="测试",
    )  # fmt: skip
    who = buyer("半山听雨")
    auctions.bid(by=as_actor(who), auction_id=row.pk, buyer_id=who.pk, amount_fen=100, at=now())
    page = seller.get(reverse("promotions:auction", args=[row.pk])).content.decode()
    assert page.count("半**") == 2
    assert "山听雨" not in page
