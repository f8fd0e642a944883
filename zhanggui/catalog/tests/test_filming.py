"""The video and the size guide of a product, from the back office to the buyer's page."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from tests.cast import NOON, everything, sign_in, staff
from tests.cast import shop as a_shop
from zhanggui.catalog import sizes
from zhanggui.catalog.actions import products
from zhanggui.catalog.models import Product, Video
from zhanggui.catalog.queries import window
from zhanggui.catalog.tests.cast import ready
from zhanggui.journal.models import Entry
from zhanggui.kit.refusals import Invalid
from zhanggui.kit.tests.test_videos import film
from zhanggui.people.powers import Power as P

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def home(settings, tmp_path):
    settings.HOME = tmp_path
    return tmp_path


def png():
    target = io.BytesIO()
    Image.new("RGB", (640, 640), "green").save(target, "PNG")
    return SimpleUploadedFile("a.png", target.getvalue())


def test_a_video_is_put_replaced_and_taken_away(client, home):
    listing = ready(at=NOON)
    boss = sign_in(client, staff("9001", *everything()))
    place = f"/goods/{listing.product_id}/video/"
    assert (
        boss.post(place, {"video": SimpleUploadedFile("a.mov", film()), "poster": png()}).status_code == 302
    )
    first = Video.objects.get()
    assert first.picture.endswith(".png")
    page = boss.get(f"/goods/{listing.product_id}/pictures/").content.decode()
    assert first.name in page
    assert boss.post(place, {"video": SimpleUploadedFile("b.mp4", film(b"mp42"))}).status_code == 302
    assert Video.objects.get().name != first.name
    assert window.product(listing.pk, at=NOON).video.poster == listing.product.pictures.get().name
    assert boss.post(f"{place}removal/").status_code == 302
    assert not Video.objects.exists()
    assert [line.what for line in Entry.objects.filter(what__startswith="video.").order_by("pk")] == [
        "video.put",
        "video.put",
        "video.removed",
    ]


def test_what_is_refused_leaves_nothing(client, home):
    listing = ready()
    boss = sign_in(client, staff("9001", *everything()))
    place = f"/goods/{listing.product_id}/video/"
    for told in (
        {},
        {"video": SimpleUploadedFile("a.mp4", b"<script>alert(1)</script>")},
        {"video": SimpleUploadedFile("a.mp4", film()), "poster": SimpleUploadedFile("a.png", b"<svg/>")},
    ):
        assert boss.post(place, told).status_code == 422
    assert not (home / "pictures").exists() or list((home / "pictures").iterdir()) == []
    assert not Video.objects.exists()
    other = a_shop("ZZ09")
    some = sign_in(client, staff("1001", P.CATALOG_EDIT, at=other))
    assert some.post(place, {"video": SimpleUploadedFile("a.mp4", film())}).status_code == 404


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("尺码 | 胸围\nS | 84", [["尺码", "胸围"], ["S", "84"]]),
        ("尺码\t胸围\t腰围\nS\t84", [["尺码", "胸围", "腰围"], ["S", "84", ""]]),
        ("| 尺码 | 胸围 |\n|---|---|\n| S | 84 |", [["尺码", "胸围"], ["S", "84"]]),
        ("  \n", []),
    ],
)
def test_a_size_guide_is_read(text, rows):
    assert sizes.read_sizes(text) == rows
    assert sizes.read_sizes(sizes.said_sizes(rows)) == rows


@pytest.mark.parametrize(
    "text", ["尺码|胸围", "a|b\n" + "|".join("x" * 13), "a|b\n" * 41, "a|b\n" + "长" * 41]
)
def test_a_size_guide_that_makes_no_sense_is_refused(text):
    with pytest.raises(Invalid) as refusal:
        sizes.read_sizes(text)
    assert refusal.value.field == "size_guide"


def test_the_size_guide_is_written_told_and_examined(client):
    listing = ready(at=NOON)
    boss = sign_in(client, staff("9001", *everything()))
    form = boss.get(f"/goods/{listing.product_id}/").context["form"]
    told = {name: form[name].value() or "" for name in form.fields} | {"version": "1"}
    told |= {"size_guide": "尺码 | 胸围\nS | <b>84</b>"}
    assert boss.post(f"/goods/{listing.product_id}/", told).status_code == 302
    assert window.product(listing.pk, at=NOON).size_guide == (("尺码", "胸围"), ("S", "<b>84</b>"))
    assert Entry.objects.get(what="product.changed").change["size_guide"] == [0, 2]
    assert (
        boss.post(f"/goods/{listing.product_id}/", told | {"size_guide": "尺码", "version": "2"}).status_code
        == 422
    )
    refused = boss.post(
        f"/goods/{listing.product_id}/", told | {"size_guide": "尺码 | 最好的\nS | 1", "version": "2"}
    )
    assert refused.status_code == 409
    assert "尺码表" in refused.content.decode()
    assert Product.objects.get().size_guide == [["尺码", "胸围"], ["S", "<b>84</b>"]]


def test_a_product_without_them_has_neither():
    page = window.product(ready(at=NOON).pk, at=NOON)
    assert (page.video, page.size_guide) == (None, ())
    assert products.Basics("a", "b").size_guide == ()
