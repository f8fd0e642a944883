"""Exports: masked, harmless to open, of what one may export only."""

import csv
import io

import pytest
from django.test import Client
from python_calamine import CalamineWorkbook

from tests.cast import HOUSE, NOON, shop, sign_in, staff
from zhanggui.connect.actions.importing import import_file
from zhanggui.connect.files import vault
from zhanggui.connect.files.writing import xlsx_pieces
from zhanggui.connect.models import Export
from zhanggui.connect.tests import samples
from zhanggui.freight.carriers import ensure_carriers
from zhanggui.jobs.actions import run_here
from zhanggui.jobs.models import Job
from zhanggui.journal.models import Entry
from zhanggui.kit.sheets import csv_cell, csv_pieces, harmless
from zhanggui.people.models import Staff
from zhanggui.people.powers import Power

pytestmark = pytest.mark.django_db
DANGERS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\0=1",
    "＝1",
    "＋1",
    "－1",
    "＠1",
    "  =1",
    "\u3000=1",
    "\n=1",
]


@pytest.fixture(autouse=True)
def _home(tmp_path, settings):
    settings.HOME = tmp_path


def fill(tmp_path, *rows, into=None) -> None:
    path = samples.write(tmp_path, "in.csv", samples.TAOBAO_41, rows, "gb18030")
    assert import_file(by=HOUSE, path=path, shop=into or shop(), at=NOON).refused == 0


def browser(*powers: str, at=None, work_no: str = "3001") -> Client:
    return sign_in(Client(), staff(work_no, *(powers or (Power.ORDER_SEE, Power.ORDER_EXPORT)), at=at))


def exported(client: Client, **given) -> list[list[str]]:
    answer = client.post(
        "/exports/", {"query": "", "kind": "orders", "form": "csv", "template": "own"} | given
    )
    assert answer.status_code == 302, answer.content.decode()
    export = Export.objects.latest("id")
    job = run_here(export.job)
    assert job.state == Job.State.DONE, job.trouble
    file = client.get(answer["Location"] + "file/")
    content = b"".join(file.streaming_content)
    assert len(content) == int(file["Content-Length"])
    if export.form == "xlsx":
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
        return sheet.to_python()
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


@pytest.mark.parametrize("text", DANGERS)
def test_a_dangerous_cell_is_only_text(text):
    made = harmless(text)
    assert made.startswith("'")
    content = b"".join(csv_pieces(["a"], [[text, 1]])).decode("utf-8-sig")
    ((cell, number),) = list(csv.reader(io.StringIO(content)))[1:]
    assert cell.startswith("'")
    assert number == "1"


@pytest.mark.parametrize("text", ["张三", "A-1", "a=b", "1-2", "3028", ""])
def test_an_ordinary_cell_stays_as_it_is(text):
    assert harmless(text) == text


def test_no_formula_comes_into_a_workbook(tmp_path):
    content = b"".join(xlsx_pieces(["a"], [[text, -5] for text in DANGERS], sheet="x"))
    (tmp_path / "a.xlsx").write_bytes(content)
    import zipfile

    with zipfile.ZipFile(io.BytesIO(content)) as book:
        sheet = book.read("xl/worksheets/sheet1.xml")
    assert b"<f>" not in sheet
    rows = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    assert all(row[1] == -5.0 and isinstance(row[1], float) for row in rows[1:])
    assert [path.name for path in (tmp_path / "uploads").iterdir()] == []


def test_a_long_number_keeps_its_digits_in_a_spreadsheet():
    assert csv_cell("3028689418086124") == "3028689418086124\t"
    assert csv_cell("AB3028689418086124") == "AB3028689418086124"


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_an_export_is_masked_and_its_numbers_are_numbers(tmp_path, form):
    fill(
        tmp_path,
        samples.taobao(
            7,
            收货人姓名="欧阳小明",
            订单备注="'=cmd|' /C calc'!A0 电话13900000007",
            **{"宝贝标题 ": "@SUM(1) 微信13900000008"},
        ),
    )
    header, row = exported(browser(), form=form)
    told = dict(zip(header, map(str, row), strict=True))
    assert told["订单编号"].strip() == samples.number(7)
    assert float(told["应付总额"]) == 119.8
    assert told["收件人姓名"] == "欧**"
    assert told["手机"] == "138****0007"
    assert told["卖家备注"].startswith("'=cmd")
    assert told["商品标题"] == "'@SUM(1) 微信139****0008"
    for secret in ("13800000007", "13900000007", "13900000008", "欧阳小明", "文一西路", "测试买家07"):
        assert secret not in str(row)


def test_a_filter_decides_which_orders(tmp_path):
    fill(tmp_path, samples.taobao(0), samples.unpaid(1), samples.taobao(2))
    assert len(exported(browser(), query="state=unpaid")) == 2


def test_only_shops_where_one_may_export(tmp_path):
    here, there = shop("WH01"), shop("WH02")
    fill(tmp_path, samples.taobao(0), into=here)
    fill(tmp_path, samples.taobao(1), into=there)
    client = browser(at=there)
    (row,) = exported(client)[1:]
    assert row[0].strip() == samples.number(1)
    mine = Export.objects.get()
    other = browser(work_no="3002")
    assert other.get(f"/exports/{mine.pk}/").status_code == 404
    assert other.get(f"/exports/{mine.pk}/file/").status_code == 404
    looker = browser(Power.ORDER_SEE, work_no="3003")
    assert looker.post("/exports/", {"kind": "orders", "form": "csv"}).status_code == 403
    assert looker.get("/exports/").status_code == 403
    assert Export.objects.count() == 1


def test_a_power_taken_away_stops_the_job_and_the_download(tmp_path):
    fill(tmp_path, samples.taobao(0))
    client = browser()
    client.post("/exports/", {"query": "", "kind": "orders", "form": "csv"})
    Staff.objects.get(work_no="3001").grants.all().delete()
    job = run_here(Job.objects.get())
    assert job.state == Job.State.FAILED
    assert client.get(f"/exports/{Export.objects.get().pk}/file/").status_code == 403
    assert list(vault.folder().iterdir()) == []


def test_who_exported_what_stands_in_the_daybook(tmp_path):
    fill(tmp_path, samples.taobao(0))
    exported(browser(), query="state=paid")
    line = Entry.objects.get(what="orders.exported")
    assert line.work_no == "3001"
    assert line.change["filter"] == [None, {"state": ["paid"]}]
    assert line.change["rows"] == [None, 1]


def test_an_unreadable_filter_is_refused():
    client = browser()
    assert client.get("/exports/new/?state=nonsense").status_code == 422
    assert (
        client.post("/exports/", {"query": "state=nonsense", "kind": "orders", "form": "csv"}).status_code
        == 422
    )
    assert not Job.objects.exists()


def test_the_file_lies_sealed(tmp_path):
    fill(tmp_path, samples.taobao(7))
    exported(browser())
    (path,) = vault.folder().iterdir()
    assert samples.number(7).encode() not in path.read_bytes()


@pytest.mark.parametrize(
    ("template", "headers"),
    [
        ("own", ["订单编号", "物流公司", "物流单号"]),
        ("jd", ["订单号", "物流公司", "运单号"]),
        ("pdd", ["订单号", "快递公司", "快递单号"]),
    ],
)
def test_a_shipping_file_to_take_back_to_the_platform(tmp_path, template, headers):
    ensure_carriers()
    fill(tmp_path, samples.shipped(0), samples.taobao(1))
    table = exported(browser(), kind="shipping", template=template)
    assert table == [headers, [samples.number(0), "申通快递", "868020761207"]]


def test_the_pages_of_an_export(tmp_path):
    fill(tmp_path, samples.taobao(0))
    client = browser()
    assert "1 个订单" in client.get("/exports/new/?state=paid").content.decode()
    exported(client)
    page = client.get(f"/exports/{Export.objects.get().pk}/").content.decode()
    assert "下载" in page
    assert Export.objects.get().name in client.get("/exports/").content.decode()
