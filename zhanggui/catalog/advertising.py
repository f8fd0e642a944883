"""The word check of everything that buyers read: titles go through the gate, all other texts through here (S3-03)."""

from collections.abc import Mapping, Sequence
from datetime import date

from django.utils.translation import gettext as _

from zhanggui.catalog.lexicon import KINDS
from zhanggui.catalog.queries.goods import rules_of
from zhanggui.kit.refusals import Invalid
from zhanggui.shops.models import Shop

MOST_TOLD = 4


def must_be_clean(shops: Sequence[Shop], texts: Mapping[str, str], *, on: date) -> None:
    """Refuse a text that holds a word which advertising may not use, by the house's list and each shop's own words.

    `texts`: field → what stands in it. Raises Invalid that names the words and their kind, its field the first such one.
    One statement for each shop, none when there is no text.
    """
    if not any(text.strip() for text in texts.values()):
        return
    for shop in shops:
        words = rules_of(shop, on).words
        for name, text in texts.items():
            told = [
                _("「%(term)s」（%(kind)s）") % {"term": hit.term, "kind": _(KINDS[hit.kind])}
                for hit in words.hits(text)
            ]
            if told:
                raise Invalid(
                    _("不能用广告禁用词：%(terms)s（S3-03）。请换个说法再保存。")
                    % {"terms": "、".join(told[:MOST_TOLD])},
                    name,
                )
