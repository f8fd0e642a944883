"""Where orders go: the address that a buyer chose, for many buyers at once."""

from collections.abc import Collection

from django.db import connection

from zhanggui.customers.models import Address


def chosen_addresses(wanted: Collection[tuple[int, str]]) -> dict[tuple[int, str], Address]:
    """For each (buyer id, key) the address with this key, else the default one, else the one used last; who has none
    is left out.

    With the seal, for placing orders. One statement, none for nobody.
    """
    pairs = sorted(set(wanted))
    if not pairs:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT ON (v.place) v.place, a.id, a.buyer_id, a.key, a.sealed, a.region "
            "FROM unnest(%s::bigint[], %s::text[]) WITH ORDINALITY AS v(buyer, key, place) "
            "JOIN customers_address a ON a.buyer_id = v.buyer WHERE a.dropped_at IS NULL "
            "ORDER BY v.place, (a.key = v.key) DESC, a.is_default DESC, a.used_at DESC, a.id DESC",
            [[buyer for buyer, _key in pairs], [key for _buyer, key in pairs]],
        )
        names = ["id", "buyer_id", "key", "sealed", "region"]
        return {
            pairs[row[0] - 1]: Address.from_db(connection.alias, names, row[1:]) for row in cursor.fetchall()
        }
