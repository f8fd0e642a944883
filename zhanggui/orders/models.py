"""Orders, lines, receivers, marks, changes asked for, parcels, timers."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce, Now, Reverse

from zhanggui.catalog.models import Sku
from zhanggui.customers.models import Buyer
from zhanggui.orders.states import Call, Flag, LineState, Refund, State
from zhanggui.people.models import Staff
from zhanggui.shops.models import Shop


class OrderSet(models.QuerySet["Order"]):
    """Adjectives for orders."""

    def of_shops(self, shop_ids: set[int] | None) -> "OrderSet":
        """Those of the shops; None stands for every shop."""
        return self if shop_ids is None else self.filter(shop_id__in=sorted(shop_ids))

    def waiting_for_payment(self) -> "OrderSet":
        return self.filter(state=State.UNPAID)

    def waiting_to_ship(self) -> "OrderSet":
        return self.filter(state__in=[State.PAID, State.PART_SHIPPED])


class Order(models.Model):
    """One trade of one buyer in one shop. Money in fen; `due_fen` is what the buyer has to pay or has paid.

    due = goods + postage + adjust - discount.
    """

    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="orders")
    number = models.CharField(max_length=40, help_text="the platform's number; unique in its shop")
    state = models.CharField(max_length=16, choices=State.choices)
    buyer = models.ForeignKey(Buyer, on_delete=models.PROTECT, null=True, related_name="+")
    placed_at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True)
    shipped_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    close_reason = models.CharField(max_length=60, blank=True, default="")
    goods_fen = models.BigIntegerField(help_text="Σ price × pieces of all lines")
    postage_fen = models.BigIntegerField(default=0)
    discount_fen = models.BigIntegerField(default=0, help_text="offers, never negative")
    adjust_fen = models.BigIntegerField(default=0, help_text="price changes by hand, signed")
    due_fen = models.BigIntegerField()
    paid_fen = models.BigIntegerField(default=0)
    refunded_fen = models.BigIntegerField(default=0)
    red_fen = models.BigIntegerField(
        default=0, db_default=0, help_text="of what is due, paid with red packets; the rest is cash"
    )
    red_refunded_fen = models.BigIntegerField(
        default=0, db_default=0, help_text="of what was refunded, red packets"
    )
    house_fen = models.BigIntegerField(
        default=0, db_default=0, help_text="of the discount, borne by the house and not by the shop"
    )
    pieces = models.PositiveIntegerField(default=0)
    title = models.CharField(
        max_length=200, blank=True, default="", help_text="the first lines' titles, for lists"
    )
    cod = models.BooleanField(default=False)
    cod_call = models.CharField(max_length=8, choices=Call.choices, blank=True, default=Call.NONE)
    refund = models.CharField(max_length=6, choices=Refund.choices, blank=True, default=Refund.NONE)
    flag = models.SmallIntegerField(choices=Flag.choices, default=Flag.GREY, help_text="projected outward")
    memo = models.TextField(blank=True, default="", help_text="projected outward, at most 1000 bytes of GBK")
    buyer_message = models.TextField(blank=True, default="")
    carrier = models.CharField(
        max_length=30, blank=True, default="", help_text="code of the carrier wished or used"
    )
    waybill = models.CharField(max_length=40, blank=True, default="", help_text="of the latest parcel")
    region = models.CharField(
        max_length=6, blank=True, default="", help_text="receiver's GB/T 2260 code, if known"
    )
    troubles = ArrayField(
        models.CharField(max_length=16),
        default=list,
        blank=True,
        help_text="why a person must look: short, address, amount, memo, blacklist",
    )
    owner = models.ForeignKey(Staff, on_delete=models.SET_NULL, null=True, related_name="+")
    next_due_at = models.DateTimeField(null=True, help_text="the order's nearest timer")
    source = models.CharField(max_length=10, default="import")
    extra = models.JSONField(
        default=dict, help_text="columns of the file that have no home here; no personal data"
    )
    told = models.JSONField(
        default=dict,
        help_text="what the source said last, to tell news from repetition; the receiver only as a trace",
    )
    words = SearchVectorField(null=True)
    version = models.PositiveIntegerField(default=1, help_text="raised by every act; pages send it back")
    changed_at = models.DateTimeField(db_default=Now())

    objects = OrderSet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["shop", "number"], name="order_number_once"),
            models.CheckConstraint(
                condition=Q(due_fen=F("goods_fen") + F("postage_fen") + F("adjust_fen") - F("discount_fen")),
                name="due_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(postage_fen__gte=0)
                & Q(goods_fen__gte=0)
                & Q(due_fen__gte=0)
                & Q(discount_fen__gte=0),
                name="money_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(refunded_fen__gte=0) & Q(refunded_fen__lte=F("paid_fen")),
                name="refund_within_paid",
            ),
            models.CheckConstraint(condition=Q(flag__gte=0) & Q(flag__lte=5), name="flag_known"),
        ]
        indexes = [
            models.Index("shop", "state", F("placed_at").desc(), F("id").desc(), name="order_list"),
            models.Index("state", F("placed_at").desc(), F("id").desc(), name="order_list_all"),
            models.Index(F("placed_at").desc(), F("id").desc(), name="order_newest"),
            models.Index(
                Coalesce("paid_at", "placed_at"),
                "id",
                name="order_to_ship",
                condition=Q(state__in=["paid", "part_shipped"]),
            ),
            models.Index(
                "state", "next_due_at", "id", name="order_due", condition=Q(next_due_at__isnull=False)
            ),
            models.Index(OpClass(Reverse("number"), name="text_pattern_ops"), name="order_number_tail"),
            models.Index(fields=["buyer", "-placed_at"], name="order_of_buyer"),
            models.Index(fields=["waybill"], name="order_waybill", condition=~Q(waybill="")),
            GinIndex(fields=["words"], name="order_words"),
            models.Index(
                F("placed_at").desc(),
                F("id").desc(),
                name="order_needs_look",
                condition=~Q(troubles=[]) | Q(cod_call=Call.WAITING) | Q(refund=Refund.OPEN),
            ),
        ]

    def __str__(self) -> str:
        return self.number


class Receiver(models.Model):
    """Where an order goes: sealed, with the regions plain and keyed traces to find it again."""

    order = models.OneToOneField(Order, on_delete=models.CASCADE, primary_key=True, related_name="receiver")
    sealed = models.BinaryField(help_text="JSON of name, phone, landline, address, zip")
    province = models.CharField(max_length=32, blank=True)
    city = models.CharField(max_length=32, blank=True)
    district = models.CharField(max_length=32, blank=True)
    masked_name = models.CharField(max_length=8, blank=True)
    masked_phone = models.CharField(max_length=16, blank=True)
    phone_trace = models.BinaryField(null=True)
    tail_trace = models.BinaryField(null=True, help_text="of the phone's last four digits")
    household = models.BinaryField(null=True, help_text="trace of name, phone and address together")

    class Meta:
        indexes = [
            models.Index(fields=["phone_trace"], name="receiver_phone"),
            models.Index(fields=["tail_trace"], name="receiver_tail"),
            models.Index(fields=["household"], name="receiver_household"),
        ]


class OrderLine(models.Model):
    """One article of an order, with its own state, money and stock."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
    position = models.PositiveSmallIntegerField()
    outer_number = models.CharField(
        max_length=40, blank=True, default="", help_text="the platform's sub-order"
    )
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, null=True, related_name="+")
    code = models.CharField(
        max_length=60, blank=True, default="", help_text="the seller's code as the file names it"
    )
    title = models.CharField(max_length=200)
    spec = models.CharField(max_length=200, blank=True, default="")
    price_fen = models.BigIntegerField(help_text="of one piece, before changes")
    pieces = models.PositiveIntegerField()
    adjust_fen = models.BigIntegerField(default=0, help_text="price change by hand on the whole line, signed")
    discount_fen = models.BigIntegerField(default=0)
    share_fen = models.BigIntegerField(
        default=0, help_text="what the buyer pays for this line, postage apart"
    )
    state = models.CharField(max_length=10, choices=LineState.choices)
    refund = models.CharField(max_length=6, choices=Refund.choices, blank=True, default=Refund.NONE)
    close_reason = models.CharField(max_length=60, blank=True, default="")
    stock = models.CharField(
        max_length=10, blank=True, default="", help_text="held, short, out or nothing known"
    )
    shipped_pieces = models.PositiveIntegerField(default=0, help_text="Σ of the parcels' pieces")
    red_fen = models.BigIntegerField(default=0, db_default=0, help_text="of the share, paid with red packets")
    gift_of = models.BigIntegerField(
        null=True, help_text="id of the offer that gave it: a present at price 0"
    )
    hold = models.CharField(
        max_length=8,
        blank=True,
        default="",
        db_default="",
        help_text="order or payment: when stock is held; empty: payment",
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order", "position"], name="line_position_once"),
            models.CheckConstraint(
                condition=Q(price_fen__gte=0) & Q(pieces__gte=1) & Q(share_fen__gte=0),
                name="line_money_not_negative",
            ),
        ]
        indexes = [models.Index(fields=["code"], name="line_code", condition=~Q(code=""))]

    def __str__(self) -> str:
        return f"{self.title} {self.spec}".strip()


class Priced(models.Model):
    """How an order of our own shops came to its price: the receipt that was shown and what it was computed from.

    Enough to price what is kept after a partial refund exactly as it was then (`promotions.pricing`).
    """

    order = models.OneToOneField(Order, on_delete=models.CASCADE, primary_key=True, related_name="priced")
    basket = models.JSONField(help_text="pricing.values.Basket; no personal data")
    offers = models.JSONField(help_text="the offers as they were at that moment")
    receipt = models.JSONField(help_text="pricing.values.Priced")
    quote = models.JSONField(default=dict, help_text="the freight receipt")
    digest = models.CharField(
        max_length=64, help_text="of what the buyer saw; a total that differs is refused"
    )
    wishes = models.JSONField(
        default=dict, help_text="invoice, gift card, delivery time: kinds and times only"
    )
    sealed = models.BinaryField(null=True, help_text="invoice title, tax number, words of the gift card")
    deposit_fen = models.BigIntegerField(default=0, help_text="presale: paid first")
    balance_from = models.DateTimeField(null=True)
    balance_until = models.DateTimeField(null=True)


class Mark(models.Model):
    """A department's mark on an order (C1): any number inside; one flag and one memo are projected outward."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="marks")
    department = models.CharField(max_length=12)
    kind = models.CharField(
        max_length=12, help_text="problem, change, wish, commission, note: sets the priority"
    )
    template = models.CharField(max_length=40, blank=True)
    text = models.TextField(blank=True)
    flag = models.SmallIntegerField(choices=Flag.choices, default=Flag.GREY)
    staff_id = models.BigIntegerField(null=True)
    author = models.CharField(max_length=80)
    work_no = models.CharField(max_length=40, blank=True)
    at = models.DateTimeField()
    must_read = models.BooleanField(default=False, help_text="发货须知: the packer must acknowledge it")
    off_at = models.DateTimeField(null=True)
    off_by = models.CharField(max_length=80, blank=True)

    class Meta:
        indexes = [models.Index(fields=["order"], name="mark_live", condition=Q(off_at__isnull=True))]


class Overwrite(models.Model):
    """An import showed that somebody changed memo or flag outside: both versions are kept and shown (C1)."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="overwrites")
    seen_at = models.DateTimeField()
    our_memo = models.TextField(blank=True)
    our_flag = models.SmallIntegerField()
    their_memo = models.TextField(blank=True)
    their_flag = models.SmallIntegerField(null=True)
    settled_at = models.DateTimeField(null=True)
    settled_by = models.CharField(max_length=80, blank=True)
    kept = models.CharField(max_length=8, blank=True, help_text="ours, theirs or both")


class Outside(models.Model):
    """Memo and flag as the platform showed them last (or as we pushed them): what tells an overwrite (C1).

    A row exists once an order has marks of ours; before that `Order.memo` itself is what is outside.
    """

    order = models.OneToOneField(Order, on_delete=models.CASCADE, primary_key=True, related_name="outside")
    memo = models.TextField(blank=True)
    flag = models.SmallIntegerField(default=0)
    seen_at = models.DateTimeField()


class Change(models.Model):
    """A change asked for where the stage or the power does not allow to do it at once (C2, S4-13, S4-14)."""

    class State(models.TextChoices):
        ASKED = "asked", "待处理"
        AGREED = "agreed", "已同意"
        REFUSED = "refused", "已拒绝"
        WITHDRAWN = "withdrawn", "申请人已撤回"

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="changes")
    kind = models.CharField(max_length=12, help_text="receiver, article, cancel, carrier, wish")
    sealed = models.BinaryField(help_text="JSON of what is wanted; may hold an address")
    stage = models.CharField(max_length=12, help_text="where the parcel stood when it was asked")
    reason = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=State.choices, default=State.ASKED)
    staff_id = models.BigIntegerField(null=True)
    asker = models.CharField(max_length=80)
    asked_at = models.DateTimeField()
    decider = models.CharField(max_length=80, blank=True)
    decided_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=200, blank=True)


class Concession(models.Model):
    """A price given away on the ladder of S2-03: counted, approved where needed, with a floor."""

    class State(models.TextChoices):
        GRANTED = "granted", "已让价"
        ASKED = "asked", "待主管批准"
        REFUSED = "refused", "已拒绝"

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="concessions")
    attempt = models.PositiveSmallIntegerField()
    basis_points = models.PositiveIntegerField(help_text="9700 is 97 % of the goods' price")
    wanted = models.JSONField(help_text="line id -> new line total in fen, and postage")
    state = models.CharField(max_length=8, choices=State.choices)
    reason = models.CharField(max_length=200, blank=True)
    staff_id = models.BigIntegerField(null=True)
    asker = models.CharField(max_length=80)
    asked_at = models.DateTimeField()
    decider_id = models.BigIntegerField(null=True)
    decider = models.CharField(max_length=80, blank=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "attempt"], name="concession_attempt_once")]


class Parcel(models.Model):
    """What left the house under one waybill; may hold lines of several orders of one receiver."""

    shop = models.ForeignKey(Shop, on_delete=models.PROTECT)
    carrier = models.CharField(max_length=30)
    waybill = models.CharField(max_length=40, blank=True)
    shipped_at = models.DateTimeField()
    signed_at = models.DateTimeField(null=True)
    actor = models.CharField(max_length=80)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["carrier", "waybill"], condition=~Q(waybill=""), name="waybill_once"
            ),
        ]
        indexes = [models.Index(fields=["waybill"], name="parcel_waybill", condition=~Q(waybill=""))]


class ParcelLine(models.Model):
    """Which line, and how many pieces of it, lie in a parcel; no line: an order whose lines nobody told."""

    parcel = models.ForeignKey(Parcel, on_delete=models.CASCADE, related_name="contents")
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="parcel_lines")
    line = models.ForeignKey(OrderLine, on_delete=models.CASCADE, null=True, related_name="parcel_lines")
    pieces = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["parcel", "order", "line"], name="parcel_line_once", nulls_distinct=False
            )
        ]


class Together(models.Model):
    """Orders of one household that shall leave in one parcel: accepted by a person, parted by a person."""

    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    staff_id = models.BigIntegerField(null=True)
    actor = models.CharField(max_length=80)


class TogetherOrder(models.Model):
    """That an order belongs to such a group; parted orders lose the row, the daybook keeps the story."""

    order = models.OneToOneField(Order, on_delete=models.CASCADE, primary_key=True, related_name="together")
    group = models.ForeignKey(Together, on_delete=models.CASCADE, related_name="members")


class TrackNode(models.Model):
    """One scan of a carrier on the way."""

    parcel = models.ForeignKey(Parcel, on_delete=models.CASCADE, related_name="track")
    at = models.DateTimeField()
    text = models.CharField(max_length=300)
    place = models.CharField(max_length=60, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["parcel", "at", "text"], name="track_once")]


class Timer(models.Model):
    """A deadline of an order as a row: claimed with SKIP LOCKED, judged by the database's clock (B2.6)."""

    class Kind(models.TextChoices):
        CLOSE_UNPAID = "close_unpaid", "未付款自动关闭"
        CONFIRM = "confirm", "自动确认收货"
        DEPOSIT = "deposit", "定金未付自动关闭"
        BALANCE = "balance", "尾款未付自动关闭"

    kind = models.CharField(max_length=14, choices=Kind.choices)
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="timers")
    line = models.ForeignKey(OrderLine, on_delete=models.CASCADE, null=True, related_name="timers")
    generation = models.PositiveIntegerField(default=1)
    due_at = models.DateTimeField()
    fired_at = models.DateTimeField(null=True)
    dropped_at = models.DateTimeField(null=True)
    why = models.CharField(max_length=60, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "order", "line", "generation"], name="timer_once", nulls_distinct=False
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                name="timer_due",
                condition=Q(fired_at__isnull=True, dropped_at__isnull=True),
            ),
        ]
