"""Products with their SKUs and pictures; what a shop lists, and under which of its own categories."""

from datetime import datetime
from typing import Any

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from zhanggui.shops.models import Shop


class Classification(models.Model):
    """A kind of goods in the house's own tree (类目), up to four levels; products stand on its leaves.

    `attributes`: what a product of it, or of a kind below it, must or may tell. What is retired takes no goods any more.
    """

    code = models.CharField(max_length=30, unique=True)
    name = models.CharField(max_length=60)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="children")
    attributes = models.JSONField(default=list, help_text='[{"name": "材质", "must": true, "choices": []}]')
    virtual = models.BooleanField(default=False)
    position = models.PositiveIntegerField(default=0)
    retired_at = models.DateTimeField(null=True, help_text="since when it takes no goods any more")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["parent", "name"], name="classification_once", nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def asked(self) -> list[dict[str, Any]]:
        """What it asks of a product: its own attributes and those of the kinds above it, these first.

        No statement where the kinds above were read with it (`select_related(ABOVE)`).
        """
        above = self.parent.asked if self.parent is not None else []
        own = {str(one["name"]) for one in self.attributes}
        return [*(one for one in above if one["name"] not in own), *self.attributes]


ABOVE = "parent__parent__parent"
"""What `select_related` reads with a classification, so that `asked` needs no statement: a tree has four levels."""


class Product(models.Model):
    """A thing a merchant sells, in whichever of its shops."""

    class Hold(models.TextChoices):
        ORDER = "order", "拍下减库存"
        PAYMENT = "payment", "付款减库存"

    class Role(models.TextChoices):
        """What the product is for in the shop's plan (S0-41)."""

        NONE = "", "未定"
        HERO = "hero", "主打"
        PROMOTED = "promoted", "促销"
        VOLUME = "volume", "走量"
        PROFIT = "profit", "利润"

    merchant_id = models.BigIntegerField()
    code = models.CharField(max_length=60, help_text="the seller's own code (商家编码) of the product")
    title = models.CharField(max_length=200)
    classification = models.ForeignKey(Classification, on_delete=models.PROTECT, null=True, related_name="+")
    model = models.CharField(max_length=60, blank=True, default="", help_text="型号")
    brand = models.CharField(max_length=60, blank=True, default="")
    copy = models.CharField(max_length=200, blank=True, default="", help_text="卖点, shown under the title")
    description = models.TextField(blank=True, default="", help_text="cleaned HTML")
    size_guide = models.JSONField(
        default=list, help_text='尺码表, its heading first: [["尺码", "胸围"], ["S", "84"]]'
    )
    attributes = models.JSONField(default=dict)
    options = models.JSONField(
        default=list, help_text='the SKU matrix: [["颜色", ["白", "灰"]], ["尺码", ["S", "L"]]]'
    )
    virtual = models.BooleanField(default=False)
    hold = models.CharField(max_length=8, choices=Hold.choices, default=Hold.ORDER)
    role = models.CharField(max_length=8, choices=Role.choices, blank=True, default=Role.NONE)
    postage_included = models.BooleanField(
        null=True, help_text="does the price include postage (S3-12); null: nobody said"
    )
    instalments = models.BooleanField(default=False, help_text="may be paid in instalments")
    version = models.PositiveIntegerField(default=1)
    made_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant_id", "code"], name="product_code_once")]

    def __str__(self) -> str:
        return self.title


class Sku(models.Model):
    """One sellable kind of a product: colour and size, with the seller's code that a platform file names."""

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="skus")
    merchant_id = models.BigIntegerField()
    code = models.CharField(max_length=60)
    spec = models.CharField(max_length=120, blank=True, help_text="颜色:白;尺码:L")
    price_fen = models.BigIntegerField(default=0)
    cost_fen = models.BigIntegerField(null=True, help_text="what it costs us; unknown stays null")
    floor_fen = models.BigIntegerField(null=True, help_text="lowest price without approval; null: its cost")
    weight_g = models.PositiveIntegerField(null=True, help_text="unknown stays null, never 0")
    volume_cm3 = models.PositiveIntegerField(null=True)
    barcode = models.CharField(max_length=60, blank=True)
    picture = models.CharField(max_length=200, blank=True, help_text="name of a kept picture")
    position = models.PositiveIntegerField(default=0)
    off_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant_id", "code"], name="sku_code_once")]

    def __str__(self) -> str:
        return f"{self.code} {self.spec}".strip()


class Picture(models.Model):
    """A picture of a product, re-encoded by us: `name` is its random file name in the data folder."""

    class Role(models.TextChoices):
        MAIN = "main", "主图"
        DETAIL = "detail", "详情图"
        SKU = "sku", "型号图"

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="pictures")
    name = models.CharField(max_length=60, unique=True)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    size = models.PositiveIntegerField(help_text="bytes")
    role = models.CharField(max_length=8, choices=Role.choices, default=Role.MAIN)
    alt = models.CharField(max_length=120, blank=True, default="")
    position = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["product", "role", "position", "id"], name="picture_order")]


class Video(models.Model):
    """The video of a product, as it was uploaded: `name` is its random file name in the folder of the pictures."""

    product = models.OneToOneField(Product, on_delete=models.CASCADE, related_name="video")
    name = models.CharField(max_length=60, unique=True)
    size = models.PositiveIntegerField(help_text="bytes")
    picture = models.CharField(
        max_length=60, blank=True, default="", help_text="shown before it plays; none: the first main picture"
    )

    def __str__(self) -> str:
        return self.name


class ShopCategory(models.Model):
    """A shop's own category (S4-05): two levels, manual or automatic by words and price."""

    class Way(models.TextChoices):
        MANUAL = "manual", "手动"
        AUTO = "auto", "自动"

    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="categories")
    parent = models.ForeignKey("self", on_delete=models.CASCADE, null=True, related_name="children")
    name = models.CharField(max_length=30)
    way = models.CharField(max_length=6, choices=Way.choices, default=Way.MANUAL)
    words = models.CharField(
        max_length=200, blank=True, default="", help_text="auto: title words, any of them"
    )
    from_fen = models.BigIntegerField(null=True)
    to_fen = models.BigIntegerField(null=True)
    picture = models.CharField(max_length=60, blank=True, default="")
    position = models.PositiveIntegerField(default=0)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["shop", "parent", "name"], name="shop_category_once", nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return self.name


class ListingSet(models.QuerySet["Listing"]):
    """Adjectives for listings."""

    def of_shops(self, shop_ids: "set[int] | None") -> "ListingSet":
        """Those of the shops; None stands for every shop."""
        return self if shop_ids is None else self.filter(shop_id__in=sorted(shop_ids))

    def on_shelf(self, at: datetime) -> "ListingSet":
        """On the shelf at that moment."""
        return self.filter(Q(off_at__isnull=True) | Q(off_at__gt=at), state=Listing.State.ON, on_at__lte=at)

    def waiting(self, at: datetime) -> "ListingSet":
        """To go on the shelf at a later moment."""
        return self.filter(state=Listing.State.ON, on_at__gt=at)


class Listing(models.Model):
    """A product in a shop's window. On the shelf: `state` ON and the moment between on_at and off_at."""

    class State(models.TextChoices):
        DRAFT = "draft", "草稿"
        ON = "on", "上架"
        OFF = "off", "下架"

    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="listings")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="listings")
    state = models.CharField(max_length=6, choices=State.choices, default=State.DRAFT)
    on_at = models.DateTimeField(null=True, help_text="when it goes on the shelf; null: it never did")
    off_at = models.DateTimeField(null=True, help_text="when it leaves the shelf; null: it stays")
    shown = models.BooleanField(default=False, help_text="橱窗推荐")
    from_fen = models.BigIntegerField(default=0, help_text="lowest price of its SKUs, for lists and search")
    to_fen = models.BigIntegerField(default=0)
    sold = models.PositiveIntegerField(default=0)
    liked = models.PositiveIntegerField(default=0)
    words = SearchVectorField(
        null=True, help_text="title, copy, attributes, specs, codes; see catalog/words.py"
    )
    initials = models.CharField(
        max_length=400, blank=True, default="", help_text="the title in pinyin and in initials, for search"
    )
    troubles = models.JSONField(
        default=list, help_text="codes of the checks that failed when it was last looked at (C16)"
    )
    checked_at = models.DateTimeField(null=True)
    categories = models.ManyToManyField(ShopCategory, related_name="listings")
    version = models.PositiveIntegerField(default=1)
    made_at = models.DateTimeField(db_default=Now())

    objects = ListingSet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["shop", "product"], name="listing_once")]
        indexes = [
            models.Index("shop", F("on_at").desc(), "id", name="listing_on", condition=Q(state="on")),
            models.Index("shop", F("sold").desc(), "id", name="listing_sold", condition=Q(state="on")),
            models.Index("shop", "from_fen", "id", name="listing_price", condition=Q(state="on")),
            GinIndex(fields=["words"], name="listing_words"),
            GinIndex(OpClass("initials", name="gin_trgm_ops"), name="listing_initials"),
        ]

    def __str__(self) -> str:
        return f"{self.shop_id}/{self.product_id}"

    def on_shelf(self, at: datetime) -> bool:
        """Whether it is on the shelf at that moment: state and moment together, exact to the second."""
        return (
            self.state == self.State.ON
            and self.on_at is not None
            and self.on_at <= at
            and (self.off_at is None or at < self.off_at)
        )

    def waits(self, at: datetime) -> bool:
        """Whether it will go on the shelf at a later moment."""
        return self.state == self.State.ON and self.on_at is not None and at < self.on_at


class Term(models.Model):
    """A word that a merchant's products are found by, with how it sounds: suggestions, and words typed wrongly."""

    merchant_id = models.BigIntegerField()
    word = models.CharField(max_length=40)
    sound = models.CharField(max_length=120, help_text="in pinyin, without blanks; Latin words as they are")
    initials = models.CharField(max_length=40, blank=True, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant_id", "word"], name="term_once")]
        indexes = [
            models.Index(OpClass("word", name="varchar_pattern_ops"), "merchant_id", name="term_word"),
            models.Index(OpClass("sound", name="varchar_pattern_ops"), "merchant_id", name="term_sound"),
            models.Index(
                OpClass("initials", name="varchar_pattern_ops"), "merchant_id", name="term_initials"
            ),
            GinIndex(OpClass("sound", name="gin_trgm_ops"), name="term_sound_near"),
        ]

    def __str__(self) -> str:
        return self.word
