"""Importing files from the disk, as the command line does it."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.cast import HOUSE, NOON, actor, everything, mall, shop, sign_in, staff
from zhanggui.connect.actions.importing import import_file, import_files
from zhanggui.connect.files.refusal import FileRefused
from zhanggui.connect.tests import samples
from zhanggui.freight.carriers import ensure_carriers
from zhanggui.journal.models import Entry
from zhanggui.kit.refusals import NotAllowed
from zhanggui.orders.actions.shipping import Locked, ship
from zhanggui.orders.models import Order, OrderLine, Parcel, Receiver
from zhanggui.orders.states import State
from zhanggui.people.powers import Power

pytestmark = pytest.mark.django_db

SHARED = Path(__file__).resolve().parents[4] / "shared" / "data"


def take(path: Path, at=NOON, into=None) -> dict[str, int]:
    return import_file(by=HOUSE, path=path, shop=into or shop(), at=at).as_dict()


def counts(**told: int) -> dict[str, int]:
    return {"new": 0, "changed": 0, "unchanged": 0, "refused": 0} | told


@pytest.mark.parametrize(
    "headers", [samples.TAOBAO_28, samples.TAOBAO_41, samples.TAOBAO_54, samples.TAOBAO_2019]
)
@pytest.mark.parametrize(
    "encoding", ["gbk", "gb18030", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"]
)
def test_every_width_in_every_encoding(tmp_path, headers, encoding):
    path = samples.write(tmp_path, "list.csv", headers, [samples.taobao(0), samples.taobao(1)], encoding)
    assert take(path) == counts(new=2)
    order = Order.objects.get(number=samples.number(1))
    assert (order.state, order.due_fen, order.paid_fen, order.pieces) == (State.PAID, 11980, 11980, 2)
    assert order.receiver.city == "杭州市"
    assert order.region == "330106"


def test_the_same_file_again_changes_nothing(tmp_path):
    path = samples.write(tmp_path, "list.csv", samples.TAOBAO_41, [samples.taobao(i) for i in range(5)])
    assert take(path) == counts(new=5)
    before = list(Order.objects.order_by("pk").values())
    assert take(path) == counts(unchanged=5)
    assert list(Order.objects.order_by("pk").values()) == before


def test_an_overlapping_newer_file_moves_forward_only(tmp_path):
    old = samples.write(tmp_path, "old.csv", samples.TAOBAO_41, [samples.unpaid(0), samples.taobao(1)])
    new = samples.write(
        tmp_path, "new.csv", samples.TAOBAO_54, [samples.taobao(0), samples.taobao(1), samples.taobao(2)]
    )
    assert take(old) == counts(new=2)
    assert take(new)["new"] == 1
    assert Order.objects.get(number=samples.number(0)).state == State.PAID
    take(old)
    assert Order.objects.get(number=samples.number(0)).state == State.PAID
    assert Order.objects.count() == 3


@pytest.mark.parametrize("list_first", [True, False])
def test_a_list_and_its_details_are_joined_whatever_their_order(tmp_path, list_first):
    lists = samples.write(tmp_path, "list.csv", samples.TAOBAO_41, [samples.taobao(0), samples.taobao(1)])
    lines = samples.write(tmp_path, "detail.csv", samples.DETAILS, samples.details(0) + samples.details(1))
    paths = [lists, lines] if list_first else [lines, lists]
    done = import_files(by=HOUSE, paths=paths, shop=shop(), at=NOON)
    assert done.as_dict() == counts(new=2)
    order = Order.objects.get(number=samples.number(0))
    assert order.goods_fen == 12980
    assert order.discount_fen == 1000
    assert [(line.code, line.price_fen) for line in order.lines.order_by("position")] == [
        ("TS-1001-KH-L", 9990),
        ("", 2990),
    ]
    again = import_files(by=HOUSE, paths=paths, shop=shop(), at=NOON)
    assert again.as_dict() == counts(unchanged=2)


def test_details_that_come_later_fill_in_the_lines(tmp_path):
    lists = samples.write(tmp_path, "list.csv", samples.TAOBAO_41, [samples.taobao(0)])
    lines = samples.write(tmp_path, "detail.csv", samples.DETAILS, samples.details(0) + samples.details(9))
    assert take(lists) == counts(new=1)
    done = import_file(by=HOUSE, path=lines, shop=shop(), at=NOON)
    assert done.as_dict() == counts(changed=1, refused=1)
    assert done.reasons[0].number == samples.number(9)
    assert OrderLine.objects.filter(order__number=samples.number(0), code="TS-1001-KH-L").exists()
    assert take(lists) == counts(unchanged=1)


def test_the_newer_item_list_joins_by_the_main_number(tmp_path):
    lists = samples.write(tmp_path, "list.csv", samples.TAOBAO_54, [samples.taobao(0)])
    rows = [
        {
            "子订单编号": f'="{samples.number(50 + at)}"',
            "主订单编号": f'="{samples.number(0)}"',
            "商品标题": "速干T恤",
            "商品价格": "59.90",
            "购买数量": "1",
            "订单状态": "买家已付款，等待卖家发货",
            "退款状态": "没有申请退款" if at else "买家已经申请退款，等待卖家同意",
        }
        for at in range(2)
    ]
    items = samples.write(tmp_path, "ExportItemList.csv", samples.ITEMS, rows, "utf-8-sig")
    assert import_files(by=HOUSE, paths=[items, lists], shop=shop(), at=NOON).as_dict() == counts(new=1)
    assert sorted(OrderLine.objects.values_list("outer_number", "refund")) == [
        (samples.number(50), "open"),
        (samples.number(51), ""),
    ]


@pytest.mark.parametrize("bad", ["3.02869E+15", "3.02869e+15", '="3.02869E+15"'])
def test_a_file_spoiled_by_a_spreadsheet_is_refused_as_a_whole(tmp_path, bad):
    rows = [samples.taobao(0), samples.taobao(1, 订单编号=bad)]
    path = samples.write(tmp_path, "list.csv", samples.TAOBAO_41, rows)
    with pytest.raises(FileRefused, match="3.02869"):
        take(path)
    assert not Order.objects.exists()


def test_numbers_that_lost_their_tail_to_zeros_are_refused(tmp_path):
    rows = [samples.taobao(0, 订单编号=f'="{302868941808600 + i}000"') for i in range(6)]
    path = samples.write(tmp_path, "list.csv", samples.TAOBAO_41, rows)
    with pytest.raises(FileRefused, match="000"):
        take(path)
    assert not Order.objects.exists()


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        ({"总金额": "1.00"}, "自相矛盾"),
        ({"买家实际支付金额": "500.00"}, "自相矛盾"),
        ({"买家应付货款": "-5", "总金额": "-5"}, "负数"),
        ({"订单状态": "在路上"}, "不认识的订单状态"),
        ({"订单创建时间": "昨天"}, "日期读不懂"),
        ({"订单创建时间": ""}, "没有订单创建时间"),
        ({"买家应付货款": "一百", "总金额": "一百"}, "金额读不懂"),
        ({"物流单号 ": "8.68021E+11"}, "表格软件"),
        ({"联系手机": "1.38E+10"}, "表格软件"),
        ({"订单编号": ""}, "没有订单编号"),
        ({"买家留言": "a\0b"}, "控制字符"),
    ],
)
def test_a_row_that_contradicts_itself_is_refused_and_its_neighbours_are_not(tmp_path, cells, why):
    rows = [samples.taobao(0), samples.taobao(1, **cells), samples.taobao(2)]
    path = samples.write(tmp_path, "list.csv", samples.TAOBAO_41, rows)
    done = import_file(by=HOUSE, path=path, shop=shop(), at=NOON)
    assert done.as_dict() == counts(new=2, refused=1)
    assert why in done.reasons[0].message
    assert done.reasons[0].row == 3
    assert Order.objects.count() == 2


@pytest.mark.parametrize(
    ("cells", "state", "paid", "refunded"),
    [
        ({"订单付款时间 ": "", "买家实际支付金额": "0.00"}, State.CLOSED_UNPAID, 0, 0),
        ({"买家实际支付金额": "119.80"}, State.CLOSED_REFUNDED, 11980, 11980),
        ({"买家实际支付金额": "0.00"}, State.CLOSED_REFUNDED, 11980, 11980),
        ({"买家实际支付金额": "0.00", "退款金额": "100.00"}, State.CLOSED_REFUNDED, 10000, 10000),
    ],
)
def test_closed_before_and_after_payment_differ(tmp_path, cells, state, paid, refunded):
    row = samples.taobao(0, 订单状态="交易关闭", 订单关闭原因="买家不想买了", **cells)
    path = samples.write(tmp_path, "list.csv", samples.TAOBAO_54, [row])
    assert take(path) == counts(new=1)
    order = Order.objects.get()
    assert (order.state, order.paid_fen, order.refunded_fen) == (state, paid, refunded)
    assert order.close_reason == "买家不想买了"


def test_what_a_cell_is_dressed_in_is_taken_off(tmp_path):
    row = samples.shipped(
        0,
        订单备注="'改发顺丰\n第二行",
        买家留言='送礼 "不要放价格单"',
        收货人姓名="𠮷田",
        **{"收货地址 ": "北京 北京市 朝阳区 1号, 2单元(000000)"},
    )
    raw = samples.text(samples.TAOBAO_41, [row]).replace('="30', '"=""30').replace('000",', '000""",', 1)
    path = tmp_path / "saved-again.csv"
    path.write_bytes(raw.encode("gb18030"))
    assert take(path) == counts(new=1)
    order = Order.objects.get(number=samples.number(0))
    assert order.memo == "改发顺丰\n第二行"
    assert order.buyer_message == '送礼 "不要放价格单"'
    assert order.waybill == "868020761207"
    assert order.receiver.masked_name == "𠮷*"


def test_no_personal_data_lies_in_the_open(tmp_path):
    path = samples.write(tmp_path, "list.csv", samples.TAOBAO_41, [samples.taobao(7)])
    take(path)
    order = Order.objects.get()
    told = str(order.extra)
    assert "buyer07@example.com" not in told
    assert "示例公司" not in told
    assert "13800000007" not in str(Receiver.objects.values_list("masked_phone", "masked_name").get())


def test_jd_groups_the_rows_of_an_order_also_when_they_do_not_stand_together(tmp_path):
    rows = [
        samples.jd(0, 应付金额="128.00", 余额支付="5.00"),
        samples.jd(1),
        samples.jd(0, 应付金额="128.00", 余额支付="5.00", 商品ID="2", 商品名称="运动袜"),
    ]
    path = samples.write(tmp_path, "jd.csv", samples.JD_30, rows)
    there = shop("JD01", platform="jd")
    assert take(path, into=there) == counts(new=2)
    order = Order.objects.get(number="45730000000")
    assert order.lines.count() == 2
    assert (order.goods_fen, order.discount_fen, order.due_fen) == (13800, 500, 13300)
    assert take(path, into=there) == counts(unchanged=2)


@pytest.mark.parametrize(
    ("cells", "state", "cod"),
    [
        ({"订单状态": "(删除)等待出库"}, State.CLOSED_REFUNDED, False),
        ({"订单状态": "(删除)等待付款", "付款确认时间": ""}, State.CLOSED_UNPAID, False),
        ({"订单状态": "等待确认收货"}, State.SHIPPED, False),
        ({"订单状态": "完成"}, State.FINISHED, False),
        ({"订单状态": "锁定"}, State.PAID, False),
        ({"支付方式": "货到付款", "付款确认时间": ""}, State.PAID, True),
    ],
)
def test_jd_states(tmp_path, cells, state, cod):
    path = samples.write(tmp_path, "jd.csv", samples.JD_30, [samples.jd(0, **cells)])
    assert take(path, into=shop("JD01", platform="jd")) == counts(new=1)
    order = Order.objects.get()
    assert (order.state, order.cod) == (state, cod)
    if cod:
        assert order.paid_fen == 0


def test_a_shipping_time_that_no_file_told_is_not_invented(tmp_path, client):
    sent = {"订单状态": "卖家已发货，等待买家确认", "物流公司": "圆通速递", "物流单号": "YT1234567890123"}
    rows = [samples.taobao(0, **sent), samples.taobao(1) | {"物流单号": ""}]
    take(samples.write(tmp_path, "list.csv", samples.TAOBAO_41, rows))
    sent["物流单号"] = "YT1234567890124"
    take(samples.write(tmp_path, "later.csv", samples.TAOBAO_41, [samples.taobao(1, **sent)]))
    sign_in(client, staff("boss", *everything()))
    assert set(Parcel.objects.values_list("actor", flat=True)) == {"import"}
    for order in Order.objects.order_by("number"):
        assert (order.state, order.shipped_at) == (State.SHIPPED, None)
        timer = order.timers.get(kind="confirm", dropped_at=None)
        assert timer.due_at == NOON + timedelta(days=10)
        page = client.get(f"/orders/WH01/{order.number}/").content.decode()
        assert "发货时间平台未提供 · 平台文件导入" in page
        assert "快递未揽收" not in page
    told = samples.taobao(0, **(sent | {"物流单号": "YT1234567890123", "发货时间": "2026-10-30 18:00:00"}))
    headers = [*samples.TAOBAO_41, "发货时间"] if "发货时间" not in samples.TAOBAO_41 else samples.TAOBAO_41
    assert take(samples.write(tmp_path, "new.csv", headers, [told]))["changed"] == 1
    order = Order.objects.get(number=samples.number(0))
    assert order.shipped_at is not None
    page = client.get(f"/orders/WH01/{order.number}/").content.decode()
    assert "发货时间平台未提供" not in page
    assert "平台文件导入" in page


@pytest.mark.parametrize("held", ["锁定", "暂停"])
def test_what_jd_holds_back_is_not_shipped_until_a_newer_file_lets_it_go(tmp_path, held):
    there = shop("JD01", platform="jd")

    def told(word: str) -> dict[str, int]:
        path = samples.write(tmp_path, "jd.csv", samples.JD_30, [samples.jd(0, 订单状态=word)])
        return take(path, into=there)

    def ship_it() -> None:
        ensure_carriers()
        ship(by=HOUSE, order=Order.objects.get(), carrier="ZTO", waybill="538012345678", at=NOON)

    assert told(held) == counts(new=1)
    assert Order.objects.get().troubles == ["locked"]
    with pytest.raises(Locked, match="平台锁定"):
        ship_it()
    assert (Order.objects.get().state, Parcel.objects.count()) == (State.PAID, 0)
    assert told(held) == counts(unchanged=1)
    assert told("等待出库") == counts(changed=1)
    assert Order.objects.get().troubles == []
    assert told(held) == counts(changed=1)
    assert Order.objects.get().troubles == ["locked"]
    assert told("等待发货") == counts(changed=1)
    ship_it()
    assert Order.objects.get().state == State.SHIPPED


def test_a_lock_is_gone_with_what_jd_itself_sent(tmp_path):
    there = shop("JD01", platform="jd")
    for word in ("锁定", "已出库"):
        path = samples.write(tmp_path, "jd.csv", samples.JD_30, [samples.jd(0, 订单状态=word)])
        take(path, into=there)
    order = Order.objects.get()
    assert (order.state, order.troubles) == (State.SHIPPED, [])


def test_the_pages_show_that_jd_holds_an_order_back(tmp_path, client):
    path = samples.write(tmp_path, "jd.csv", samples.JD_30, [samples.jd(0, 订单状态="锁定")])
    take(path, into=shop("JD01", platform="jd"))
    sign_in(client, staff("boss", *everything()))
    assert (
        '<span class="badge badge-warn">平台锁定</span>'
        in client.get("/orders/?view=to_ship").content.decode()
    )
    assert (
        '<span class="badge badge-warn">平台锁定</span>' in client.get("/orders/shipping/").content.decode()
    )
    page = client.get(f"/orders/JD01/{Order.objects.get().number}/").content.decode()
    assert "平台锁定了这个订单" in page
    assert 'id="waybill"' not in page
    assert client.get("/orders/?trouble=locked").content.decode().count(Order.objects.get().number)


def test_jd_rows_of_one_order_that_contradict_each_other_are_refused(tmp_path):
    rows = [samples.jd(0, 应付金额="138.00"), samples.jd(0, 应付金额="69.00")]
    path = samples.write(tmp_path, "jd.csv", samples.JD_30, rows)
    assert take(path, into=shop("JD01", platform="jd")) == counts(refused=1)
    assert not Order.objects.exists()


def test_pdd_takes_the_date_from_the_number_and_drops_the_total(tmp_path):
    rows = [
        samples.pdd(0, 订单成交时间=""),
        samples.pdd(
            1, **{"商品总价(元)": "1,234.56", "平台优惠折扣(元)": "34.56", "用户实付金额(元)": "1,200.00"}
        ),
        samples.pdd(2, **{"商品总价(元)": "10", "商品数量(件)": "3", "用户实付金额(元)": "10"}),
        {"订单成交时间": "总计", "用户实付金额(元)": "1,227.80"},
    ]
    path = samples.write(tmp_path, "pdd.csv", samples.PDD_23, rows, "utf-8-sig")
    there = shop("PD01", platform="pdd")
    assert take(path, into=there) == counts(new=3)
    first, second, third = Order.objects.order_by("number")
    assert first.placed_at.strftime("%Y-%m-%d") in ("2026-10-29", "2026-10-30")
    assert (second.goods_fen, second.discount_fen, second.due_fen) == (123456, 3456, 120000)
    assert (third.goods_fen, third.adjust_fen, third.due_fen) == (999, 1, 1000)


def test_pdd_that_does_not_add_up_is_refused(tmp_path):
    path = samples.write(tmp_path, "pdd.csv", samples.PDD_23, [samples.pdd(0, **{"用户实付金额(元)": "9"})])
    assert take(path, into=shop("PD01", platform="pdd")) == counts(refused=1)


def test_a_file_of_another_platform_is_refused_for_the_shop(tmp_path):
    path = samples.write(tmp_path, "jd.csv", samples.JD_30, [samples.jd(0)])
    with pytest.raises(FileRefused, match="京东"):
        take(path, into=mall())
    assert not Order.objects.exists()


def test_a_workbook_reads_like_a_text_table(tmp_path):
    row = {name.strip(): value for name, value in samples.taobao(3).items()}
    row["订单编号"] = samples.number(3)
    cells = [row.get(header.strip(), "") for header in samples.TAOBAO_41]
    path = tmp_path / "list.xlsx"
    path.write_bytes(samples.book(samples.TAOBAO_41, [cells]))
    assert take(path) == counts(new=1)
    assert Order.objects.get().number == samples.number(3)


def test_a_number_kept_as_a_number_in_a_workbook_has_lost_digits(tmp_path):
    row = {name.strip(): value for name, value in samples.taobao(3).items()}
    cells = [row.get(header.strip(), "") for header in samples.TAOBAO_41]
    cells[0] = float(samples.number(3))
    path = tmp_path / "list.xlsx"
    path.write_bytes(samples.book(samples.TAOBAO_41, [cells]))
    with pytest.raises(FileRefused, match="E"):
        take(path)


def test_nobody_imports_without_the_power_in_that_shop(tmp_path):
    path = samples.write(tmp_path, "list.csv", samples.TAOBAO_41, [samples.taobao(0)])
    here, there = shop("WH01"), shop("WH02")
    person = actor(Power.ORDER_IMPORT, at=there)
    with pytest.raises(NotAllowed):
        import_file(by=person, path=path, shop=here)
    assert not Order.objects.exists()


def test_an_import_is_written_in_the_daybook_without_names(tmp_path):
    path = samples.write(tmp_path, "list.csv", samples.TAOBAO_41, [samples.taobao(0)])
    take(path)
    line = Entry.objects.get(what="orders.imported")
    assert line.change["new"] == [0, 1]
    assert "测试00" not in str(list(Entry.objects.values()))


def test_a_list_that_lacks_a_column_is_not_taken_for_a_shipping_file(tmp_path):
    headers = [header for header in samples.TAOBAO_41 if header != "总金额"]
    path = samples.write(tmp_path, "list.csv", headers, [samples.shipped(0)])
    with pytest.raises(FileRefused, match="不认识"):
        take(path)
    headers = [header for header in samples.TAOBAO_41 if header != "买家会员名"]
    assert take(samples.write(tmp_path, "trimmed.csv", headers, [samples.shipped(0)])) == counts(new=1)


def test_masked_names_are_nobodys(tmp_path):
    rows = [samples.taobao(i, 买家会员名="测**", 联系手机="138****0000", 收货人姓名="张**") for i in range(2)]
    path = samples.write(tmp_path, "list.csv", samples.TAOBAO_2019, rows)
    assert take(path) == counts(new=2)
    assert set(Order.objects.values_list("buyer", flat=True)) == {None}
    assert set(Receiver.objects.values_list("phone_trace", flat=True)) == {None}


def test_a_carrier_nobody_knows_is_kept_by_name_and_not_guessed(tmp_path):
    ensure_carriers()
    rows = [samples.shipped(0), samples.shipped(1, 物流公司="飞鸽传书", **{"物流单号 ": "FG1"})]
    path = samples.write(tmp_path, "list.csv", samples.TAOBAO_41, rows)
    assert take(path) == counts(new=2)
    first, second = Order.objects.order_by("number")
    assert (first.carrier, first.waybill) == ("STO", "868020761207")
    assert (second.carrier, second.waybill, second.extra["物流公司"]) == ("", "FG1", "飞鸽传书")


def test_one_list_at_a_time_costs_the_same_statements_however_long(tmp_path, django_assert_max_num_queries):
    path = samples.write(tmp_path, "list.csv", samples.TAOBAO_41, [samples.taobao(i) for i in range(300)])
    there = shop()
    with django_assert_max_num_queries(60):
        assert take(path, into=there) == counts(new=300)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the sample files are not here")
@pytest.mark.parametrize(
    ("names", "platform", "many"),
    [
        (["orders/SYNTHETIC_ExportOrderList201611200101_41col.csv"], "taobao", 12),
        (["orders/SYNTHETIC_ExportOrderList201811200101_54col.csv"], "tmall", 12),
        (
            [
                "orders/SYNTHETIC_ExportOrderDetailList201611200101.csv",
                "orders/SYNTHETIC_ExportOrderList201611200101_41col.csv",
            ],
            "taobao",
            12,
        ),
        (["jd/SYNTHETIC_jd_order_export_30col.csv"], "jd", 6),
        (["pdd/SYNTHETIC_pdd_orders_23col.csv"], "pdd", 4),
    ],
)
def test_the_sample_files(names, platform, many):
    there = shop("SMPL", platform=platform)
    paths = [SHARED / name for name in names]
    assert import_files(by=HOUSE, paths=paths, shop=there, at=NOON).as_dict() == counts(new=many)
    assert import_files(by=HOUSE, paths=paths, shop=there, at=NOON).as_dict() == counts(unchanged=many)


@pytest.mark.parametrize(
    "text",
    ["\u202egnp.exe", "零\u200b宽", "👩\u200d👩\u200d👧 送礼", "𠮷野家 䶮", "a" * 100_000],
    ids=["right to left", "zero width", "joined emoji", "rare", "very long"],
)
def test_texts_at_the_edge_are_kept_whole(tmp_path, text):
    path = samples.write(
        tmp_path, "list.csv", samples.TAOBAO_41, [samples.taobao(0, 买家留言=text)], "gb18030"
    )
    assert take(path) == counts(new=1)
    assert Order.objects.get().buyer_message == text


@pytest.mark.parametrize(
    "cells",
    [
        {"总金额": "1e999999"},
        {"总金额": "1_0", "买家实际支付金额": "1_0"},
        {"总金额": "٣"},
        {"宝贝总数量": "1" * 5000},
        {"订单付款时间": "4_5000"},
        {"订单付款时间": "٤٥٠٠٠"},
    ],
    ids=["exponent", "underscore", "other digits", "five thousand digits", "serial", "other serial"],
)
def test_a_number_that_explodes_or_is_not_plain_refuses_its_row_alone(tmp_path, cells):
    rows = [samples.taobao(0), samples.taobao(1, **cells), samples.taobao(2)]
    done = import_file(
        by=HOUSE,
        path=samples.write(tmp_path, "list.csv", samples.TAOBAO_41, rows, "utf-8"),
        shop=shop(),
        at=NOON,
    )
    assert done.as_dict() == counts(new=2, refused=1)
    assert "读不懂" in done.reasons[0].message
    assert not Order.objects.filter(number=samples.number(1)).exists()
