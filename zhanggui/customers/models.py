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


class Browser(models.Model):
    """A browser on which a buyer has signed in: its tries have a budget of their own (lockout.py)."""

    buyer = models.ForeignKey(Buyer, on_delete=models.CASCADE, related_name="browsers")
    token_hash = models.BinaryField()
    label = models.CharField(max_length=120, blank=True, default="")
    seen_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["buyer", "token_hash"], name="browser_once")]


class Try(models.Model):
    """One try to sign in, to register, to take something or to upload a picture, where that is counted. `about`: a keyed trace, never a number."""

    step = models.CharField(max_length=10, help_text="password, register, claim")
    about = models.BinaryField()
    address = models.CharField(max_length=64)
    browser_id = models.BigIntegerField(null=True)
    ok = models.BooleanField(default=False)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [
            models.Index(fields=["step", "about", "at"], name="try_about"),
            models.Index(fields=["step", "address", "at"], name="try_from"),
            models.Index(fields=["at"], name="try_by_time"),
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
    version = models.PositiveIntegerField(default=1)
    dropped_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["buyer"],
                condition=Q(is_default=True, dropped_at__isnull=True),
                name="address_one_default",
            )
        ]
