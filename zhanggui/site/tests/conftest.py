"""One open house for the tests that only look at it; those that kill have their own."""

from collections.abc import Iterator

import pytest

from zhanggui.site.tests.house import House


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """An open house with two web processes and a worker."""
    home = tmp_path_factory.mktemp("house")
    home.chmod(0o755)
    house = House(home).up("--workers", "2")
    yield house
    house.close()
