"""Our own PostgreSQL survives whatever is killed, and says in plain words why it cannot start."""

import os
import signal
import site
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from zhanggui.site import database
from zhanggui.site.database import CannotStart, Server
from zhanggui.site.tests.house import until

pytestmark = pytest.mark.processes

HOLD = """
import sys, time
from pathlib import Path
from zhanggui.site.database import Server
server = Server(Path(sys.argv[1])); server.start(); print("ready", flush=True); time.sleep(600)
"""


@pytest.fixture
def home(data_folder: Callable[[], Path]) -> Iterator[Path]:
    folder = data_folder()
    yield folder
    until(lambda: not Server(folder).pid(), 15, "nothing is left running")


def ask(server: Server, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(server.url.replace("postgres://", "postgresql://"), autocommit=True) as link:
        cursor = link.execute(statement)
        return cursor.fetchall() if cursor.description else []


def holder(home: Path) -> "subprocess.Popen[str]":
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(home)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def test_it_starts_speaks_utf8_and_stops_with_its_last_user(home: Path) -> None:
    first, second = Server(home), Server(home)
    first.start()
    second.start()
    assert first.pid() == second.pid()
    assert ask(
        first, "SELECT lower('ÄÖ'), '掌柜' ~ '^[[:alpha:]]+$', current_setting('listen_addresses')"
    ) == [("äö", True, "")]
    assert not first.stop(), "somebody else uses it still"
    assert second.pid()
    assert second.stop()
    assert not second.pid()


def test_two_that_start_at_once_get_one_server(home: Path) -> None:
    pair = [
        subprocess.Popen([sys.executable, "-c", HOLD, str(home)], stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    for process in pair:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    running = [
        process
        for process in psutil.process_iter(["cmdline"])
        if str(home / "postgres") in (process.info["cmdline"] or []) and "-D" in process.info["cmdline"]
    ]
    assert len(running) == 1
    for process in pair:
        process.kill()
        process.wait()


def test_it_is_stopped_when_its_last_user_is_killed(home: Path) -> None:
    process = holder(home)
    assert Server(home).pid()
    process.send_signal(signal.SIGKILL)
    process.wait()
    until(lambda: not Server(home).pid(), 10, "the keeper stops it")


def test_what_was_committed_survives_a_killed_postmaster(home: Path) -> None:
    server = Server(home)
    server.start()
    ask(server, "CREATE TABLE kept (n int)")
    ask(server, "INSERT INTO kept VALUES (7)")
    pid = server.pid()
    assert pid
    os.kill(pid, signal.SIGKILL)
    until(lambda: not server.pid(), 5)
    assert (home / "postgres" / "postmaster.pid").exists(), "the stale file is part of the story"
    assert server.revive()
    assert ask(server, "SELECT n FROM kept") == [(7,)]
    assert not server.revive(), "alive: nothing to revive"
    server.stop()


@pytest.mark.parametrize("guarded", [True, False])
def test_a_server_that_was_told_to_stop_does_not_wait_for_ever(
    home: Path, guarded: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stray SIGTERM with a session open. Control: without a look at the word "stopping" it stays half shut."""
    if not guarded:
        monkeypatch.setattr("zhanggui.site.keeper.stopping", lambda data: False)
    server = Server(home)
    server.start()
    ask(server, "CREATE TABLE kept (n int)")
    ask(server, "INSERT INTO kept VALUES (7)")
    pid = server.pid()
    assert pid
    link = psycopg.connect(server.url.replace("postgres://", "postgresql://"))
    os.kill(pid, signal.SIGTERM)
    revived, over = False, time.monotonic() + (20 if guarded else 3)
    while not revived and time.monotonic() < over:
        revived = server.revive()
        time.sleep(0.1)
    assert revived is guarded
    if guarded:
        assert ask(server, "SELECT n FROM kept") == [(7,)]
    else:
        with pytest.raises(psycopg.OperationalError, match="shutting down"):
            ask(server, "SELECT 1")
    link.close()
    server.stop()


def test_a_busy_process_of_a_killed_server_is_waited_for(home: Path) -> None:
    server = Server(home)
    server.start()
    pid = server.pid()
    assert pid
    busy = subprocess.Popen(
        [database.binaries() / "psql", "-h", server.sockets, "-U", "postgres", "-c", "SELECT count(*) FROM generate_series(1, 60000000)"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    time.sleep(0.5)
    os.kill(pid, signal.SIGKILL)
    until(lambda: not server.pid(), 5)
    assert server.revive()
    assert ask(server, "SELECT 1") == [(1,)]
    server.stop()
    busy.wait(60)


def test_a_pid_that_another_program_has_now_is_not_mistaken_for_ours(home: Path) -> None:
    server = Server(home)
    server.start()
    server.stop()
    stranger = subprocess.Popen(["sleep", "60"])
    (home / "postgres" / "postmaster.pid").write_text(
        f"{stranger.pid}\n{home / 'postgres'}\n1\n5432\n{server.sockets}\n\n  1  1\nready\n"
    )
    assert server.pid() is None
    server.start()
    assert ask(server, "SELECT 1") == [(1,)]
    server.stop()
    assert stranger.poll() is None, "and it is not killed"
    stranger.kill()
    stranger.wait()


def test_a_first_start_that_was_cut_short_is_begun_anew(home: Path) -> None:
    (home / "postgres").mkdir()
    (home / "postgres" / "base").mkdir()
    (home / "postgres.new").mkdir()
    server = Server(home)
    server.start()
    assert ask(server, "SELECT 1") == [(1,)]
    server.stop()


def test_a_folder_that_cannot_be_used_is_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotStart, match="ZHANGGUI_HOME"):
        Server(tmp_path / "file" / "home").start()


def test_settings_that_the_server_refuses_are_told_with_its_own_words(home: Path) -> None:
    began = time.monotonic()
    with pytest.raises(CannotStart, match="unheard_of"):
        Server(home, ["unheard_of=1"]).start()
    assert time.monotonic() - began < 30


def test_data_of_another_version_is_refused_not_touched(home: Path) -> None:
    (home / "postgres").mkdir()
    (home / "postgres" / "PG_VERSION").write_text("12\n")
    with pytest.raises(CannotStart, match="12"):
        Server(home).start()
    assert (home / "postgres" / "PG_VERSION").read_text() == "12\n"


def test_without_the_wheel_it_says_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(CannotStart, match="DATABASE_URL"):
        database.binaries()


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become somebody else")
def test_it_runs_for_an_ordinary_user_too(home: Path) -> None:
    os.chown(home, 65534, 65534)
    code = (
        "import sys; from pathlib import Path; from zhanggui.site.database import Server\n"
        "server = Server(Path(sys.argv[1])); server.start(); print(server.pid() is not None, server.stop())"
    )
    ways = os.pathsep.join([str(Path(database.__file__).parents[2]), *site.getsitepackages()])
    for python in (sys.executable, "/usr/bin/python3"):
        try:
            done = subprocess.run(
                [python, "-c", code, str(home)],
                user=65534,
                group=65534,
                extra_groups=[],
                capture_output=True,
                text=True,
                check=False,
                env={"HOME": str(home), "PATH": os.environ["PATH"], "PYTHONPATH": ways},
            )
        except OSError:  # the Python of this machine may not be run by others
            continue
        assert done.stdout.split() == ["True", "True"], done.stderr
        return
    pytest.skip("no Python of this machine may be run by others")
