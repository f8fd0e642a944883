"""Template tags of the house."""

from django import template

from zhanggui.kit.money import yuan as _yuan

register = template.Library()


@register.filter
def yuan(fen: int | None) -> str:
    """Fen as ¥ with two decimals; nothing for an unknown amount."""
    return "" if fen is None else f"¥{_yuan(fen)}"
