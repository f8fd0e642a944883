"""The web processes: made of one that has read the program, and made again whatever ends them."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import psutil
import pytest

from zhanggui.site.tests.house import House, until
from zhanggui.site.web import _look


@pytest.fixture(scope="module")
def own(data_folder: Callable[[], object]) -> Iterator[House]:
    """A house of this file's own, to be killed in parts."""
    house = House(data_folder()).up("--workers", "2")  # type: ignore[arg-type]
    yield house
    house.close()


def parts(house: House) -> tuple[psutil.Process, list[psutil.Process]]:
    """The watching web process and its workers."""
    found = house.children("zhanggui.site.web")
    [watcher] = [one for one in found if one.ppid() not in {other.pid for other in found}]
    return watcher, [one for one in found if one.pid != watcher.pid]


@pytest.mark.processes
def test_all_web_workers_killed_at_once_are_made_again_by_the_same_watcher(own: House) -> None:
    watcher, workers = parts(own)
    assert len(workers) == 2
    for worker in workers:
        os.kill(worker.pid, signal.SIGKILL)
    until(own.answers, 15, "answers again")
    until(lambda: len(parts(own)[1]) == 2, 15, "both are there again")
    again, fresh = parts(own)
    assert again.pid == watcher.pid
    assert not {one.pid for one in fresh} & {one.pid for one in workers}


@pytest.mark.processes
def test_a_killed_watcher_takes_its_workers_along_and_another_comes(own: House) -> None:
    watcher, workers = parts(own)
    os.kill(watcher.pid, signal.SIGKILL)
    until(lambda: not any(one.is_running() and one.status() != "zombie" for one in workers), 15, "gone")
    until(lambda: len(own.children("zhanggui.site.web")) == 3, 30, "another watcher with its workers")
    assert parts(own)[0].pid != watcher.pid
    until(own.answers, 15, "answers again")


class Worker:
    """As the server holds one."""

    def __init__(self, lives: list[bool], place: int) -> None:
        self.inner = SimpleNamespace(pid=100 + place)
        self.is_alive = lambda: lives[place]


def test_a_worker_whose_end_was_overlooked_is_made_again_at_the_second_look_and_not_before() -> None:
    lives = [True, True]
    workers = [Worker(lives, place) for place in (0, 1)]
    server = SimpleNamespace(wrks=workers, interrupt_children=[], main_loop_interrupt=threading.Event())
    assert _look(server, set()) == set()
    lives[1] = False
    missed = _look(server, set())
    assert server.interrupt_children == []
    _look(server, missed)
    assert server.interrupt_children == [1]
    assert server.main_loop_interrupt.is_set()
    _look(server, missed)
    assert server.interrupt_children == [1], "asked for once"
