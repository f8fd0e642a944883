"""A single act on or off the shelf is taken back: from the notice, and without script from the page."""

from datetime import timedelta

import pytest

from tests.cast import HOUSE, everything, sign_in, staff
from zhanggui.catalog.actions import listings
from zhanggui.catalog.models import Listing
from zhanggui.catalog.queries.undoing import UNDO_FOR
from zhanggui.catalog.tests.cast import ready
from zhanggui.journal.models import Entry
from zhanggui.kit.clock import now
from zhanggui.kit.refusals import NotNow
from zhanggui.people.actors import actor_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def mei():
    return staff("1001", *everything())


def fresh(listing):
    return Listing.objects.defer("words").get(pk=listing.pk)


def place(listing, more=""):
    return f"/goods/{listing.product_id}/listings/{listing.pk}/{more}"


def test_off_and_back_on_without_script(client, mei):
    since = now() - timedelta(days=3)
    listing = ready(at=since, listed={"shown": True})
    boss = sign_in(client, mei)
    assert boss.post(place(listing), {"act": "off"}).status_code == 302
    assert fresh(listing).state == Listing.State.OFF
    page = boss.get(f"/goods/{listing.product_id}/shelf/").content.decode()
    assert place(listing, "undoing/") in page
    assert boss.post(place(listing, "undoing/")).status_code == 302
    back = fresh(listing)
    assert (back.state, back.on_at, back.off_at, back.shown) == (Listing.State.ON, since, None, True)
    assert "undoing/" not in boss.get(f"/goods/{listing.product_id}/shelf/").content.decode()
    again = boss.post(place(listing, "undoing/"))
    assert again.status_code == 409
    assert "不能撤销" in again.content.decode()


def test_on_and_back_to_a_draft_from_the_notice(client, mei):
    listing = ready()
    boss = sign_in(client, mei)
    answer = boss.post(place(listing), {"act": "on"})
    assert "undoing" in answer.cookies["zg-toast"].value
    assert boss.post(place(listing, "undoing/"), headers={"Accept": "application/json"}).json() == {
        "undone": True
    }
    assert (fresh(listing).state, fresh(listing).on_at) == (Listing.State.DRAFT, None)
    assert Entry.objects.filter(what="listing.restored").count() == 1
    late = boss.post(place(listing, "undoing/"), headers={"Accept": "application/json"})
    assert late.status_code == 409


@pytest.mark.parametrize("what", ["another person", "too late", "changed since", "nothing done"])
def test_what_cannot_be_taken_back(mei, what):
    by, at = actor_of(mei), now()
    listing = ready(at=at - timedelta(days=1))
    if what != "nothing done":
        listings.take_off(by=by, listing_ids=[listing.pk], at=at)
    if what == "another person":
        by = actor_of(staff("1002", *everything()))
    if what == "too late":
        at += UNDO_FOR + timedelta(seconds=5)
    if what == "changed since":
        listings.put_on(by=HOUSE, listing_ids=[listing.pk], at=at)
    was = (fresh(listing).state, fresh(listing).version)
    with pytest.raises(NotNow):
        listings.take_back(by=by, listing=listing, at=at)
    assert (fresh(listing).state, fresh(listing).version) == was


def test_what_no_longer_passes_stays_off(client, mei):
    listing = ready(at=now() - timedelta(days=1))
    boss = sign_in(client, mei)
    boss.post(place(listing), {"act": "off"})
    listing.product.pictures.all().delete()
    answer = boss.post(place(listing, "undoing/"))
    assert answer.status_code == 409
    assert "没有主图" in answer.content.decode()
    assert fresh(listing).state == Listing.State.OFF


def test_a_recommendation_and_a_moment_are_taken_back_too(client, mei):
    listing = ready(at=now() - timedelta(days=1))
    boss = sign_in(client, mei)
    boss.post(place(listing), {"act": "shown"})
    boss.post(place(listing, "undoing/"))
    assert fresh(listing).shown is False
    boss.post(place(listing), {"act": "off", "off_at": "2099-01-01T00:00"})
    assert fresh(listing).off_at is not None
    boss.post(place(listing, "undoing/"))
    assert fresh(listing).off_at is None
