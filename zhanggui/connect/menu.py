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
