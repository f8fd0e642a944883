"""The catalogues of the rooms, compiled into the data folder (never into the package, which may be read-only)."""

import hashlib
import logging
import os
import secrets
from pathlib import Path

log = logging.getLogger(__name__)
_PACKAGE = Path(__file__).parent.parent


def sources(language: str = "en") -> list[Path]:
    """The rooms' catalogues of a language, in the order of the rooms' names."""
    return sorted(_PACKAGE.glob(f"*/locale/{language}/LC_MESSAGES/django.po"))


def compiled(home: Path, language: str = "en") -> str:
    """Compile the rooms' catalogues into one when one of them changed; gives the folder for LOCALE_PATHS.

    Two processes at once write the same bytes. A catalogue that cannot be read is left out and told of.
    """
    folder = home / "locale" / language / "LC_MESSAGES"
    target, mark = folder / "django.mo", folder / "django.mark"
    files = sources(language)
    facts = ((str(path), path.stat().st_mtime_ns, path.stat().st_size) for path in files)
    now = hashlib.sha256(repr(list(facts)).encode()).hexdigest()
    if target.exists() and mark.exists() and mark.read_text() == now:
        return str(home / "locale")
    from babel.messages.catalog import Catalog  # noqa: PLC0415 - needed only when something changed
    from babel.messages.mofile import write_mo  # noqa: PLC0415
    from babel.messages.pofile import read_po  # noqa: PLC0415

    whole = Catalog(locale=language, charset="utf-8")
    for path in files:
        try:
            with path.open("rb") as file:
                part = read_po(file, locale=language, abort_invalid=True)
        except Exception:
            log.warning("the catalogue %s cannot be read and is left out", path, exc_info=True)
            continue
        for message in part:
            if message.id and message.string:
                whole.add(message.id, message.string, context=message.context)
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f".{os.getpid()}-{secrets.token_hex(4)}"
    with draft.open("wb") as file:
        write_mo(file, whole)
    draft.replace(target)
    draft.write_text(now)
    draft.replace(mark)
    return str(home / "locale")
