"""Tags of the buyers' frame."""

from typing import Any

from django import template
from django.template import Context

from zhanggui.storefront import cart_kept

register = template.Library()


@register.simple_tag(takes_context=True)
def in_cart(context: Context) -> int:
    """How many kinds of goods lie in the visitor's cart; no statement where the page read the session already."""
    request: Any = context.get("request")
    known = context.get("cart_count")
    return int(known) if known is not None else cart_kept.many_in(request)
