"""Personal data in clear: a reason, a cap, an alarm, and a line for each look (G8.6)."""

import threading
from datetime import timedelta

import pytest
from django.db import connection

from tests.cast import HOUSE, NOON, mall, shop, staff
from zhanggui.journal.models import Announcement, Entry
from zhanggui.kit.refusals import Invalid, NotAllowed
from zhanggui.people import rules
from zhanggui.people.actions.reveals import reveal
from zhanggui.people.actors import actor_of
from zhanggui.people.models import Reveal, Role
from zhanggui.people.powers import Power
from zhanggui.people.rules import TooMany

pytestmark = pytest.mark.django_db


@pytest.fixture
def lin(db):
    return staff("sh001", Power.RECEIVER_REVEAL, at=shop(), name="小林")


def look(person, number=1, at=NOON, **also):
    values = {"kind": "order", "object_id": number, "shop_id": shop().pk, "reason": "买家来电核对地址"} | also
    return reveal(by=actor_of(person), at=at, **values)


def test_a_look_is_written_down_with_its_reason(lin):
    look(lin, 42)
    row = Reveal.objects.get()
    assert (row.staff, row.kind, row.object_id, row.shop_id) == (lin, "order", 42, shop().pk)
    line = Entry.objects.get(what="order.revealed")
    assert (line.object_id, line.reason, line.staff_id) == (42, "买家来电核对地址", lin.pk)


@pytest.mark.parametrize("reason", ["", " ", "\n", "?"])
def test_without_a_reason_nothing_is_shown(lin, reason):
    with pytest.raises(Invalid) as refusal:
        look(lin, reason=reason)
    assert refusal.value.field == "reason"
    assert not Reveal.objects.exists()


def test_the_power_holds_in_its_shop_only(lin):
    with pytest.raises(NotAllowed):
        look(lin, shop_id=mall().pk)
    assert not Reveal.objects.exists()


def test_the_house_itself_looks_at_nobody():
    with pytest.raises(NotAllowed):
        reveal(by=HOUSE, kind="order", object_id=1, shop_id=shop().pk, reason="因为", at=NOON)


def test_the_day_has_an_end(lin):
    Role.objects.update(reveals_a_day=5)
    for number in range(5):
        look(lin, number, at=NOON + timedelta(hours=number))
    with pytest.raises(TooMany) as refusal:
        look(lin, 6, at=NOON + timedelta(hours=5))
    assert refusal.value.wait == 7 * 3600
    assert Reveal.objects.count() == 5
    look(lin, 6, at=NOON + timedelta(hours=12))


def test_the_default_is_a_hundred_a_day(lin):
    Reveal.objects.bulk_create(
        Reveal(staff=lin, kind="order", object_id=n, shop_id=shop().pk, reason="-", at=NOON)
        for n in range(100)
    )
    with pytest.raises(TooMany):
        look(lin, at=NOON + timedelta(hours=1))


def test_thirty_in_ten_minutes_raise_one_alarm(lin):
    for number in range(rules.REVEALS_IN_A_ROW - 1):
        look(lin, number, at=NOON + timedelta(seconds=number))
    assert not Entry.objects.filter(what="reveals.many").exists()
    for number in range(5):
        look(lin, 100 + number, at=NOON + timedelta(minutes=1, seconds=number))
    assert Entry.objects.filter(what="reveals.many").count() == 1
    assert Announcement.objects.filter(name="ManyReveals").count() == 1
    assert Reveal.objects.filter(alarmed=True).count() == 1


def test_the_same_number_over_the_day_raises_none(lin):
    for number in range(rules.REVEALS_IN_A_ROW + 5):
        look(lin, number, at=NOON + timedelta(minutes=number))
    assert not Reveal.objects.filter(alarmed=True).exists()


def test_the_page_answers_who_saw_what_when_and_why(client, lin):
    look(lin, 42)
    client.force_login(staff("sj001", Power.DAYBOOK_SEE))
    page = client.get("/reveals/?object=42").content.decode()
    for word in ("小林", "object=42", "买家来电核对地址", "WH01"):
        assert word in page
    assert "小林" not in client.get("/reveals/?object=43").content.decode()


def test_an_auditor_of_another_shop_sees_none_of_it(client, lin):
    look(lin, 42)
    client.force_login(staff("sj001", Power.DAYBOOK_SEE, at=mall()))
    assert "小林" not in client.get("/reveals/").content.decode()


@pytest.mark.django_db(transaction=True)
class TestAtTheSameInstant:
    def rush(self, person, many=8):
        ready = threading.Barrier(many)

        def run(number):
            try:
                by = actor_of(person)
                ready.wait()
                reveal(by=by, kind="order", object_id=number, shop_id=place, reason="核对地址", at=NOON)
            except TooMany:
                pass
            finally:
                connection.close()

        place = shop().pk
        threads = [threading.Thread(target=run, args=(number,)) for number in range(many)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return len(list(Reveal.objects.all()))

    def test_the_cap_holds(self):
        person = staff("sh001", Power.RECEIVER_REVEAL, at=shop())
        Role.objects.update(reveals_a_day=3)
        assert self.rush(person) == 3

    def test_without_the_lock_it_would_not(self, monkeypatch):
        """The control: the person's row read without a lock, everybody counts before anybody writes."""
        from zhanggui.people.actions import reveals

        person = staff("sh001", Power.RECEIVER_REVEAL, at=shop())
        Role.objects.update(reveals_a_day=3)
        counted = threading.Barrier(8, timeout=20)

        class Unlocked:
            @staticmethod
            def select_for_update(**_):
                return Unlocked

            @staticmethod
            def get(pk):
                return person

        class Rows(type(Reveal.objects.all())):
            def count(self):
                found = super().count()
                if not getattr(passed, "once", False):
                    passed.once = True
                    counted.wait()
                return found

        passed = threading.local()
        monkeypatch.setattr(reveals, "Staff", type("S", (), {"objects": Unlocked}))
        monkeypatch.setattr(Reveal.objects, "_queryset_class", Rows)
        assert self.rush(person) == 8
