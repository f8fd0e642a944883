"""Meeting buyers: a nick on a platform becomes a buyer of the house at first sight."""

from collections.abc import Iterable

from django.db import connection
from django.utils.translation import gettext as _

from zhanggui.journal.actions import action
from zhanggui.kit.actor import Actor
from zhanggui.kit.refusals import Invalid


@action
def meet_many(*, by: Actor, merchant_id: int, platform: str, nicks: Iterable[str]) -> dict[str, int]:
    """The ids of the buyers with these nicks on a platform, made where they are new. Two statements.

    Empty nicks are passed over. New ones are written in sorted order, so that two lists at once cannot
    deadlock. Raises Invalid for a nick of more than 80 characters.
    """
    wanted = sorted({nick for nick in nicks if nick})
    if not wanted:
        return {}
    if any(len(nick) > 80 for nick in wanted):
        raise Invalid(_("买家昵称不能超过 80 个字"), "nick")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO customers_buyer (merchant_id, platform, nick) "
            "SELECT %s, %s, nick FROM unnest(%s::text[]) AS v(nick) "
            "WHERE NOT EXISTS (SELECT 1 FROM customers_buyer b WHERE b.merchant_id = %s AND b.platform = %s "
            "AND b.nick = v.nick) ON CONFLICT DO NOTHING",
            [merchant_id, platform, wanted, merchant_id, platform],
        )
        cursor.execute(
            "SELECT nick, id FROM customers_buyer WHERE merchant_id = %s AND platform = %s AND nick = ANY(%s)",
            [merchant_id, platform, wanted],
        )
        return dict(cursor.fetchall())
