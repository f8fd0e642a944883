"""A backup taken while the house is open comes back whole elsewhere; a spoiled one is found before use."""

import json
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from zhanggui.site import archive
from zhanggui.site.plainly import Sorry
from zhanggui.site.tests.house import House

pytestmark = pytest.mark.processes

PICTURE = "0" * 32 + ".jpg"
SEAL = """
from zhanggui.kit.sealed import seal
from tests import cast
from zhanggui.journal.daybook import write
from zhanggui.journal.seals import seal_new
shop = cast.shop("BK01")
write(by=cast.HOUSE, what="shop.added", on=shop)
seal_new()
print(seal("13812345678", about="phone").hex())
"""
OPEN = """
from zhanggui.kit.sealed import unseal
from zhanggui.journal.seals import verify
print(unseal(bytes.fromhex("{sealed}"), about="phone"), verify().broken_at, verify().seals)
"""


@pytest.fixture(scope="module")
def kept(house: House, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A backup of the open house, and a value sealed with its keys."""
    sealed = house.python(SEAL).strip()
    (house.home / "uploads" / "a").mkdir(parents=True, exist_ok=True)
    (house.home / "uploads" / "a" / "file.csv").write_bytes(b"\x00\xff" * 5000)
    (house.home / "pictures").mkdir(exist_ok=True)
    (house.home / "pictures" / PICTURE).write_bytes(b"\xff\xd8" * 900)
    (house.home / "pictures" / f".{PICTURE}.draft").write_bytes(b"half")
    file = tmp_path_factory.mktemp("kept") / "backup.tar"
    done = house.run("backup", str(file))
    assert done.returncode == 0, done.stderr
    return file, sealed


@pytest.fixture
def elsewhere(data_folder: Callable[[], Path]) -> House:
    return House(data_folder())


def test_it_comes_back_whole_in_an_empty_folder(kept: tuple[Path, str], elsewhere: House) -> None:
    file, sealed = kept
    done = elsewhere.run("restore", str(file))
    assert done.returncode == 0, done.stderr
    elsewhere.up()
    try:
        opened, broken, seals = elsewhere.python(OPEN.format(sealed=sealed)).split()
        assert (opened, broken) == ("13812345678", "None")
        assert int(seals) >= 1
        assert elsewhere.sql("SELECT count(*) FROM shops_shop WHERE code = 'BK01'") == [(1,)]
        assert (elsewhere.home / "uploads" / "a" / "file.csv").read_bytes() == b"\x00\xff" * 5000
        assert (elsewhere.home / "pictures" / PICTURE).read_bytes() == b"\xff\xd8" * 900
        assert len(list((elsewhere.home / "pictures").iterdir())) == 1, "a draft is no picture"
        assert elsewhere.run("doctor").returncode == 0
        refused = elsewhere.run("restore", "--replace", str(file))
        assert refused.returncode == 1, "not while the house is open"
        assert "connected" in refused.stderr
    finally:
        elsewhere.close()


def test_it_replaces_only_when_told_to(kept: tuple[Path, str], elsewhere: House) -> None:
    file, sealed = kept
    elsewhere.run(
        "shops", "add", "OLD1", "--name", "旧店", "--kind", "bazaar", "--platform", "jd", "--city", "武汉"
    )
    keys = (elsewhere.home / "keys.json").read_text()
    done = elsewhere.run("restore", str(file))
    assert done.returncode == 1
    assert "--replace" in done.stderr
    assert "OLD1" in elsewhere.run("shops").stdout, "nothing happened"
    assert (elsewhere.home / "keys.json").read_text() == keys
    assert elsewhere.run("restore", "--replace", str(file)).returncode == 0
    shops = elsewhere.run("shops").stdout
    assert "BK01" in shops
    assert "OLD1" not in shops
    assert [path.read_text() for path in elsewhere.home.glob("keys.*.json")] == [keys], (
        "old keys are kept aside"
    )


CUT = """
import os
from pathlib import Path
from zhanggui.site import restore
from zhanggui.site import postgres_tools
whole = restore.whole
def cut(script, mark):
    text = b"".join(whole(script, mark))
    at = text.index(b"\\n", len(text) * {percent} // 100) + 1
    yield text[:at]
    os._exit(9)  # the kernel closes the pipe behind a killed feeder: psql sees the end of its input
restore.whole = cut
restore.restore(Path({file!r}), replace=True)
"""
KILLED_BEFORE_THE_KEYS = """
import os
from pathlib import Path
from zhanggui.site import restore
restore.put_in_place = lambda *given: os._exit(9)
restore.restore(Path({file!r}), replace=True)
"""


def killed(house: House, code: str) -> None:
    """Run a restore that dies in the middle."""
    done = subprocess.run(
        [sys.executable, "-c", code], env=house.env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 9, done.stderr


@pytest.mark.parametrize("percent", [20, 60, 90])
def test_a_restore_that_is_killed_while_it_feeds_changes_nothing(
    kept: tuple[Path, str], elsewhere: House, percent: int
) -> None:
    elsewhere.run(
        "shops", "add", "OLD1", "--name", "旧店", "--kind", "bazaar", "--platform", "jd", "--city", "武汉"
    )
    keys = (elsewhere.home / "keys.json").read_text()
    killed(elsewhere, CUT.format(percent=percent, file=str(kept[0])))
    assert list(elsewhere.home.glob(".restore-*")), "control: it was killed"
    shops = elsewhere.run("shops")
    assert "OLD1" in shops.stdout, shops.stderr
    assert "BK01" not in shops.stdout
    assert (elsewhere.home / "keys.json").read_text() == keys
    assert not list(elsewhere.home.glob(".restore-*")), "the next command sweeps"
    assert not list(elsewhere.home.glob(".keys-of-restore-*"))
    assert elsewhere.run("doctor").returncode == 0


def test_killed_between_the_data_and_its_keys_the_next_command_puts_the_keys_in_place(
    kept: tuple[Path, str], elsewhere: House
) -> None:
    file, sealed = kept
    elsewhere.run(
        "shops", "add", "OLD1", "--name", "旧店", "--kind", "bazaar", "--platform", "jd", "--city", "武汉"
    )
    keys = (elsewhere.home / "keys.json").read_text()
    killed(elsewhere, KILLED_BEFORE_THE_KEYS.format(file=str(file)))
    assert (elsewhere.home / "keys.json").read_text() == keys, (
        "control: without the next command they do not fit"
    )
    elsewhere.up()
    try:
        assert elsewhere.python(OPEN.format(sealed=sealed)).split()[0] == "13812345678"
        assert "BK01" in elsewhere.run("shops").stdout
    finally:
        elsewhere.close()
    assert [path.read_text() for path in elsewhere.home.glob("keys.*.json")] == [keys]
    assert not list(elsewhere.home.glob(".*restore-*"))


def test_it_never_overwrites_a_file(house: House, kept: tuple[Path, str]) -> None:
    before = kept[0].read_bytes()
    done = house.run("backup", str(kept[0]))
    assert done.returncode == 1
    assert kept[0].read_bytes() == before


def test_a_sound_backup_passes_the_check(kept: tuple[Path, str]) -> None:
    assert archive.check(kept[0])["format"] == archive.FORMAT  # control of the tests below


@pytest.mark.parametrize("spoil", ["cut", "flip", "swap", "extra", "missing", "escape", "not a tar"])
def test_a_spoiled_backup_is_refused_before_anything_is_written(
    kept: tuple[Path, str], tmp_path: Path, spoil: str
) -> None:
    file = tmp_path / "spoiled.tar"
    shutil.copy(kept[0], file)
    size = file.stat().st_size
    if spoil == "cut":
        with file.open("r+b") as target:
            target.truncate(size // 2)
    elif spoil == "flip":
        with file.open("r+b") as target:
            target.seek(size // 2)
            byte = target.read(1)
            target.seek(size // 2)
            target.write(bytes([byte[0] ^ 1]))
    elif spoil == "not a tar":
        file.write_bytes(b"nonsense" * 1000)
    else:
        _rewrite(kept[0], file, spoil)
    with pytest.raises(Sorry, match="spoiled.tar"):
        archive.check(file)
    house = House(tmp_path / "home")
    done = house.run("restore", str(file))
    assert done.returncode == 1
    assert not (tmp_path / "home" / "keys.json").exists()
    assert not (tmp_path / "home" / "postgres").exists()


def _rewrite(source: Path, target: Path, spoil: str) -> None:
    with tarfile.open(source) as old, tarfile.open(target, "w") as new:
        for member in old:
            content = old.extractfile(member)
            if spoil == "missing" and member.name == archive.KEYS:
                continue
            if spoil == "escape" and member.name.startswith(archive.UPLOADS):
                member.name = "uploads/../../escaped"
            if spoil == "swap" and member.name == archive.MANIFEST:
                facts = json.loads(content.read())
                facts["parts"][archive.KEYS], facts["parts"][archive.DATABASE] = (
                    facts["parts"][archive.DATABASE],
                    facts["parts"][archive.KEYS],
                )
                text = json.dumps(facts).encode()
                member.size = len(text)
                import io

                content = io.BytesIO(text)
            new.addfile(member, content)
        if spoil == "extra":
            member = tarfile.TarInfo("uploads/extra")
            new.addfile(member)
