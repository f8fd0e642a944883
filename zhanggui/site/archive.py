"""The backup file: one tar with the database, the keys and the uploads, and a list that vouches for each part.

`manifest.json` comes first: versions, moment, and size and SHA-256 of every part. A part that is missing, cut
short, altered or not in the list is found before anything is written anywhere.
"""

import hashlib
import io
import json
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from zhanggui.site.plainly import Sorry
from zhanggui.site.say import say

FORMAT = 1
MANIFEST, DATABASE, KEYS, UPLOADS = "manifest.json", "database.dump", "keys.json", "uploads/"
PICTURES = "pictures/"
FOLDERS = (UPLOADS, PICTURES)
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the backup: its name in the tar, where it lies now."""

    name: str
    path: Path


def write(target: IO[bytes], parts: list[Part], facts: dict[str, Any]) -> None:
    """Write the tar. Each part is read twice: once to vouch for it, once to store it."""
    listed = {part.name: {"sha256": _digest(part.path), "bytes": part.path.stat().st_size} for part in parts}
    manifest = json.dumps(facts | {"format": FORMAT, "parts": listed}, ensure_ascii=False, indent=1).encode()
    with tarfile.open(fileobj=target, mode="w", format=tarfile.PAX_FORMAT) as tar:
        _add(tar, MANIFEST, len(manifest), io.BytesIO(manifest))
        for part in parts:
            with part.path.open("rb") as content:
                _add(tar, part.name, part.path.stat().st_size, content)


def check(path: Path) -> dict[str, Any]:
    """Read the whole backup and compare it with its list; gives the facts. Raises Sorry."""
    seen: dict[str, dict[str, Any]] = {}
    facts: dict[str, Any] = {}
    try:
        with tarfile.open(path, mode="r:") as tar:
            for member in tar:
                content = tar.extractfile(member) if member.isfile() else None
                if content is None or not _safe(member.name) or member.name in seen:
                    raise _bad(path, member.name)
                if not facts:
                    if member.name != MANIFEST or member.size > 50_000_000:
                        raise _bad(path, member.name)
                    facts = json.loads(content.read())
                    continue
                digest, size = hashlib.sha256(), 0
                while chunk := content.read(_CHUNK):
                    digest.update(chunk)
                    size += len(chunk)
                seen[member.name] = {"bytes": size, "sha256": digest.hexdigest()}
    except (tarfile.TarError, EOFError, ValueError) as trouble:
        raise _bad(path, str(trouble)) from trouble
    if not facts or facts.get("format") != FORMAT:
        raise _bad(path, say("不是掌柜的备份", "not a backup of zhanggui"))
    for name in sorted(facts["parts"].keys() | seen.keys()):
        if facts["parts"].get(name) != seen.get(name):
            raise _bad(path, name)
    if DATABASE not in seen or KEYS not in seen:
        raise _bad(path, DATABASE)
    return facts


@contextmanager
def part_of(path: Path, name: str) -> Iterator[IO[bytes]]:
    """One part of a backup that was checked, to read from."""
    with tarfile.open(path, mode="r:") as tar:
        content = tar.extractfile(name)
        assert content is not None
        yield content


def _add(tar: tarfile.TarFile, name: str, size: int, content: IO[bytes]) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o600
    tar.addfile(member, content)


def _digest(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _safe(name: str) -> bool:
    words = name.split("/")
    return name in (MANIFEST, DATABASE, KEYS) or (
        name.startswith(FOLDERS) and all(word not in ("", ".", "..") for word in words)
    )


def _bad(path: Path, why: str) -> Sorry:
    return Sorry(
        say(
            f"{path} 不是完好的备份（{why}），什么都没有改动。",
            f"{path} is not a sound backup ({why}); nothing was changed.",
        )
    )
