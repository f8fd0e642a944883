"""The shop's side: answering a review, and saying what it thinks of a buyer."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from zhanggui.journal.actions import action
from zhanggui.journal.daybook import write
from zhanggui.kit.actor import Actor
from zhanggui.kit.refusals import Invalid, NotNow
from zhanggui.orders.models import Order
from zhanggui.people.powers import Power
from zhanggui.reviews.models import BuyerReview, Review, Window
from zhanggui.shops.models import Kind

LONGEST = 500


@action
def answer(*, by: Actor, review: Review, text: str, version: int, at: datetime) -> None:
    """Answer a review; a later answer replaces the earlier one. Raises NotAllowed, Invalid, NotNow when it changed."""
    by.must(Power.REVIEW_ANSWER, shop_id=review.shop_id)
    text = text.strip()
    if not text or len(text) > LONGEST:
        raise Invalid(_("请写 1 到 %(most)s 个字。") % {"most": LONGEST}, "text")
    won = Review.objects.filter(pk=review.pk, version=version).update(
        answer=text, answered_by=by.name[:80], answered_at=at, version=F("version") + 1
    )
    if not won:
        raise NotNow(_("这条评价刚刚有了变化，请刷新后再回复。"))
    write(by=by, what="review.answered", on=review)


@action
def hide(*, by: Actor, review: Review, hidden: bool, reason: str, version: int, at: datetime) -> None:
    """Show a review no more on the product's page, with the reason, or show it again. Its mark and scores stay: what
    counts is not the shop's to choose. Its writer sees it with the reason. Raises NotAllowed, Invalid, NotNow.
    """
    by.must(Power.REVIEW_ANSWER, shop_id=review.shop_id)
    reason = reason.strip()
    if hidden and not 2 <= len(reason) <= 100:
        raise Invalid(_("请写明原因，2 到 100 个字；写评价的人看得到。"), "reason")
    won = Review.objects.filter(pk=review.pk, version=version, hidden_at__isnull=hidden).update(
        hidden_at=at if hidden else None, hidden_why=reason if hidden else "", version=F("version") + 1
    )
    if not won:
        raise NotNow(_("这条评价刚刚有了变化，请刷新后再试。"))
    write(
        by=by,
        what="review.hidden" if hidden else "review.shown",
        on=review,
        change={"hidden": [not hidden, hidden]},
        reason=reason,
    )


@action
def mark_buyer(*, by: Actor, window: Window, mark: int, text: str, at: datetime) -> None:
    """Say what a bazaar shop thinks of the buyer of an order, once. Raises NotAllowed, Invalid, NotNow."""
    by.must(Power.REVIEW_ANSWER, shop_id=window.shop_id)
    if mark not in (-1, 0, 1) or len(text) > 200:
        raise Invalid(_("请选择好评、中评或差评。"), "mark")
    order = Order.objects.select_related("shop").get(pk=window.order_id)
    if order.shop.kind != Kind.BAZAAR or order.buyer_id is None:
        raise NotNow(_("只有集市店评价买家。"))
    if window.closed_at is not None or not at < window.closes_at:
        raise NotNow(_("这个订单现在不能评价。"))
    try:
        with transaction.atomic():
            row = BuyerReview.objects.create(
                order_id=order.pk,
                shop_id=order.shop_id,
                buyer_id=order.buyer_id,
                mark=mark,
                text=text.strip(),
                made_at=at,
            )
    except IntegrityError:
        raise NotNow(_("已经评价过了。")) from None
    write(by=by, what="buyer_review.written", on=row, change={"mark": [None, mark]})
