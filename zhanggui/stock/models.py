"""Stock: what is on hand, what is promised, and every movement. The database refuses to promise too much."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from zhanggui.catalog.models import Sku
from zhanggui.shops.models import Shop


class Warehouse(models.Model):
    """A place where goods lie, in a city."""

    merchant_id = models.BigIntegerField()
    name = models.CharField(max_length=60)
    city = models.CharField(max_length=6, help_text="GB/T 2260 code")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant_id", "name"], name="warehouse_once")]

    def __str__(self) -> str:
        return self.name


class Balance(models.Model):
    """Pieces of a SKU in a warehouse: on hand, and of those promised to orders."""

    warehouse = models.ForeignKey(Warehouse, on_delete=models.PROTECT)
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT)
    on_hand = models.IntegerField(default=0)
    promised = models.IntegerField(default=0)
    safety = models.PositiveIntegerField(
        default=0, db_default=0, help_text="kept back from sale in our own shops (S0-54)"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["warehouse", "sku"], name="balance_once"),
            models.CheckConstraint(
                condition=Q(promised__gte=0) & Q(promised__lte=F("on_hand")),
                name="never_promise_more_than_on_hand",
            ),
        ]


class Quota(models.Model):
    """Pieces of a SKU set apart for one shop on its way of selling (S0-54: allocation of the day); the rest is common.

    A shop with a quota sells from it alone; a shop without one sells from what no open quota sets apart.
    `taken` counts what is promised or gone; both only change while the SKU's balances are locked.
    """

    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="+")
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="quotas")
    pieces = models.PositiveIntegerField()
    taken = models.PositiveIntegerField(default=0)
    until = models.DateTimeField(null=True, help_text="after it the quota is common again")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["shop", "sku"], name="quota_once"),
            models.CheckConstraint(condition=Q(taken__lte=F("pieces")), name="quota_within"),
        ]
        indexes = [models.Index(fields=["sku"], name="quota_of_sku")]


class Movement(models.Model):
    """One change of what is on hand: append-only, and together they make the balance."""

    warehouse = models.ForeignKey(Warehouse, on_delete=models.PROTECT)
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT)
    pieces = models.IntegerField(help_text="positive in, negative out")
    why = models.CharField(max_length=30, help_text="received, shipped, counted, returned, damaged")
    ref = models.CharField(max_length=60, blank=True)
    at = models.DateTimeField(db_default=Now())
    actor = models.CharField(max_length=80)


class Promise(models.Model):
    """Pieces held for one line of an order until they leave or are given back."""

    class State(models.TextChoices):
        HELD = "held", "已预占"
        OUT = "out", "已出库"
        RELEASED = "released", "已释放"

    line_id = models.BigIntegerField(help_text="plain id of the order line, which lives above")
    warehouse = models.ForeignKey(Warehouse, on_delete=models.PROTECT)
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT)
    pieces = models.PositiveIntegerField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.HELD)
    made_at = models.DateTimeField(db_default=Now())
    quota = models.ForeignKey(Quota, on_delete=models.SET_NULL, null=True, related_name="+")
    quota_pieces = models.PositiveIntegerField(
        default=0, db_default=0, help_text="how many of them count against the quota"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["line_id"], condition=Q(state="held"), name="one_live_promise_a_line"
            ),
        ]
        indexes = [models.Index(fields=["line_id"], name="promise_of_line")]
