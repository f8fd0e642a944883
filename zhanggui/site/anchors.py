"""The newest seal's digest, kept a second time outside the database.

The chain itself shows what was altered inside it, but not that its end was cut off together with the newest seals.
So the worker notes the newest seal in the data folder each minute, and the doctor looks whether it is still there.
"""

import logging
import os
import threading
from pathlib import Path

from zhanggui.journal.models import Seal

NAME = "newest-seal"
log = logging.getLogger(__name__)


def note(home: Path) -> None:
    """Note the newest seal, unless the one noted before is gone: that must stay to be seen. Two statements."""
    if missing(home) is not None:
        log.error("the end of the daybook was cut off; see zhanggui doctor")
        return
    seal = Seal.objects.order_by("-pk").first()
    if seal is None:
        return
    draft = home / f".{NAME}-{os.getpid()}-{threading.get_ident()}"
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as target:
        target.write(f"{seal.pk} {bytes(seal.digest).hex()}\n")
    draft.replace(home / NAME)


def missing(home: Path) -> int | None:
    """The number of the noted seal when the database no longer has it, else None. One statement."""
    try:
        number, digest = (home / NAME).read_text().split()
    except (OSError, ValueError):
        return None
    kept = Seal.objects.filter(pk=int(number), digest=bytes.fromhex(digest)).exists()
    return None if kept else int(number)


def forget(home: Path) -> None:
    """A restored backup may end earlier: what was noted before it no longer counts."""
    (home / NAME).unlink(missing_ok=True)
