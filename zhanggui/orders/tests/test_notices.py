"""Who asked for something learns what was decided; who saw whose data is found by the order's number."""

import re
from datetime import timedelta

import pytest

from tests.cast import actor, everything, sign_in, staff
from zhanggui.kit.clock import now
from zhanggui.orders.menu import decided
from zhanggui.orders.models import Change, Concession
from zhanggui.orders.tests.cast import ordered
from zhanggui.people.models import Reveal

pytestmark = pytest.mark.django_db


def asked(model, order, person, **also):
    values = {
        "order": order,
        "staff_id": person.pk,
        "asker": person.name,
        "asked_at": now(),
        "decided_at": now(),
    }
    if model is Change:
        values |= {"kind": "receiver", "sealed": b"", "stage": "packed", "reason": "地址写错了"}
    else:
        values |= {"attempt": 1, "basis_points": 9000, "wanted": {}}
    return model.objects.create(**(values | also))


@pytest.mark.parametrize(
    ("model", "also", "said"),
    [
        (Change, {"state": "agreed"}, "王店长同意了订单 {} 的修改申请"),
        (Change, {"state": "refused", "answer": "已经装车"}, "王店长拒绝了订单 {} 的修改申请：已经装车"),
        (Concession, {"state": "granted"}, "王店长批准了订单 {} 的让价申请"),
        (Concession, {"state": "refused"}, "王店长拒绝了订单 {} 的让价申请"),
    ],
)
def test_who_asked_learns_what_was_decided(client, model, also, said):
    boss, clerk, other = (
        staff("1001", name="王店长"),
        staff("1002", *everything()),
        staff("1003", *everything()),
    )
    order = ordered()
    decider = {"decider": boss.name} | ({"decider_id": boss.pk} if model is Concession else {})
    asked(model, order, clerk, **decider, **also)
    page = sign_in(client, clerk).get("/notices/").content.decode()
    assert said.format(order.number) in page
    assert f'href="/orders/{order.shop.code}/{order.number}/"' in page
    client.logout()
    assert order.number not in sign_in(client, other).get("/notices/").content.decode()


def test_what_waits_was_withdrawn_or_is_old_is_no_news():
    clerk, order = staff("1002", *everything()), ordered()
    asked(Change, order, clerk, state="asked", decided_at=None)
    asked(Change, order, clerk, state="withdrawn")
    asked(Change, order, clerk, state="agreed", decided_at=now() - timedelta(days=8))
    asked(Concession, order, clerk, state="granted", decider_id=None)  # granted at once, nobody decided
    from dataclasses import replace

    assert decided(replace(actor(), staff_id=clerk.pk)) == []


def test_a_look_is_found_by_the_number_of_the_order(client):
    boss, one, two = staff("1001", *everything()), ordered(), ordered()
    for order, why in ((one, "核对地址"), (two, "买家来电")):
        Reveal.objects.create(staff=boss, kind="order", object_id=order.pk, shop_id=order.shop_id, reason=why)
    sign_in(client, boss)
    page = client.get("/reveals/").content.decode()
    assert re.search(rf'href="/orders/{one.shop.code}/{one.number}/">{one.number}</a>', page)
    assert "order #" not in page
    found = client.get("/reveals/", {"object": one.number}).content.decode()
    assert "核对地址" in found
    assert "买家来电" not in found
    assert "没有符合筛选条件的记录" in client.get("/reveals/", {"object": "nothing"}).content.decode()
