"""What the daybook keeps is said in a clerk's words, the same on every page, in both languages."""

import re

import pytest
from django.utils.translation import override

from tests.cast import NOON, everything, sign_in, staff
from zhanggui.console.queries import last_acts
from zhanggui.journal.daybook import write
from zhanggui.journal.models import Entry
from zhanggui.journal.telling import differences, told
from zhanggui.kit.actor import system
from zhanggui.kit.regions import joined
from zhanggui.orders.models import Overwrite
from zhanggui.orders.queries.timeline import timeline
from zhanggui.orders.tests.cast import ordered

pytestmark = pytest.mark.django_db
HASH = "ac2064f19be33d20ac2064f19be33d20"


@pytest.mark.parametrize(
    ("change", "zh", "en"),
    [
        ({"due_fen": [6990, 6700]}, ("应付", "¥69.90", "¥67.00"), ("Due", "¥69.90", "¥67.00")),
        ({"fee_fen": [None, 350]}, ("费用", "—", "¥3.50"), ("Fee", "—", "¥3.50")),
        ({"flag": [3, 0]}, ("旗帜", "绿旗", "灰旗"), ("Flag", "Green flag", "Grey flag")),
        ({"marks": [[438, 439], [438]]}, ("标记", "—", "取下 1 条"), ("Mark", "—", "1 taken off")),
        ({"memo": [HASH, None]}, ("备注", "原内容", "已清空"), ("Note", "what was there", "emptied")),
        ({"receiver": [None, HASH]}, ("收件人", "—", "（已加密）"), ("Receiver", "—", "(sealed)")),
        ({"change:2.state": ["asked", "agreed"]}, ("修改申请", "待处理", "已同意"), None),
        ({"line:1.state": ["unpaid", "paid"]}, ("第 1 件 状态", "待付款", "待发货"), None),
        ({"line:1.share_fen": [None, 5990]}, ("第 1 件 小计", "—", "¥59.90"), None),
        ({"together": [None, 7]}, ("合并发货", "—", "是"), None),
        ({"revived": [None, True]}, ("重新打开", "—", "是"), None),
        ({"paid_at": [None, "2026-11-11T04:05:06Z"]}, ("付款时间", "—", "2026-11-11 12:05"), None),
        ({"region": [None, "420111"]}, ("地区", "—", "湖北省武汉市洪山区"), None),
        ({"days": [None, 3]}, ("天数", "—", "3 天"), ("Days", "—", "3 days")),
        (
            {"filter": [None, {"shop": ["WH01"], "view": ["to_ship"], "q": ["13800138000"]}]},
            ("筛选", "—", "店铺 WH01；视图 待发货；搜索"),
            None,
        ),
    ],
)
def test_a_change_in_words(change, zh, en):
    (one,) = differences(change)
    assert (one.name, one.before, one.after) == zh
    if en:
        with override("en"):
            (one,) = differences(change)
            assert (one.name, one.before, one.after) == en


def test_the_house_itself_is_named_in_the_readers_language_and_a_person_never_is():
    order = ordered()
    for name, source in (("支付查询", "timer"), ("支付通知", "api"), ("支付通知", "web")):
        write(by=system(name, source), what="order.paid", kind="order", object_id=order.pk)
    with override("en"):
        assert [one.actor for one in timeline(order.pk)[:3]] == [
            "支付通知",
            "Payment notices",
            "Payment query",
        ]
    assert timeline(order.pk)[2].actor == "支付查询"


@pytest.mark.parametrize("column", ["version", "buyer_id", "line:1.sku_id", "sku_id", "staff_id"])
def test_ids_are_not_shown(column):
    assert differences({column: [1, 2]}) == []


def test_one_change_is_said_alike_on_every_page(client):
    boss, order = staff("1001", *everything(), name="王店长"), ordered()
    by = system("王店长", "cli")
    write(
        by=by,
        what="order.flagged",
        on=order,
        change={
            "flag": [3, 0],
            "marks": [[], [438, 439]],
            "memo": [HASH, HASH[::-1]],
            "owner_id": [None, boss.pk],
            "line:1.state": ["unpaid", "paid"],
        },
    )
    entry = Entry.objects.order_by("pk").last()
    said = told([entry])[entry.pk]
    assert {one.after for one in said} == {"灰旗", "加 2 条", "已改", "王店长", "待发货"}
    assert list(timeline(order.pk, most=1)[0].differences) == said
    sign_in(client, boss)
    for address in ("/daybook/", f"/orders/{order.shop.code}/{order.number}/timeline/"):
        page = client.get(address).content.decode()
        assert "灰旗" in page
        assert "加 2 条" in page
        assert "命令行" in page
        assert not re.search(r"438|ac2064|owner_id|line:1|>cli<", page)


def test_a_page_of_lines_costs_one_statement_a_kind(django_assert_num_queries):
    boss, order = staff("1001", *everything()), ordered()
    by = system("王店长", "test")
    for carrier in ("sf", "ems", "yto"):
        write(
            by=by,
            what="order.assigned",
            on=order,
            change={"owner_id": [None, boss.pk], "carrier": ["", carrier]},
        )
    entries = list(Entry.objects.order_by("-pk")[:3])
    with django_assert_num_queries(2):
        assert all(len(said) == 2 for said in told(entries).values())


def test_ones_own_acts_show_no_codes(client):
    from tests.cast import actor_of
    from zhanggui.orders.actions.marks import mark

    boss, order = staff("1001", *everything()), ordered()
    mark(by=actor_of(boss), order=order, template="commission", at=NOON)
    acts = last_acts(actor_of(boss))
    assert acts[0].differences
    sign_in(client, boss)
    page = client.get("/acts/").content.decode()
    assert order.number in page
    assert "加 1 条" in page
    assert not re.search(
        r"marks|order\.marked|memo", page.split("<main")[1].split("</main")[0].replace("data-", "")
    )


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        (("上海", "上海市", "浦东新区"), "上海市浦东新区"),
        (("北京市", "北京市", "海淀区"), "北京市海淀区"),
        (("吉林省", "吉林市", "船营区"), "吉林省吉林市船营区"),
        (("湖北省", "武汉市", "洪山区"), "湖北省武汉市洪山区"),
        (("", "", ""), ""),
    ],
)
def test_a_place_is_not_said_twice(parts, said):
    assert joined(*parts) == said


def test_an_overwritten_flag_is_named(client):
    order = ordered(memo="发顺丰", flag=1)
    Overwrite.objects.create(
        order=order, our_memo="发顺丰", our_flag=1, their_memo="改了", their_flag=4, seen_at=NOON
    )
    sign_in(client, staff("1001", *everything()))
    page = client.get(f"/orders/{order.shop.code}/{order.number}/").content.decode()
    panel = page[page.index("o-overwrite") :]
    assert '<span class="flag flag-4">蓝旗</span>' in panel[: panel.index("</section>")]
