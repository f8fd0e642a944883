"""The size guide (尺码表) of a product as text and as rows. Pure."""

import re

from django.utils.translation import gettext as _

from zhanggui.catalog.forest import tidy_name
from zhanggui.kit.refusals import Invalid

MOST_ROWS = 40
MOST_CELLS = 12
LONGEST = 40
_PARTED = re.compile(r"[\t|｜]")


def read_sizes(text: str) -> list[list[str]]:
    """Rows of cells, the heading first, all of the same length: a line each, cells between | or tabs.

    Raises Invalid (field "size_guide") for a heading without rows and for what is too much.
    """
    rows = []
    for line in text.splitlines():
        cells = [tidy_name(cell) for cell in _PARTED.split(line.strip().strip("|｜"))]
        if any(cells) and not all(set(cell) <= set("-:") and cell for cell in cells):
            rows.append(cells)
    if not rows:
        return []
    if len(rows) == 1:
        raise Invalid(_("尺码表第一行是表头，下面至少要有一行尺码"), "size_guide")
    wide = max(len(row) for row in rows)
    if len(rows) > MOST_ROWS or wide > MOST_CELLS:
        raise Invalid(
            _("尺码表最多 %(rows)s 行、%(cells)s 列") % {"rows": MOST_ROWS, "cells": MOST_CELLS}, "size_guide"
        )
    if any(len(cell) > LONGEST for row in rows for cell in row):
        raise Invalid(_("尺码表的一格最多 %(most)s 个字") % {"most": LONGEST}, "size_guide")
    return [row + [""] * (wide - len(row)) for row in rows]


def said_sizes(rows: list[list[str]]) -> str:
    """Rows as `read_sizes` reads them."""
    return "\n".join(" | ".join(row) for row in rows)
