"""Taking turns at asking a provider."""

from django.db import connection

from zhanggui.checkout.models import Payment

EVERY_SECONDS = 3
"""At most so often a provider is asked because somebody looks at the page."""


def take_turn(row: Payment) -> bool:
    """Take the right to ask the provider about a payment now: one page in a few seconds gets it. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE checkout_payment SET asked_at = clock_timestamp() WHERE id = %s AND state = 'open' AND "
            "(asked_at IS NULL OR asked_at <= clock_timestamp() - make_interval(secs => %s)) RETURNING id",
            [row.pk, EVERY_SECONDS],
        )
        return cursor.fetchone() is not None
