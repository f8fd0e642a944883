"""Template tags of the house."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django import template
from django.conf import settings
from django.forms import BoundField
from django.utils.formats import localize
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from zhanggui.kit import renditions
from zhanggui.kit.clock import in_china
from zhanggui.kit.icons import FALLBACK, ICONS
from zhanggui.kit.money import yuan as _yuan
from zhanggui.kit.pictures import NAME, PLACE, address
from zhanggui.kit.regions import joined

register = template.Library()


@register.filter
def yuan(fen: int | None) -> str:
    """Fen as ¥ with two decimals; nothing for an unknown amount."""
    if not isinstance(fen, int):
        return ""
    return f"-¥{_yuan(-fen)}" if fen < 0 else f"¥{_yuan(fen)}"


@register.filter(name="t")
def translated(message: Any) -> str:
    """A label that is kept as a message id, in the reader's language; nothing for nothing."""
    return gettext(str(message)) if message not in (None, "") else ""


@register.filter
def regions(whereto: Any) -> str:
    """Province, city and district of whatever has them, as on a parcel: a municipality stands once."""
    return joined(whereto.province, whereto.city, whereto.district)


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """An icon of the house's set, hidden from screen readers unless it has a label of its own."""
    path = ICONS.get(name)
    if path is None:
        if settings.DEBUG:
            raise template.TemplateSyntaxError(f"there is no icon {name!r}; see kit/icons.py")
        path = FALLBACK
    said = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html(
        '<svg class="icon icon-{}" viewBox="0 0 16 16" focusable="false" {}><path d="{}"/></svg>',
        name,
        said,
        path,
    )


@register.simple_tag
def picture(
    name: str, width: int, height: int, alt: str = "", eager: bool = False, sizes: str = "", full: int = 0
) -> SafeString:
    """A kept picture with its size, so that nothing jumps when it comes; a grey field where there is none.

    A browser loads the smallest rendition that is sharp. `sizes`: how wide it is shown (CSS, else what `width` says, or
    the whole window), `full`: its own width, so that a large screen gets the picture itself.
    """
    if not NAME.fullmatch(name or ""):
        return format_html(
            '<svg class="picture-none" viewBox="0 0 {0} {1}" width="{0}" height="{1}" role="img" aria-label="{2}">'
            '<rect width="100%" height="100%" fill="currentColor" opacity=".12"/></svg>',
            width,
            height,
            alt or gettext("没有图片"),
        )
    told = renditions.srcset(PLACE, name, full or 0)
    return format_html(
        '<img src="{}" width="{}" height="{}" alt="{}"{} loading="{}" decoding="async">',
        address(name),
        width,
        height,
        alt,
        format_html(' srcset="{}" sizes="{}"', told, _sizes(width, sizes)) if told else "",
        "eager" if eager else "lazy",
    )


@register.simple_tag
def picture_preload(name: str, width: int, sizes: str = "", full: int = 0) -> SafeString:
    """The page's first picture, asked for before the page is read to its end; takes what `picture` takes."""
    if not NAME.fullmatch(name or ""):
        return mark_safe("")
    told = renditions.srcset(PLACE, name, full or 0)
    return format_html(
        '<link rel="preload" as="image" href="{}"{} fetchpriority="high">',
        address(name),
        format_html(' imagesrcset="{}" imagesizes="{}"', told, _sizes(width, sizes)) if told else "",
    )


def _sizes(width: int, told: str) -> str:
    return told or (f"{width}px" if width < renditions.WIDTHS[1] else "100vw")


@register.filter
def moment(at: datetime | None) -> SafeString | str:
    """A moment on China's wall clock: "11-21 14:03", with the year when it is another one; full in the title."""
    if not isinstance(at, datetime):
        return ""
    local = in_china(at)
    shown = local.strftime(
        "%m-%d %H:%M" if local.year == in_china(datetime.now(local.tzinfo)).year else "%Y-%m-%d %H:%M"
    )
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        local.isoformat(),
        local.strftime("%Y-%m-%d %H:%M:%S"),
        shown,
    )


@register.filter
def number(value: int | None) -> str:
    """A whole number with thousands separators; nothing for nothing."""
    return "" if value is None else f"{value:,}"


@register.filter
def percent_of(part: int, whole: int) -> int:
    """How many whole percent `part` is of `whole`; 0 when there is no whole."""
    return min(100, part * 100 // whole) if whole else 0


@register.filter
def item(mapping: Mapping[Any, Any], key: Any) -> Any:
    """The value of a key, or nothing."""
    return mapping.get(key, "") if hasattr(mapping, "get") else ""


@register.simple_tag(takes_context=True)
def query(context: template.Context, **changes: Any) -> str:
    """The page's query string with some values changed; None or "" takes a value out. Begins with "?"."""
    request = context.get("request")
    given = request.GET.lists() if request is not None else []
    kept = [(key, value) for key, values in given for value in values if key not in changes]
    kept += [(key, value) for key, value in changes.items() if value not in (None, "")]
    return "?" + urlencode(kept)


@register.inclusion_tag("kit/form.html#field")
def field(bound: BoundField, label: str = "", hint: str = "", wide: bool = False) -> dict[str, Any]:
    """A form's field with its label, hint and errors beside it."""
    return {"field": bound, "label": label or bound.label, "hint": hint or bound.help_text, "wide": wide}


@register.filter
def shown(value: Any) -> str:
    """A value of the daybook as a person reads it."""
    if value is None or value == "":
        return "—"
    if isinstance(value, bool):
        return gettext("是") if value else gettext("否")
    if isinstance(value, list | tuple):
        return "、".join(shown(part) for part in value)
    return str(localize(value)) if not isinstance(value, str | int) else str(value)
