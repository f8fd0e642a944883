"""Reading files: encodings, kinds, text tables, workbooks, the vault. No database."""

import io
import os
import struct
import time
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from zhanggui.connect import limits
from zhanggui.connect.files import vault
from zhanggui.connect.files.cells import clean, spoiled
from zhanggui.connect.files.opening import refuse_oversize, tables_of
from zhanggui.connect.files.refusal import FileRefused, Oversize
from zhanggui.connect.files.sources import Source, on_disk
from zhanggui.connect.tests import samples
from zhanggui.kit.sealed import Broken
from zhanggui.kit.sheets import csv_pieces, harmless


def source(content: bytes, name: str = "file.csv") -> Source:
    return Source(name, len(content), lambda: io.BytesIO(content))


def rows(content: bytes) -> list[list[str]]:
    return [row for _number, row in tables_of(source(content))[0].rows()]


@pytest.mark.parametrize(
    ("cell", "plain"),
    [
        ('="3028689418086124"', "3028689418086124"),
        ("'13800000000", "13800000000"),
        ("'", ""),
        ("null", ""),
        ("  总金额 \t", "总金额"),
        ('="null"', ""),
        ("=1+1", "=1+1"),
        ("\u3000全角空格\u3000", "全角空格"),
    ],
)
def test_a_cell_without_its_dress(cell, plain):
    assert clean(cell) == plain


@pytest.mark.parametrize("text", ["3.02869E+15", "3.02869e+15", "1E+11"])
def test_spoiled(text):
    assert spoiled(text)


@pytest.mark.parametrize("text", ["3028689418086124", "ABE+15X", "E+15", "SF1E+99999X"])
def test_not_spoiled(text):
    assert not spoiled(text)


@pytest.mark.parametrize(
    "encoding", ["gbk", "gb18030", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"]
)
def test_encodings_are_told_apart(encoding):
    text = "订单编号,收货人姓名\r\n1,张三\r\n2,李四\r\n"
    content = text.encode(encoding)
    assert rows(content) == [["订单编号", "收货人姓名"], ["1", "张三"], ["2", "李四"]]


def test_rare_characters_of_two_utf16_units_and_four_gb18030_bytes():
    for encoding in ("gb18030", "utf-16", "utf-8"):
        assert rows("姓名,城市\n𠮷田,北京\n".encode(encoding))[1] == ["𠮷田", "北京"]


def test_an_ascii_head_may_go_on_in_gbk():
    content = b"id,name\n" + b"1,a\n" * 20_000 + "2,张三\n".encode("gbk")
    assert rows(content)[-1] == ["2", "张三"]


@pytest.mark.parametrize(
    "content",
    [
        "订单编号,姓名\n1,张三\n".encode() + b"\xff\xfe\xff\n",
        "订单编号,姓名\n1,张三".encode()[:-1],
        b"\xff\xfe" + "订单,姓名\n1,张".encode("utf-16-le") + b"\x00\xd8",
        "订单编号,姓名\n1,张三\n".encode("gbk") + b"\x81\x20\xff\n",
    ],
    ids=["bytes that no encoding has", "cut in a character", "half a surrogate", "broken gbk"],
)
def test_a_wrong_encoding_is_refused_in_words(content):
    with pytest.raises(FileRefused, match="编码"):
        rows(content)


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 50, "PNG"),
        (b"%PDF-1.7\n", "PDF"),
        (b"MZ\x90\0\x03\0\0\0", "程序"),
        (b"\x7fELF\x02\x01", "程序"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 50, ".xls"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "网页"),
        (b'<?xml version="1.0"?><Workbook/>', "网页"),
        (b"Rar!\x1a\x07\0", "RAR"),
        (b"\x1f\x8b\x08\0", "gzip"),
        (b"", "空文件"),
        (b"\0" * 100, "空文件"),
        pytest.param(samples.archive({"a.csv": b"1,2"}), "压缩包", id="archive"),  # it holds the time
        (b"PK\x03\x04" + b"garbage" * 20, "损坏"),
    ],
)
def test_a_file_of_another_kind_is_refused_by_its_content(content, word):
    with pytest.raises(FileRefused, match=word):
        rows(content)


def test_a_file_of_five_gigabytes_is_refused_before_it_is_read():
    def opened():
        raise AssertionError("nobody reads it")

    with pytest.raises(Oversize, match="5,120"):
        tables_of(Source("huge.csv", 5 * 1024**3, opened))


def test_the_limit_is_a_setting(settings):
    settings.IMPORT_MOST_BYTES = 10
    with pytest.raises(Oversize):
        refuse_oversize(11, "a.csv")
    refuse_oversize(10, "a.csv")


def test_a_truncated_file_is_refused():
    whole = samples.text(samples.TAOBAO_41, [samples.taobao(0), samples.taobao(1)]).encode("gbk")
    with pytest.raises(FileRefused, match="不完整"):
        rows(whole[:-60])


def test_a_quote_that_never_closes_does_not_eat_the_memory():
    content = b'a,b\n1,"2\n' + b"3,4\n" * 100_000
    tracemalloc.start()
    with pytest.raises(FileRefused, match="引号"):
        rows(content)
    assert tracemalloc.get_traced_memory()[1] < 20 * limits.MIB
    tracemalloc.stop()


def test_memory_does_not_grow_with_the_file(tmp_path):
    peaks = []
    for many in (2_000, 20_000):
        path = samples.write(
            tmp_path, f"{many}.csv", samples.TAOBAO_41, [samples.taobao(i) for i in range(many)]
        )
        tracemalloc.start()
        table = tables_of(on_disk(path))[0]
        assert sum(1 for _ in table.rows()) == many + 1
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] * 1.5


def test_a_line_with_a_million_cells_is_read_and_let_go():
    content = b"a,b\n" + b"," * 1_000_000 + b"\n1,2\n"
    assert rows(content)[-1] == ["1", "2"]


def test_tabs_and_semicolons_are_seen():
    assert rows("订单号\t姓名\n1\t张三\n".encode("utf-16"))[1] == ["1", "张三"]
    assert rows("订单号;姓名\n1;张三\n".encode())[1] == ["1", "张三"]


@hypothesis_settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.lists(
            st.text(
                st.characters(codec="utf-8", exclude_characters="\0\ufeff\u200b", exclude_categories=("Cs",)),
                max_size=20,
            ),
            min_size=2,
            max_size=2,
        ),
        min_size=1,
        max_size=8,
    )
)
def test_what_is_written_is_read_again(cells):
    content = b"".join(csv_pieces(["甲", "乙"], cells))
    table = tables_of(source(content))[0]
    read = [[clean(cell) for cell in row] for _number, row in table.rows()][1:]
    assert read == [[clean(harmless(cell)) for cell in row] for row in cells]


@hypothesis_settings(max_examples=60, deadline=None)
@given(st.binary(max_size=2000))
def test_rubbish_is_refused_or_read_but_never_crashes(content):
    try:
        for table in tables_of(source(content)):
            for _row in table.rows():
                pass
    except FileRefused as refusal:
        said = refusal.message
    else:
        said = "it was read"
    assert said


def test_the_tab_that_guards_a_long_number_is_no_delimiter():
    content = b"".join(csv_pieces(["甲", "乙"], [["0" * 12, "1" * 12]]))
    assert [len(row) for row in rows(content)] == [2, 2]


def test_a_workbook():
    content = samples.book(["订单号", "数量", "金额"], [["1", 2, 3.5], ["x", "", ""]])
    assert rows(content) == [["订单号", "数量", "金额"], ["1", "2", "3.5"], ["x", "", ""]]


_NAMESPACE = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
_END = b"</sheetData></worksheet>"


def _wide() -> bytes:
    return samples.sheet_book(_NAMESPACE + b'<row r="1"><c r="XFD1"><v>1</v></c></row>' + _END)


def _tall() -> bytes:
    return samples.sheet_book(_NAMESPACE + b'<row r="1048576"><c r="A1048576"><v>1</v></c></row>' + _END)


def _quoted_otherwise() -> bytes:
    return samples.sheet_book(_NAMESPACE + b"<row r='1048576'><c  r = 'XFD1048576'><v>1</v></c></row>" + _END)


def _zeros() -> bytes:
    return samples.sheet_book(_NAMESPACE + b" " * (300 * limits.MIB) + _END)


def _shared_strings() -> bytes:
    strings = b"<sst><si><t>" + b"x" * 30_000 + b"</t></si></sst>"
    cells = b"".join(b'<row r="%d"><c r="A%d" t="s"><v>0</v></c></row>' % (i, i) for i in range(1, 20_000))
    return samples.sheet_book(_NAMESPACE + cells + _END, xl__sharedStrings=strings)


def _entities() -> bytes:
    return samples.sheet_book(b'<!DOCTYPE x [<!ENTITY a "aaaa">]>' + _NAMESPACE + b"<row/>" + _END)


def _many_entries() -> bytes:
    return samples.archive(
        {"[Content_Types].xml": b"", "xl/workbook.xml": b""} | {f"xl/{i}.xml": b"" for i in range(10_000)}
    )


def _lying() -> bytes:
    """An archive whose headers say that its bomb holds ten bytes."""
    raw = bytearray(_zeros())
    name = b"xl/worksheets/sheet1.xml"
    for mark, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = -1
        while (at := raw.find(mark, at + 1)) >= 0:
            start = at + (30 if mark == b"PK\x03\x04" else 46)
            if raw[start : start + len(name)] == name:
                struct.pack_into("<I", raw, at + offset, 10)
    return bytes(raw)


def _unnumbered() -> bytes:
    """Cells and rows that do not say where they stand: the reader counts them itself."""
    wide, narrow = b"<c><v>1</v></c>" * 3_000, b"<row><c><v>1</v></c></row>" * 4_000
    return samples.sheet_book(_NAMESPACE + b"<row>" + wide + b"</row>" + narrow + _END)


def _unnumbered_after_a_number() -> bytes:
    """Neither the count nor the furthest reference alone is too large."""
    wide = b'<row r="100000"><c r="GR1"><v>1</v></c>' + b"<c><v>1</v></c>" * 50 + b"</row>"
    return samples.sheet_book(_NAMESPACE + wide + b"<row><c><v>1</v></c></row>" * 90_000 + _END)


def _prefixed() -> bytes:
    wide, narrow = b"<x:c><x:v>1</x:v></x:c>" * 3_000, b"<x:row><x:c><x:v>1</x:v></x:c></x:row>" * 4_000
    head = b'<x:worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><x:sheetData>'
    return samples.sheet_book(
        head + b"<x:row>" + wide + b"</x:row>" + narrow + b"</x:sheetData></x:worksheet>"
    )


def _far_attribute() -> bytes:
    """The row's number stands behind a long attribute."""
    cells = b"".join(b'<c r="%s1"><v>1</v></c>' % name for name in (b"A", b"IV"))
    far = b'<row spans="%s" r="150000"><c><v>1</v></c></row>' % (b" " * 300)
    return samples.sheet_book(_NAMESPACE + b'<row r="1">' + cells + b"</row>" + far + _END)


def _elsewhere(place: str, sheet: bytes) -> bytes:
    """A workbook whose sheet stands under another name, where its relations say."""
    raw = io.BytesIO(samples.sheet_book(sheet))
    with zipfile.ZipFile(raw) as book:
        entries = {name: book.read(name) for name in book.namelist()}
    entries[f"xl/{place}"] = entries.pop("xl/worksheets/sheet1.xml")
    rels = "xl/_rels/workbook.xml.rels"
    entries[rels] = entries[rels].replace(b"worksheets/sheet1.xml", place.encode())
    return samples.archive(entries)


def _in_media() -> bytes:
    return _elsewhere("media/sheet1.xml", _NAMESPACE + b" " * (300 * limits.MIB) + _END)


def _tall_in_media() -> bytes:
    return _elsewhere(
        "media/sheet1.xml",
        _NAMESPACE + b'<row r="150000"><c r="A150000"/><c r="IV150000"/></row>' + _END,
    )


def _named_bin() -> bytes:
    return _elsewhere("sheet1.bin", _NAMESPACE + b" " * (300 * limits.MIB) + _END)


def _named_vml() -> bytes:
    return _elsewhere("sheet1.vml", _NAMESPACE + b'<row r="1048576"><c r="XFD1048576"/></row>' + _END)


def _one_sheet_many_times() -> bytes:
    raw = io.BytesIO(samples.sheet_book(_NAMESPACE + b'<row r="100000"><c r="AX1"/><c r="A2"/></row>' + _END))
    with zipfile.ZipFile(raw) as book:
        entries = {name: book.read(name) for name in book.namelist()}
    one = b'<sheet name="a" sheetId="1" r:id="r1"/>'
    many = b"".join(b'<sheet name="s%d" sheetId="%d" r:id="r1"/>' % (i, i) for i in range(1, 500))
    entries["xl/workbook.xml"] = entries["xl/workbook.xml"].replace(one, many)
    return samples.archive(entries)


def _strings_under_a_decoy() -> bytes:
    """The strings the reader takes, under a name in capitals, beside a harmless table that comes later."""
    strings = b"<sst>" + b"<si/>" * 3 + b"<si><t>" + b"x" * 30_000 + b"</t></si></sst>"
    cell = b'<row r="%d"><c r="A%d" t="s"><v>3</v></c></row>'
    cells = b"".join(cell % (i, i) for i in range(1, 20_000))
    also = {"xl__SharedStrings": strings, "xl__zsharedStrings": b"<sst><si><t>x</t></si></sst>"}
    return samples.sheet_book(_NAMESPACE + cells + _END, **also)


@pytest.mark.parametrize(
    "bomb",
    [
        _wide,
        _tall,
        _quoted_otherwise,
        _zeros,
        _shared_strings,
        _entities,
        _many_entries,
        _lying,
        _unnumbered,
        _unnumbered_after_a_number,
        _prefixed,
        _far_attribute,
        _in_media,
        _tall_in_media,
        _named_bin,
        _named_vml,
        _one_sheet_many_times,
        _strings_under_a_decoy,
    ],
    ids=lambda made: made.__name__.strip("_"),
)
def test_a_spreadsheet_bomb_is_refused_quickly_and_small(bomb):
    content = bomb()
    assert len(content) < limits.BOOK_BYTES
    began = time.process_time()
    with pytest.raises(FileRefused, match="过大|损坏|压缩包"):
        tables_of(source(content, "bomb.xlsx"))
    assert time.process_time() - began < 2
    tracemalloc.start()
    with pytest.raises(FileRefused, match="过大|损坏|压缩包"):
        tables_of(source(content, "bomb.xlsx"))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 60 * limits.MIB


def test_a_workbook_of_ordinary_size_without_references_and_in_another_place_is_read():
    row = b"<row><c t='str'><v>a</v></c><c><v>1</v></c></row>"
    content = _elsewhere("media/sheet1.xml", _NAMESPACE + row * 3_000 + _END)
    assert rows(content) == [["a", "1"]] * 3_000


def test_a_wide_numbered_sheet_is_not_counted_twice():
    """Half of every limit is read: what carries its reference is counted once."""
    names = [chr(65 + i // 26) + chr(65 + i % 26) for i in range(170)]
    row = "".join(f'<c s="1" r="{name}%d"><v>1</v></c>' for name in names)
    sheet = "".join(
        f'<row spans="1:9" r="{i}">' + row.replace("%d", str(i)) + "</row>" for i in range(1, 301)
    )
    tall = '<row r="20000"><c r="A20000"><v>1</v></c></row>'
    content = samples.sheet_book(_NAMESPACE + sheet.encode() + tall.encode() + _END)
    assert len(rows(content)) == 301


def test_a_workbook_that_is_too_large_as_it_comes():
    with pytest.raises(FileRefused, match="20 MB"):
        tables_of(Source("a.xlsx", 21 * limits.MIB, lambda: io.BytesIO(b"PK\x03\x04")))


def test_a_nested_archive_and_a_password():
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as made:
        made.writestr("42.zip", samples.archive({"a": b"1"}))
    with pytest.raises(FileRefused, match="压缩包"):
        tables_of(source(raw.getvalue()))


def test_the_vault_gives_back_what_it_was_given_and_hides_it(tmp_path, settings):
    settings.HOME = tmp_path
    content = os.urandom(3 * (1 << 18) + 7) + b"13800000000"
    with vault.Writer() as writer:
        for at in range(0, len(content), 100_000):
            writer.write(content[at : at + 100_000])
    path = vault.path_of(writer.key)
    assert path.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "uploads").stat().st_mode & 0o777 == 0o700
    assert b"13800000000" not in path.read_bytes()
    assert b"".join(vault.pieces(writer.key)) == content
    with vault.opened(writer.key) as stream:
        assert stream.read() == content


@pytest.mark.parametrize("many", [0, 1, 1 << 18, (1 << 18) + 1, 1 << 19])
def test_the_vault_at_the_edges_of_its_pieces(tmp_path, settings, many):
    settings.HOME = tmp_path
    with vault.Writer() as writer:
        writer.write(b"x" * many)
    assert b"".join(vault.pieces(writer.key)) == b"x" * many


@pytest.mark.parametrize("harm", ["cut", "swap", "flip"])
def test_the_vault_notices_what_was_done_to_a_file(tmp_path, settings, harm):
    settings.HOME = tmp_path
    with vault.Writer() as writer:
        writer.write(os.urandom(3 * (1 << 18)))
    path = vault.path_of(writer.key)
    raw = bytearray(path.read_bytes())
    piece = 4 + (1 << 18) + 16
    if harm == "cut":
        raw = raw[: 13 + piece]
    elif harm == "swap":
        raw[13 : 13 + piece], raw[13 + piece : 13 + 2 * piece] = (
            raw[13 + piece : 13 + 2 * piece],
            raw[13 : 13 + piece],
        )
    else:
        raw[100] ^= 1
    path.write_bytes(raw)
    with pytest.raises(Broken):
        list(vault.pieces(writer.key))


def test_an_upload_that_breaks_off_leaves_nothing(tmp_path, settings):
    settings.HOME = tmp_path
    writer = vault.Writer()
    writer.write(b"half")
    assert Path(vault.path_of(writer.key)).exists()
    writer.__exit__(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert list((tmp_path / "uploads").iterdir()) == []
