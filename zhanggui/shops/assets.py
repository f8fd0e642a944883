"""What a platform wants of a picture by its use (C15): one pure table, read by the catalog and the storefront.

Sizes in pixels, form is what the bytes are ("jpg", "png", "gif", "webp"), never the file's name.
"""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from zhanggui.kit.refusals import Invalid
from zhanggui.shops.models import Platform

ALWAYS = ("jpg", "png", "gif", "webp")
"""What the house itself can keep (kit/pictures.py)."""
SEED = ("jpg", "png", "gif")
"""What S4-02 names: "jpg/png/gif only"."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One use of a picture. None: not said. `source`: requirement id, named in the refusal."""

    label: str
    source: str
    width: int | None = None
    height: int | None = None
    widths: tuple[int, ...] = ()
    most_width: int | None = None
    least_width: int | None = None
    forms: tuple[str, ...] = SEED


_BANNER = Rule("店招", "S4-02", width=980, height=250)
_LOGO = Rule("店标", "S4-02", width=180, height=60)
_CATEGORY = Rule("分类图", "S4-05", most_width=160)
_WIDE = Rule("海报", "S4-02, C15", most_width=980, forms=ALWAYS)
_TAOBAO_BANNER = Rule("店招", "S3-21, C15", width=950)
_TAOBAO_WIDE = Rule("海报", "S3-21, C15", widths=(950, 750), forms=ALWAYS)

_SEED_RULES = {
    "banner": _BANNER,
    "logo": _LOGO,
    "category": _CATEGORY,
    "poster": _WIDE,
    "block": _WIDE,
}
_TAOBAO_RULES = {
    "banner": _TAOBAO_BANNER,
    "logo": _LOGO,
    "category": _CATEGORY,
    "poster": _TAOBAO_WIDE,
    "block": _TAOBAO_WIDE,
}
RULES: dict[str, dict[str, Rule]] = {
    Platform.OWN: _SEED_RULES,
    Platform.JD: _SEED_RULES,
    Platform.PDD: _SEED_RULES,
    Platform.TAOBAO: _TAOBAO_RULES,
    Platform.TMALL: _TAOBAO_RULES,
}
"""Platform → use → rule. The seeds know two decorations: JD's 980×250 and Taobao's 950 or 750 px (C15)."""

INTRO_MOST = 20
"""Characters of a shop's introduction (S4-02)."""


def rule(platform: str, use: str) -> Rule | None:
    """The rule of a use on a platform; None when the seeds say nothing about it."""
    return RULES.get(platform, _SEED_RULES).get(use)


def check(platform: str, use: str, width: int, height: int, form: str) -> None:
    """Refuse a picture that the platform would not take. Raises Invalid that names the rule (C15)."""
    found = rule(platform, use)
    if found is None:
        return
    if form.lower().removeprefix(".").replace("jpeg", "jpg") not in found.forms:
        raise _broken(found, _("只能是 %(forms)s") % {"forms": "/".join(found.forms)}, form)
    size = f"{width}×{height}"
    if (
        found.width is not None
        and found.height is not None
        and (width, height) != (found.width, found.height)
    ):
        raise _broken(found, _("必须是 %(size)s 像素") % {"size": f"{found.width}×{found.height}"}, size)
    if found.width is not None and width != found.width:
        raise _broken(found, _("宽必须是 %(width)s 像素") % {"width": found.width}, size)
    if found.widths and width not in found.widths:
        widths = _(" 或 ").join(str(one) for one in found.widths)
        raise _broken(found, _("宽必须是 %(width)s 像素") % {"width": widths}, size)
    if found.most_width is not None and width > found.most_width:
        raise _broken(found, _("宽不能超过 %(width)s 像素") % {"width": found.most_width}, size)
    if found.least_width is not None and width < found.least_width:
        raise _broken(found, _("宽不能小于 %(width)s 像素") % {"width": found.least_width}, size)


def check_intro(text: str) -> None:
    """Refuse an introduction of more than INTRO_MOST characters. Raises Invalid that names the rule (S4-02)."""
    many = len(text.strip())
    if many > INTRO_MOST:
        raise Invalid(
            _("店铺简介最多 %(most)s 个字（S4-02），现在是 %(many)s 个。")
            % {"most": INTRO_MOST, "many": many},
            "intro",
        )


def _broken(found: Rule, wanted: str, got: str) -> Invalid:
    said = _("%(use)s%(wanted)s（%(source)s），这张是 %(got)s。")
    return Invalid(
        said % {"use": _(found.label), "wanted": wanted, "source": found.source, "got": got}, "picture"
    )
