"""What people upload as pictures: the good is kept without anything that came with it, the hostile is refused."""

import io
import struct
import threading
import time
import zlib

import pytest
from django.template import Context, Template
from PIL import GifImagePlugin, Image, ImageCms, ImageFile, PngImagePlugin, WebPImagePlugin

from zhanggui.kit import pictures
from zhanggui.kit.gates import Gate
from zhanggui.kit.refusals import Invalid, TooMany

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


class Counted:
    """How often a picture's pixels were asked for: every way to them goes through the image's `load`."""

    def __init__(self, monkeypatch):
        self.sizes: list[tuple[int, int]] = []
        for kind in (ImageFile.ImageFile, GifImagePlugin.GifImageFile, WebPImagePlugin.WebPImageFile):
            self._count(monkeypatch, kind)

    def _count(self, monkeypatch, kind):
        honest = kind.load

        def load(picture):
            if picture.tile or picture.format == "WEBP":
                self.sizes.append(picture.size)
            return honest(picture)

        monkeypatch.setattr(kind, "load", load)


def test_a_large_photo_is_decoded_small_kept_small_and_stands_upright(monkeypatch):
    exif = Image.Exif()
    exif[0x0112] = 6
    sent = drawn("JPEG", (5200, 3900), exif=exif)
    decoded = Counted(monkeypatch)
    kept = pictures.keep(sent, widest=1600)
    assert (kept.width, kept.height) == (1600, 2133)
    assert decoded.sizes == [(2600, 1950)], "once, at half its size, and never for its renditions"
    with Image.open(pictures.folder() / f"{kept.name[:32]}-160.webp") as small:
        assert small.size == (160, 213)


@pytest.mark.parametrize(
    ("size", "wanted"),
    [
        ((790, 12_000), (790, 12_000)),
        ((2000, 1500), (2000, 1500)),
        ((3000, 100), (2000, 67)),
        ((1900, 10_000), (1378, 7255)),
    ],
)
def test_what_is_kept_is_as_large_as_a_page_can_use(size, wanted):
    kept = pictures.keep(drawn("PNG", size))
    assert (kept.width, kept.height) == wanted


@pytest.mark.parametrize(
    ("mode", "told"), [("P", {"transparency": 0}), ("RGBA", {}), ("I;16", {}), ("1", {})]
)
def test_a_large_png_of_any_kind_is_made_smaller(mode, told):
    kept = pictures.keep(drawn("PNG", (2600, 1300), mode, **told))
    with Image.open(pictures.folder() / kept.name) as picture:
        assert picture.size == (2000, 1000)
        assert picture.mode == ("RGBA" if mode in ("P", "RGBA") else "RGB")
        if told:
            assert picture.getpixel((5, 5))[3] == 0


def test_the_use_is_asked_before_a_photo_is_decoded(monkeypatch):
    def no(width, height, form):
        raise Invalid("no")

    sent, decoded = drawn("JPEG", (900, 900)), Counted(monkeypatch)
    with pytest.raises(Invalid, match="no"):
        pictures.keep(sent, rule=no)
    assert decoded.sizes == []
    pictures.keep(sent)
    assert decoded.sizes == [(900, 900)], "the control: what is kept is counted"


def test_several_are_kept_or_none_and_a_wrong_one_costs_no_decoding(monkeypatch):
    good, cut = drawn("JPEG", (900, 900)), drawn("JPEG", (900, 900))[:3000]
    decoded = Counted(monkeypatch)
    paid: list[int] = []
    with pytest.raises(Invalid):
        pictures.keep_all([good, b"<svg/>"], pay=paid.append)
    assert (decoded.sizes, paid) == ([], [])
    with pytest.raises(Invalid):
        pictures.keep_all([good, cut], pay=paid.append)
    assert list(pictures.folder().iterdir()) == []
    assert paid == [2], "what was decoded in vain is paid for"
    assert len(pictures.keep_all([good, io.BytesIO(good)], pay=paid.append)) == 2


def test_who_may_not_pay_has_nothing_decoded(monkeypatch):
    def no(many):
        raise TooMany("no", 60)

    sent, decoded = drawn("JPEG"), Counted(monkeypatch)
    with pytest.raises(TooMany):
        pictures.keep_all([sent] * 3, pay=no)
    assert decoded.sizes == []


def test_a_crowd_with_pictures_is_told_to_come_back(monkeypatch):
    monkeypatch.setattr(pictures, "_gate", Gate(1, 1, lambda: "later", wait=30))
    inside, go_on, waits = threading.Event(), threading.Event(), threading.Event()
    sent = drawn("JPEG")
    done: list[str] = []

    def hold(many):
        inside.set()
        assert go_on.wait(30)

    def come(pay):
        done.append(pictures.keep_all([sent], pay=pay)[0].form)

    first = threading.Thread(target=come, args=[hold])
    first.start()
    assert inside.wait(30)
    second = threading.Thread(target=come, args=[lambda many: waits.set()])
    second.start()
    while pictures._gate._inside < 2:
        time.sleep(0.01)
    decoded = Counted(monkeypatch)
    with pytest.raises(TooMany, match="later") as no:
        pictures.keep(sent)
    assert (no.value.status, decoded.sizes) == (429, [])
    assert not waits.is_set()
    go_on.set()
    first.join(30)
    second.join(30)
    assert done == ["jpg", "jpg"], "who waited had a turn"
    assert pictures.keep(sent).form == "jpg", "the control: with a free place the same picture is kept"
