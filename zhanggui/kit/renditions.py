"""Smaller renditions of a kept picture, so that a phone does not load what a big screen needs. Pure: bytes in, bytes out.

A picture `<stem>.jpg` has `<stem>-160.webp`, `<stem>-400.webp`, `<stem>-800.webp` beside it, up to the first that is as
wide as the picture itself. A moving picture (gif) has none: it would stand still.
"""

import io
import re
from collections.abc import Iterator

from PIL import Image

WIDTHS = (160, 400, 800)
"""In pixels, ascending; the smallest is always made, so a picture without it was never asked."""
QUALITY = 80
NAME = re.compile(r"(?P<stem>[0-9a-f]{32})-(?P<width>160|400|800)\.webp")


def named(stem: str, width: int) -> str:
    """The file of a rendition."""
    return f"{stem}-{width}.webp"


def names_of(name: str) -> list[str]:
    """All files that the renditions of a kept picture may have."""
    return [named(name[:32], width) for width in WIDTHS]


def has_some(name: str) -> bool:
    """Whether a picture of this name gets renditions."""
    return not name.endswith(".gif")


def made(content: bytes) -> Iterator[tuple[int, bytes]]:
    """The renditions of a picture that was encoded by us: nominal width and bytes. One decoding.

    None is wider than the picture; the last is as wide as the picture when the picture is narrower than WIDTHS.
    """
    with Image.open(io.BytesIO(content)) as picture:
        whole, high = picture.size
        most = min(WIDTHS[-1], whole)
        # a large JPEG is decoded at a fraction of its size
        picture.draft(None, (most, max(1, round(high * most / whole))))
        picture.load()
        yield from made_of(picture, whole, high)


def made_of(picture: Image.Image, whole: int, high: int) -> Iterator[tuple[int, bytes]]:
    """The renditions of a picture that lies decoded, perhaps at a fraction of its width and height `whole` and `high`.
    Each is made of the next wider one; given as `made` gives them.
    """
    mode = "RGBA" if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info else "RGB"
    small = picture if picture.mode == mode else picture.convert(mode)
    found = []
    for width in reversed(WIDTHS[: 1 + sum(width < whole for width in WIDTHS[:-1])]):
        least = min(width, whole)
        size = (least, max(1, round(high * least / whole)))
        small = small.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
        target = io.BytesIO()
        small.save(target, "WEBP", quality=QUALITY, method=4)
        found.append((width, target.getvalue()))
    return reversed(found)


def srcset(address: str, name: str, full: int = 0) -> str:
    """What `srcset` says of a kept picture; "" for one without renditions. `full`: its own width, if it is known.

    `address` is the folder's, with its slash.
    """
    if not has_some(name):
        return ""
    told = [f"{address}{named(name[:32], width)} {width}w" for width in WIDTHS if not full or width < full]
    if full > WIDTHS[-1]:
        told.append(f"{address}{name} {full}w")
    elif full:
        least = next(width for width in WIDTHS if width >= full)
        told.append(f"{address}{named(name[:32], least)} {full}w")
    return ", ".join(told)
