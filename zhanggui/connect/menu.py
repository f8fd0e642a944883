"""Where the frame finds imports and exports."""

from zhanggui.kit.menu import Entry, offer
from zhanggui.people.powers import Power

offer(
    Entry(
        label="导入",
        route="connect:imports",
        power=Power.ORDER_IMPORT,
        section="订单",
        order=40,
        keys="g i",
        icon="upload",
        words="daoru import dr",
    ),
    Entry(
        label="导出",
        route="connect:exports",
        power=Power.ORDER_EXPORT,
        section="订单",
        order=41,
        icon="download",
        words="daochu export dc",
    ),
)

offer(
    Entry(
        label="账单核对",
        route="connect:pay-bills",
        power=Power.PAYMENT_SEE,
        section="资金",
        order=60,
        icon="money",
        words="duizhang bill reconcile dz",
    ),
    Entry(
        label="收款账户",
        route="connect:pay-accounts",
        power=Power.PAYMENT_SETUP,
        section="资金",
        order=62,
        icon="settings",
        words="zhifu payment account alipay wechat zfb wx",
    ),
)
