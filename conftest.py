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


@pytest.fixture(scope="session", autouse=True)
def _tests_may_empty_the_books() -> None:
    """Tests that commit empty all tables afterwards; the daybook and the ledger refuse that to everybody else.

    Bells ring after the commit from a thread of their own: they are waited for, or they would stay in the table.
    """
    from django.db.backends.postgresql.operations import DatabaseOperations

    from zhanggui.kit import bells

    flush = DatabaseOperations.execute_sql_flush

    def empty(self: DatabaseOperations, sql_list: list[str]) -> None:
        bells.flush()
        flush(
            self,
            ["SET session_replication_role = replica", *sql_list, "SET session_replication_role = origin"],
        )

    DatabaseOperations.execute_sql_flush = empty
