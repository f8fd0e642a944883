"""What marks say: their kinds, the fixed texts of the shop's handbook, and what may not stand in them.

Rules on values: no database, no clock. The texts themselves are the shop's data, in Chinese in every
language of the pages, because they travel to the platform and onto paper.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime

from django.db import models
from django.utils.translation import gettext as _

from zhanggui.kit.actor import Actor
from zhanggui.kit.clock import in_china
from zhanggui.kit.refusals import Invalid
from zhanggui.kit.regions import parse_address
from zhanggui.kit.texts import tidy

MOST_CHARACTERS = 500
"""Of one mark; the whole projection has a limit of its own in bytes."""


class Kind(models.TextChoices):
    """What a mark is about. Their order of priority is a shop's policy; this is the default (C1)."""

    PROBLEM = "problem", "问题"
    CHANGE = "change", "改单"
    WISH = "wish", "客户要求"
    FLAG = "flag", "插旗"
    COMMISSION = "commission", "提成"
    NOTE = "note", "备注"


OUTSIDE = "outside"
"""Template of a memo, OUTSIDE_FLAG of a flag that was set outside and adopted when we first marked."""
OUTSIDE_FLAG = "outside_flag"
ADOPTED = (OUTSIDE, OUTSIDE_FLAG)
HAND_FLAG = "flag"
FREE = "free"


@dataclass(frozen=True, slots=True)
class Template:
    """A fixed text. `needs` is the label of what a person has to add ("" for nothing); `text` has {wish},
    {date}, {time}, {name} and {work_no}."""

    code: str
    label: str
    kind: Kind
    text: str
    needs: str = ""


TEMPLATES: dict[str, Template] = {
    template.code: template
    for template in (
        # S4-11: the handbook's own sentences, with the slots it leaves open
        Template(
            "attribute",
            "修改商品属性",
            Kind.CHANGE,
            "客户拍下,要求修改成{wish},已修改妥当---{date} {name}",  # data
            "改成什么",
        ),
        Template(
            "address",
            "修改收货地址",
            Kind.CHANGE,
            "客户要求修改地址,新地址为:{wish}---{date} {name}",  # data
            "新地址（只记到区县）",
        ),
        # S4-14: after printing, corrected on both papers
        Template(
            "papers",
            "已在单据上修改",
            Kind.CHANGE,
            "客户要求修改成{wish},已在发货单与快递单上修改妥当---{date} {name}",  # data
            "改成什么",
        ),
        # S0-25: 变动事由 + 修改人工号 + 修改时间
        Template("reason", "变动事由", Kind.CHANGE, "{wish} 工号{work_no} {time}", "变动事由"),  # data
        # S4-12: courier, invoice title, card, delivery slot
        Template("wish", "客户特殊要求", Kind.WISH, "客户要求{wish}---{date} {name}", "要求"),  # data
        # S4-19: no memo, no commission
        Template("commission", "成交提成", Kind.COMMISSION, "工号{work_no}"),  # data
        # C5: the logged call
        Template(
            "call",
            "货到付款电话确认",
            Kind.NOTE,
            "货到付款电话确认:{wish}---{date} {name}",  # data
            "结果",
        ),
        Template("problem", "问题件", Kind.PROBLEM, "{wish}---{date} {name}", "问题"),  # data
        Template(FREE, "自由填写", Kind.NOTE, "{wish}", "备注"),  # data
    )
}


def render(code: str, *, by: Actor, at: datetime, wish: str = "") -> str:
    """The text of a mark. Raises Invalid for an unknown template, a missing slot, or words that may not stand."""
    template = TEMPLATES.get(code)
    if template is None:
        raise Invalid(_("没有这个备注模板。"), "template")
    wish = tidy(wish)
    if template.needs and not wish:
        raise Invalid(_("请填写：%(what)s") % {"what": _(template.needs)}, "wish")
    if code == "commission" and not by.work_no:
        raise Invalid(_("没有工号的账号不能登记提成。"), "template")
    refuse_phone(wish)
    moment = in_china(at)
    text = template.text.format(
        wish=region_only(wish) if code == "address" else wish,
        date=f"{moment:%Y.%m.%d}",
        time=f"{moment:%Y.%m.%d %H:%M}",
        name=by.name,
        work_no=by.work_no,
    )
    if len(text) > MOST_CHARACTERS:
        raise Invalid(_("一条备注最多 %(most)s 字。") % {"most": MOST_CHARACTERS}, "wish")
    return text


_MOBILE = re.compile(r"(?<!\d)(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)")


def refuse_phone(text: str, field: str = "wish") -> None:
    """Raise Invalid when a mobile number stands in the text: marks are read by everybody and go outside."""
    if _MOBILE.search(unicodedata.normalize("NFKC", text)):
        raise Invalid(
            _("备注人人可见，还会回传平台，不能写手机号：请用「修改收件人」，号码会加密保存。"), field
        )


def region_only(address: str) -> str:
    """The address down to its district, the rest as three stars: what a mark may say of it (the privacy law)."""
    place = parse_address(address)
    names = dict.fromkeys(name for name in (place.province, place.city, place.district) if name)
    return "".join(names) + "***"
