"""The setting of a command that works on the data, with and without a running `up`."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from zhanggui.site.database import ensure
from zhanggui.site.home import home
from zhanggui.site.plainly import open_house
from zhanggui.site.say import say
from zhanggui.site.unfinished import tidy

if TYPE_CHECKING:
    from zhanggui.kit.actor import Actor


@contextmanager
def open_for_work(*, prepared: bool = True) -> Iterator[None]:
    """Have the database (start ours, or join it), Django set up, the tables up to date; leave it all in order."""
    server = ensure(home())
    try:
        tidy(home())
        open_house()
        if prepared:
            from zhanggui.site.prepare import prepare  # noqa: PLC0415 - needs the settings

            prepare(lambda text: print(text, file=sys.stderr, flush=True))
        yield
        from zhanggui.kit import bells  # noqa: PLC0415

        bells.flush()
    finally:
        if server is not None:
            from django.db import connections  # noqa: PLC0415

            connections.close_all()
            server.stop()


def house() -> "Actor":
    """Who acts from the command line: the machine's owner."""
    from zhanggui.kit.actor import system  # noqa: PLC0415 - needs the settings

    return system(say("命令行", "command line"), "cli")
