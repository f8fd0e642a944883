"""Bells reach the streams of every web process, only after commit, only for those who may hear them."""

import time

import pytest

from zhanggui.site.tests.house import Ear, House, until

pytestmark = pytest.mark.processes

CAST = """
from django.conf import settings
from django.test import Client
from tests import cast
from zhanggui.people.models import Staff
mine, other = cast.shop("LV01"), cast.shop("LV02")
person = Staff.objects.filter(work_no="{number}").first() or cast.staff("{number}", "order.see", at=mine)
client = Client()
client.force_login(person)
print(mine.pk, other.pk, person.pk, settings.SESSION_COOKIE_NAME + "=" + client.cookies[settings.SESSION_COOKIE_NAME].value)
"""
RING = """
from zhanggui.kit import bells
bells.ring("{topic}", "{about}")
bells.flush()
"""


@pytest.fixture(scope="module")
def seat(house: House) -> tuple[str, str, str, str]:
    """Shop of one's own, another's shop, the person's id, the cookie."""
    mine, other, person, cookie = house.python(CAST.format(number="lv-mei")).split()
    return mine, other, person, cookie


def ring(house: House, topic: str, about: str) -> None:
    house.python(RING.format(topic=topic, about=about))


def test_a_bell_reaches_the_streams_of_all_web_processes(
    house: House, seat: tuple[str, str, str, str]
) -> None:
    mine, _, _, cookie = seat
    ears = [Ear(house.url, cookie, f"shop:{mine}") for _ in range(12)]
    ports = {house.port}
    servers = [
        process
        for process in house.children("zhanggui.site.web")
        if any(link.laddr.port in ports and link.raddr for link in process.net_connections())
    ]
    assert len(servers) == 2, "the twelve streams should lie on both processes"
    began = time.monotonic()
    ring(house, f"shop:{mine}", "order:1")
    until(lambda: all(ear.heard("order:1") for ear in ears), 5, "heard by all")
    assert time.monotonic() - began < 5
    for ear in ears:
        ear.close()


def test_what_rang_while_the_line_was_broken_comes_with_last_event_id(
    house: House, seat: tuple[str, str, str, str]
) -> None:
    mine, _, _, cookie = seat
    first = Ear(house.url, cookie, f"shop:{mine}")
    ring(house, f"shop:{mine}", "order:2")
    until(lambda: first.heard("order:2"), 5)
    last = first.last
    first.close()
    ring(house, f"shop:{mine}", "order:3")
    second = Ear(house.url, cookie, f"shop:{mine}", last)
    until(lambda: second.heard("order:3"), 3, "the missed bell")
    third = Ear(house.url, cookie, f"shop:{mine}")
    time.sleep(1)
    assert not third.heard("order:3"), "control: without Last-Event-ID nothing is told again"
    second.close()
    third.close()


def test_a_reader_who_was_away_too_long_is_told_to_load_anew(
    house: House, seat: tuple[str, str, str, str]
) -> None:
    mine, _, _, cookie = seat
    ring(house, f"shop:{mine}", "order:4")
    until(lambda: house.sql("SELECT 1 FROM kit_bell WHERE about = 'order:4'"), 3)
    house.sql("DELETE FROM kit_bell WHERE id < (SELECT max(id) FROM kit_bell)")
    ear = Ear(house.url, cookie, f"shop:{mine}", "1")
    until(lambda: any(event.get("event") == "reload" for event in ear.events), 3)
    ear.close()


def test_a_rolled_back_act_rings_nothing(house: House, seat: tuple[str, str, str, str]) -> None:
    mine, _, _, cookie = seat
    ear = Ear(house.url, cookie, f"shop:{mine}")
    house.python(
        f"""
from django.db import transaction
from zhanggui.kit import bells
for about, fails in (("order:undone", True), ("order:done", False)):
    try:
        with transaction.atomic():
            bells.ring("shop:{mine}", about)
            if fails:
                raise RuntimeError
    except RuntimeError:
        pass
bells.flush()
"""
    )
    until(lambda: ear.heard("order:done"), 5, "the bell that was not rolled back")
    assert not ear.heard("order:undone")
    ear.close()


@pytest.mark.parametrize(
    ("topic", "status"),
    [
        ("shop:{other}", 404),
        ("shop:{mine},shop:{other}", 404),
        ("staff:{person}", 200),
        ("staff:1{person}0", 404),
        ("job:1", 404),
        ("worker", 404),
        ("shop:x", 404),
        ("", 422),
    ],
)
def test_only_topics_of_ones_own_are_open(
    house: House, seat: tuple[str, str, str, str], topic: str, status: int
) -> None:
    mine, other, person, cookie = seat
    ear = Ear(house.url, cookie, topic.format(mine=mine, other=other, person=person))
    assert ear.status == status
    ear.close()


def test_nobody_hears_anything_without_signing_in(house: House, seat: tuple[str, str, str, str]) -> None:
    assert Ear(house.url, "", f"shop:{seat[0]}").status == 401


@pytest.mark.parametrize(
    "blow",
    [
        "DELETE FROM django_session",
        "UPDATE people_staff SET is_active = false WHERE work_no = '{number}'",
        "DELETE FROM people_grant g USING people_staff s WHERE g.staff_id = s.id AND s.work_no = '{number}'",
    ],
    ids=["session ended", "person disabled", "grant withdrawn"],
)
def test_a_stream_ends_within_two_seconds_when_its_right_ends(house: House, blow: str) -> None:
    number = f"lv-{abs(hash(blow)) % 10**8}"
    mine, _, _, cookie = house.python(CAST.format(number=number)).split()
    ear = Ear(house.url, cookie, f"shop:{mine}")
    assert ear.status == 200
    time.sleep(1.5)
    assert not ear.ended.is_set(), "control: it stays open as long as the right lasts"
    house.sql(blow.format(number=number))
    assert ear.ended.wait(2.0)
    assert Ear(house.url, cookie, f"shop:{mine}").status in (401, 404)


def test_a_quiet_stream_beats(house: House) -> None:
    mine, _, _, cookie = house.python(CAST.format(number="lv-beat")).split()
    ear = Ear(house.url, cookie, f"shop:{mine}")
    until(lambda: ear.beats, 4)
    ear.close()


def test_a_stream_costs_little_memory(house: House) -> None:
    mine, _, _, cookie = house.python(CAST.format(number="lv-many")).split()
    servers = house.children("zhanggui.site.web")
    warm = [Ear(house.url, cookie, f"shop:{mine}") for _ in range(10)]
    before = sum(process.memory_info().rss for process in servers)
    ears = [Ear(house.url, cookie, f"shop:{mine}") for _ in range(150)]
    assert all(ear.status == 200 for ear in ears)
    grown = sum(process.memory_info().rss for process in servers) - before
    for ear in warm + ears:
        ear.close()
    assert grown / len(ears) < 200_000
