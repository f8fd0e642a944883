"""Pictures that nothing names go after some days; what an order's product, an asset, a look or a review names stays."""

import os
import time

import pytest
from django.apps import apps

from tests.cast import NOON
from zhanggui.catalog.models import Picture, Product, ShopCategory, Sku
from zhanggui.checkout.tests import cast as till
from zhanggui.customers.tests.cast import buyer
from zhanggui.reviews.models import Review
from zhanggui.site import sweeping
from zhanggui.storefront.models import Asset, Face, Look

pytestmark = pytest.mark.django_db


@pytest.fixture
def place(settings, tmp_path):
    settings.HOME = tmp_path
    folder = tmp_path / "pictures"
    folder.mkdir()
    return folder


def kept(place, letter, *, days=31):
    name = f"{letter * 32}.jpg"
    (place / name).write_bytes(b"x")
    past = time.time() - days * 86_400
    os.utime(place / name, (past, past))
    return name


def test_what_nothing_names_goes_and_what_is_young_stays(place):
    kept(place, "a")
    young = kept(place, "b", days=29)
    (place / "readme.txt").write_text("not ours")
    assert sweeping.sweep_pictures() == 1
    assert sorted(file.name for file in place.iterdir()) == [young, "readme.txt"]


def test_what_a_row_names_stays(place):
    shop = till.own_shop()
    tea = till.goods("TEA", in_shops=[shop])
    order = till.placed((tea, 1), by=buyer(), shop=shop)
    names = [kept(place, letter) for letter in "abcdef01"]
    kept(place, "9")
    size = {"width": 1, "height": 1, "size": 1}
    Picture.objects.create(product=tea.product, name=names[0], **size)
    Sku.objects.filter(pk=tea.pk).update(picture=names[1])
    ShopCategory.objects.create(shop=shop, name="茶", picture=names[2])
    Asset.objects.create(shop=shop, name=names[3], use="banner", made_by="-", **size)
    Face.objects.update_or_create(shop=shop, defaults={"logo": names[4]})
    Look.objects.create(
        shop=shop, name="日常", made_by="-", blocks=[{"kind": "poster", "slides": [{"picture": names[5]}]}]
    )
    Review.objects.create(
        line=order.lines.get(),
        order_id=order.pk,
        shop=shop,
        buyer=order.buyer,
        pictures=[names[6]],
        made_at=NOON,
    )
    Product.objects.filter(pk=tea.product_id).update(description=f'<img src="/pictures/{names[7]}">')
    assert sweeping.sweep_pictures() == 1
    assert sorted(file.name for file in place.iterdir()) == sorted(names)


def test_a_small_rendition_goes_and_stays_with_its_picture(place):
    name = kept(place, "a")
    small = place / f"{'a' * 32}-400.jpg"
    small.write_bytes(b"x")
    os.utime(small, (0, 0))
    Asset.objects.create(
        shop=till.own_shop(), name=name, use="banner", made_by="-", width=1, height=1, size=1
    )
    assert sweeping.sweep_pictures() == 0
    Asset.objects.all().delete()
    young = place / f"{'a' * 32}-160.webp"
    young.write_bytes(b"made yesterday")
    assert sweeping.sweep_pictures() == 3
    assert list(place.iterdir()) == []


def test_every_column_that_speaks_of_a_picture_is_asked():
    told = set(sweeping.COLUMNS)
    for model in apps.get_models():
        if not model.__module__.startswith("zhanggui."):
            continue
        for field in model._meta.concrete_fields:
            if any(word in field.name for word in ("picture", "logo", "banner", "image", "photo")):
                assert (model._meta.label, field.name) in told, f"{model._meta.label}.{field.name}"


def test_control_a_column_left_out_loses_its_pictures(place, monkeypatch):
    name = kept(place, "a")
    Face.objects.update_or_create(shop=till.own_shop(), defaults={"logo": name})
    monkeypatch.setattr(sweeping, "COLUMNS", ())
    assert sweeping.sweep_pictures() == 1
