"""Showing lines of the daybook."""

from django import template

from zhanggui.journal.words import kind_of, label_of

register = template.Library()
register.filter("what", label_of)
register.filter("kind", kind_of)
