"""Products and their SKUs: what orders need of the goods."""

from django.db import models
from django.db.models.functions import Now


class Product(models.Model):
    """A thing a merchant sells, in whichever of its shops."""

    merchant_id = models.BigIntegerField()
    code = models.CharField(max_length=60, help_text="the seller's own code (商家编码) of the product")
    title = models.CharField(max_length=200)
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
    weight_g = models.PositiveIntegerField(null=True, help_text="unknown stays null, never 0")
    volume_cm3 = models.PositiveIntegerField(null=True)
    barcode = models.CharField(max_length=60, blank=True)
    picture = models.CharField(max_length=200, blank=True)
    off_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant_id", "code"], name="sku_code_once")]

    def __str__(self) -> str:
        return f"{self.code} {self.spec}".strip()
