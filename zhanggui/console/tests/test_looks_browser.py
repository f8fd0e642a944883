"""The frame's own pages looked at: both languages and themes, phone and desk, nothing serious for axe."""

import pytest

from tests.browsing import axe, browser, browsing, fits, look  # noqa: F401
from tests.cast import everything, shop, staff
from zhanggui.jobs.actions import open_job
from zhanggui.journal.daybook import Line, write_many
from zhanggui.people.actors import actor_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PAGES = {
    "daybook": "/daybook/",
    "notices": "/notices/",
    "views": "/views/",
    "acts": "/acts/",
    "jobs": "/jobs/",
    "missing": "/no/such/",
}


@pytest.mark.parametrize(
    ("width", "dark", "language"),
    [(1440, False, "zh-hans"), (360, True, "en"), (360, False, "zh-hans"), (1920, True, "zh-hans")],
)
def test_pages(browsing, width, dark, language):  # noqa: F811
    mei = staff("1001", *everything(), name="王小美")
    by, place = actor_of(mei), shop()
    changes = {"flag": [0, 1], "memo": ["", "客户要求周五发货，别放丝巾，礼品卡写生日快乐"]}
    write_many(
        by=by, what="order.marked", lines=[Line("order", n, place.pk, changes, "客户要求") for n in range(30)]
    )
    open_job(by=by, kind="tests.none", title="导入 淘宝订单 2026-11.csv", order={}, total=1200)
    page = browsing(mei, "", width=width, dark=dark, language=language)
    for name, path in PAGES.items():
        page.goto(path)
        page.wait_for_selector("html[data-ready]")
        page.wait_for_timeout(150)
        look(page, f"{name}-{width}-{'dark' if dark else 'light'}-{language}")
        fits(page)
        axe(page)
