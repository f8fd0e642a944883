"""What the sandbox remembers: trades, refunds, notices still to be answered. A SQLite file of its own."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_TABLES = """
CREATE TABLE IF NOT EXISTS trades (
  trade_no TEXT PRIMARY KEY, app TEXT NOT NULL, number TEXT NOT NULL, fen INTEGER NOT NULL, subject TEXT NOT NULL,
  state TEXT NOT NULL, return_url TEXT NOT NULL, notify_url TEXT NOT NULL, made REAL NOT NULL, expires REAL NOT NULL,
  paid REAL, refunded INTEGER NOT NULL DEFAULT 0, fee INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS refunds (
  app TEXT NOT NULL, number TEXT NOT NULL, ref TEXT NOT NULL, fen INTEGER NOT NULL, at REAL NOT NULL,
  PRIMARY KEY (app, number, ref));
CREATE TABLE IF NOT EXISTS notices (
  id INTEGER PRIMARY KEY, event TEXT NOT NULL, url TEXT NOT NULL, fields TEXT NOT NULL, due REAL NOT NULL,
  step INTEGER NOT NULL DEFAULT 0, answered TEXT NOT NULL DEFAULT '', sent INTEGER NOT NULL DEFAULT 0,
  spoiled INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS bill (
  app TEXT NOT NULL, day TEXT NOT NULL, kind TEXT NOT NULL, number TEXT NOT NULL, trade_no TEXT NOT NULL,
  fen INTEGER NOT NULL, at REAL NOT NULL, note TEXT NOT NULL DEFAULT '');
"""


class Store:
    """One connection behind one lock; every act is one transaction."""

    def __init__(self, home: Path) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._link = sqlite3.connect(home / "sandbox.sqlite3", check_same_thread=False, isolation_level=None)
        self._link.row_factory = sqlite3.Row
        self._link.execute("PRAGMA journal_mode=WAL")
        self._link.executescript(_TABLES)

    @contextmanager
    def act(self) -> Iterator[sqlite3.Connection]:
        """All of it or nothing."""
        with self._lock:
            self._link.execute("BEGIN IMMEDIATE")
            try:
                yield self._link
            except BaseException:
                self._link.execute("ROLLBACK")
                raise
            self._link.execute("COMMIT")

    def rows(self, sql: str, *values: Any) -> list[dict[str, Any]]:
        """What a question finds."""
        with self._lock:
            return [dict(row) for row in self._link.execute(sql, values)]

    def one(self, sql: str, *values: Any) -> dict[str, Any] | None:
        """The first of what a question finds."""
        found = self.rows(sql, *values)
        return found[0] if found else None

    def trade(self, app: str, number: str) -> dict[str, Any] | None:
        """A merchant's trade; one whose time is over is closed by looking at it."""
        with self.act() as link:
            link.execute(
                "UPDATE trades SET state = 'TRADE_CLOSED' WHERE app = ? AND number = ? AND state = 'WAIT_BUYER_PAY' "
                "AND expires < ?",
                (app, number, time.time()),
            )
        return self.one("SELECT * FROM trades WHERE app = ? AND number = ? ORDER BY made", app, number)
