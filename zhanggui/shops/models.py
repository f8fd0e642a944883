"""Merchants, shops, and the values that a shop set for itself."""

from django.db import models
from django.db.models.functions import Now


class Kind(models.TextChoices):
    """The two kinds of shop (S1-01)."""

    BAZAAR = "bazaar", "集市店"
    MALL = "mall", "商城店"


class Platform(models.TextChoices):
    """Where a shop stands (S0-42)."""

    OWN = "own", "自营商城"
    TAOBAO = "taobao", "淘宝"
    TMALL = "tmall", "天猫"
    JD = "jd", "京东"
    PDD = "pdd", "拼多多"


class Merchant(models.Model):
    """A company that has shops."""

    name = models.CharField(max_length=80, unique=True)
    made_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return self.name


class Shop(models.Model):
    """One shop: its kind decides what may be changed in an order, its city what is local for freight."""

    merchant = models.ForeignKey(Merchant, on_delete=models.PROTECT, related_name="shops")
    code = models.CharField(max_length=20, unique=True, help_text="short, stands in addresses: WH01")
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    platform = models.CharField(max_length=8, choices=Platform.choices)
    city = models.CharField(max_length=6, help_text="GB/T 2260 code of the city it ships from")
    sells = models.CharField(max_length=120, blank=True, help_text="what it sells, for people")
    made_at = models.DateTimeField(db_default=Now())
    closed_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Setting(models.Model):
    """A shop's own value for a policy, from a day on; without a row the policy's default holds."""

    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="settings")
    name = models.CharField(max_length=60)
    value = models.JSONField()
    since = models.DateField()
    set_by = models.CharField(max_length=80)
    reason = models.CharField(max_length=200, blank=True)
    set_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["shop", "name", "since"], name="setting_once_a_day")]
