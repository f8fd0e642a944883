"""Where freight stands in the menu and the command palette."""

from zhanggui.kit.menu import Entry, offer
from zhanggui.people.powers import Power

offer(
    Entry(
        "运费表",
        "freight:shops",
        Power.FREIGHT_SEE,
        "运费与快递",
        500,
        icon="truck",
        words="运费模板 邮费 快递费",
    ),
    Entry(
        "运费试算",
        "freight:tester",
        Power.FREIGHT_SEE,
        "运费与快递",
        510,
        icon="search",
        words="报价 邮资 算运费",
    ),
    Entry(
        "待确认运费", "freight:costs", Power.FREIGHT_SEE, "运费与快递", 520, icon="clock", words="西藏 先问价"
    ),
    Entry(
        "快递公司",
        "freight:carriers",
        Power.FREIGHT_SEE,
        "运费与快递",
        530,
        icon="box",
        words="运单号 单号规则",
    ),
)
