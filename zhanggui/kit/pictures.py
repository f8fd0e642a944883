"""Pictures that people upload: decoded within limits, encoded anew, kept under a random name, served harmlessly.

What is kept never holds a byte of the upload itself: no EXIF, no comment, no colour profile, nothing behind the
picture's end. What a file is called and what its sender says it is does not count. It is no larger than a page can use: a photo
of 40 MP is decoded at a fraction of its size, kept at that, and its renditions are made of what lies decoded already.
"""

import ctypes
import io
import logging
import math
import os
import re
import secrets
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseNotFound
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from PIL import ExifTags, Image, ImageCms, ImageOps, ImageSequence

from zhanggui.kit import renditions, videos
from zhanggui.kit.gates import Gate
from zhanggui.kit.refusals import Invalid, TooMany

MOST_BYTES = 8 * 1024 * 1024
MOST_PIXELS = 40_000_000
MOST_WEBP_PIXELS = 20_000_000
"""Its decoder holds the picture four times over."""
WIDEST = 2000
"""What is wider is kept at this width; a long picture of details (790 × 12,000) stays as it is."""
KEPT_PIXELS = 10_000_000
"""And no more than this in all."""
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
_gate = Gate(1, 6, lambda: _("现在上传图片的人太多，请稍候几秒再试。"))
"""A picture of 40 MP takes a core and hundreds of megabytes while it is decoded."""
_LARGE = 2_000_000
"""Pixels; who decoded more gives the memory back to the machine."""


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


def keep(upload: Any, *, rule: Rule | None = None, widest: int = WIDEST) -> Kept:
    """Check a picture, encode it anew and keep it in HOME/pictures.

    `upload`: an uploaded file, an open binary file that can be sought in, or bytes. `rule`: what its use wants, asked before
    anything is written. `widest`: in pixels. Raises Invalid (field "picture") for what is no picture of ours, too big, or
    broken; TooMany when too many pictures wait for their turn.
    """
    return keep_all([upload], rule=rule, widest=widest)[0]


def keep_all(
    uploads: Sequence[Any],
    *,
    rule: Rule | None = None,
    widest: int = WIDEST,
    pay: Callable[[int], None] | None = None,
) -> list[Kept]:
    """Keep several pictures of one request, or none: one turn for all. Raises as `keep`.

    Every head is read before the first pixel is decoded, and the files themselves only when it is our turn. `pay`: called with
    the number of pictures right before they are decoded; what it raises is raised, and nothing is decoded.
    """
    sources = [_source(upload) for upload in uploads]
    for source in sources:
        with _opened(source):
            pass
    kept: list[Kept] = []
    with _gate.turn():
        if pay is not None:
            pay(len(sources))
        try:
            for source in sources:
                kept.append(_kept(source, rule, widest))
        except BaseException:
            for one in kept:
                drop(one.name)
            raise
    return kept


def _kept(source: IO[bytes], rule: Rule | None, widest: int) -> Kept:
    large = False
    try:
        with _opened(source) as (picture, form):
            large = form == "gif" or picture.width * picture.height > _LARGE
            content, clean = _anew(picture, form, rule, widest)
        name = f"{secrets.token_hex(16)}.{form}"
        smaller = list(renditions.made_of(clean, *clean.size)) if renditions.has_some(name) else []
        width, height = clean.size
        del picture, clean
    finally:
        if large:
            _give_back()
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
            with _gate.turn():
                smaller = list(renditions.made(file.read_bytes()))
        except TooMany:
            break  # the next hour comes
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


def _source(upload: Any) -> IO[bytes]:
    """The bytes, where they lie. Raises Invalid for too many."""
    source: IO[bytes] = io.BytesIO(upload) if isinstance(upload, bytes | bytearray) else upload
    source.seek(0, os.SEEK_END)
    if source.tell() > MOST_BYTES:
        raise Invalid(_("图片不能超过 %(most)s MB。") % {"most": MOST_BYTES // 1024 // 1024}, "picture")
    return source


@contextmanager
def _opened(source: IO[bytes]) -> Iterator[tuple[Image.Image, str]]:
    """The picture and its form, the head alone read. Raises Invalid for what is no picture of ours or too big, and for
    whatever a decoder raises meanwhile.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            source.seek(0)
            picture = Image.open(source, formats=["JPEG", "PNG", "WEBP", "GIF"])
        except Exception as trouble:
            raise Invalid(_("只收 jpg、png、webp、gif 图片（看内容，不看文件名）。"), "picture") from trouble
        form = FORMATS.get(picture.format or "")
        if form is None:
            raise Invalid(_("只收 jpg、png、webp、gif 图片（看内容，不看文件名）。"), "picture")
        _fits(*picture.size, MOST_WEBP_PIXELS if form == "webp" else MOST_PIXELS)
        try:
            yield picture, form
        except Invalid:
            raise
        except Exception as trouble:  # decoders raise whatever a broken file makes them raise
            log.info("a picture could not be read: %s", type(trouble).__name__)
            raise Invalid(_("这张图片读不完整，可能已经损坏，请重新导出后再上传。"), "picture") from trouble


def _fits(width: int, height: int, most: int) -> None:
    if width * height > most or max(width, height) > LEFT_OUT_SIDE or min(width, height) < 1:
        raise Invalid(
            _("图片最多 %(most)s 万像素、单边 %(side)s 像素，这张是 %(width)s×%(height)s。")
            % {"most": most // 10_000, "side": LEFT_OUT_SIDE, "width": width, "height": height},
            "picture",
        )


def _anew(picture: Image.Image, form: str, rule: Rule | None, widest: int) -> tuple[bytes, Image.Image]:
    """The picture encoded anew, and its clean pixels."""
    target = io.BytesIO()
    if form == "gif":
        if rule is not None:
            rule(*picture.size, form)
        frames = _frames(picture)
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
        return target.getvalue(), first
    picture.seek(0)
    lying = picture.getexif().get(ExifTags.Base.Orientation, 1) in (5, 6, 7, 8)
    upright = picture.size[::-1] if lying else picture.size
    if rule is not None:
        rule(*upright, form)
    wanted = _least(*upright, widest)
    if wanted != upright:
        picture = _shrunk(picture, wanted[::-1] if lying else wanted)
    picture.load()
    clean = _in_srgb(ImageOps.exif_transpose(picture) or picture, alpha=form != "jpg")
    if form == "jpg":
        clean.save(target, "JPEG", quality=88, optimize=True, progressive=True)
    elif form == "webp":
        clean.save(target, "WEBP", quality=86, method=4)
    else:
        clean.save(target, "PNG", compress_level=6)
    return target.getvalue(), clean


def _least(width: int, height: int, widest: int) -> tuple[int, int]:
    """What is kept of a picture of this size."""
    share = min(1.0, widest / width, math.sqrt(KEPT_PIXELS / (width * height)))
    return (width, height) if share == 1 else (max(1, round(width * share)), max(1, round(height * share)))


def _shrunk(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    """The picture at a smaller size, with what came with it: a JPEG is never decoded at its full size."""
    picture.draft(None, size)
    picture.load()
    if picture.mode in ("P", "1", "PA") or "transparency" in picture.info or picture.mode.startswith("I"):
        told: dict[Any, Any] = {
            name: picture.info[name] for name in ("icc_profile", "exif") if name in picture.info
        }
        seen_through = picture.mode == "PA" or "transparency" in picture.info
        picture = _eight_bits(picture).convert("RGBA" if seen_through else "RGB")
        picture.info = told
    return picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)


def _eight_bits(picture: Image.Image) -> Image.Image:
    if picture.mode.startswith("I;16") or picture.mode == "I":
        return picture.point(lambda value: value / 256).convert("L")
    return picture


def _give_back() -> None:
    """Large pieces of memory that were freed go back to the machine, where the C library can do that."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


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
    clean = _eight_bits(picture).convert(mode)
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
