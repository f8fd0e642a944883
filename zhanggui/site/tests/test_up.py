"""`zhanggui up`: opens, says where, survives the death of every part, and closes all in order."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from zhanggui.site.database import Server
from zhanggui.site.tests.house import GIVEN_SERVER, House, until

pytestmark = pytest.mark.processes


@pytest.fixture(scope="module")
def own(data_folder: Callable[[], Path]) -> Iterator[House]:
    """A house of this file's own, to be killed in parts; made ready once."""
    house = House(data_folder())
    yield house
    house.close()


@pytest.fixture
def opened(own: House) -> House:
    if own.process is None or own.process.poll() is not None:
        own.up()
    return own


def gone(pids: list[int]) -> bool:
    return not any(psutil.pid_exists(pid) and psutil.Process(pid).status() != "zombie" for pid in pids)


def worker_beats(house: House) -> bool:
    return bool(
        house.sql(
            "SELECT 1 FROM procrastinate_workers WHERE last_heartbeat > clock_timestamp() - interval '15 seconds'"
        )
    )


def test_the_first_owner_gets_a_password_that_is_printed_once(opened: House) -> None:
    assert any("one-time password" in line for line in opened.said)
    assert opened.sql("SELECT count(*) FROM people_staff") == [(1,)]
    opened.close()
    opened.up()
    assert not any("one-time password" in line for line in opened.said), "only while nobody can sign in"


def test_it_opens_within_the_promised_seconds(opened: House) -> None:
    opened.close()
    began = time.monotonic()
    opened.up()
    took = time.monotonic() - began
    assert took < 10, f"3 s on a quiet machine, {took:.1f} s here"


def test_a_taken_port_is_told_in_a_sentence(opened: House) -> None:
    done = opened.run("up", "--port", str(opened.port))
    assert done.returncode == 1
    assert f"Port {opened.port}" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("part", ["zhanggui.site.web", "zhanggui.site.worker"])
def test_a_killed_part_is_started_again(opened: House, part: str) -> None:
    before = [process.pid for process in opened.children(part)]
    assert before
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    until(lambda: {p.pid for p in opened.children(part)} - set(before), 10, "started again")
    until(opened.answers, 15, "answers again")


def test_one_killed_web_process_is_started_again_beside_the_other(opened: House) -> None:
    until(lambda: len(opened.children("zhanggui.site.web")) == 3, 15)
    victim = max(process.pid for process in opened.children("zhanggui.site.web"))
    os.kill(victim, signal.SIGKILL)
    until(
        lambda: len({p.pid for p in opened.children("zhanggui.site.web")} - {victim}) == 3, 15, "three again"
    )
    until(opened.answers, 10)


@pytest.mark.skipif(bool(GIVEN_SERVER), reason="the given server is not ours to kill")
def test_a_killed_postmaster_is_started_again(opened: House) -> None:
    server = Server(opened.home)
    pid = server.pid()
    assert pid
    os.kill(pid, signal.SIGKILL)
    until(lambda: server.pid() not in (None, pid), 20, "the supervisor starts it again")
    until(opened.answers, 10, "pages answer")
    until(lambda: worker_beats(opened), 30, "the worker works")


def sleeper(house: House) -> psycopg.Connection[tuple[object, ...]]:
    """Somebody whose session stays open and idle: a smart shutdown waits for him for ever."""
    return psycopg.connect(house.database.replace("postgres://", "postgresql://"), autocommit=True)


@pytest.mark.skipif(bool(GIVEN_SERVER), reason="the given server is not ours to stop")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGQUIT])
def test_a_postmaster_that_a_stray_signal_stops_is_started_again(
    opened: House, number: signal.Signals
) -> None:
    """Smart, fast and immediate shutdown, with sessions open: pages answer again in seconds, nothing committed is lost."""
    server = Server(opened.home)
    pid = server.pid()
    assert pid
    opened.sql(f"INSERT INTO shops_merchant (name) VALUES ('kept {number.name}')")
    with sleeper(opened) as link:
        assert link.execute("SELECT 1").fetchone() == (1,)
        os.kill(pid, number)
        until(lambda: server.pid() not in (None, pid), 30, "the supervisor starts it again")
        link.close()
    until(opened.answers, 15, "pages answer")
    assert opened.sql(f"SELECT count(*) FROM shops_merchant WHERE name = 'kept {number.name}'") == [(1,)]
    until(lambda: worker_beats(opened), 30, "the worker works")


@pytest.mark.skipif(bool(GIVEN_SERVER), reason="the given server is not ours to stop")
def test_a_paused_postmaster_is_told_by_doctor_at_once(opened: House) -> None:
    pid = Server(opened.home).pid()
    assert pid
    os.kill(pid, signal.SIGSTOP)
    try:
        done = opened.run("doctor")
    finally:
        os.kill(pid, signal.SIGCONT)
    assert done.returncode == 1
    assert f"kill -CONT {pid}" in done.stdout
    until(opened.answers, 15, "pages answer")
    assert f"kill -CONT {pid}" not in opened.run("doctor").stdout


def test_with_a_killed_supervisor_everything_ends_and_the_next_up_works(opened: House) -> None:
    assert opened.process is not None
    pids = [process.pid for process in psutil.Process(opened.process.pid).children(recursive=True)]
    opened.process.kill()
    opened.process.wait()
    until(lambda: gone(pids), 10, "children die with their parent, PostgreSQL with its last user")
    opened.up()
    assert opened.answers()


def test_everything_killed_at_once_loses_nothing_committed(opened: House) -> None:
    assert opened.process is not None
    opened.sql("INSERT INTO shops_merchant (name) VALUES ('survivor')")
    for process in [*psutil.Process(opened.process.pid).children(recursive=True), opened.process]:
        os.kill(process.pid, signal.SIGKILL)
    opened.process.wait()
    opened.up()
    assert opened.sql("SELECT count(*) FROM shops_merchant WHERE name = 'survivor'") == [(1,)]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_it_closes_in_order_and_leaves_nothing_running(opened: House, number: signal.Signals) -> None:
    assert opened.process is not None
    pids = [process.pid for process in psutil.Process(opened.process.pid).children(recursive=True)]
    opened.process.send_signal(number)
    assert opened.process.wait(20) == 0
    assert "Closed." in opened.said[-1]
    until(lambda: gone(pids), 5, "nothing is left")
    opened.up()


def test_idle_it_takes_no_more_memory_than_promised(opened: House) -> None:
    assert opened.process is not None
    time.sleep(2)
    whole = psutil.Process(opened.process.pid)
    used = sum(process.memory_full_info().pss for process in [whole, *whole.children(recursive=True)])
    assert used < 400_000_000, f"{used / 1e6:.0f} MB"
