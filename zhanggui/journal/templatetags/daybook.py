"""Showing lines of the daybook."""

from typing import Any

from django import template

from zhanggui.journal import telling
from zhanggui.journal.words import column_of, kind_of, label_of, source_of

register = template.Library()
register.filter("what", label_of)
register.filter("kind", kind_of)
register.filter("column", column_of)
register.filter("source", source_of)


@register.filter
def said(value: Any, column: str) -> str:
    """A value of a column in words: `{{ order.flag|said:"flag" }}`."""
    return telling.said(column, value)
