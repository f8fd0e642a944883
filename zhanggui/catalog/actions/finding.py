"""Keeping what products are found by: words, sounds, the range of prices. Called by every verb that changes them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.db import connection

from zhanggui.catalog import words
from zhanggui.catalog.models import Listing, Product, Sku, Term
from zhanggui.kit.bulk import update_many


def remember(product_ids: Sequence[int]) -> None:
    """Write the words and the range of prices of all listings of these products, in the caller's transaction.

    Five statements however many: products, SKUs, listings, the words, the terms.
    """
    wanted = sorted(set(product_ids))
    if not wanted:
        return
    products = {thing.pk: thing for thing in Product.objects.filter(pk__in=wanted)}
    skus: dict[int, list[tuple[str, str, str, int]]] = defaultdict(list)
    rows = Sku.objects.filter(product_id__in=wanted, off_at=None)
    for product_id, code, spec, barcode, price in rows.values_list(
        "product_id", "code", "spec", "barcode", "price_fen"
    ):
        skus[product_id].append((code, spec, barcode, price))
    listings = Listing.objects.filter(product_id__in=wanted).order_by("pk").values_list("pk", "product_id")
    changed = []
    for pk, product_id in listings:
        thing, own = products[product_id], skus[product_id]
        prices = [price for _code, _spec, _barcode, price in own] or [0]
        changed.append((pk, vector_of(thing, own), words.spelt(thing.title), min(prices), max(prices)))
    update_many(
        Listing,
        ("pk", "words", "initials", "from_fen", "to_fen"),
        ("bigint", "tsvector", "text", "bigint", "bigint"),
        changed,
    )
    _remember_terms(products.values())


def vector_of(thing: Product, own: Sequence[tuple[str, str, str, int]]) -> str:
    """The tsvector literal of a product with its SKUs (code, spec, barcode, price)."""
    specs = dict.fromkeys(part.split(":", 1)[-1] for _c, spec, _b, _p in own for part in spec.split(";"))
    return words.vector(
        words.Said(
            thing.title,
            codes=[
                thing.code,
                thing.model,
                thing.brand,
                *(c for code, _s, bar, _p in own for c in (code, bar)),
            ],
            copy=thing.copy,
            rest=[*specs, *words.texts_of(thing.attributes)],
        )
    )


def _remember_terms(products: Iterable[Product]) -> None:
    """The terms of these products' titles, by merchant; known ones stay. One statement."""
    titles: dict[int, list[str]] = defaultdict(list)
    for thing in products:
        titles[thing.merchant_id].append(thing.title)
    rows = [
        (merchant_id, *term) for merchant_id, told in sorted(titles.items()) for term in words.terms(told)
    ]
    if not rows:
        return
    columns = [list(column) for column in zip(*rows, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {Term._meta.db_table} (merchant_id, word, sound, initials) "  # noqa: S608 - our own table
            "SELECT * FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[]) ORDER BY 1, 2 "
            "ON CONFLICT DO NOTHING",
            columns,
        )
