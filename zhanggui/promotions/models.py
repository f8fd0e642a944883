"""Offers with their use, coupons in purses, red packets and where they went, auctions and bids."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from zhanggui.catalog.models import Sku
from zhanggui.customers.models import Buyer
from zhanggui.shops.models import Merchant, Shop


class OfferState(models.TextChoices):
    """The life of an offer: draft → review → scheduled → live → ended; stopped at any moment."""

    DRAFT = "draft", "草稿"
    REVIEW = "review", "待审核"
    SCHEDULED = "scheduled", "待开始"
    LIVE = "live", "进行中"
    ENDED = "ended", "已结束"
    STOPPED = "stopped", "已停用"


class OfferKind(models.TextChoices):
    """The kinds of offers (S3-06), as `pricing.values.Kind`."""

    FLASH = "flash", "限时折扣"
    MEMBER = "member", "会员价"
    BUNDLE = "bundle", "搭配套餐"
    BUY_GET = "buy_get", "买一赠一"
    GIFT = "gift", "满就送"
    REDUCTION = "reduction", "满减"
    COUPON = "coupon", "优惠券"
    VOUCHER = "voucher", "代金券"
    FREE_POSTAGE = "free_postage", "包邮"
    PRESALE = "presale", "预售"


class Offer(models.Model):
    """An offer of one or more shops. Whether it is live is decided by its state and the moment, together.

    `terms`: the kind's own values (pricing.values, as JSON). `scope`: {"products": [...], "skus": [...],
    "categories": [...], "except_products": [...]}. Limits null: none.
    """

    merchant = models.ForeignKey(Merchant, on_delete=models.PROTECT, related_name="+")
    shop_ids = ArrayField(models.BigIntegerField(), help_text="the shops it holds in")
    kind = models.CharField(max_length=12, choices=OfferKind.choices)
    name = models.CharField(max_length=60)
    state = models.CharField(max_length=10, choices=OfferState.choices, default=OfferState.DRAFT)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    terms = models.JSONField(default=dict)
    scope = models.JSONField(default=dict)
    group = models.CharField(max_length=30, blank=True, default="", help_text="exclusion group")
    alone = models.BooleanField(default=False)
    levels = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True)
    regions = ArrayField(models.CharField(max_length=6), default=list, blank=True)
    first_order_only = models.BooleanField(default=False)
    per_buyer = models.PositiveIntegerField(null=True)
    times = models.PositiveIntegerField(
        null=True, help_text="how often in all; for coupons how many are given out"
    )
    budget_fen = models.BigIntegerField(null=True)
    used_times = models.PositiveIntegerField(
        default=0,
        help_text="kept to the point where `times` or `budget_fen` limit, else recounted by the minute",
    )
    used_fen = models.BigIntegerField(default=0)
    claimed = models.PositiveIntegerField(default=0, help_text="coupons in purses, used or not")
    claim_from = models.DateTimeField(null=True, help_text="coupons: when they may be taken")
    claim_until = models.DateTimeField(null=True)
    good_days = models.PositiveIntegerField(null=True, help_text="coupons: valid so many days after taking")
    house = models.BooleanField(default=False, help_text="the house bears the cost, not the shop")
    below_floor = models.BooleanField(default=False, help_text="approved to go below the floor")
    approved_by = models.CharField(max_length=80, blank=True, default="")
    approved_at = models.DateTimeField(null=True)
    asked_by = models.BigIntegerField(null=True, help_text="staff id of who asked for the review")
    note = models.CharField(max_length=300, blank=True, default="")
    cloned_from = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="+")
    made_by = models.CharField(max_length=80)
    made_at = models.DateTimeField(db_default=Now())
    stopped_at = models.DateTimeField(null=True)
    unreadable_at = models.DateTimeField(
        null=True, help_text="since when it was told that nobody can read its terms; prices leave it out"
    )
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="offer_has_a_time"),
            models.CheckConstraint(
                condition=Q(times__isnull=True) | Q(used_times__lte=F("times")), name="offer_within_times"
            ),
            models.CheckConstraint(
                condition=Q(budget_fen__isnull=True) | Q(used_fen__lte=F("budget_fen")),
                name="offer_within_budget",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=["coupon", "voucher"])
                | Q(times__isnull=True)
                | Q(claimed__lte=F("times")),
                name="coupons_within_number",
            ),
        ]
        indexes = [
            models.Index(
                fields=["merchant", "ends_at"],
                name="offer_running",
                condition=Q(state__in=["scheduled", "live"]),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Share(models.Model):
    """Pieces of a SKU that an offer (FLASH, GIFT, BUY_GET, PRESALE) may sell or give away, and how many are gone."""

    offer = models.ForeignKey(Offer, on_delete=models.CASCADE, related_name="shares")
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="+")
    pieces = models.PositiveIntegerField()
    used = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["offer", "sku"], name="share_once"),
            models.CheckConstraint(condition=Q(used__lte=F("pieces")), name="share_within"),
        ]


class Use(models.Model):
    """That an order used an offer: so often, for so much. Held while unpaid, kept when paid, given back when closed."""

    class State(models.TextChoices):
        HELD = "held", "占用"
        USED = "used", "已用"
        BACK = "back", "已退回"

    offer = models.ForeignKey(Offer, on_delete=models.PROTECT, related_name="uses")
    order_id = models.BigIntegerField(help_text="plain id of the order, which lives above")
    buyer = models.ForeignKey(Buyer, on_delete=models.PROTECT, null=True, related_name="+")
    times = models.PositiveIntegerField(default=1, help_text="pieces for FLASH, as `per_buyer` counts")
    off_fen = models.BigIntegerField(default=0)
    pieces = models.JSONField(default=dict, help_text="pieces by SKU id that were taken from shares")
    state = models.CharField(max_length=4, choices=State.choices, default=State.HELD)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["offer", "order_id"], name="use_once")]
        indexes = [
            models.Index(fields=["order_id"], name="use_of_order"),
            models.Index(fields=["buyer", "offer"], name="use_of_buyer", condition=~Q(state="back")),
        ]


class Coupon(models.Model):
    """A coupon or voucher in a buyer's purse."""

    class State(models.TextChoices):
        FREE = "free", "未使用"
        HELD = "held", "占用中"
        USED = "used", "已使用"
        EXPIRED = "expired", "已过期"
        REVOKED = "revoked", "已作废"

    offer = models.ForeignKey(Offer, on_delete=models.PROTECT, related_name="coupons")
    buyer = models.ForeignKey(Buyer, on_delete=models.PROTECT, related_name="coupons")
    place = models.PositiveIntegerField(help_text="first, second ... of this buyer: taking twice gives one")
    state = models.CharField(max_length=8, choices=State.choices, default=State.FREE)
    good_from = models.DateTimeField()
    good_until = models.DateTimeField()
    order_id = models.BigIntegerField(null=True)
    got_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["offer", "buyer", "place"], name="coupon_once")]
        indexes = [
            models.Index(fields=["buyer", "good_until"], name="coupon_free", condition=Q(state="free")),
            models.Index(fields=["good_until"], name="coupon_ending", condition=Q(state="free")),
            models.Index(fields=["order_id"], name="coupon_of_order", condition=Q(order_id__isnull=False)),
        ]


class RedPacketIssue(models.Model):
    """An issue of red packets (S0-10..16): who bears it, how much, and when they may be used."""

    merchant = models.ForeignKey(Merchant, on_delete=models.PROTECT, related_name="+")
    shop_ids = ArrayField(
        models.BigIntegerField(), default=list, help_text="empty: every shop of the merchant"
    )
    name = models.CharField(max_length=60)
    budget_fen = models.BigIntegerField()
    issued_fen = models.BigIntegerField(default=0)
    good_from = models.DateTimeField()
    good_until = models.DateTimeField()
    house = models.BooleanField(default=True)
    made_by = models.CharField(max_length=80)
    made_at = models.DateTimeField(db_default=Now())
    stopped_at = models.DateTimeField(null=True)
    waits = models.BooleanField(
        default=False, help_text="above the limit: grants nothing before somebody else approved"
    )
    asked_by = models.BigIntegerField(null=True, help_text="staff who opened it")
    approved_by = models.CharField(max_length=80, blank=True, default="")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(issued_fen__lte=F("budget_fen")), name="issue_within_budget"),
            models.CheckConstraint(condition=Q(good_until__gt=F("good_from")), name="issue_has_a_time"),
        ]

    def __str__(self) -> str:
        return self.name


class RedPacket(models.Model):
    """A red packet of a buyer. amount = left + held + used + expired + revoked, always (a CHECK)."""

    class State(models.TextChoices):
        DUE = "due", "待到账"
        CREDITED = "credited", "已到账"
        EXPIRED = "expired", "已过期"
        REVOKED = "revoked", "已收回"

    issue = models.ForeignKey(RedPacketIssue, on_delete=models.PROTECT, related_name="packets")
    buyer = models.ForeignKey(Buyer, on_delete=models.PROTECT, related_name="red_packets")
    ref = models.CharField(max_length=60, help_text="what it was given for; makes it happen once")
    amount_fen = models.BigIntegerField()
    left_fen = models.BigIntegerField()
    held_fen = models.BigIntegerField(default=0)
    used_fen = models.BigIntegerField(default=0)
    expired_fen = models.BigIntegerField(default=0)
    revoked_fen = models.BigIntegerField(default=0)
    state = models.CharField(max_length=8, choices=State.choices, default=State.DUE)
    good_from = models.DateTimeField()
    good_until = models.DateTimeField(help_text="the last moment, included (S0-15)")
    won_at = models.DateTimeField(db_default=Now())
    credit_by = models.DateTimeField(help_text="at the latest 24 h after it was won (S0-10)")
    credited_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    revoke_reason = models.CharField(max_length=60, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["issue", "ref"], name="red_packet_once"),
            models.CheckConstraint(
                condition=Q(
                    amount_fen=F("left_fen")
                    + F("held_fen")
                    + F("used_fen")
                    + F("expired_fen")
                    + F("revoked_fen")
                )
                & Q(
                    left_fen__gte=0, held_fen__gte=0, used_fen__gte=0, expired_fen__gte=0, revoked_fen__gte=0
                ),
                name="red_packet_adds_up",
            ),
        ]
        indexes = [
            models.Index(fields=["buyer", "good_until"], name="red_packet_left", condition=Q(left_fen__gt=0)),
            models.Index(fields=["credit_by"], name="red_packet_due", condition=Q(state="due")),
            models.Index(fields=["good_until"], name="red_packet_ending", condition=Q(left_fen__gt=0)),
        ]


class RedPacketUse(models.Model):
    """So much of a red packet for an order; a refund gives back inside the validity, else it is expired (S0-14)."""

    class State(models.TextChoices):
        HELD = "held", "占用"
        USED = "used", "已用"
        BACK = "back", "已退回"

    packet = models.ForeignKey(RedPacket, on_delete=models.PROTECT, related_name="uses")
    order_id = models.BigIntegerField()
    amount_fen = models.BigIntegerField()
    returned_fen = models.BigIntegerField(default=0)
    expired_fen = models.BigIntegerField(default=0)
    state = models.CharField(max_length=4, choices=State.choices, default=State.HELD)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["packet", "order_id"], name="red_packet_use_once"),
            models.CheckConstraint(
                condition=Q(returned_fen__gte=0, expired_fen__gte=0)
                & Q(amount_fen__gte=F("returned_fen") + F("expired_fen")),
                name="red_packet_use_adds_up",
            ),
        ]
        indexes = [models.Index(fields=["order_id"], name="red_packet_use_of_order")]


class Auction(models.Model):
    """拍卖 (S3-13): deposit, reserve, end time that late bids extend. Highest bid at the end wins an order."""

    class State(models.TextChoices):
        DRAFT = "draft", "草稿"
        SCHEDULED = "scheduled", "待开始"
        LIVE = "live", "竞拍中"
        SOLD = "sold", "已成交"
        UNSOLD = "unsold", "流拍"
        STOPPED = "stopped", "已停用"

    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="+")
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="+")
    pieces = models.PositiveIntegerField(default=1)
    title = models.CharField(max_length=120)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    start_fen = models.BigIntegerField()
    step_fen = models.BigIntegerField()
    reserve_fen = models.BigIntegerField(null=True, help_text="below it nothing is sold; never shown")
    deposit_fen = models.BigIntegerField(default=0)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(help_text="moves when a late bid comes")
    extend_seconds = models.PositiveIntegerField(
        default=300, help_text="a bid in the last so many seconds extends by as many"
    )
    extended = models.PositiveIntegerField(default=0)
    top_fen = models.BigIntegerField(null=True)
    top_bidder = models.ForeignKey(Buyer, on_delete=models.PROTECT, null=True, related_name="+")
    bids_count = models.PositiveIntegerField(default=0)
    order_id = models.BigIntegerField(null=True)
    pay_until = models.DateTimeField(null=True)
    paid_at = models.DateTimeField(null=True)
    made_by = models.CharField(max_length=80)
    made_at = models.DateTimeField(db_default=Now())
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    ends_at__gt=F("starts_at"), start_fen__gte=0, step_fen__gte=1, deposit_fen__gte=0
                ),
                name="auction_sane",
            ),
        ]
        indexes = [
            models.Index(
                fields=["ends_at"], name="auction_running", condition=Q(state__in=["scheduled", "live"])
            ),
            models.Index(
                fields=["pay_until"], name="auction_owing", condition=Q(state="sold", paid_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Bid(models.Model):
    """A bid: append-only, each at least one step above the top at its moment."""

    auction = models.ForeignKey(Auction, on_delete=models.PROTECT, related_name="bids")
    buyer = models.ForeignKey(Buyer, on_delete=models.PROTECT, related_name="+")
    amount_fen = models.BigIntegerField()
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["auction", "amount_fen"], name="bid_amount_once")]


class Deposit(models.Model):
    """A bidder's deposit: asked, paid, given back, taken (the winner did not pay) or set off against the order."""

    class State(models.TextChoices):
        ASKED = "asked", "待支付"
        PAID = "paid", "已支付"
        BACK = "back", "已退还"
        TAKEN = "taken", "已罚没"
        SET_OFF = "set_off", "已抵货款"

    auction = models.ForeignKey(Auction, on_delete=models.PROTECT, related_name="deposits")
    buyer = models.ForeignKey(Buyer, on_delete=models.PROTECT, related_name="+")
    amount_fen = models.BigIntegerField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.ASKED)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["auction", "buyer"], name="deposit_once")]
