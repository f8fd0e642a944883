"""Where the frame finds reviews."""

from zhanggui.kit.menu import Entry, offer
from zhanggui.people.powers import Power

offer(
    Entry(
        label="评价",
        route="reviews:list",
        power=Power.REVIEW_SEE,
        section="商品与橱窗",
        order=340,
        icon="note",
        words="pingjia review rating dsr pj",
    )
)
