"""Reviews of order lines, and the scores that shops get from them."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from zhanggui.catalog.models import Product
from zhanggui.customers.models import Buyer
from zhanggui.orders.models import OrderLine
from zhanggui.shops.models import Shop


class Review(models.Model):
    """What a buyer says of one line of a finished order (protocols 7.1, 7.2).

    `mark`: good 1, neutral 0, bad -1 (bazaar shops only; null in a mall). Scores 1 to 5, null: not given
    (a good review the system gave counts for no score).
    """

    line = models.OneToOneField(OrderLine, on_delete=models.PROTECT, related_name="review")
    order_id = models.BigIntegerField()
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="+")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, null=True, related_name="reviews")
    buyer = models.ForeignKey(Buyer, on_delete=models.PROTECT, related_name="+")
    mark = models.SmallIntegerField(null=True)
    text = models.CharField(max_length=500, blank=True, default="")
    pictures = ArrayField(models.CharField(max_length=60), default=list)
    described = models.PositiveSmallIntegerField(null=True)
    served = models.PositiveSmallIntegerField(null=True)
    shipped = models.PositiveSmallIntegerField(null=True)
    anonymous = models.BooleanField(default=False)
    by_system = models.BooleanField(default=False, help_text="nobody said anything in time")
    counts = models.BooleanField(
        default=True, help_text="within the month's limit of this buyer and shop for credit"
    )
    scores_count = models.BooleanField(
        default=True, help_text="within the month's limit of this buyer and shop for DSR"
    )
    made_at = models.DateTimeField()
    changed_at = models.DateTimeField(null=True, help_text="once, within 30 days, only towards good")
    changed_from = models.SmallIntegerField(null=True)
    added_text = models.CharField(max_length=500, blank=True, default="")
    added_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=500, blank=True, default="")
    answered_by = models.CharField(max_length=80, blank=True, default="")
    answered_at = models.DateTimeField(null=True)
    hidden_at = models.DateTimeField(null=True)
    hidden_why = models.CharField(max_length=100, blank=True, default="")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(mark__isnull=True) | Q(mark__gte=-1, mark__lte=1), name="review_mark_known"
            ),
            models.CheckConstraint(
                condition=(Q(described__isnull=True) | Q(described__gte=1, described__lte=5))
                & (Q(served__isnull=True) | Q(served__gte=1, served__lte=5))
                & (Q(shipped__isnull=True) | Q(shipped__gte=1, shipped__lte=5)),
                name="review_scores_known",
            ),
        ]
        indexes = [
            models.Index(fields=["shop", "-made_at"], name="review_of_shop"),
            models.Index(fields=["product", "-made_at"], name="review_of_product"),
            models.Index(fields=["buyer", "shop", "made_at"], name="review_pair"),
        ]


class BuyerReview(models.Model):
    """What a bazaar shop says of the buyer of an order; both sides silent: nothing (protocols 7.2)."""

    order_id = models.BigIntegerField(unique=True)
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="+")
    buyer = models.ForeignKey(Buyer, on_delete=models.PROTECT, related_name="+")
    mark = models.SmallIntegerField()
    text = models.CharField(max_length=200, blank=True, default="")
    by_system = models.BooleanField(
        default=False, help_text="good, because the buyer was good and we were silent"
    )
    made_at = models.DateTimeField(db_default=Now())


class Window(models.Model):
    """How long an order may be reviewed: opened when it is finished, closed by the clock (15 days)."""

    order_id = models.BigIntegerField(unique=True)
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["closes_at"], name="review_window_open", condition=Q(closed_at__isnull=True))
        ]
