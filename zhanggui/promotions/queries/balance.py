"""Whether every counter is explained by the rows that moved it: asked by `doctor` and after every test that races."""

from datetime import datetime

from django.db import connection
from django.db.models import QuerySet

from zhanggui.promotions.models import RedPacket


def unexplained_packets() -> list[int]:
    """Red packets whose sums the uses do not explain; always empty (reliability G3.1). One statement.

    amount = left + held + used + expired + revoked (a CHECK too); held is what uses hold; used is what uses spent less
    what refunds gave back or expired.
    """
    return _ids(
        "SELECT p.id FROM promotions_redpacket p LEFT JOIN (SELECT packet_id, "
        "sum(amount_fen) FILTER (WHERE state = 'held') AS held, "
        "sum(amount_fen - returned_fen - expired_fen) FILTER (WHERE state = 'used') AS used "
        "FROM promotions_redpacketuse GROUP BY packet_id) u ON u.packet_id = p.id "
        "WHERE p.amount_fen <> p.left_fen + p.held_fen + p.used_fen + p.expired_fen + p.revoked_fen "
        "OR p.held_fen <> coalesce(u.held, 0) OR p.used_fen <> coalesce(u.used, 0) ORDER BY p.id"
    )


def unexplained_issues() -> list[int]:
    """Issues whose granted sum is not that of their packets; always empty. One statement."""
    return _ids(
        "SELECT i.id FROM promotions_redpacketissue i LEFT JOIN promotions_redpacket p ON p.issue_id = i.id "
        "GROUP BY i.id HAVING i.issued_fen <> coalesce(sum(p.amount_fen), 0) ORDER BY i.id"
    )


def unexplained_offers() -> list[int]:
    """Offers with a limit whose counters, or whose stock shares, the uses do not explain; always empty. One statement."""
    return _ids(
        "SELECT o.id FROM promotions_offer o LEFT JOIN (SELECT offer_id, sum(times) AS times, sum(off_fen) AS fen "
        "FROM promotions_use WHERE state <> 'back' GROUP BY offer_id) u ON u.offer_id = o.id "
        "WHERE (o.budget_fen IS NOT NULL OR (o.times IS NOT NULL AND o.kind NOT IN ('coupon', 'voucher'))) "
        "AND (o.used_times <> coalesce(u.times, 0) OR o.used_fen <> coalesce(u.fen, 0)) "
        "UNION SELECT s.offer_id FROM promotions_share s LEFT JOIN (SELECT offer_id, key::bigint AS sku, "
        "sum(value::bigint) AS pieces FROM promotions_use, jsonb_each_text(pieces) WHERE state <> 'back' "
        "GROUP BY 1, 2) u ON u.offer_id = s.offer_id AND u.sku = s.sku_id "
        "WHERE s.used <> coalesce(u.pieces, 0) ORDER BY 1"
    )


def unexplained_coupons() -> list[int]:
    """Offers that gave out another number of coupons than lie in purses, or more than there are; always empty."""
    return _ids(
        "SELECT o.id FROM promotions_offer o LEFT JOIN promotions_coupon c ON c.offer_id = o.id "
        "WHERE o.kind IN ('coupon', 'voucher') GROUP BY o.id "
        "HAVING o.claimed <> count(c.id) OR o.claimed > coalesce(o.times, o.claimed) ORDER BY o.id"
    )


def overdue(at: datetime) -> QuerySet[RedPacket]:
    """Red packets that should have been credited by now (S0-10: within 24 hours): an alarm. No statement."""
    return RedPacket.objects.filter(state=RedPacket.State.DUE, credit_by__lt=at).order_by("credit_by", "pk")


def _ids(statement: str) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return [row[0] for row in cursor.fetchall()]
