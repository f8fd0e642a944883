"""Carts, submits that happen once, payments with their parts and refunds."""

from django.db import models
from django.db.models import Case, F, Q, When
from django.db.models.functions import Coalesce, Now

from zhanggui.catalog.models import Sku
from zhanggui.customers.models import Buyer
from zhanggui.orders.models import Order
from zhanggui.shops.models import Shop


class CartLine(models.Model):
    """Pieces of a SKU that a buyer put into the cart, at which price he saw them."""

    buyer = models.ForeignKey(Buyer, on_delete=models.CASCADE, related_name="cart")
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="+")
    sku = models.ForeignKey(Sku, on_delete=models.CASCADE, related_name="+")
    pieces = models.PositiveIntegerField()
    seen_fen = models.BigIntegerField(help_text="price of a piece when it was put in")
    picked = models.BooleanField(default=True, help_text="ticked for the checkout")
    added_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["buyer", "shop", "sku"], name="cart_line_once"),
            models.CheckConstraint(condition=Q(pieces__gte=1), name="cart_line_has_pieces"),
        ]


class Submit(models.Model):
    """A form that was sent with a key: the same key gives the same answer, another body with it is refused (G2.4)."""

    buyer = models.ForeignKey(Buyer, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=64)
    digest = models.CharField(max_length=64, help_text="of the body")
    answer = models.JSONField(null=True, help_text="null while it is being worked on")
    made_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["buyer", "key"], name="submit_once")]
        indexes = [models.Index(fields=["made_at"], name="submit_age")]


MOMENT = Coalesce(Case(When(state="stray", then=F("paid_at"))), F("made_at"))
"""When a payment began, of stray money when it came: the order of their list."""


class Payment(models.Model):
    """One payment of one or more orders (merged payment) at a provider. Fen.

    Money that fits no payment of ours is one too: state STRAY, no parts, until a person gives it back or assigns it.
    """

    class State(models.TextChoices):
        OPEN = "open", "待支付"
        PAID = "paid", "已支付"
        CLOSED = "closed", "已关闭"
        WRONG = "wrong", "金额不符"
        STRAY = "stray", "待查款"

    class Provider(models.TextChoices):
        SANDBOX = "sandbox", "沙箱支付"
        ALIPAY = "alipay", "支付宝"
        WECHAT = "wechat", "微信支付"
        RED = "red", "红包全额抵扣"

    number = models.CharField(max_length=32, unique=True, help_text="ours (out_trade_no); random")
    merchant_id = models.BigIntegerField()
    buyer = models.ForeignKey(
        Buyer,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        help_text="null: stray money of nobody we know",
    )
    provider = models.CharField(max_length=8, choices=Provider.choices)
    state = models.CharField(max_length=6, choices=State.choices, default=State.OPEN)
    amount_fen = models.BigIntegerField()
    told_fen = models.BigIntegerField(null=True, help_text="what the provider says was paid")
    fee_fen = models.BigIntegerField(default=0, help_text="the provider's fee, once the bill tells it")
    refunded_fen = models.BigIntegerField(default=0)
    provider_ref = models.CharField(max_length=64, blank=True, default="", help_text="theirs (trade_no)")
    told_number = models.CharField(
        max_length=64,
        blank=True,
        default="",
        db_default="",
        help_text="stray money: the number that the provider told",
    )
    stray_shop_id = models.BigIntegerField(
        null=True, help_text="stray money: in whose books it lies, 0: nobody's"
    )
    look = models.JSONField(
        null=True, help_text="who said yes first to settling it: do, staff, work_no, reason"
    )
    made_at = models.DateTimeField(db_default=Now())
    asked_at = models.DateTimeField(null=True, help_text="last active query")
    paid_at = models.DateTimeField(null=True)
    closes_at = models.DateTimeField(help_text="after it the provider takes no money for it")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(amount_fen__gte=0, refunded_fen__gte=0)
                & (Q(told_fen__isnull=True) | Q(refunded_fen__lte=F("told_fen"))),
                name="payment_sane",
            ),
            models.UniqueConstraint(
                fields=["provider", "provider_ref"], condition=~Q(provider_ref=""), name="payment_ref_once"
            ),
        ]
        indexes = [
            models.Index(fields=["made_at"], name="payment_open", condition=Q(state="open")),
            models.Index(MOMENT.desc(), F("id").desc(), name="payment_moment"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def by_trade(self) -> bool:
        """Whether the provider knows it by its own trade number only: the number it told is another payment's, or nobody's."""
        return bool(self.told_number)


class PaymentPart(models.Model):
    """What a payment pays of one order."""

    class What(models.TextChoices):
        WHOLE = "whole", "全款"
        DEPOSIT = "deposit", "定金"
        BALANCE = "balance", "尾款"
        AUCTION = "auction", "拍卖保证金"

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="parts")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, null=True, related_name="payment_parts")
    deposit_id = models.BigIntegerField(null=True, help_text="of an auction's deposit")
    what = models.CharField(max_length=8, choices=What.choices, default=What.WHOLE)
    amount_fen = models.BigIntegerField()
    booked = models.CharField(
        max_length=8, blank=True, default="", help_text="paid, stray (it came too late or did not fit)"
    )

    class Meta:
        indexes = [models.Index(fields=["order"], name="payment_part_of_order")]


class MoneyBack(models.Model):
    """Money to give back at the provider: asked once (`ref`), carried out by `connect` after commit, paid once (G3.3)."""

    class State(models.TextChoices):
        ASKED = "asked", "待退款"
        DONE = "done", "已退款"
        FAILED = "failed", "退款失败"
        HAND = "hand", "已线下退款"

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="backs")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, null=True, related_name="money_backs")
    ref = models.CharField(max_length=40, unique=True, help_text="ours at the provider (out_request_no)")
    amount_fen = models.BigIntegerField()
    why = models.CharField(max_length=80)
    state = models.CharField(max_length=6, choices=State.choices, default=State.ASKED)
    tries = models.PositiveIntegerField(default=0)
    trouble = models.CharField(max_length=200, blank=True, default="")
    asked_at = models.DateTimeField(db_default=Now())
    done_at = models.DateTimeField(null=True)
    bank_ref = models.CharField(
        max_length=64,
        blank=True,
        default="",
        db_default="",
        help_text="of the bank, when people repaid it by hand",
    )
    look = models.JSONField(null=True, help_text="who said first that it was repaid by hand: staff, work_no")
    doubt_at = models.DateTimeField(
        null=True, help_text="when the provider paid it out too, though it had been repaid another way"
    )
    cleared_at = models.DateTimeField(null=True, help_text="when a person had the second money back")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_fen__gte=1), name="money_back_positive"),
            models.UniqueConstraint(
                fields=["bank_ref"], condition=~Q(bank_ref=""), name="money_back_bank_ref_once"
            ),
        ]
        indexes = [models.Index(fields=["asked_at"], name="money_back_open", condition=Q(state="asked"))]

    @property
    def retried(self) -> bool:
        """Whether it failed and was asked for again under another ref."""
        return self.state == self.State.FAILED and self.trouble.startswith("↻")
