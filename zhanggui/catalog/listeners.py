"""What this room does on news from below."""

from zhanggui.catalog.queries.goods import GATE_POLICIES
from zhanggui.catalog.regating import look_again
from zhanggui.journal.news import listen
from zhanggui.kit.actor import system
from zhanggui.kit.clock import database_now, day_of
from zhanggui.people.actors import actor_of
from zhanggui.people.models import Staff
from zhanggui.shops.events import SettingChanged
from zhanggui.shops.models import Shop


@listen(SettingChanged)
def on_setting(told: SettingChanged) -> None:
    """The gate's rules of a shop changed: its products are examined again, on the day from which they hold."""
    if told.name not in GATE_POLICIES or told.since > day_of(database_now()):
        return  # a day to come: `look_again_due`
    person = Staff.objects.filter(pk=told.staff_id or 0, is_active=True).first()
    by = actor_of(person) if person is not None else system("gate", "timer")
    look_again(by=by, shop=Shop.objects.get(pk=told.shop_id), since=told.since)
