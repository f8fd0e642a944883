"""Showing lines of the daybook."""

from django import template

from zhanggui.journal.words import column_of, kind_of, label_of, source_of

register = template.Library()
register.filter("what", label_of)
register.filter("kind", kind_of)
register.filter("column", column_of)
register.filter("source", source_of)
