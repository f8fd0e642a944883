"""A file that can be opened and read from its beginning as often as needed."""

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast


@dataclass(frozen=True, slots=True)
class Source:
    """`name`: as the person knows it. `size`: bytes. `open`: a fresh stream of the plain content."""

    name: str
    size: int
    open: Callable[[], AbstractContextManager[BinaryIO]]


def on_disk(path: Path) -> Source:
    """A plain file of the machine's owner (the command line)."""

    def opened() -> BinaryIO:
        return cast(BinaryIO, path.open("rb"))

    return Source(path.name, os.stat(path).st_size, opened)
