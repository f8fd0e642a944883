"""What this room does on news."""

from zhanggui.journal.news import listen
from zhanggui.kit.actor import system
from zhanggui.kit.clock import database_now
from zhanggui.orders.events import OrdersFinished
from zhanggui.reviews.actions.windows import open_windows


@listen(OrdersFinished)
def on_finished(told: OrdersFinished) -> None:
    """Let them be reviewed from now on."""
    by = system("reviews", "timer")
    open_windows(by=by, shop_id=told.shop_id, order_ids=told.order_ids, at=database_now())
