"""Forms of the checkout that are sent at the same moment are one list: each has its own outcome, and its own cart."""

from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.racing import race, refusals
from zhanggui.checkout.acting import HOUSE
from zhanggui.checkout.models import CartLine, Submit
from zhanggui.checkout.tests.cast import buyer, goods
from zhanggui.customers.tests import cast as customers
from zhanggui.kit.clock import now
from zhanggui.orders.models import Order
from zhanggui.orders.sealing import open_receiver
from zhanggui.storefront.actions import submitting
from zhanggui.storefront.actions.submitting import Form, submit_many
from zhanggui.storefront.queries.checkouts import Choices, sheet
from zhanggui.storefront.tests.buying import at_home, form_of, open_shop, put, submit

pytestmark = pytest.mark.django_db


def _form(tea, nick, pieces=1, address="", key=""):
    """A form as the page would send it for a buyer with this nick and an address."""
    person = buyer(nick)
    home = customers.address(person) if not person.addresses.exists() else person.addresses.get()
    choices = Choices(((open_shop().pk, tea.pk, pieces),))
    [part] = sheet(person, choices, home, at=now()).parts
    CartLine.objects.get_or_create(
        buyer=person, shop=open_shop(), sku=tea, defaults={"pieces": pieces, "seen_fen": 1}
    )
    seen = {open_shop().pk: (part.basket.digest, part.priced.cash_fen)}
    return Form(person, choices, address, key or f"key {nick}", seen, provider="sandbox")


def _cost(forms):
    with CaptureQueriesContext(connection) as asked:
        found = submit_many(by=HOUSE, forms=forms, at=now())
    return len([row for row in asked if "SAVEPOINT" not in row["sql"]]), found


def test_a_list_of_forms_costs_the_same_statements_however_long():
    open_shop()
    tea = goods(pieces=100)
    one, _sent = _cost([_form(tea, "甲")])
    many, sent = _cost([_form(tea, f"买家{n}") for n in range(20)])
    assert one == many
    assert all(form.lost is None and form.in_cart == 0 for form in sent)
    assert Order.objects.count() == 21
    assert not CartLine.objects.exists()


def test_who_is_refused_keeps_the_cart_and_the_others_have_their_orders():
    open_shop()
    tea = goods(pieces=3)
    forms = [_form(tea, "甲", 2), _form(tea, "乙", 2), _form(tea, "丙", 1)]
    sent = submit_many(by=HOUSE, forms=forms, at=now())
    assert [form.lost.result if form.lost else "placed" for form in sent] == ["placed", "sold_out", "placed"]
    assert [line.buyer.nick for line in CartLine.objects.select_related("buyer")] == ["乙"]
    assert Submit.objects.count() == 2


def test_two_tabs_of_a_buyer_in_one_list_go_to_two_addresses():
    open_shop()
    tea = goods(pieces=10)
    form = _form(tea, "甲")
    other = customers.address(form.buyer, name="李雷", address="另一条路2号")
    second = replace(form, address=other.key, key="another tab")
    sent = submit_many(by=HOUSE, forms=[form, second], at=now())
    assert [one.lost for one in sent] == [None, None]
    names = [open_receiver(order.receiver).name for order in Order.objects.order_by("pk")]
    assert sorted(names) == sorted(["王小明", "李雷"])


def test_the_page_of_what_is_sold_out_prices_nothing_anew():
    tea, (_person, client) = goods(pieces=5), at_home()
    put(client, tea, 4)
    page = client.get("/checkout/")
    _form(tea, "甲", 3)
    submit_many(by=HOUSE, forms=[_form(tea, "甲", 3)], at=now())
    with CaptureQueriesContext(connection) as asked:
        answer = submit(client, page)
    assert answer.status_code == 409
    assert "只剩 2 件" in answer.content.decode()
    assert sum("promotions_offer" in row["sql"] for row in asked) == 1
    given = form_of(answer)
    assert {name: given[name] for name in form_of(page)} == form_of(page), "what was chosen is sent along"


@pytest.mark.django_db(transaction=True)
def test_pressing_at_the_same_moment_in_one_process_is_one_list(monkeypatch):
    open_shop()
    tea = goods(pieces=100)
    forms = [_form(tea, f"买家{n}") for n in range(16)]
    lists, real = [], submitting.submit_many

    def counted(**given):
        lists.append(len(given["forms"]))
        return real(**given)

    monkeypatch.setattr(submitting, "submit_many", counted)
    results = race(*[lambda form=form: submitting.submit(form) for form in forms])
    assert refusals(results) == []
    assert all(sent.lost is None for sent in results)
    assert sum(lists) == 16
    assert len(lists) < 16
    assert Order.objects.count() == 16
