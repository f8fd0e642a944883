"""What the daybook calls the acts of this room."""

from django.utils.translation import gettext_noop as N_

from zhanggui.journal.words import name

name("stock.safety", N_("设置安全库存"))
name("stock.quota", N_("设置店铺配额"))
