"""A signed-in buyer with an address in front of an open shop with goods, for the stories about buying."""

from typing import Any

from django.test import Client

from zhanggui.checkout.tests import cast as checkout
from zhanggui.customers.models import Buyer
from zhanggui.customers.tests import cast as customers
from zhanggui.shops.models import Shop
from zhanggui.storefront.models import Face
from zhanggui.storefront.tests.forms import fields_of


def open_shop(code: str = "OW01", **also: Any) -> Shop:
    """A shop of our own with an open door."""
    shop = checkout.own_shop(code, **also)
    Face.objects.get_or_create(shop=shop, defaults={"open": True})
    return shop


def at_home(nick: str = "小鱼") -> tuple[Buyer, Client]:
    """A buyer with an address, signed in on a browser."""
    person = customers.buyer(nick)
    if not person.addresses.exists():
        customers.address(person)
    return person, customers.shopping(person)


def put(client: Client, sku: Any, pieces: int = 1, *, shop: Shop | None = None, **also: Any) -> Any:
    """Put pieces of a SKU into the cart."""
    given = {"shop": (shop or open_shop()).code, "sku": sku.pk, "pieces": pieces}
    return client.post("/cart/lines/", given | also)


def form_of(answer: Any) -> dict[str, list[str]]:
    """The fields of the page's big form as a browser without a script would send them."""
    return fields_of(answer.content.decode())


def submit(client: Client, page: Any, **changes: Any) -> Any:
    """Press the button of the checkout page, with what stands in it."""
    given: dict[str, Any] = dict(form_of(page)) | {"do": "place"} | changes
    return client.post("/checkout/", given)
