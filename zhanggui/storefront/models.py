"""How shops look: their face, versions of the home page made of blocks, kept pictures; and what buyers like."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from zhanggui.catalog.models import Listing, Sku
from zhanggui.customers.models import Buyer
from zhanggui.shops.models import Shop


class Face(models.Model):
    """A shop's base data (S4-02): logo 180×60, banner 980×250, at most 20 characters of introduction, hotline."""

    shop = models.OneToOneField(Shop, on_delete=models.CASCADE, primary_key=True, related_name="face")
    intro = models.CharField(max_length=60, blank=True, default="")
    brand = models.TextField(blank=True, default="", help_text="brand introduction")
    hotline = models.CharField(max_length=30, blank=True, default="")
    logo = models.CharField(max_length=60, blank=True, default="")
    banner = models.CharField(max_length=60, blank=True, default="")
    open = models.BooleanField(default=False, help_text="may buyers enter")
    version = models.PositiveIntegerField(default=1)


class Look(models.Model):
    """One version of a shop's home page: warm-up, the day, the day after (S0-55). The newest that holds is shown."""

    class State(models.TextChoices):
        DRAFT = "draft", "草稿"
        READY = "ready", "已发布"
        DROPPED = "dropped", "已删除"

    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="looks")
    name = models.CharField(max_length=40)
    state = models.CharField(max_length=8, choices=State.choices, default=State.DRAFT)
    starts_at = models.DateTimeField(null=True, help_text="null: since ever")
    ends_at = models.DateTimeField(null=True, help_text="null: for ever")
    blocks = models.JSONField(default=list, help_text='[{"kind": "banner", …}] see storefront/blocks.py')
    made_by = models.CharField(max_length=80)
    made_at = models.DateTimeField(db_default=Now())
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(starts_at__isnull=True) | Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")),
                name="look_has_a_time",
            )
        ]

    def __str__(self) -> str:
        return self.name


class Asset(models.Model):
    """A picture in a shop's picture space, checked against the platform's rule of its use."""

    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="assets")
    name = models.CharField(max_length=60, unique=True)
    use = models.CharField(max_length=12, help_text="banner, logo, category, poster, block")
    title = models.CharField(max_length=80, blank=True, default="")
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    size = models.PositiveIntegerField()
    made_by = models.CharField(max_length=80)
    made_at = models.DateTimeField(db_default=Now())
    dropped_at = models.DateTimeField(null=True)


class Notice(models.Model):
    """A notice or poster of a shop (公告海报): shipping, courier, holidays; shown between two moments."""

    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="notices")
    text = models.CharField(max_length=200)
    starts_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    made_by = models.CharField(max_length=80)
    made_at = models.DateTimeField(db_default=Now())
    version = models.PositiveIntegerField(default=1)


class Favourite(models.Model):
    """A listing that a buyer keeps in mind (收藏)."""

    buyer = models.ForeignKey(Buyer, on_delete=models.CASCADE, related_name="favourites")
    listing = models.ForeignKey(Listing, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["buyer", "listing"], name="favourite_once")]


class Wait(models.Model):
    """A SKU that a buyer wants to hear of when it can be had again in a shop (到货通知)."""

    buyer = models.ForeignKey(Buyer, on_delete=models.CASCADE, related_name="waits")
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="+")
    sku = models.ForeignKey(Sku, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["buyer", "shop", "sku"], name="wait_once")]
        indexes = [models.Index(fields=["shop", "sku"], name="wait_of_shop")]
