"""Threads that answer pages: never more than allowed, one after another where one is enough, and gone when idle."""

import threading
from concurrent.futures import wait

import pytest

from zhanggui.site.threads import Threads


def test_work_is_done_by_at_most_so_many_threads_at_once_and_none_is_lost():
    threads = Threads(4, idle_seconds=5)
    lock, at_work, most, done = threading.Lock(), [0], [0], []
    full = threading.Barrier(4)

    def work(number):
        with lock:
            at_work[0] += 1
            most[0] = max(most[0], at_work[0])
        if number < 4:
            full.wait(timeout=20)
        with lock:
            at_work[0] -= 1
            done.append(number)
        return number * 2

    futures = [threads.submit(work, number) for number in range(200)]
    assert not wait(futures, timeout=20).not_done
    assert [future.result() for future in futures] == [number * 2 for number in range(200)]
    assert (most[0], sorted(done)) == (4, list(range(200)))


def test_one_thing_after_another_needs_one_thread():
    threads = Threads(4, idle_seconds=5)
    names = set()
    for _ in range(50):
        names.add(threads.submit(threading.get_ident).result(timeout=20))
        while not threads._idle:  # it answers before it is free again
            pass
    assert len(names) == 1
    assert threads.many == 1


def test_a_thread_without_work_ends_and_says_goodbye_and_work_goes_on():
    gone = threading.Semaphore(0)
    threads = Threads(2, ending=gone.release, idle_seconds=0.01)
    for _ in range(20):
        assert threads.submit(lambda: 1).result(timeout=20) == 1
        assert gone.acquire(timeout=20)
    assert threads.many == 0


def test_what_work_raises_is_raised_where_it_is_waited_for():
    threads = Threads(1)
    with pytest.raises(ZeroDivisionError):
        threads.submit(lambda: 1 // 0).result(timeout=20)
    assert threads.submit(lambda: 2).result(timeout=20) == 2


def test_after_closing_there_is_no_more_work():
    threads = Threads(1)
    threads.submit(lambda: 1).result(timeout=20)
    threads.shutdown()
    with pytest.raises(RuntimeError, match="sent home"):
        threads.submit(lambda: 1)
