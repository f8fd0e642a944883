"""Buyers as the platforms know them; and buyers of our own shops with their account and addresses."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class Buyer(models.Model):
    """A buyer's account on a platform. Two shops of one merchant on one platform meet the same buyer."""

    merchant_id = models.BigIntegerField()
    platform = models.CharField(max_length=8)
    nick = models.CharField(max_length=80)
    level = models.PositiveSmallIntegerField(default=0, db_default=0, help_text="member level; 0: none")
    made_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant_id", "platform", "nick"], name="buyer_once")]

    def __str__(self) -> str:
        return self.nick


class Account(models.Model):
    """What a buyer signs in with in our own shops: a phone number (sealed, found by its trace) and a password."""

    buyer = models.OneToOneField(Buyer, on_delete=models.CASCADE, primary_key=True, related_name="account")
    merchant_id = models.BigIntegerField()
    sealed_phone = models.BinaryField()
    phone_trace = models.BinaryField()
    masked_phone = models.CharField(max_length=16)
    password = models.CharField(max_length=128)
    epoch = models.PositiveIntegerField(default=1, help_text="raised to end every session at once")
    made_at = models.DateTimeField(db_default=Now())
    disabled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant_id", "phone_trace"], name="account_phone_once")
        ]


class Address(models.Model):
    """An address of a buyer: sealed, with the region plain."""

    buyer = models.ForeignKey(Buyer, on_delete=models.CASCADE, related_name="addresses")
    key = models.CharField(max_length=22, unique=True, help_text="random; stands in addresses of pages")
    sealed = models.BinaryField(help_text="JSON of name, phone, province, city, district, address, zip")
    province = models.CharField(max_length=32, blank=True)
    city = models.CharField(max_length=32, blank=True)
    district = models.CharField(max_length=32, blank=True)
    region = models.CharField(max_length=6, blank=True)
    masked_name = models.CharField(max_length=8)
    masked_phone = models.CharField(max_length=16)
    is_default = models.BooleanField(default=False)
    used_at = models.DateTimeField(db_default=Now())
    dropped_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["buyer"],
                condition=Q(is_default=True, dropped_at__isnull=True),
                name="address_one_default",
            )
        ]
