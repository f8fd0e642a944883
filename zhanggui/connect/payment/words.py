"""What the daybook's codes of payments are called, and how a provider's name is said."""

from django.utils.translation import gettext_noop as N_

from zhanggui.journal.words import KINDS, name, name_columns

KINDS.update(
    {
        "pay_notice": N_("支付通知"),
        "pay_account": N_("收款账户"),
        "pay_bill": N_("支付账单"),
        "pay_difference": N_("账单差异"),
    }
)
name("pay_notice.refused", N_("拒收支付通知"))
name("pay_notice.parked", N_("搁置支付通知"))
name("pay_notice.settled", N_("处理搁置的支付通知"))
name("pay_account.opened", N_("开通收款账户"))
name("pay_account.changed", N_("修改收款账户"))
name("pay_account.closed", N_("停用收款账户"))
name("pay_account.emptied", N_("销毁收款账户的密钥"))
name("pay_bill.compared", N_("核对支付账单"))
name("pay_difference.settled", N_("处理账单差异"))
name_columns(
    {
        "differences": N_("差异笔数"),
        "app": N_("应用号或商户号"),
        "gateway": N_("网关地址"),
        "fee_bp": N_("费率（万分之）"),
        "keys": N_("更换的密钥"),
    }
)
PROVIDERS = {"alipay": N_("支付宝"), "wechat": N_("微信支付"), "sandbox": N_("沙箱支付")}
