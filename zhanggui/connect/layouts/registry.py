"""Which layout a table has: by the names in its header, wherever in the first rows that stands."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from zhanggui.connect import limits
from zhanggui.connect.files.opening import Table
from zhanggui.connect.files.refusal import FileRefused
from zhanggui.connect.layouts import jd, pdd, shipping, taobao
from zhanggui.connect.layouts.layout import Columns, Layout, Recognised, head_of

BUILT_IN: tuple[Layout, ...] = (*taobao.LAYOUTS, *jd.LAYOUTS, *pdd.LAYOUTS, *shipping.LAYOUTS)


def recognise(table: Table, presets: Iterable[Layout] = ()) -> Recognised | None:
    """The table with its layout, or None when no layout knows its headers. Raises FileRefused.

    A preset of the house goes before the built-in layouts; among those the one that knows most columns wins.
    """
    head = head_of(table)
    if head and max(len(row) for _number, row in head) >= limits.MOST_COLUMNS:
        raise FileRefused(
            _("「%(name)s」超过 %(most)s 列，不像订单表格。")
            % {"name": table.source.name, "most": limits.MOST_COLUMNS}
        )
    for layouts in (tuple(presets), BUILT_IN):
        best: tuple[int, Recognised] | None = None
        for number, headers in head:
            for layout in layouts:
                fits = layout.fits(headers)
                if fits and (best is None or fits > best[0]):
                    columns = Columns(headers, layout.columns, layout.extra)
                    best = fits, Recognised(table, layout, columns, number)
        if best:
            return best[1]
    return None
