"""Who may enter which shop, and the frame that every page of the window wears."""

import pytest
from django.test import Client

from tests.cast import shop
from zhanggui.shops.models import Platform
from zhanggui.storefront.models import Face

pytestmark = pytest.mark.django_db


def test_an_open_shop_of_ours_stands_in_the_plaza_and_lets_anybody_in():
    own = shop("OW01", platform=Platform.OWN, name="江城集市")
    Face.objects.create(shop=own, open=True)
    assert "江城集市" in Client().get("/s/").content.decode()
    assert Client().get("/s/OW01/").status_code == 200


@pytest.mark.parametrize("door", ["shut", "another platform", "no face"])
def test_a_shop_that_is_not_open_is_404_in_the_buyers_frame(door: str):
    own = shop("OW01", platform=Platform.TAOBAO if door == "another platform" else Platform.OWN)
    if door != "no face":
        Face.objects.create(shop=own, open=door != "shut")
    answer = Client().get("/s/OW01/")
    assert answer.status_code == 404
    assert "tabs-bar" in answer.content.decode()
    assert own.name not in Client().get("/s/").content.decode()
