"""Small renditions: a phone gets what is sharp on it and no more, with the size always told."""

import io
import os

import pytest
from django.template import Context, Template
from PIL import Image

from zhanggui.kit import pictures, renditions


@pytest.fixture(autouse=True)
def home(settings, tmp_path):
    settings.HOME = tmp_path
    return tmp_path


def photo(form="JPEG", size=(1600, 1200), mode="RGB"):
    target = io.BytesIO()
    low = Image.effect_noise((size[0] // 8, size[1] // 8), 60).resize(size, Image.Resampling.BICUBIC)
    low.convert(mode).save(target, form)
    return target.getvalue()


def widths_of(kept):
    found = {}
    for width in renditions.WIDTHS:
        file = pictures.folder() / renditions.named(kept.name[:32], width)
        if file.exists():
            with Image.open(file) as picture:
                assert picture.format == "WEBP"
                found[width] = picture.size
    return found


def served(client, name):
    answer = client.get(f"/pictures/{name}")
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return answer, body


@pytest.mark.parametrize(
    ("size", "wanted"),
    [
        ((1600, 1200), {160: (160, 120), 400: (400, 300), 800: (800, 600)}),
        ((500, 1000), {160: (160, 320), 400: (400, 800), 800: (500, 1000)}),
        ((90, 30), {160: (90, 30)}),
        ((3000, 2), {160: (160, 1), 400: (400, 1), 800: (800, 1)}),
    ],
)
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_they_are_made_at_upload_and_never_larger_than_the_picture(form, size, wanted):
    assert widths_of(pictures.keep(photo(form, size))) == wanted


def test_a_small_one_weighs_a_fraction_and_keeps_what_is_seen_through():
    kept = pictures.keep(photo())
    small = pictures.folder() / renditions.named(kept.name[:32], 400)
    assert small.stat().st_size * 5 < kept.size
    target = io.BytesIO()
    Image.new("RGBA", (300, 300), (255, 0, 0, 0)).save(target, "PNG")
    clear = pictures.keep(target.getvalue())
    with Image.open(pictures.folder() / renditions.named(clear.name[:32], 160)) as picture:
        assert picture.mode == "RGBA"


def test_a_moving_picture_has_none():
    target = io.BytesIO()
    frames = [Image.new("RGB", (900, 900), colour) for colour in ("red", "blue")]
    frames[0].save(target, "GIF", save_all=True, append_images=frames[1:])
    kept = pictures.keep(target.getvalue())
    assert widths_of(kept) == {}
    assert "srcset" not in Template("{% picture name 400 400 %}").render(Context({"name": kept.name}))
    assert pictures.render_missing() == 0


def test_an_older_picture_is_served_itself_for_some_minutes_until_the_job_made_them(client):
    kept = pictures.keep(photo())
    for name in renditions.names_of(kept.name):
        os.unlink(pictures.folder() / name)
    wanted = renditions.named(kept.name[:32], 400)
    answer, body = served(client, wanted)
    assert (answer.status_code, answer["Content-Type"], len(body)) == (200, "image/jpeg", kept.size)
    assert "immutable" not in answer["Cache-Control"]
    (pictures.folder() / f"{'0' * 32}.jpg").write_bytes(b"broken")
    assert pictures.render_missing() == 1
    answer, body = served(client, wanted)
    assert answer["Content-Type"] == "image/webp"
    assert "immutable" in answer["Cache-Control"]
    assert len(body) < kept.size
    assert pictures.render_missing() == 0


def test_a_narrow_picture_answers_for_the_wide_rendition(client):
    kept = pictures.keep(photo(size=(300, 300)))
    answer, body = served(client, renditions.named(kept.name[:32], 800))
    assert "immutable" in answer["Cache-Control"]
    with Image.open(io.BytesIO(body)) as picture:
        assert picture.size == (300, 300)


@pytest.mark.parametrize(
    "name", ["-400.webp", "0" * 32 + "-401.webp", "0" * 32 + "-400.jpg", "0" * 32 + "-400.webp"]
)
def test_nothing_else_is_served(client, name):
    assert client.get(f"/pictures/{name}").status_code == 404


def test_dropping_a_picture_drops_them():
    kept = pictures.keep(photo())
    pictures.drop(kept.name)
    assert list(pictures.folder().iterdir()) == []


def test_the_tag_offers_them_with_the_size():
    name = "a" * 32 + ".jpg"
    html = Template('{% picture name 400 400 "茶" sizes="50vw" %}').render(Context({"name": name}))
    assert f'src="/pictures/{name}"' in html
    assert f'srcset="/pictures/{"a" * 32}-160.webp 160w, ' in html
    assert 'width="400" height="400"' in html
    assert 'sizes="50vw"' in html
    assert 'sizes="48px"' in Template("{% picture name 48 48 %}").render(Context({"name": name}))
    large = Template("{% picture name 800 800 full=1200 %}").render(Context({"name": name}))
    assert f", /pictures/{name} 1200w" in large
    narrow = Template("{% picture name 800 800 full=300 %}").render(Context({"name": name}))
    assert "-160.webp 160w, " in narrow
    assert "-400.webp 300w" in narrow
    assert "800w" not in narrow
    ahead = Template("{% picture_preload name 800 full=1200 %}").render(Context({"name": name}))
    assert "imagesrcset=" in ahead
    assert large.partition('srcset="')[2].partition('"')[0] in ahead
    assert Template('{% picture_preload "../x" 800 %}').render(Context()) == ""
