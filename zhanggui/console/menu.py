"""What this room hangs into the frame."""

from django.utils.translation import gettext_noop as N_

from zhanggui.kit.menu import Entry, offer

offer(
    Entry(
        label=N_("首页"),
        route="console:home",
        section=N_("今天"),
        order=1,
        keys="g h",
        icon="home",
        words="home",
    ),
    Entry(
        label=N_("通知"),
        route="console:notices",
        section="",
        order=2,
        keys="g n",
        icon="bell",
        words="notices",
    ),
    Entry(
        label=N_("我的视图"),
        route="console:views",
        section="",
        order=960,
        icon="star",
        words="saved views 筛选",
    ),
    Entry(
        label=N_("我最近的操作"),
        route="console:acts",
        section="",
        order=961,
        icon="history",
        words="undo 撤销",
    ),
)
