"""One open house for the tests that only look at it; those that kill have their own."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from zhanggui.site.tests.house import House


@pytest.fixture(scope="session")
def data_folder() -> Iterator[Callable[[], Path]]:
    """Makes empty data folders that a system user may walk into (pytest's own are closed to others)."""
    made: list[Path] = []

    def make() -> Path:
        folder = Path(tempfile.mkdtemp(prefix="zg-house-"))
        folder.chmod(0o755)
        made.append(folder)
        return folder

    yield make
    for folder in made:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def house(data_folder: Callable[[], Path]) -> Iterator[House]:
    """An open house with two web processes and a worker."""
    house = House(data_folder()).up("--workers", "2")
    yield house
    house.close()
