"""From a file to its tables: what kind it is, whether it is too large, which encoding it is in."""

from collections.abc import Iterator
from typing import Protocol

from django.utils.translation import gettext as _

from zhanggui.connect import limits
from zhanggui.connect.files.encodings import refuse_other_kinds
from zhanggui.connect.files.refusal import Oversize
from zhanggui.connect.files.sources import Source
from zhanggui.connect.files.texttables import TextTable
from zhanggui.connect.files.workbooks import Workbook

_HEAD = 1 << 16


class Table(Protocol):
    """Rows of texts under a header somewhere near the top; may be read again and again."""

    source: Source
    encoding: str
    delimiter: str
    sheet: str

    def rows(self) -> Iterator[tuple[int, list[str]]]: ...


def tables_of(source: Source) -> list[Table]:
    """The tables of a file: one of a text table, the sheets of a workbook. Raises FileRefused or Oversize."""
    refuse_oversize(source.size, source.name)
    with source.open() as raw:
        head = raw.read(_HEAD)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return [*Workbook(source).sheets()]
    refuse_other_kinds(head, source.name)
    return [TextTable(source, head)]


def refuse_oversize(size: int, name: str) -> None:
    """Raise Oversize for more bytes than this installation takes (ZHANGGUI_IMPORT_MB)."""
    if size > limits.most_bytes():
        raise Oversize(
            _("「%(name)s」有 %(size)s MB，超过上限 %(most)s MB，请按日期分成几个文件导出。")
            % {
                "name": name,
                "size": f"{size // limits.MIB:,}",
                "most": f"{limits.most_bytes() // limits.MIB:,}",
            }
        )
