"""Reading a whole file once before anything is written: can it be read to its end, and are its numbers whole?"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from zhanggui.connect import limits
from zhanggui.connect.files.cells import clean, spoiled
from zhanggui.connect.files.refusal import FileRefused
from zhanggui.connect.layouts.layout import Kind, Recognised, Row

_TOTALS = ("总计", "合计", "汇总", "总计：", "合计：", "汇总值", "平均值")
_KEPT_DIGITS = 15
_FEW = 5


@dataclass(slots=True)
class Survey:
    """What a file holds. `scattered`: numbers of orders whose rows do not stand together."""

    rows: int = 0
    orders: int = 0
    totals: int = 0
    scattered: set[str] = field(default_factory=set)


def data_rows(found: Recognised) -> Iterator[tuple[int, Row, str]]:
    """(row number, row, order number) of the rows that are data: no totals, no empty rows. Raises FileRefused."""
    at = found.columns.at["number"]
    for row_number, row in found.rows():
        number = clean(row[at])
        if not number and not any(map(clean, row)):
            continue
        if number in _TOTALS or (not number and clean(row[0]) in _TOTALS):
            continue
        yield row_number, row, number


def survey(found: Recognised) -> Survey:
    """Read the table to its end. Raises FileRefused with the sentence for the person; nothing is written.

    A single order number like `3.02869E+15` condemns the file: a spreadsheet changed every long number in it,
    also those that still look whole. So do numbers of 18 and more digits that all end in zeros.
    """
    result = Survey()
    last = None
    gone: set[int] = set()
    together = found.layout.kind is not Kind.ROWS
    whole = False
    long_numbers = 0
    for row_number, _row, number in data_rows(found):
        result.rows += 1
        if number == last:
            continue
        last = number
        result.orders += 1
        if "E+" in number.upper() and spoiled(number):
            raise FileRefused(
                _(
                    "「%(name)s」第 %(row)s 行的订单编号是 %(number)s：文件被表格软件打开并保存过，长编号的后几位已经丢失，无法恢复。"
                    "请在平台重新导出，直接导入，不要用表格软件打开后再存。"
                )
                % {"name": found.table.source.name, "row": row_number, "number": number[:30]}
            )
        if not whole and len(number) >= _KEPT_DIGITS + 3:
            long_numbers += 1
            whole = not number.isdigit() or bool(number[_KEPT_DIGITS:].strip("0"))
        elif not whole and len(number) > 3:
            whole = True
        if not together:
            key = hash(number)
            if key in gone:
                result.scattered.add(number)
            gone.add(key)
    if not result.rows:
        raise FileRefused(_("「%(name)s」里没有订单行。") % {"name": found.table.source.name})
    if not whole and long_numbers >= _FEW:
        raise FileRefused(
            _(
                "「%(name)s」的订单编号都以 000 结尾：表格软件只保留了 15 位数字，后几位已经丢失。请在平台重新导出。"
            )
            % {"name": found.table.source.name}
        )
    if len(result.scattered) > limits.SCATTERED_ROWS:
        raise FileRefused(
            _("「%(name)s」里同一订单的行散在各处，请先按订单号排序再导入。")
            % {"name": found.table.source.name}
        )
    return result
