"""Text tables (.csv, .txt) as a stream: memory stays flat whatever the size of the file."""

import codecs
import csv
import io
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.utils.translation import gettext as _

from zhanggui.connect import limits
from zhanggui.connect.files.encodings import encoding_of, unreadable
from zhanggui.connect.files.refusal import FileRefused
from zhanggui.connect.files.sources import Source

_BLOCK = 1 << 18
_REMEMBERED = 200
_DELIMITERS = ",\t;|"


class TextTable:
    """One text table. `encoding` and `delimiter` are settled when it is opened.

    Raises FileRefused when the first block cannot be read; later trouble is raised while reading.
    """

    sheet = ""

    def __init__(self, source: Source, head: bytes) -> None:
        self.source = source
        self.encoding = encoding_of(head, source.name, whole=len(head) >= source.size)
        if self.encoding in ("ascii", "utf-8") and not self._reads_as(
            "utf-8", chinese=self.encoding == "utf-8"
        ):
            self.encoding = "gb18030"
        elif self.encoding == "ascii":
            self.encoding = "utf-8"
        self.delimiter = self._delimiter(head)

    def _reads_as(self, encoding: str, *, chinese: bool) -> bool:
        """Whether the whole file decodes; a file whose Chinese header is UTF-8 must not turn into GBK later."""
        decoder = codecs.getincrementaldecoder(encoding)("strict")
        with self.source.open() as raw:
            try:
                while block := raw.read(_BLOCK):
                    decoder.decode(block)
                decoder.decode(b"", final=True)
            except UnicodeDecodeError:
                if chinese:
                    raise unreadable(self.source.name) from None
                return False
        return True

    def _delimiter(self, head: bytes) -> str:
        text = codecs.getincrementaldecoder(self.encoding)("ignore").decode(head)
        lines = [line for line in text.splitlines()[: limits.HEAD_ROWS] if line.strip()]
        # The delimiter stands in the header too; a tab that guards a long number only in the rows below it.
        if not lines:
            return _DELIMITERS[0]
        return max(
            _DELIMITERS,
            key=lambda d: (sum(d in line for line in lines), max(line.count(d) for line in lines)),
        )

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """The rows with their number as a spreadsheet counts them, from 1. Raises FileRefused."""
        with self._text() as text:
            recent: deque[str] = deque(maxlen=_REMEMBERED)
            reader = csv.reader(_remembering(text, recent), delimiter=self.delimiter)
            number, lines, row = 0, 0, []
            try:
                for row in reader:
                    number += 1
                    if number > limits.MOST_ROWS:
                        raise FileRefused(
                            _("「%(name)s」超过 %(most)s 行，请分成几个文件导入。")
                            % {"name": self.source.name, "most": f"{limits.MOST_ROWS:,}"}
                        )
                    lines_before, lines = lines, reader.line_num
                    if row:
                        yield number, row
            except UnicodeError:
                raise unreadable(self.source.name) from None
            except csv.Error:
                raise FileRefused(
                    _("「%(name)s」第 %(row)s 行附近的引号没有配对或单元格过长，文件可能不完整，请重新导出。")
                    % {"name": self.source.name, "row": number + 1}
                ) from None
            if number and _ends_inside_quotes(recent, lines - lines_before):
                raise FileRefused(
                    _("「%(name)s」在第 %(row)s 行中断，文件不完整，请重新下载。")
                    % {"name": self.source.name, "row": number}
                )

    @contextmanager
    def _text(self) -> Iterator[io.TextIOWrapper]:
        with self.source.open() as raw:
            text = io.TextIOWrapper(raw, encoding=self.encoding, errors="strict", newline="")
            try:
                yield text
            finally:
                text.detach()


def _remembering(lines: Iterable[str], recent: deque[str]) -> Iterator[str]:
    for line in lines:
        recent.append(line)
        yield line


def _ends_inside_quotes(recent: deque[str], lines: int) -> bool:
    """Whether the last record, `lines` long, opens a quote that the end of the file closes for it."""
    if not recent or lines > len(recent):
        return False
    record = "".join(list(recent)[-lines:])
    return not record.endswith(("\n", "\r")) and record.count('"') % 2 == 1
