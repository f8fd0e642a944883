"""`zhanggui import --json` prints its one object whatever a row holds."""

import json
from contextlib import nullcontext

import pytest

from tests.cast import HOUSE, shop
from zhanggui.connect.layouts.taobao import ListReader
from zhanggui.connect.tests import samples
from zhanggui.orders.models import Order
from zhanggui.site import importing

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _here(monkeypatch):
    """In this process, with the database of the tests."""
    monkeypatch.setattr(importing, "open_for_work", nullcontext)
    monkeypatch.setattr(importing, "house", lambda: HOUSE)


def told(capsys) -> dict[str, int]:
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1
    return json.loads(lines[0])


def test_an_amount_that_explodes_is_one_refused_row(tmp_path, capsys):
    rows = [samples.taobao(0), samples.taobao(1, 总金额="1e999999"), samples.taobao(2)]
    path = samples.write(tmp_path, "list.csv", samples.TAOBAO_41, rows)
    assert importing.import_files([path], shop().code, as_json=True) == 0
    assert told(capsys) == {"new": 2, "changed": 0, "unchanged": 0, "refused": 1}
    assert Order.objects.count() == 2


def test_a_row_that_no_reader_foresaw_is_one_refused_row(tmp_path, capsys, monkeypatch):
    path = samples.write(
        tmp_path, "list.csv", samples.TAOBAO_41, [samples.taobao(0), samples.taobao(1), samples.taobao(2)]
    )
    read = ListReader.order

    def trips(self, rows):
        if any(samples.number(1) in cell for cell in rows[0]):
            raise OverflowError("nobody thought of it")
        return read(self, rows)

    monkeypatch.setattr(ListReader, "order", trips)
    assert importing.import_files([path], shop().code, as_json=True) == 0
    assert told(capsys) == {"new": 2, "changed": 0, "unchanged": 0, "refused": 1}
    assert Order.objects.count() == 2


def test_a_file_that_is_refused_is_one_refused(tmp_path, capsys):
    shop()
    path = tmp_path / "notes.csv"
    path.write_text("a,b\n1,2\n")
    assert importing.import_files([path], shop().code, as_json=True) == 1
    assert told(capsys) == {"new": 0, "changed": 0, "unchanged": 0, "refused": 1}
