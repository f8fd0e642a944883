"""What a buyer says of what he bought: written once, changed once towards good, added to once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F
from django.utils.translation import gettext as _

from zhanggui.customers.models import Buyer
from zhanggui.journal.actions import action
from zhanggui.journal.daybook import Line, write, write_many
from zhanggui.kit.actor import Actor
from zhanggui.kit.bells import ring
from zhanggui.kit.clock import day_of
from zhanggui.kit.refusals import Invalid, NotFound, NotNow
from zhanggui.orders.models import Order, OrderLine
from zhanggui.reviews import rules
from zhanggui.reviews.actions.counting import credit_left, scores_left
from zhanggui.reviews.actions.windows import reviewable
from zhanggui.reviews.models import Review, Window
from zhanggui.shops.models import Kind
from zhanggui.shops.policies import value

LONGEST = 500
MOST_PICTURES = 5


@dataclass(frozen=True, slots=True)
class Said:
    """Of one line: a mark (bazaar shops only) and words."""

    line_id: int
    mark: int | None
    text: str = ""
    pictures: tuple[str, ...] = ()
    """Names of kept pictures (`kit.pictures.keep`)."""


@action
def review(
    *,
    by: Actor,
    buyer: Buyer,
    order: Order,
    said: Sequence[Said],
    described: int | None,
    served: int | None,
    shipped: int | None,
    anonymous: bool,
    at: datetime,
) -> list[Review]:
    """Review the lines of one's own finished order. The three scores are of the order and stand with its first line.

    Raises NotFound for another's order, NotNow outside of the window or what was said already, Invalid for a mark or
    score that is missing or unknown. About a dozen statements.
    """
    _hold(buyer.pk)
    lines, there = judge(
        buyer=buyer, order=order, said=said, scores=(described, served, shipped), at=at, hold=True
    )
    bazaar, scored = order.shop.kind == Kind.BAZAAR, not there
    scores = (described, served, shipped) if scored else (None, None, None)
    credit, dsr = credit_left(order.shop, buyer.pk, at), scores_left(order.shop, buyer.pk, at)
    rows = [
        Review(
            line_id=one.line_id,
            order_id=order.pk,
            shop_id=order.shop_id,
            product_id=lines[one.line_id].sku.product_id if lines[one.line_id].sku else None,  # type: ignore[union-attr]
            buyer=buyer,
            mark=one.mark if bazaar else None,
            text=one.text.strip(),
            pictures=list(one.pictures),
            described=scores[0] if place == 0 else None,
            served=scores[1] if place == 0 else None,
            shipped=scores[2] if place == 0 else None,
            anonymous=anonymous,
            counts=place < credit,
            scores_count=place == 0 and scored and dsr > 0,
            made_at=at,
        )
        for place, one in enumerate(said)
    ]
    made = Review.objects.bulk_create(rows)
    write_many(
        by=by,
        what="review.written",
        lines=[Line("review", row.pk, row.shop_id, {"mark": [None, row.mark]}) for row in made],
    )
    ring(f"shop:{order.shop_id}", "reviews")
    return made


def judge(
    *,
    buyer: Buyer,
    order: Order,
    said: Sequence[Said],
    scores: Sequence[int | None],
    at: datetime,
    hold: bool = False,
) -> tuple[dict[int, OrderLine], set[int]]:
    """Raise what `review` raises for these words; gives the lines that can be reviewed by id, and the ids of those that are.

    Asked without `hold` (the window held) before pictures are decoded; of those only their number counts. About five statements.
    """
    if order.buyer_id != buyer.pk:
        raise NotFound(_("没有这个订单。"))
    windows = Window.objects.select_for_update() if hold else Window.objects.all()
    window = windows.filter(order_id=order.pk).first()
    if window is None or window.closed_at is not None or not window.opened_at <= at < window.closes_at:
        raise NotNow(_("这个订单现在不能评价。"))
    lines = {line.pk: line for line in reviewable(order.pk)}
    there = set(Review.objects.filter(order_id=order.pk).values_list("line_id", flat=True))
    if (
        not said
        or any(one.line_id not in lines for one in said)
        or len({one.line_id for one in said}) != len(said)
    ):
        raise Invalid(_("请选择要评价的商品。"), "lines")
    if any(one.line_id in there for one in said):
        raise NotNow(_("已经评价过了。"))
    bazaar = order.shop.kind == Kind.BAZAAR
    for one in said:
        if bazaar and one.mark not in (rules.GOOD, rules.NEUTRAL, rules.BAD):
            raise Invalid(_("请选择好评、中评或差评。"), f"mark-{one.line_id}")
        if len(one.text) > LONGEST:
            raise Invalid(_("最多 %(most)s 个字。") % {"most": LONGEST}, f"text-{one.line_id}")
        if len(one.pictures) > MOST_PICTURES:
            raise Invalid(_("最多 %(most)s 张图。") % {"most": MOST_PICTURES}, f"pictures-{one.line_id}")
    if not there and any(part is None or not 1 <= part <= 5 for part in scores):
        raise Invalid(_("请给三项打分，1 到 5 分。"), "described")
    return lines, there


@action
def change(*, by: Actor, buyer: Buyer, review_id: int, mark: int, at: datetime) -> None:
    """Change a neutral or bad mark once, only towards good. Raises NotFound for another's, NotNow otherwise."""
    row = _mine(buyer, review_id)
    days = value("reviews.change_days", row.shop, day_of(at))
    if row.changed_at is not None or not rules.within(row.made_at, at, days):
        raise NotNow(_("这条评价不能再改了。"))
    if not rules.may_become(row.mark, mark) or mark not in (rules.NEUTRAL, rules.GOOD):
        raise NotNow(_("评价只能往好的方向改。"))
    Review.objects.filter(pk=row.pk).update(
        mark=mark, changed_at=at, changed_from=row.mark, version=F("version") + 1
    )
    write(by=by, what="review.changed", on=row, change={"mark": [row.mark, mark]})


@action
def append(*, by: Actor, buyer: Buyer, review_id: int, text: str, at: datetime) -> None:
    """Add words to a review, once. Raises NotFound for another's, Invalid without words, NotNow when it is too late."""
    row = _mine(buyer, review_id)
    text = text.strip()
    if not text or len(text) > LONGEST:
        raise Invalid(_("请写 1 到 %(most)s 个字。") % {"most": LONGEST}, "text")
    days = value("reviews.append_days", row.shop, day_of(at))
    if row.added_at is not None or not rules.within(row.made_at, at, days):
        raise NotNow(_("这条评价不能再追加了。"))
    Review.objects.filter(pk=row.pk).update(added_text=text, added_at=at, version=F("version") + 1)
    write(by=by, what="review.appended", on=row)
    ring(f"shop:{row.shop_id}", "reviews")


def _hold(buyer_id: int) -> None:
    """One review of a buyer at a time, so that two cannot both be the sixth of the month."""
    Buyer.objects.select_for_update().get(pk=buyer_id)


def _mine(buyer: Buyer, review_id: int) -> Review:
    row = Review.objects.select_for_update(of=("self",)).select_related("shop").filter(
        pk=review_id, buyer=buyer, by_system=False
    ).first()  # fmt: skip
    if row is None:
        raise NotFound(_("没有这条评价。"))
    return row
