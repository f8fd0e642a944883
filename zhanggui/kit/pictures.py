"""Pictures that people upload: decoded within limits, encoded anew, kept under a random name, served harmlessly.

What is kept never holds a byte of the upload itself: no EXIF, no comment, no colour profile, nothing behind the
picture's end. What a file is called and what its sender says it is does not count.
"""

import io
import logging
import os
import re
import secrets
import threading
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseNotFound
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from PIL import Image, ImageCms, ImageOps, ImageSequence

from zhanggui.kit import renditions, videos
from zhanggui.kit.refusals import Invalid

MOST_BYTES = 8 * 1024 * 1024
MOST_PIXELS = 40_000_000
MOST_FRAMES = 120
MOST_ALL_PIXELS = 80_000_000
"""Of all frames of a moving picture together."""
LEFT_OUT_SIDE = 12_000
"""A picture wider or higher than this is nothing for a page."""
FORMATS = {"JPEG": "jpg", "MPO": "jpg", "PNG": "png", "WEBP": "webp", "GIF": "gif"}
TYPES = {"jpg": "image/jpeg", "png": "image/png", "webp": "image/webp", "gif": "image/gif"}
NAME = re.compile(r"[0-9a-f]{32}\.(?:jpg|png|webp|gif)")
PLACE = "/pictures/"

Rule = Callable[[int, int, str], None]
"""Looks at width, height and form ("jpg") and raises Invalid: what the use of the picture wants."""

log = logging.getLogger(__name__)
_at_work = threading.BoundedSemaphore(2)
"""A picture of 40 MP takes hundreds of megabytes while it is decoded."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A kept picture: the name under which it is served, its size in pixels and in bytes."""

    name: str
    width: int
    height: int
    size: int

    @property
    def form(self) -> str:
        """What it is: "jpg", "png", "webp", "gif"."""
        return self.name.rpartition(".")[2]


def keep(upload: Any, *, rule: Rule | None = None) -> Kept:
    """Check a picture, encode it anew and keep it in HOME/pictures.

    `upload`: an uploaded file, an open binary file, or bytes. `rule`: what its use wants, asked before anything is
    written. Raises Invalid (field "picture") for what is no picture of ours, too big, or broken.
    """
    data = _read(upload)
    with _at_work:
        content, width, height, form = _anew(data, rule)
        name = f"{secrets.token_hex(16)}.{form}"
        smaller = list(renditions.made(content)) if renditions.has_some(name) else []
    _store(
        [(name, content), *((renditions.named(name[:32], wide), small) for wide, small in reversed(smaller))]
    )
    return Kept(name, width, height, len(content))


def drop(name: str) -> None:
    """Remove a kept picture that nothing names (any more), with its renditions. Nothing happens when there is none."""
    if NAME.fullmatch(name):
        for one in (name, *renditions.names_of(name)):
            (folder() / one).unlink(missing_ok=True)


def render_missing(most: int = 500) -> int:
    """Make the renditions of pictures that were kept before there were any; gives of how many pictures. Called each hour.

    One that cannot be read any more is left alone: it is served as it is.
    """
    place = folder()
    if not place.is_dir():
        return 0
    done = 0
    for file in sorted(place.iterdir()):
        if done >= most:
            break
        name = file.name
        if not (NAME.fullmatch(name) and renditions.has_some(name)):
            continue
        if (place / renditions.named(name[:32], renditions.WIDTHS[0])).exists():
            continue
        try:
            with _at_work:
                smaller = list(renditions.made(file.read_bytes()))
        except Exception as trouble:  # decoders raise whatever a broken file makes them raise
            log.info("a kept picture could not be read: %s", type(trouble).__name__)
            continue
        _store([(renditions.named(name[:32], wide), small) for wide, small in reversed(smaller)])
        done += 1
    return done


def folder() -> Path:
    """Where pictures lie."""
    return Path(settings.HOME) / "pictures"


def address(name: str) -> str:
    """Where a kept picture is served."""
    return f"{PLACE}{name}"


def serve(request: HttpRequest, name: str) -> HttpResponseBase:
    """GET /pictures/<name>: the picture (or the video), for ever the same, and nothing a browser could run."""
    if request.method not in ("GET", "HEAD"):
        return HttpResponse(status=405, headers={"Allow": "GET, HEAD"})
    final = True
    if videos.NAME.fullmatch(name):
        answer = videos.serve(request, name)
        if answer.status_code >= 400:
            return answer
    else:
        found = _found(name)
        if found is None:
            return HttpResponseNotFound(headers={"X-Content-Type-Options": "nosniff"})
        file, form, final = found
        answer = FileResponse(file, content_type=TYPES[form])
    answer["Cache-Control"] = "public, max-age=31536000, immutable" if final else "public, max-age=300"
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer["Cross-Origin-Resource-Policy"] = "same-origin"
    return answer


def _found(name: str) -> tuple[IO[bytes], str, bool] | None:
    """The file of a picture or a rendition, what it is, and whether it stays so.

    A rendition wider than its picture is the widest there is; one that is not made yet is the picture itself, for some minutes.
    """
    place = folder()
    wanted = renditions.NAME.fullmatch(name)
    if wanted is None:
        tries = [(name, True)] if NAME.fullmatch(name) else []
    else:
        stem, most = wanted["stem"], int(wanted["width"])
        tries = [(renditions.named(stem, wide), True) for wide in reversed(renditions.WIDTHS) if wide <= most]
        tries += [(f"{stem}.{form}", False) for form in TYPES]
    for one, final in tries:
        try:
            return (place / one).open("rb"), one.rpartition(".")[2], final
        except OSError:
            continue
    return None


serve.power = None  # type: ignore[attr-defined]


class PicturesMiddleware:
    """Serves pictures before anybody asks who is asking: no session is read, and the answer varies by nothing."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info.startswith(PLACE):
            return serve(request, request.path_info[len(PLACE) :])
        return self.get_response(request)


def _read(upload: Any) -> bytes:
    if isinstance(upload, bytes | bytearray):
        data = bytes(upload)
    else:
        source: IO[bytes] = upload
        data = source.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise Invalid(_("图片不能超过 %(most)s MB。") % {"most": MOST_BYTES // 1024 // 1024}, "picture")
    return data


def _anew(data: bytes, rule: Rule | None) -> tuple[bytes, int, int, str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            picture = Image.open(io.BytesIO(data), formats=["JPEG", "PNG", "WEBP", "GIF"])
        except Exception as trouble:
            raise Invalid(_("只收 jpg、png、webp、gif 图片（看内容，不看文件名）。"), "picture") from trouble
        form = FORMATS.get(picture.format or "")
        if form is None:
            raise Invalid(_("只收 jpg、png、webp、gif 图片（看内容，不看文件名）。"), "picture")
        _fits(*picture.size)
        try:
            content, width, height = _encoded(picture, form, rule)
        except Invalid:
            raise
        except Exception as trouble:  # decoders raise whatever a broken file makes them raise
            log.info("a picture could not be read: %s", type(trouble).__name__)
            raise Invalid(_("这张图片读不完整，可能已经损坏，请重新导出后再上传。"), "picture") from trouble
    return content, width, height, form


def _fits(width: int, height: int) -> None:
    if width * height > MOST_PIXELS or max(width, height) > LEFT_OUT_SIDE or min(width, height) < 1:
        raise Invalid(
            _("图片最多 %(most)s 万像素、单边 %(side)s 像素，这张是 %(width)s×%(height)s。")
            % {"most": MOST_PIXELS // 10_000, "side": LEFT_OUT_SIDE, "width": width, "height": height},
            "picture",
        )


def _encoded(picture: Image.Image, form: str, rule: Rule | None) -> tuple[bytes, int, int]:
    target = io.BytesIO()
    if form == "gif":
        frames = _frames(picture)
        if rule is not None:
            rule(*picture.size, form)
        first, *others = frames
        more: dict[str, Any] = {}
        if others:
            durations = [max(20, int(frame.info.get("duration", 100) or 100)) for frame in frames]
            more = {
                "save_all": True,
                "append_images": others,
                "duration": durations,
                "loop": 0,
                "disposal": 2,
            }
        for frame in frames:
            frame.info = {}
        first.save(target, "GIF", **more)
        return target.getvalue(), *picture.size
    picture.seek(0)
    picture.load()
    upright = ImageOps.exif_transpose(picture) or picture
    if rule is not None:
        rule(*upright.size, form)
    clean = _in_srgb(upright, alpha=form != "jpg")
    if form == "jpg":
        clean.save(target, "JPEG", quality=88, optimize=True, progressive=True)
    elif form == "webp":
        clean.save(target, "WEBP", quality=86, method=4)
    else:
        clean.save(target, "PNG", compress_level=6)
    return target.getvalue(), *clean.size


def _frames(picture: Image.Image) -> list[Image.Image]:
    many = getattr(picture, "n_frames", 1)
    if many > MOST_FRAMES or many * picture.width * picture.height > MOST_ALL_PIXELS:
        raise Invalid(_("动图最多 %(most)s 帧，请减少帧数或尺寸。") % {"most": MOST_FRAMES}, "picture")
    found = []
    for frame in ImageSequence.Iterator(picture):
        one = frame.convert("RGBA")
        one.info = {"duration": frame.info.get("duration")}
        found.append(one)
    return found


def _in_srgb(picture: Image.Image, *, alpha: bool) -> Image.Image:
    """The pixels alone, in sRGB, without anything that came with them."""
    seen_through = alpha and (picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info)
    profile = picture.info.get("icc_profile")
    mode = "RGBA" if seen_through else "RGB"
    if profile and picture.mode in ("RGB", "RGBA", "CMYK"):
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            picture = (
                ImageCms.profileToProfile(
                    picture,
                    source,
                    ImageCms.createProfile("sRGB"),
                    outputMode=mode if picture.mode != "CMYK" else "RGB",
                )
                or picture
            )
        except Exception:
            log.info("a colour profile could not be used")
    if picture.mode.startswith("I;16") or picture.mode == "I":
        picture = picture.point(lambda value: value / 256).convert("L")
    clean = picture.convert(mode)
    clean.info = {}
    return clean


def _store(files: Sequence[tuple[str, bytes]]) -> None:
    """Each under its name only when it lies whole on the disk. The smallest rendition comes last: where it is, all are."""
    place = folder()
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name, content in files:
        draft = place / f".{name}.{secrets.token_hex(4)}"
        try:
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as target:
                target.write(content)
                target.flush()
                os.fsync(target.fileno())
            os.replace(draft, place / name)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
    held = os.open(place, os.O_RDONLY)
    try:
        os.fsync(held)
    finally:
        os.close(held)
