"""The doctor finds what is wrong and says it in words."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from zhanggui.site.tests.house import House

pytestmark = pytest.mark.processes


def test_an_open_house_is_well(house: House) -> None:
    done = house.run("doctor")  # it finds the port of the house that is open here
    assert done.returncode == 0, done.stdout
    assert "Stock follows from movements" in done.stdout
    assert "[BAD]" not in done.stdout
    assert "Background work is alive" in done.stdout
    assert f"Port {house.port} is answered" in done.stdout


def test_it_speaks_chinese_too(house: House) -> None:
    house.env |= {"LANG": "zh_CN.UTF-8", "LC_ALL": "zh_CN.UTF-8"}
    try:
        assert "操作日志完好" in house.run("doctor").stdout
    finally:
        house.env |= {"LANG": "en_US.UTF-8", "LC_ALL": "en_US.UTF-8"}


@pytest.mark.parametrize(
    ("harm", "mend", "told"),
    [
        (
            "ALTER TABLE journal_entry DISABLE TRIGGER entry_only_grows; "
            "UPDATE journal_entry SET what = what || '!' WHERE id = (SELECT min(id) FROM journal_entry)",
            "UPDATE journal_entry SET what = rtrim(what, '!') WHERE id = (SELECT min(id) FROM journal_entry); "
            "ALTER TABLE journal_entry ENABLE TRIGGER entry_only_grows",
            "daybook was altered",
        ),
        (
            "INSERT INTO journal_announcement (id, name, news) VALUES (-1, 'Nobody', '{}'); "
            "INSERT INTO journal_delivery (announcement_id, listener, next_at, tries, trouble) "
            "VALUES (-1, 'x', clock_timestamp() + interval '1 hour', 3, 'no')",
            "DELETE FROM journal_delivery WHERE announcement_id = -1; DELETE FROM journal_announcement WHERE id = -1",
            "1 have failed",
        ),
    ],
    ids=["daybook", "news"],
)
def test_harm_in_the_database_is_found(house: House, harm: str, mend: str, told: str) -> None:
    house.python("from tests import cast\nfrom zhanggui.journal import daybook, seals\n"
                 "daybook.write(by=cast.HOUSE, what='doctor.test', kind='test')\nseals.seal_new()")  # fmt: skip
    assert told not in house.run("doctor").stdout
    house.sql(harm)
    try:
        assert told in house.run("doctor").stdout
    finally:
        house.sql(mend)
    assert told not in house.run("doctor").stdout


def test_a_cut_end_of_the_daybook_is_found(house: House) -> None:
    house.python("from django.conf import settings\nfrom tests import cast\nfrom zhanggui.journal import daybook, seals\n"
                 "from zhanggui.site import anchors\n"
                 "daybook.write(by=cast.HOUSE, what='doctor.test', kind='test')\nseals.seal_new()\n"
                 "anchors.note(settings.HOME)")  # fmt: skip
    assert (house.home / "newest-seal").stat().st_mode & 0o777 == 0o600
    told = "The end of the daybook was cut off"
    assert told not in house.run("doctor").stdout, "control: whole"
    house.sql(
        "ALTER TABLE journal_seal DISABLE TRIGGER seal_only_grows; "
        "ALTER TABLE journal_entry DISABLE TRIGGER entry_only_grows; "
        "DELETE FROM journal_entry WHERE id >= (SELECT first_id FROM journal_seal ORDER BY id DESC LIMIT 1); "
        "DELETE FROM journal_seal WHERE id = (SELECT max(id) FROM journal_seal); "
        "ALTER TABLE journal_entry ENABLE TRIGGER entry_only_grows; "
        "ALTER TABLE journal_seal ENABLE TRIGGER seal_only_grows"
    )
    house.python(
        "from django.conf import settings\nfrom zhanggui.site import anchors\nanchors.note(settings.HOME)"
    )
    done = house.run("doctor")  # the worker's next note does not cover it up
    assert told in done.stdout
    assert done.returncode == 1
    (house.home / "newest-seal").unlink()


def test_a_worker_that_does_nothing_in_an_open_house_is_bad(house: House) -> None:
    sign = house.home / "open"
    began = sign.stat().st_mtime
    worker = [process.pid for process in house.children("zhanggui.site.worker")]
    for pid in worker:
        os.kill(pid, signal.SIGSTOP)
    try:
        house.sql("UPDATE procrastinate_workers SET last_heartbeat = clock_timestamp() - interval '1 minute'")
        os.utime(sign)
        just_opened = house.run("doctor")
        assert "is the house open?" in just_opened.stdout, "control: it may take a moment after the opening"
        assert just_opened.returncode == 0
        os.utime(sign, (time.time() - 60, time.time() - 60))
        done = house.run("doctor")
        assert "[BAD] The house is open but its background worker is not running" in done.stdout
        assert done.returncode == 1
    finally:
        os.utime(sign, (began, began))
        house.sql("UPDATE procrastinate_workers SET last_heartbeat = clock_timestamp()")
        for pid in worker:
            os.kill(pid, signal.SIGCONT)


def test_keys_that_others_can_read_are_found(house: House) -> None:
    path = house.home / "keys.json"
    os.chmod(path, 0o644)
    done = house.run("doctor")
    os.chmod(path, 0o600)
    assert done.returncode == 1
    assert f"chmod 600 {path}" in done.stdout


def test_an_empty_folder_is_looked_at_without_a_fuss(data_folder: Callable[[], Path]) -> None:
    done = House(data_folder()).run("doctor")
    assert "migrations wait" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
    assert done.returncode == 0
