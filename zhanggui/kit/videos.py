"""Videos that people upload: known by their content, kept under a random name as they are, served in pieces, harmlessly.

Nothing is transcoded: what a browser cannot play is refused at the door (mp4 of the common brands, webm). What a phone
writes into an mp4 beside the film (place, model, owner) is blanked out. They lie in the folder of the pictures, so backup and
sweep know them.
"""

import os
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from zhanggui.kit.refusals import Invalid

NAME = re.compile(r"[0-9a-f]{32}\.(?:mp4|webm)")
TYPES = {"mp4": "video/mp4", "webm": "video/webm"}
MOST_AT_ONCE = 2 * 1024 * 1024
"""Bytes of one answer to a request for a range; a server may send less than it is asked for (RFC 9110, 15.3.7)."""
_BRANDS = {
    b"isom",
    b"iso2",
    b"iso3",
    b"iso4",
    b"iso5",
    b"iso6",
    b"mp41",
    b"mp42",
    b"avc1",
    b"dash",
    b"M4V ",
    b"MSNV",
}
_TOLD = {b"udta", b"meta", b"uuid"}
"""Boxes that hold what is told about a film, never the film."""
_INSIDE = {b"moov", b"trak"}
_MOST_BOXES = 20_000
_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")


@dataclass(frozen=True, slots=True)
class KeptVideo:
    """A kept video: the name under which it is served and its size in bytes."""

    name: str
    size: int


def keep(upload: Any, *, most: int) -> KeptVideo:
    """Check a video and keep it. `most`: bytes. Raises Invalid (field "video") for what is no mp4 or webm, or too big."""
    head = upload.read(65_536)
    form = _form(head)
    if form is None:
        raise Invalid(
            _("只收 mp4 和 webm 视频（看内容，不看文件名）。手机拍的 mov 请先导出成 mp4。"), "video"
        )
    place = Path(settings.HOME) / "pictures"
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    name = f"{secrets.token_hex(16)}.{form}"
    draft = place / f".{name}.{secrets.token_hex(4)}"
    size = 0
    try:
        with os.fdopen(os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as target:
            piece = head
            while piece:
                size += len(piece)
                if size > most:
                    raise Invalid(_("视频不能超过 %(most)s MB。") % {"most": most // 1024 // 1024}, "video")
                target.write(piece)
                piece = upload.read(1024 * 1024)
            if form == "mp4":
                _tidy(target, size)
            target.flush()
            os.fsync(target.fileno())
        os.replace(draft, place / name)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    return KeptVideo(name, size)


def drop(name: str) -> None:
    """Remove a kept video that nothing names. Nothing happens when there is none."""
    if NAME.fullmatch(name):
        (Path(settings.HOME) / "pictures" / name).unlink(missing_ok=True)


def serve(request: HttpRequest, name: str) -> HttpResponseBase:
    """A kept video or a range of it; the caller has seen that the name is one."""
    try:
        file = (Path(settings.HOME) / "pictures" / name).open("rb")
    except OSError:
        return HttpResponse(status=404, headers={"X-Content-Type-Options": "nosniff"})
    size = os.fstat(file.fileno()).st_size
    wanted = _RANGE.fullmatch(request.headers.get("Range", ""))
    answer: HttpResponseBase
    if wanted is None or not (wanted[1] or wanted[2]):
        answer = FileResponse(file)
    else:
        first, last = _span(wanted[1], wanted[2], size)
        with file:
            if first > last:
                answer = HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
            else:
                last = min(last, first + MOST_AT_ONCE - 1)
                file.seek(first)
                answer = HttpResponse(file.read(last - first + 1), status=206)
                answer["Content-Range"] = f"bytes {first}-{last}/{size}"
    answer["Content-Type"] = TYPES[name.rpartition(".")[2]]
    answer["Accept-Ranges"] = "bytes"
    return answer


def _span(first: str, last: str, size: int) -> tuple[int, int]:
    if not first:
        return max(0, size - int(last)), size - 1 if int(last) else -1
    return int(first), min(int(last), size - 1) if last else size - 1


def _form(head: bytes) -> str | None:
    if head[4:8] == b"ftyp":
        brands = {
            head[8:12],
            *(head[place : place + 4] for place in range(16, min(64, int.from_bytes(head[:4], "big")), 4)),
        }
        return "mp4" if brands & _BRANDS and head[8:12] != b"qt  " else None
    if head[:4] == b"\x1a\x45\xdf\xa3" and b"\x42\x82\x84webm" in head[:64]:
        return "webm"
    return None


def _tidy(file: IO[bytes], size: int) -> None:
    """Walk the boxes: they must add up to the file and hold a film; what is told about it is blanked. Raises Invalid."""
    broken = Invalid(_("这个视频读不完整，可能已经损坏，请重新导出后再上传。"), "video")
    kinds = set()
    for many, (kind, start, body, end, depth) in enumerate(_boxes(file, 0, size, 0)):
        if end > size or many > _MOST_BOXES:
            raise broken
        if depth == 0:
            kinds.add(kind)
        if kind in _TOLD:
            file.seek(start + 4)
            file.write(b"free")
            file.seek(body)
            left = end - body
            while left:
                left -= file.write(bytes(min(left, 65_536)))
    if not {b"moov", b"mdat"} <= kinds and b"moof" not in kinds:
        raise broken


def _boxes(file: IO[bytes], place: int, until: int, depth: int) -> Iterator[tuple[bytes, int, int, int, int]]:
    """Kind, start, start of what is in it, end, depth. A box that makes no sense ends far behind the file."""
    while place < until:
        file.seek(place)
        head = file.read(16)
        length, kind, body = int.from_bytes(head[:4], "big"), head[4:8], place + 8
        if length == 1 and len(head) == 16:
            length, body = int.from_bytes(head[8:16], "big"), place + 16
        elif length == 0 and depth == 0:
            length = until - place
        end = place + length
        if len(head) < 8 or end < body or end > until:
            yield kind, place, body, 1 << 62, depth
            return
        yield kind, place, body, end, depth
        if kind in _INSIDE and depth < 3:
            yield from _boxes(file, body, end, depth + 1)
        place = end
