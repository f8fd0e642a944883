"""What the daybook's codes of reviews are called."""

from django.utils.translation import gettext_noop as N_

from zhanggui.journal.words import KINDS, name, name_columns

KINDS.update({"review": N_("评价"), "buyerreview": N_("对买家的评价")})
name("review.written", N_("写评价"))
name("review.changed", N_("改评价"))
name("review.appended", N_("追加评价"))
name("review.answered", N_("回复评价"))
name("review.hidden", N_("隐藏评价"))
name("review.shown", N_("恢复显示评价"))
name("buyer_review.written", N_("评价买家"))
name_columns({"mark": N_("好中差评"), "hidden": N_("隐藏")})
MARKS = {1: N_("好评"), 0: N_("中评"), -1: N_("差评")}
