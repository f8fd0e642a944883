"""Article rows put aside on disk while their orders are read: the two files are joined whatever their order.

A small SQLite file, found by order number; titles, codes and prices only, nothing of a person. It is
unlinked as soon as it is open, so nothing is left when the process dies.
"""

import json
import os
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType

from zhanggui.orders.arriving import ArrivingLine
from zhanggui.orders.states import LineState, Refund

_BATCH = 5_000
_ASKED = 500
Put = tuple[int, int, str, ArrivingLine | None, str]
"""File, row, order number, the article or (with None) why it could not be read."""


class Spool:
    """Articles by order number, on disk."""

    def __init__(self, folder: Path) -> None:
        handle, name = tempfile.mkstemp(prefix="spool-", suffix=".sqlite", dir=folder)
        os.close(handle)
        self._db = sqlite3.connect(name, isolation_level=None)
        self._db.executescript(
            "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA temp_store=FILE; PRAGMA cache_size=-4000;"
            "CREATE TABLE line (number TEXT, file INT, row INT, title TEXT, pieces INT, price INT, spec TEXT,"
            " code TEXT, outer TEXT, state TEXT, refund TEXT, trouble TEXT);"
            "CREATE TABLE claimed (number TEXT PRIMARY KEY) WITHOUT ROWID;"
        )
        Path(name).unlink()

    def __enter__(self) -> "Spool":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._db.close()

    def fill(self, puts: Iterable[Put]) -> None:
        """Put all articles aside and make them findable."""
        batch: list[tuple[object, ...]] = []
        for file, row, number, line, trouble in puts:
            if line is None:
                batch.append((number, file, row, "", 0, 0, "", "", "", "", "", trouble))
            else:
                state = str(line.state) if line.state else ""
                batch.append(
                    (number, file, row, line.title, line.pieces, line.price_fen, line.spec, line.code)
                    + (line.outer_number, state, str(line.refund), "")
                )
            if len(batch) >= _BATCH:
                self._write(batch)
                batch = []
        self._write(batch)
        self._db.execute("CREATE INDEX line_number ON line (number, file, row)")

    def _write(self, batch: list[tuple[object, ...]]) -> None:
        self._db.execute("BEGIN")
        self._db.executemany("INSERT INTO line VALUES (?,?,?,?,?,?,?,?,?,?,?,?)", batch)
        self._db.execute("COMMIT")

    def lines_of(self, numbers: Sequence[str]) -> dict[str, tuple[tuple[ArrivingLine, ...], str]]:
        """Per order number its articles and, when one of them could not be read, why.

        Where two files tell the same order's articles, the first file counts.
        """
        found: dict[str, list[ArrivingLine]] = {}
        files: dict[str, int] = {}
        troubles: dict[str, str] = {}
        for start in range(0, len(numbers), _ASKED):
            part = numbers[start : start + _ASKED]
            rows = self._db.execute(
                "SELECT number, file, title, pieces, price, spec, code, outer, state, refund, trouble FROM line"
                " WHERE number IN (SELECT value FROM json_each(?)) ORDER BY number, file, row",
                [json.dumps(part)],
            )
            for number, file, title, pieces, price, spec, code, outer, state, refund, trouble in rows:
                if files.setdefault(number, file) != file:
                    continue
                if trouble:
                    troubles.setdefault(number, trouble)
                    found.setdefault(number, [])
                    continue
                found.setdefault(number, []).append(
                    ArrivingLine(
                        title=title,
                        pieces=pieces,
                        price_fen=price,
                        spec=spec,
                        code=code,
                        outer_number=outer,
                        state=LineState(state) if state else None,
                        refund=Refund(refund),
                    )
                )
        return {number: (tuple(lines), troubles.get(number, "")) for number, lines in found.items()}

    def claim(self, numbers: Iterable[str]) -> None:
        """Remember that an order list named these."""
        self._db.execute("BEGIN")
        self._db.executemany("INSERT OR IGNORE INTO claimed VALUES (?)", [(number,) for number in numbers])
        self._db.execute("COMMIT")

    def unclaimed(self) -> Iterator[tuple[int, int, str]]:
        """(file, first row, number) of the orders that no list named, in the order of the files."""
        yield from self._db.execute(
            "SELECT min(file), min(row), number FROM line"
            " WHERE NOT EXISTS (SELECT 1 FROM claimed WHERE claimed.number = line.number)"
            " GROUP BY number ORDER BY 1, 2"
        )
