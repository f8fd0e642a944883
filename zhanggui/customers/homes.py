"""Where orders go: the address that a buyer chose, for many buyers at once."""

from collections.abc import Collection

from django.db import connection

from zhanggui.customers.models import Address


def chosen_addresses(wanted: Collection[tuple[int, str]]) -> dict[tuple[int, str], Address]:
    """For each (buyer id, key) the buyer's address with this key; for the key "" the default one, else the one used last.
    Who has none, or not this one (any more), is left out: nothing goes to an address that nobody chose.

    With the seal, for placing orders. One statement, none for nobody.
    """
    pairs = sorted(set(wanted))
    if not pairs:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT ON (v.place) v.place, a.id, a.buyer_id, a.key, a.sealed, a.region, a.version "
            "FROM unnest(%s::bigint[], %s::text[]) WITH ORDINALITY AS v(buyer, key, place) "
            "JOIN customers_address a ON a.buyer_id = v.buyer WHERE a.dropped_at IS NULL AND v.key IN ('', a.key) "
            "ORDER BY v.place, a.is_default DESC, a.used_at DESC, a.id DESC",
            [[buyer for buyer, _key in pairs], [key for _buyer, key in pairs]],
        )
        names = ["id", "buyer_id", "key", "sealed", "region", "version"]
        return {
            pairs[row[0] - 1]: Address.from_db(connection.alias, names, row[1:]) for row in cursor.fetchall()
        }
