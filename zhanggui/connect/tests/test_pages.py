"""The import pages: hand over, look, begin, read what came of it."""

import csv
import io
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.cast import shop, sign_in, staff
from zhanggui.connect import limits
from zhanggui.connect.actions.uploading import sweep
from zhanggui.connect.files import vault
from zhanggui.connect.models import Import, Preset, Upload
from zhanggui.connect.tests import samples
from zhanggui.freight.carriers import ensure_carriers
from zhanggui.jobs.actions import Beat, run_here
from zhanggui.jobs.models import Job
from zhanggui.kit.clock import now
from zhanggui.orders.models import Order
from zhanggui.orders.states import State
from zhanggui.people.models import Staff
from zhanggui.people.powers import Power

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _home(tmp_path, settings):
    settings.HOME = tmp_path


def browser(*powers: str, at=None, work_no: str = "2001", **also) -> Client:
    return sign_in(Client(**also), staff(work_no, *(powers or (Power.ORDER_IMPORT,)), at=at))


def a_list(*rows, name: str = "list.csv", headers=samples.TAOBAO_41) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, samples.text(headers, rows or [samples.taobao(0)]).encode("gbk"))


def hand_over(client: Client, *files, shop_code: str = "WH01"):
    return client.post("/imports/", {"files": list(files), "shop": shop_code})


def stored() -> list[Path]:
    return list(vault.folder().iterdir())


def begun(client: Client, *files) -> Import:
    hand_over(client, *files)
    made = Import.objects.latest("id")
    answer = client.post(f"/imports/{made.key}/job/", {"shop": "WH01"})
    assert answer.status_code == 302, answer.content.decode()
    made.refresh_from_db()
    return made


def test_the_whole_way_from_a_file_to_its_result():
    shop()
    client = browser()
    answer = hand_over(client, a_list(samples.taobao(0), samples.taobao(1, 总金额="1.00")))
    made = Import.objects.get()
    assert answer["Location"] == f"/imports/{made.key}/"
    page = client.get(answer["Location"]).content.decode()
    assert "淘宝／天猫订单列表" in page
    assert "GBK" in page
    assert "自相矛盾" in page
    assert not Order.objects.exists()
    client.post(f"/imports/{made.key}/job/", {"shop": "WH01"})
    made.refresh_from_db()
    job = run_here(made.job)
    assert job.state == Job.State.DONE, job.trouble
    assert job.counts == {"new": 1, "changed": 0, "unchanged": 0, "refused": 1}
    page = client.get(f"/imports/{made.key}/").content.decode()
    assert "结果表" in page
    assert samples.number(1) in page
    result = b"".join(client.get(f"/imports/{made.key}/result.csv").streaming_content).decode("utf-8-sig")
    table = list(csv.reader(io.StringIO(result)))
    assert [(row[1], row[3]) for row in table[1:]] == [("2", "新增"), ("3", "拒绝")]
    assert "自相矛盾" in table[2][4]
    book = b"".join(client.get(f"/imports/{made.key}/result.xlsx?only=refused").streaming_content)
    assert book.startswith(b"PK")


def test_the_preview_is_masked():
    shop()
    client = browser()
    hand_over(client, a_list(samples.taobao(7, 订单备注="'电话13900000007", 收货人姓名="欧阳小明")))
    page = client.get(f"/imports/{Import.objects.get().key}/").content.decode()
    for told in ("13800000007", "欧阳小明", "测试买家07", "文一西路", "buyer07", "13900000007", "示例公司"):
        assert told not in page
    assert "欧**" in page


def test_markup_in_every_cell_stays_text():
    shop()
    client = browser()
    markup = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    cells = dict.fromkeys(
        ("买家会员名", "收货人姓名", "宝贝标题 ", "订单备注", "运送方式", "物流公司", "买家留言"), markup
    )
    made = begun(
        client, a_list(samples.taobao(0, **cells), samples.taobao(1, 订单状态=markup), name="<b>list</b>.csv")
    )
    preview = client.get(f"/imports/{made.key}/").content.decode()
    run_here(made.job)
    page = client.get(f"/imports/{made.key}/").content.decode()
    for shown in (preview, page, client.get("/imports/").content.decode()):
        assert "<script>alert" not in shown
        assert "<img src=x" not in shown
        assert "<b>list" not in shown


def test_several_files_at_once_are_one_import():
    shop()
    client = browser()
    lines = SimpleUploadedFile("detail.csv", samples.text(samples.DETAILS, samples.details(0)).encode("gbk"))
    made = begun(client, lines, a_list())
    assert made.files.count() == 2
    job = run_here(made.job)
    assert job.counts["new"] == 1
    assert Order.objects.get().lines.count() == 2


@pytest.mark.parametrize(
    ("name", "content", "word"),
    [
        ("a.csv", b"\x89PNG\r\n\x1a\n123", "PNG"),
        ("list.xlsx", samples.archive({"a": b"b"}), "压缩包"),
        (
            "list.csv",
            samples.text(samples.TAOBAO_41, [samples.taobao(0, 订单编号="3.02869E+15")]).encode("gbk"),
            "3.02869",
        ),
    ],
    ids=[
        "picture",
        "archive",
        "spoiled",
    ],  # the archive holds the time, which differs from process to process
)
def test_what_cannot_be_read_is_refused_and_nothing_is_kept(name, content, word):
    shop()
    answer = hand_over(browser(), a_list(), SimpleUploadedFile(name, content))
    assert answer.status_code == 422
    assert word in answer.content.decode()
    assert not Import.objects.exists()
    assert stored() == []


def test_too_large_stops_at_the_door(settings):
    shop()
    settings.IMPORT_MOST_BYTES = 1000
    client = browser()
    answer = client.generic(
        "POST",
        "/imports/",
        b"x",
        content_type="multipart/form-data; boundary=b",
        CONTENT_LENGTH=str(5 * 1024**3),
    )
    assert answer.status_code == 413
    assert "没有导入任何内容" in answer.content.decode()
    answer = hand_over(
        client, a_list(*[samples.taobao(i) for i in range(10)])
    )  # announced smaller, then larger
    assert answer.status_code == 413
    assert stored() == []


def test_an_upload_without_the_forms_token_is_refused_and_leaves_nothing():
    shop()
    client = browser(enforce_csrf_checks=True)
    assert hand_over(client, a_list()).status_code == 403
    assert stored() == []
    assert not Import.objects.exists()


def test_files_lie_sealed_and_hidden():
    shop()
    hand_over(browser(), a_list(samples.taobao(7)))
    (path,) = stored()
    assert path.name == Upload.objects.get().key
    assert b"13800000007" not in path.read_bytes()
    assert "测试07".encode("gbk") not in path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o600


def test_another_shops_import_is_not_there():
    here, there = shop("WH01"), shop("WH02")
    mine = browser(at=here)
    hand_over(mine, a_list())
    made = Import.objects.get()
    other = browser(at=there, work_no="2002")
    assert other.get(f"/imports/{made.key}/").status_code == 404
    assert other.post(f"/imports/{made.key}/job/", {"shop": "WH02"}).status_code == 404
    assert other.get(f"/imports/{made.key}/result.csv").status_code == 404
    assert made.key not in other.get("/imports/").content.decode()
    assert hand_over(other, a_list(), shop_code="WH01").status_code == 422
    assert Import.objects.count() == 1
    nobody = browser(Power.ORDER_SEE, work_no="2003")
    assert nobody.get("/imports/").status_code == 403
    assert hand_over(nobody, a_list()).status_code == 403
    assert len(stored()) == 1


def test_powers_lost_before_the_job_runs_stop_it():
    shop()
    made = begun(browser(), a_list())
    Staff.objects.filter(work_no="2001").update(is_active=False)
    job = run_here(made.job)
    assert job.state == Job.State.FAILED
    assert "停用" in job.trouble
    assert not Order.objects.exists()


def test_an_import_can_be_given_up():
    shop()
    client = browser()
    hand_over(client, a_list())
    made = Import.objects.get()
    client.post(f"/imports/{made.key}/cancellation/")
    assert stored() == []
    assert client.post(f"/imports/{made.key}/job/", {"shop": "WH01"}).status_code == 409
    assert not Job.objects.exists()
    assert "已放弃" in client.get("/imports/").content.decode()
    assert "已放弃" in client.get(f"/imports/{made.key}/").content.decode()


def test_a_running_import_is_cancelled_at_a_chunk_and_goes_on_later(monkeypatch):
    shop()
    monkeypatch.setattr(limits, "CHUNK", 2)
    client = browser()
    made = begun(client, a_list(*[samples.taobao(i) for i in range(7)]))
    tick = Beat.tick

    def asked_meanwhile(self, **told):
        if told.get("place") == 2:
            Job.objects.filter(pk=self.job.pk).update(cancel_asked=True)
        tick(self, **told)

    monkeypatch.setattr(Beat, "tick", asked_meanwhile)
    assert run_here(made.job).state == Job.State.CANCELLED
    kept = Order.objects.count()
    assert kept < 7
    monkeypatch.setattr(Beat, "tick", tick)
    assert client.post(f"/imports/{made.key}/job/").status_code == 302
    job = run_here(Job.objects.get())
    assert job.state == Job.State.DONE
    assert job.counts["new"] == 7
    assert Order.objects.count() == 7


def test_a_run_that_died_goes_on_where_it_was(monkeypatch):
    shop()
    monkeypatch.setattr(limits, "CHUNK", 2)
    made = begun(browser(), a_list(*[samples.taobao(i) for i in range(7)]))
    tick = Beat.tick

    def dies(self, **told):
        if told.get("place") == 6:
            raise SystemExit
        tick(self, **told)

    monkeypatch.setattr(Beat, "tick", dies)
    with pytest.raises(SystemExit):
        run_here(made.job)
    assert Order.objects.count() == 4
    monkeypatch.setattr(Beat, "tick", tick)
    Job.objects.update(state=Job.State.WAITING, claim=None)
    job = run_here(Job.objects.get())
    assert job.counts == {"new": 7, "changed": 0, "unchanged": 0, "refused": 0}
    assert job.outcomes.filter(result="new").count() == 7


_OWN = ["单号", "客户", "电话", "到哪里", "多少钱", "什么时候下的", "进度", "货", "件"]


def _own(*rows) -> SimpleUploadedFile:
    lines = [",".join(_OWN), *(",".join(row) for row in rows)]
    return SimpleUploadedFile("own.csv", "\r\n".join(lines).encode("utf-8-sig"))


_ROWS = [
    (
        "A-1001",
        "张三",
        "13800000001",
        "浙江省杭州市西湖区1号",
        "59.90",
        "2026-10-30 10:00:00",
        "备货中",
        "茶叶",
        "1",
    ),
    (
        "A-1002",
        "李四",
        "13800000002",
        "湖北省武汉市洪山区2号",
        "19.90",
        "2026-10-30 11:00:00",
        "走了",
        "茶叶",
        "2",
    ),
]
_SAID = {
    "mapped": "1",
    "header_row": "1",
    "kind": "orders",
    "platform": "taobao",
    "field-0": "number",
    "field-1": "name",
    "field-2": "phone",
    "field-3": "address",
    "field-4": "due",
    "field-5": "placed_at",
    "field-6": "state",
    "field-7": "title",
    "field-8": "pieces",
    "state-0": "paid",
    "state-1": "shipped",
}


def test_an_unknown_layout_is_explained_once_and_known_the_next_time():
    shop()
    client = browser(Power.ORDER_IMPORT, Power.MAPPING_EDIT)
    hand_over(client, _own(*_ROWS))
    made = Import.objects.get()
    file = made.files.get()
    assert "不认识的表头" in client.get(f"/imports/{made.key}/").content.decode()
    assert client.post(f"/imports/{made.key}/job/", {"shop": "WH01"}).status_code == 422
    address = f"/imports/{made.key}/files/{file.pk}/mapping/"
    page = client.get(address).content.decode()
    assert "单号" in page
    assert "13800000001" not in page
    shown = client.post(address + "preview/", _SAID).content.decode()
    assert "备货中" in shown
    assert "张三" not in shown
    assert client.post(address, _SAID | {"field-0": ""}).status_code == 422
    assert client.post(address, _SAID | {"save_as": "自家导出"}).status_code == 302
    client.post(f"/imports/{made.key}/job/", {"shop": "WH01"})
    made.refresh_from_db()
    assert run_here(made.job).counts["new"] == 2
    assert Order.objects.get(number="A-1002").state == State.SHIPPED
    hand_over(client, _own(*_ROWS))
    again = Import.objects.latest("id")
    assert "自家导出" in client.get(f"/imports/{again.key}/").content.decode()
    client.post(f"/imports/{again.key}/job/", {"shop": "WH01"})
    again.refresh_from_db()
    assert run_here(again.job).counts["unchanged"] == 2
    preset = Preset.objects.get()
    assert "自家导出" in client.get("/imports/presets/").content.decode()
    client.post(f"/imports/presets/{preset.pk}/deletion/")
    assert not Preset.objects.exists()


def test_a_preset_needs_its_power_but_reading_once_does_not():
    shop()
    client = browser()
    hand_over(client, _own(*_ROWS))
    made = Import.objects.get()
    address = f"/imports/{made.key}/files/{made.files.get().pk}/mapping/"
    assert client.post(address, _SAID | {"save_as": "自家导出"}).status_code == 403
    assert not Preset.objects.exists()
    assert client.post(address, _SAID).status_code == 302
    assert client.get("/imports/presets/").status_code == 403


def test_contents_are_destroyed_after_some_days():
    shop()
    client = browser()
    made = begun(client, a_list())
    run_here(made.job)
    assert sweep(at=now()) == 0
    assert len(stored()) == 1
    sweep(at=now() + timedelta(days=8))
    assert stored() == []
    assert Upload.objects.get().removed_at is not None
    assert client.get(f"/imports/{made.key}/").status_code == 200


def test_an_orphan_of_a_killed_upload_is_destroyed():
    with vault.Writer() as writer:
        writer.write(b"x")
    assert sweep(at=now()) == 0
    assert sweep(at=now() + timedelta(days=2)) == 1
    assert not vault.path_of(writer.key).exists()


def test_a_shipping_file_ships_what_it_names():
    ensure_carriers()
    shop()
    client = browser(Power.ORDER_IMPORT, Power.ORDER_SHIP)
    run_here(begun(client, a_list(samples.taobao(0), samples.taobao(1), samples.taobao(2))).job)
    rows = [
        {"订单编号": samples.number(0), "物流公司": "申通快递", "物流单号": "868020761207"},
        {"订单编号": samples.number(1), "物流公司": "飞鸽传书", "物流单号": "1"},
        {"订单编号": "999", "物流公司": "申通快递", "物流单号": "868020761208"},
        {"订单编号": samples.number(2), "物流公司": "申通快递", "物流单号": ""},
    ]
    file = samples.text(["订单编号", "物流公司", "物流单号"], rows).encode("gbk")
    made = begun(client, SimpleUploadedFile("ship.csv", file))
    job = run_here(made.job)
    told = list(job.outcomes.order_by("row").values_list("result", "message"))
    assert job.counts == {"new": 0, "changed": 1, "unchanged": 0, "refused": 3}, told
    order = Order.objects.get(number=samples.number(0))
    assert (order.state, order.waybill) == (State.SHIPPED, "868020761207")
    again = run_here(begun(client, SimpleUploadedFile("ship.csv", file)).job)
    assert again.counts["unchanged"] == 1


def test_an_amount_that_explodes_is_shown_in_the_preview_and_does_not_stop_the_job():
    shop()
    client = browser()
    hand_over(client, a_list(samples.taobao(0), samples.taobao(1, 总金额="1e999999")))
    made = Import.objects.get()
    page = client.get(f"/imports/{made.key}/")
    assert page.status_code == 200
    assert "金额读不懂" in page.content.decode()
    client.post(f"/imports/{made.key}/job/", {"shop": "WH01"})
    made.refresh_from_db()
    job = run_here(made.job)
    assert (job.state, job.counts["new"], job.counts["refused"]) == (Job.State.DONE, 1, 1)


@pytest.mark.parametrize("amount", ["1e999999", "1_0", "٣", "1" * 18])
def test_an_amount_that_explodes_in_the_filter_is_told(amount):
    shop()
    answer = browser(Power.ORDER_SEE).get("/orders/", {"amount_from": amount})
    assert answer.status_code != 500
    assert "金额要写成" in answer.content.decode()


def test_another_shop_that_one_may_not_import_into_is_refused_and_not_ignored():
    shop()
    other = shop("WH02")
    client = browser(at=shop())
    hand_over(client, a_list())
    made = Import.objects.get()
    answer = client.post(f"/imports/{made.key}/job/", {"shop": other.code})
    assert answer.status_code == 422
    assert "店铺" in answer.content.decode()
    made.refresh_from_db()
    assert made.job is None
    assert made.shop == shop()
    assert not Job.objects.exists()
