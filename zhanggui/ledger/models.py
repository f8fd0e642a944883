"""Transfers and their postings. Entries are only ever added; a trigger refuses a transfer that does not balance."""

from django.db import models
from django.db.models.functions import Now


class Account(models.TextChoices):
    """The books of a shop. Signs: a posting's amount is positive for debit, negative for credit."""

    ESCROW = "escrow", "平台托管的货款"
    BUYER_PAY = "buyer_pay", "买家付来的款"
    GOODS_DUE = "goods_due", "待结算的货款"
    POSTAGE_DUE = "postage_due", "待结算的邮费"
    SHOP_INCOME = "shop_income", "货款收入"
    POSTAGE_INCOME = "postage_income", "邮费收入"
    REFUND_OUT = "refund_out", "退给买家的款"
    COD_RECEIVABLE = "cod_receivable", "货到付款应收"
    DISCOUNT_GIVEN = "discount_given", "店铺承担的优惠"
    COUPON_COST = "coupon_cost", "平台承担的优惠"
    RED_PACKET_COST = "red_packet_cost", "红包成本"
    RED_PACKET_RETURNED = "red_packet_returned", "退回的红包"
    RED_PACKET_EXPIRED = "red_packet_expired", "过期不退的红包"
    PAYMENT_FEE = "payment_fee", "支付手续费"
    STRAY = "stray", "待查的来款"
    BANK = "bank", "银行转账付出的款"
    DOUBLE_BACK = "double_back", "重复退款（待追回）"
    DEPOSIT_HELD = "deposit_held", "定金与保证金"
    POSTAGE_COST = "postage_cost", "邮费支出"
    ROUNDING = "rounding", "尾差（必须为零）"


class Transfer(models.Model):
    """One movement of money with its reason; `ref` makes it happen once."""

    shop_id = models.BigIntegerField()
    kind = models.CharField(max_length=40)
    ref = models.CharField(max_length=80, help_text="what caused it, for example order:12:paid")
    order_id = models.BigIntegerField(null=True)
    made_at = models.DateTimeField(db_default=Now())
    booked_at = models.DateTimeField(help_text="the moment the money moved, which an import may tell later")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["shop_id", "ref"], name="transfer_once")]
        indexes = [models.Index(fields=["order_id"], name="transfer_of_order")]


class Posting(models.Model):
    """One side of a transfer in fen: positive debit, negative credit."""

    transfer = models.ForeignKey(Transfer, on_delete=models.PROTECT, related_name="postings")
    account = models.CharField(max_length=20, choices=Account.choices)
    amount_fen = models.BigIntegerField()

    class Meta:
        constraints = [models.CheckConstraint(condition=~models.Q(amount_fen=0), name="posting_not_zero")]
