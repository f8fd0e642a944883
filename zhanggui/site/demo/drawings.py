"""Pictures for the demo's own shops, drawn by hand of a program: soft ground, a table, a thing. No font is needed."""

import io
import random

from PIL import Image, ImageDraw, ImageFilter

Colour = tuple[int, int, int]
_GROUNDS: tuple[tuple[Colour, Colour], ...] = (
    ((244, 239, 230), (226, 214, 196)),
    ((233, 238, 234), (206, 219, 211)),
    ((238, 235, 240), (217, 210, 222)),
    ((243, 233, 228), (226, 205, 195)),
    ((231, 237, 242), (204, 216, 226)),
)
_THINGS: tuple[Colour, ...] = (
    (60, 92, 78),
    (166, 74, 48),
    (70, 86, 120),
    (146, 110, 58),
    (110, 72, 96),
    (52, 58, 66),
)


def product(seed: int, shape: str, number: int = 0) -> bytes:
    """A square picture of a thing (shape: one of _thing), 800 by 800, as JPEG."""
    dice = random.Random(seed * 7 + number)
    light, dark = _GROUNDS[(seed + number) % len(_GROUNDS)]
    thing = _THINGS[seed % len(_THINGS)]
    picture = _ground(800, 800, light, dark)
    shadow = Image.new("L", (800, 800), 0)
    ImageDraw.Draw(shadow).ellipse((190, 600, 640, 690), fill=110)
    picture.paste(
        Image.new("RGB", (800, 800), _mixed(dark, (40, 36, 30), 0.6)),
        mask=shadow.filter(ImageFilter.GaussianBlur(26)),
    )
    _thing(ImageDraw.Draw(picture), shape, thing, light, dice.randint(-20, 20), number)
    return _jpeg(picture.filter(ImageFilter.GaussianBlur(0.6)))


def banner(seed: int, width: int = 980, height: int = 250) -> bytes:
    """A wide picture: the ground, a low sun, hills and a few things on the table."""
    light, dark = _GROUNDS[seed % len(_GROUNDS)]
    picture = _ground(width, height, light, dark)
    draw = ImageDraw.Draw(picture)
    draw.ellipse(
        (width * 0.68, height * 0.12, width * 0.68 + height * 0.8, height * 0.92),
        fill=_mixed(light, (255, 244, 220), 0.7),
    )
    for step in range(3):
        tone = _mixed(_THINGS[(seed + step) % len(_THINGS)], light, 0.62 - step * 0.18)
        top = height * (0.62 + step * 0.12)
        points = [
            (width * part / 8, top + (part * (seed + 3 + step) % 5 - 2) * height * 0.05) for part in range(9)
        ]
        draw.polygon([(0, height), *points, (width, height)], fill=tone)
    for place, shape in enumerate(("tin", "bottle", "round")):
        thing = _THINGS[(seed + place + 2) % len(_THINGS)]
        small = Image.new("RGBA", (800, 800), (0, 0, 0, 0))
        _thing(ImageDraw.Draw(small), shape, thing, light, 0, 0)
        size = int(height * 0.95)
        small = small.resize((size, size), Image.Resampling.LANCZOS)
        picture.paste(small, (int(width * (0.06 + place * 0.14)), int(height * 0.08)), small)
    return _jpeg(picture)


def logo(seed: int) -> bytes:
    """A mark of 180 by 60: a roof and a stripe, as PNG."""
    picture = Image.new("RGBA", (720, 240), (0, 0, 0, 0))
    draw = ImageDraw.Draw(picture)
    thing = _THINGS[seed % len(_THINGS)]
    draw.rounded_rectangle((12, 20, 212, 220), 48, fill=thing)
    draw.polygon([(56, 120), (112, 62), (168, 120)], fill=(255, 252, 244))
    draw.rectangle((76, 120, 148, 172), fill=(255, 252, 244))
    draw.rectangle((102, 138, 122, 172), fill=thing)
    for place in range(3):
        draw.rounded_rectangle(
            (248, 64 + place * 44, 690 - place * 120, 88 + place * 44),
            12,
            fill=_mixed(thing, (255, 255, 255), place * 0.28),
        )
    target = io.BytesIO()
    picture.resize((180, 60), Image.Resampling.LANCZOS).save(target, "PNG")
    return target.getvalue()


def _thing(
    draw: ImageDraw.ImageDraw, shape: str, thing: Colour, light: Colour, lean: int, number: int
) -> None:
    pale, deep = _mixed(thing, light, 0.45), _mixed(thing, (0, 0, 0), 0.25)
    if shape == "tin":
        draw.rounded_rectangle((260, 230, 540, 640), 28, fill=thing)
        draw.rounded_rectangle((260, 200, 540, 290), 28, fill=deep)
        draw.rounded_rectangle((300, 370, 500, 540), 12, fill=pale)
        draw.ellipse((370, 410, 430, 500), fill=thing)
    elif shape == "box":
        draw.polygon([(200, 360), (400, 280), (620, 350), (420, 440)], fill=pale)
        draw.polygon([(200, 360), (420, 440), (420, 650), (200, 560)], fill=thing)
        draw.polygon([(620, 350), (420, 440), (420, 650), (620, 560)], fill=deep)
    elif shape == "cloth":
        draw.polygon(
            [
                (300, 220),
                (350, 260),
                (450, 260),
                (500, 220),
                (620, 310),
                (560, 400),
                (510, 370),
                (510, 640),
                (290, 640),
                (290, 370),
                (240, 400),
                (180, 310),
            ],
            fill=thing,
        )
        draw.arc((340, 190, 460, 290), 20, 160, fill=pale, width=14)
        draw.line((400, 300, 400 + lean, 630), fill=deep, width=3)
    elif shape == "bottle":
        draw.rounded_rectangle((320, 320, 480, 650), 44, fill=thing)
        draw.rectangle((370, 220, 430, 330), fill=deep)
        draw.rounded_rectangle((358, 190, 442, 244), 12, fill=pale)
        draw.rectangle((320, 440, 480, 540), fill=pale)
    elif shape == "book":
        draw.rounded_rectangle((240, 220, 560, 640), 18, fill=thing)
        draw.rectangle((240, 220, 290, 640), fill=deep)
        draw.rounded_rectangle((340, 300, 510, 360), 8, fill=pale)
    elif shape in _MORE:
        _MORE[shape](draw, thing, pale, deep)
    else:
        draw.ellipse((230, 250, 570, 640), fill=thing)
        draw.ellipse((280, 290, 430, 440), fill=pale)
        draw.rectangle((385, 200, 415, 270), fill=deep)
    if number:
        draw.ellipse((600, 560, 690, 650), fill=pale)


def _keyboard(draw: ImageDraw.ImageDraw, thing: Colour, pale: Colour, deep: Colour) -> None:
    draw.rounded_rectangle((130, 380, 670, 620), 26, fill=deep)
    for row in range(4):
        for key in range(12 - row % 2):
            left, top = 158 + key * 41 + row % 2 * 20, 402 + row * 42
            tone = thing if (key + row) % 5 else pale
            draw.rounded_rectangle((left, top, left + 33, top + 33), 7, fill=tone)
    draw.rounded_rectangle((280, 572, 520, 602), 7, fill=pale)


def _charger(draw: ImageDraw.ImageDraw, thing: Colour, pale: Colour, deep: Colour) -> None:
    draw.rectangle((340, 630, 366, 690), fill=deep)
    draw.rectangle((434, 630, 460, 690), fill=deep)
    draw.rounded_rectangle((270, 270, 530, 640), 48, fill=thing)
    draw.rounded_rectangle((270, 270, 530, 400), 48, fill=pale)
    for port in range(3):
        draw.rounded_rectangle((318 + port * 60, 306, 362 + port * 60, 330), 10, fill=deep)


def _earphones(draw: ImageDraw.ImageDraw, thing: Colour, pale: Colour, deep: Colour) -> None:
    draw.arc((230, 210, 570, 600), 180, 360, fill=deep, width=34)
    for left, inner in ((205, 275), (495, 475)):
        draw.rounded_rectangle((left, 380, left + 100, 600), 44, fill=thing)
        draw.rounded_rectangle((inner, 410, inner + 50, 570), 22, fill=pale)


def _pen(draw: ImageDraw.ImageDraw, thing: Colour, pale: Colour, deep: Colour) -> None:
    draw.line((250, 620, 520, 300), fill=thing, width=54)
    draw.line((430, 407, 560, 252), fill=deep, width=62)
    draw.polygon([(232, 606), (266, 636), (206, 668)], fill=pale)


def _paints(draw: ImageDraw.ImageDraw, thing: Colour, pale: Colour, deep: Colour) -> None:
    draw.rounded_rectangle((180, 330, 620, 640), 30, fill=deep)
    for cup in range(18):
        left, top = 208 + cup % 6 * 68, 360 + cup // 6 * 88
        tone = _mixed(_THINGS[cup % len(_THINGS)], (255, 244, 220), 0.15 + cup % 3 * 0.2)
        draw.rounded_rectangle((left, top, left + 50, top + 66), 10, fill=tone)


def _trousers(draw: ImageDraw.ImageDraw, thing: Colour, pale: Colour, deep: Colour) -> None:
    legs = [(270, 210), (530, 210), (560, 650), (440, 650), (400, 370), (360, 650), (240, 650)]
    draw.polygon(legs, fill=thing)
    draw.rectangle((266, 210, 534, 250), fill=deep)
    draw.rectangle((240, 626, 362, 650), fill=pale)
    draw.rectangle((438, 626, 560, 650), fill=pale)


def _bedding(draw: ImageDraw.ImageDraw, thing: Colour, pale: Colour, deep: Colour) -> None:
    for fold, tone in enumerate((thing, pale, deep, thing)):
        box = (200 + fold * 8, 560 - fold * 84, 600 - fold * 8, 640 - fold * 84)
        draw.rounded_rectangle(box, 34, fill=tone)


def _pillow(draw: ImageDraw.ImageDraw, thing: Colour, pale: Colour, deep: Colour) -> None:
    draw.polygon([(190, 380), (400, 330), (610, 380), (640, 600), (400, 640), (160, 600)], fill=thing)
    draw.ellipse((250, 380, 550, 560), fill=pale)


def _curtain(draw: ImageDraw.ImageDraw, thing: Colour, pale: Colour, deep: Colour) -> None:
    for fold in range(6):
        left = 210 + fold * 64
        cloth = [(left, 224), (left + 56, 224), (left + 66, 640), (left - 8, 640)]
        draw.polygon(cloth, fill=thing if fold % 2 else pale)
    draw.rectangle((190, 200, 610, 228), fill=deep)


_MORE = {
    "keyboard": _keyboard,
    "charger": _charger,
    "earphones": _earphones,
    "pen": _pen,
    "paints": _paints,
    "trousers": _trousers,
    "bedding": _bedding,
    "pillow": _pillow,
    "curtain": _curtain,
}
"""Things that are drawn in colours of their own."""


def _ground(width: int, height: int, light: Colour, dark: Colour) -> Image.Image:
    column = Image.new("RGB", (1, height))
    for line in range(height):
        column.putpixel((0, line), _mixed(light, dark, (line / height) ** 1.4))
    return column.resize((width, height))


def _mixed(one: Colour, other: Colour, part: float) -> Colour:
    a, b, c = (round(x + (y - x) * part) for x, y in zip(one, other, strict=True))
    return a, b, c


def _jpeg(picture: Image.Image) -> bytes:
    target = io.BytesIO()
    picture.convert("RGB").save(target, "JPEG", quality=86)
    return target.getvalue()
