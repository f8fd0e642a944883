"""What the daybook calls the acts of this room."""

from django.utils.translation import gettext_noop as N_

from zhanggui.journal.words import KINDS, name

KINDS.update({"payment": N_("支付"), "moneyback": N_("退款打款")})
name("payment.opened", N_("发起支付"))
name("payment.paid", N_("支付到账"))
name("money_back.asked", N_("申请退款打款"))
name("money_back.done", N_("退款已打出"))
name("money_back.failed", N_("退款打款失败"))
name("payment.wrong", N_("来款金额不符"))
name("payment.closed", N_("支付关闭"))
name("payment.withdrawn", N_("支付作废"))
name("refund.looked", N_("退款第一人确认"))
