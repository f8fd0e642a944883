"""Vendure: two web processes and its job worker, PostgreSQL, the dummy payment that settles at once.

A purchase is two articles added, a customer, an address, the shipping method, the change to paying, the payment:
seven GraphQL requests.
"""

import asyncio
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from bench.peers import home
from bench.peers.loop import until_it_answers

PORT = 18652
ARTICLES = 1000
SCRIPT = Path(__file__).with_name("vendure.js")


@contextmanager
def opened(stock: int) -> Iterator[tuple[str, Path]]:
    """Vendure with a thousand articles, the first with so many pieces; gives its address and the database's socket."""
    folder = home.node()
    with home.database("vendure") as socket:
        env = {"PEER_SOCKET": str(socket), "PEER_PORT": str(PORT)}
        subprocess.run(
            ["node", str(SCRIPT), "fill", str(stock)],
            cwd=folder,
            env={**os.environ, **env},
            check=True,
            capture_output=True,
        )
        with (
            home.running(["node", SCRIPT, "serve"], folder, env, "vendure"),
            home.running(["node", SCRIPT, "work"], folder, env, "vendure-worker"),
        ):
            base = f"http://127.0.0.1:{PORT}"
            asyncio.run(until_it_answers(base, "/health"))
            yield base, socket


async def spread(client: httpx.AsyncClient, number: int) -> bool:
    """Two articles, spread over the shelf."""
    return await _buy(client, number, 2 + number * 2 % (ARTICLES - 2), 3 + number * 2 % (ARTICLES - 3))


async def hot(client: httpx.AsyncClient, number: int) -> bool:
    """One piece of the hot article."""
    return await _buy(client, number, 1)


async def _buy(client: httpx.AsyncClient, number: int, *articles: int) -> bool:
    token = ""

    async def ask(query: str) -> Any:
        nonlocal token
        headers = {"authorization": f"Bearer {token}"} if token else {}
        answer = await client.post("/shop-api", json={"query": query}, headers=headers)
        token = answer.headers.get("vendure-auth-token", token)
        body = answer.json()
        if body.get("errors"):
            raise ValueError(str(body["errors"])[:300])
        return body["data"]

    for article in articles:
        said = await ask(
            f"mutation {{ addItemToOrder(productVariantId: {article}, quantity: 1) {{ __typename }} }}"
        )
        if said["addItemToOrder"]["__typename"] != "Order":
            return False
    await ask(
        f'mutation {{ setCustomerForOrder(input: {{firstName: "A", lastName: "B", '
        f'emailAddress: "guest{number}@example.com"}}) {{ __typename }} }}'
    )
    await ask(
        'mutation { setOrderShippingAddress(input: {fullName: "A B", streetLine1: "1 Road", city: "Town", '
        'postalCode: "N1 9RT", countryCode: "GB"}) { __typename } }'
    )
    await ask("mutation { setOrderShippingMethod(shippingMethodId: [1]) { __typename } }")
    await ask('mutation { transitionOrderToState(state: "ArrangingPayment") { __typename } }')
    paid = await ask(
        'mutation { addPaymentToOrder(input: {method: "dummy", metadata: {}}) { __typename ... on Order { state } } }'
    )
    return paid["addPaymentToOrder"].get("state") == "PaymentSettled"


COUNT = "SELECT count(*) FROM \"order\" WHERE state = 'PaymentSettled'"
SOLD = (
    'SELECT coalesce(sum(l.quantity), 0) FROM order_line l JOIN "order" o ON o.id = l."orderId" '
    "WHERE o.state = 'PaymentSettled' AND l.\"productVariantId\" = 1"
)
DATABASE = "vendure"
