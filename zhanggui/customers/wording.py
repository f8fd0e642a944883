"""What the daybook's lines about buyers are called."""

from django.utils.translation import gettext_noop as N_

from zhanggui.journal import words

CODES = {
    "buyer.registered": N_("买家注册"),
    "buyer.password_changed": N_("买家修改密码"),
    "buyer.disabled": N_("停用买家账号"),
    "address.added": N_("买家新增地址"),
    "address.changed": N_("买家修改地址"),
    "address.dropped": N_("买家删除地址"),
    "address.default_set": N_("买家设默认地址"),
}

for _code, _label in CODES.items():
    words.name(_code, _label)
