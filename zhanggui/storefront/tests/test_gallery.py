"""What a product's page shows beside its pictures: the video, the size guide; and how little a phone has to load."""

import pytest

from tests.cast import NOON
from zhanggui.catalog.models import Picture, Product, Video
from zhanggui.catalog.tests.cast import ready
from zhanggui.storefront.tests.cast import open_shop

pytestmark = pytest.mark.django_db


def page_of(client, listing):
    return client.get(f"/s/{open_shop().code}/goods/{listing.pk}/").content.decode()


def test_the_video_waits_until_it_is_wanted(client):
    open_shop()
    listing = ready(at=NOON)
    name = "ab" * 16 + ".mp4"
    Video.objects.create(product=listing.product, name=name, size=1)
    page = page_of(client, listing)
    assert f'<source src="/pictures/{name}" type="video/mp4">' in page
    assert 'preload="none"' in page
    assert f'poster="/pictures/{Picture.objects.get().name}"' in page


def test_the_size_guide_is_a_table_and_runs_nothing(client):
    open_shop()
    listing = ready(at=NOON)
    Product.objects.update(size_guide=[["尺码", "胸围"], ["S", "<script>84</script>"]])
    page = page_of(client, listing)
    assert '<th scope="col">胸围</th>' in page
    assert '<th scope="row">S</th><td>&lt;script&gt;84&lt;/script&gt;</td>' in page
    assert "看尺码表" in page


def test_a_product_without_them_shows_neither_and_offers_small_pictures(client):
    open_shop()
    listing = ready(at=NOON)
    page = page_of(client, listing)
    assert "<video" not in page
    assert "尺码表" not in page
    stem = Picture.objects.get().name[:32]
    assert f"/pictures/{stem}-400.webp 400w" in page
    assert f'imagesrcset="/pictures/{stem}-160.webp 160w' in page
