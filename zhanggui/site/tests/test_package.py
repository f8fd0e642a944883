"""The built wheel works without the checkout: it holds every template, script, catalogue and data file."""

import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
pytestmark = [
    pytest.mark.processes,
    pytest.mark.skipif(not (ROOT / "pyproject.toml").exists(), reason="only in a checkout"),
]


def test_the_wheel_holds_what_the_package_needs_and_runs(
    tmp_path: Path, data_folder: Callable[[], Path]
) -> None:
    made = subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "wheel",
            "-q",
            "--no-deps",
            "--no-build-isolation",
            "-w",
            tmp_path,
            ROOT,
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    (wheel,) = tmp_path.glob("zhanggui-*.whl")
    away = tmp_path / "away"
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(away)
    listed = subprocess.run(
        ["git", "ls-files", "zhanggui"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    for name in listed.stdout.split():
        if "/tests/" not in name and (ROOT / name).exists():
            assert (away / name).exists(), f"{name} is missing in the wheel"
    assert not list(away.rglob("tests")), "tests stay at home"
    env = {
        name: value
        for name, value in os.environ.items()
        if name not in ("DATABASE_URL", "DJANGO_SETTINGS_MODULE")
    }
    env |= {
        "PYTHONPATH": str(away),
        "ZHANGGUI_HOME": str(data_folder()),
        "LANG": "en_US.UTF-8",
        "LC_ALL": "en_US.UTF-8",
    }
    code = "import zhanggui, sys; print(zhanggui.__file__); from zhanggui.site.cli import main; sys.exit(main(['shops']))"
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=env, capture_output=True, text=True, check=False
    )
    assert str(away) in ran.stdout, "the package of the wheel, not of the checkout"
    assert "No shops yet" in ran.stdout, ran.stderr


def test_the_locks_name_no_address() -> None:
    for lock in (ROOT / "requirements").glob("*.lock"):
        text = lock.read_text()
        assert "://" not in text, lock
        assert "--hash=sha256:" in text, lock
