"""The same file at the same instant: every order once, whoever was faster."""

import pytest

from tests.cast import HOUSE, NOON, shop
from tests.racing import race, refusals
from zhanggui.connect.actions.importing import import_file
from zhanggui.connect.tests import samples
from zhanggui.orders.models import Order

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_people_import_the_same_file_at_once(tmp_path):
    path = samples.write(tmp_path, "list.csv", samples.TAOBAO_41, [samples.taobao(i) for i in range(40)])
    there = shop()
    done = race(*[lambda: import_file(by=HOUSE, path=path, shop=there, at=NOON).as_dict()] * 2)
    assert refusals(done) == []
    assert sum(one["new"] for one in done) == 40
    assert sum(one["unchanged"] for one in done) == 40
    assert Order.objects.count() == 40
