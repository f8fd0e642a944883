"""What people upload as pictures: the good is kept without anything that came with it, the hostile is refused."""

import io
import struct
import zlib

import pytest
from django.template import Context, Template
from PIL import Image, ImageCms, PngImagePlugin

from zhanggui.kit import pictures
from zhanggui.kit.refusals import Invalid

SECRET = b"31.2304,121.4737"


@pytest.fixture(autouse=True)
def home(settings, tmp_path):
    settings.HOME = tmp_path
    return tmp_path


def drawn(form: str, size=(640, 480), mode="RGB", **also) -> bytes:
    target = io.BytesIO()
    Image.new(mode, size, "red" if mode == "RGB" else None).save(target, form, **also)
    return target.getvalue()


def kept_bytes(kept: pictures.Kept) -> bytes:
    return (pictures.folder() / kept.name).read_bytes()


@pytest.mark.parametrize(
    ("form", "ending"), [("JPEG", "jpg"), ("PNG", "png"), ("WEBP", "webp"), ("GIF", "gif")]
)
def test_a_picture_is_kept_anew_under_a_random_name(form, ending):
    data = drawn(form)
    one, two = pictures.keep(io.BytesIO(data)), pictures.keep(data)
    assert one.form == ending
    assert pictures.NAME.fullmatch(one.name)
    assert one.name != two.name
    assert (one.width, one.height, one.size) == (640, 480, len(kept_bytes(one)))
    assert (pictures.folder() / one.name).stat().st_mode & 0o777 == 0o600
    with Image.open(io.BytesIO(kept_bytes(one))) as again:
        assert again.format == form


def test_what_came_with_it_is_gone_and_it_stands_upright():
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = SECRET.decode()
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = drawn("JPEG", (300, 200), exif=exif, comment=SECRET, icc_profile=profile) + b"<script>" + SECRET
    kept = pictures.keep(data)
    assert (kept.width, kept.height) == (200, 300)
    assert SECRET not in kept_bytes(kept)
    assert b"<script>" not in kept_bytes(kept)
    assert b"ICC_PROFILE" not in kept_bytes(kept)
    told = PngImagePlugin.PngInfo()
    told.add_text("Comment", SECRET.decode())
    assert SECRET not in kept_bytes(pictures.keep(drawn("PNG", pnginfo=told)))
    assert SECRET not in kept_bytes(pictures.keep(drawn("GIF", comment=SECRET)))


def test_a_moving_picture_keeps_moving():
    frames = [Image.new("RGB", (40, 40), colour) for colour in ("red", "green", "blue")]
    target = io.BytesIO()
    frames[0].save(target, "GIF", save_all=True, append_images=frames[1:], duration=80)
    kept = pictures.keep(target.getvalue())
    with Image.open(io.BytesIO(kept_bytes(kept))) as again:
        assert again.n_frames == 3


def _bomb() -> bytes:
    """A PNG that says it has 30,000 by 30,000 pixels and holds a few bytes."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" * 10_000_000))
        + chunk(b"IEND", b"")
    )


def _many_frames() -> bytes:
    frames = [
        Image.new("RGB", (8, 8), (number, 255 - number, number % 7))
        for number in range(pictures.MOST_FRAMES + 1)
    ]
    target = io.BytesIO()
    frames[0].save(target, "GIF", save_all=True, append_images=frames[1:], duration=20)
    return target.getvalue()


HOSTILE = {
    "nothing": lambda: b"",
    "a page": lambda: b"<html><script>alert(1)</script></html>",
    "svg": lambda: b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "bmp": lambda: drawn("BMP"),
    "tiff": lambda: drawn("TIFF"),
    "bomb": _bomb,
    "cut short": lambda: (
        drawn("PNG", (900, 900))[:-2000]
        if len(drawn("PNG", (900, 900))) > 4000
        else drawn("JPEG", (900, 900))[:2000]
    ),
    "cut short jpeg": lambda: drawn("JPEG", (900, 900))[:3000],
    "gif header, page behind": lambda: b"GIF89a<script>alert(1)</script>",
    "too heavy": lambda: b"\xff\xd8" + b"\0" * pictures.MOST_BYTES,
    "too long": lambda: drawn("PNG", (pictures.LEFT_OUT_SIDE + 1, 1)),
    "too many frames": _many_frames,
    "pdf": lambda: b"%PDF-1.7\n%\xe2\xe3",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_picture_of_ours_is_refused_and_leaves_nothing(name):
    with pytest.raises(Invalid):
        pictures.keep(HOSTILE[name]())
    assert not pictures.folder().exists() or not list(pictures.folder().iterdir())


def test_the_use_has_a_say_before_anything_is_written():
    def narrow(width, height, form):
        raise Invalid(f"{width} {height} {form}")

    with pytest.raises(Invalid, match="640 480 png"):
        pictures.keep(drawn("PNG"), rule=narrow)
    assert not pictures.folder().exists()


def test_it_is_served_for_ever_and_can_run_nothing(client):
    kept = pictures.keep(drawn("PNG"))
    answer = client.get(pictures.address(kept.name))
    assert answer.status_code == 200
    assert b"".join(answer.streaming_content) == kept_bytes(kept)
    assert answer["Content-Type"] == "image/png"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "immutable" in answer["Cache-Control"]
    assert "sandbox" in answer["Content-Security-Policy"]
    assert "Vary" not in answer
    assert "Set-Cookie" not in answer


@pytest.mark.parametrize(
    "name", ["x.png", "../keys.json", "..%2fkeys.json", "0" * 32 + ".svg", "0" * 32 + ".png", ""]
)
def test_nothing_else_is_served_from_there(client, name, home):
    (home / "keys.json").write_text("{}")
    assert client.get(f"/pictures/{name}").status_code == 404


def test_only_reading(client):
    assert client.post(f"/pictures/{'0' * 32}.png").status_code == 405


def test_the_tag_names_its_size_so_that_nothing_jumps():
    html = Template("{% picture name 80 60 alt %}").render(
        Context({"name": "0" * 32 + ".png", "alt": '红 <b>"'})
    )
    assert 'width="80" height="60"' in html
    assert "&lt;b&gt;" in html
    assert 'loading="lazy"' in html
    assert "<img" not in Template('{% picture "" 80 60 "茶" %}').render(Context())
