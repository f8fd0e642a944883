"""What the daybook calls the acts of this room."""

from django.utils.translation import gettext_noop as N_

from zhanggui.journal.words import KINDS, name

KINDS.update({"payment": N_("支付"), "moneyback": N_("退款打款")})
name("payment.opened", N_("发起支付"))
name("payment.paid", N_("支付到账"))
name("money_back.asked", N_("申请退款打款"))
name("money_back.done", N_("退款已打出"))
name("money_back.failed", N_("退款打款失败"))
name("money_back.doubt", N_("发现重复退款"))
name("money_back.hand_looked", N_("登记线下退款"))
name("money_back.hand", N_("确认线下退款"))
name("money_back.recovered", N_("追回重复退款"))
name("payment.stray", N_("记入待查款"))
name("payment.looked", N_("待查款第一人确认"))
name("payment.given_back", N_("退回待查款"))
name("payment.assigned", N_("待查款指定给订单"))
name("payment.wrong", N_("来款金额不符"))
name("payment.closed", N_("支付关闭"))
name("payment.withdrawn", N_("支付作废"))
name("refund.looked", N_("退款第一人确认"))
