"""Each test process has a database of its own on the tests' server (tests/database.py)."""

import os

import pytest


@pytest.fixture(scope="session")
def django_db_modify_db_settings_xdist_suffix(request: pytest.FixtureRequest) -> None:
    _name(request)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(request: pytest.FixtureRequest) -> None:
    _name(request)


def _name(request: pytest.FixtureRequest) -> None:
    from django.conf import settings

    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    own = os.environ.get("ZHANGGUI_TEST_DB", "zhanggui")
    settings.DATABASES["default"].setdefault("TEST", {})["NAME"] = f"test_{own}_{worker}"
