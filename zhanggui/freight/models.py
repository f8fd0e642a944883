"""Carriers, a shop's freight tables, surcharges, free-shipping conditions, and quotes kept as receipts."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from zhanggui.shops.models import Shop


class Carrier(models.Model):
    """A courier company with the pattern its waybills follow (protocols 4.1, 4.2)."""

    code = models.CharField(max_length=30, unique=True)
    name = models.CharField(max_length=40)
    aliases = ArrayField(
        models.CharField(max_length=40), default=list, help_text="names in files: 申通, 申通快递"
    )
    waybill_pattern = models.TextField(
        blank=True, help_text="a regular expression; empty accepts 6 to 32 characters"
    )
    codes = models.JSONField(default=dict, help_text="its codes elsewhere: taobao, kuaidi100, kdniao, jd")
    active = models.BooleanField(default=True)
    position = models.PositiveIntegerField(default=1000, help_text="the better known stand first")
    edited = models.BooleanField(default=False, help_text="a person changed it: our data file no longer does")
    version = models.PositiveIntegerField(default=1)

    def __str__(self) -> str:
        return self.name


class Template(models.Model):
    """A shop's table for one carrier and one place of shipping."""

    class Valuation(models.TextChoices):
        PIECES = "pieces", "按件"
        WEIGHT = "weight", "按重量"
        VOLUME = "volume", "按体积"

    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="freight_templates")
    carrier = models.ForeignKey(
        Carrier, on_delete=models.PROTECT, null=True, help_text="null: the shop's ordinary courier"
    )
    name = models.CharField(max_length=50)
    ships_from = models.CharField(max_length=6, help_text="GB/T 2260 code of the city")
    valuation = models.CharField(max_length=8, choices=Valuation.choices, default=Valuation.WEIGHT)
    seller_pays = models.BooleanField(default=False, help_text="包邮")
    is_default = models.BooleanField(
        default=False, help_text="used when nothing else is said, for its carrier and place"
    )
    version = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["shop", "name"], name="template_name_once"),
            models.UniqueConstraint(
                fields=["shop", "carrier", "ships_from"],
                condition=Q(is_default=True),
                nulls_distinct=False,
                name="template_one_default",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Zone(models.Model):
    """One row of a table: where it holds and what it costs. The most specific region wins.

    Standards are pieces, grams or cm³ by the template's valuation. `add_fen` null: more than the first
    standard is undefined, never free (C8).
    """

    template = models.ForeignKey(Template, on_delete=models.CASCADE, related_name="zones")
    name = models.CharField(max_length=60, help_text="江浙沪, 东北三省 ...")
    regions = ArrayField(models.CharField(max_length=6), help_text="GB/T 2260 codes; 1 is the whole country")
    first_standard = models.PositiveIntegerField()
    first_fen = models.BigIntegerField()
    add_standard = models.PositiveIntegerField(null=True)
    add_fen = models.BigIntegerField(null=True)
    ask_first = models.BooleanField(default=False, help_text="a person finds out the real cost first (S1-06)")
    why = models.CharField(max_length=60, blank=True, help_text="requirement or agreement it comes from")
    position = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(first_fen__gte=0) & Q(first_standard__gte=1), name="zone_first_sane"
            ),
            models.CheckConstraint(
                condition=Q(add_standard__isnull=True, add_fen__isnull=True)
                | Q(add_standard__gte=1, add_fen__gte=0) & (Q(add_fen__lte=F("first_fen")) | Q(first_fen=0)),
                name="zone_add_sane",
            ),
        ]


class Surcharge(models.Model):
    """An amount on top for a carrier or for regions (S2-05)."""

    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="surcharges")
    carrier = models.ForeignKey(Carrier, on_delete=models.PROTECT, null=True)
    regions = ArrayField(models.CharField(max_length=6), default=list, help_text="empty: everywhere")
    fee_fen = models.BigIntegerField()
    name = models.CharField(max_length=60)
    active = models.BooleanField(default=False)
    fallback_only = models.BooleanField(
        default=False, help_text="only where the carrier has no table of its own (C7)"
    )
    why = models.CharField(max_length=60, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(fee_fen__gte=0), name="surcharge_not_negative"),
            models.CheckConstraint(
                condition=Q(fallback_only=False) | Q(carrier__isnull=False), name="fallback_has_carrier"
            ),
        ]


class FreeRule(models.Model):
    """Free shipping under a condition: so many pieces, such an amount, within a weight; in given regions."""

    template = models.ForeignKey(Template, on_delete=models.CASCADE, related_name="free_rules")
    regions = ArrayField(models.CharField(max_length=6), default=list, help_text="empty: everywhere")
    pieces = models.PositiveIntegerField(null=True)
    amount_fen = models.BigIntegerField(null=True)
    within = models.PositiveIntegerField(null=True, help_text="at most so many grams or cm³")
    position = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(pieces__gte=1) | Q(amount_fen__gte=1) | Q(within__gte=1), name="free_needs_reason"
            )
        ]


class Quote(models.Model):
    """A quote as a receipt: what was asked, what came out, line by line, with the rule behind each line."""

    shop = models.ForeignKey(Shop, on_delete=models.PROTECT)
    key = models.CharField(max_length=20, unique=True)
    asked = models.JSONField(help_text="regions, weights, pieces, amounts; never a name or a street")
    receipt = models.JSONField()
    fee_fen = models.BigIntegerField(null=True, help_text="null: undefined or to be asked")
    outcome = models.CharField(max_length=10, help_text="priced, undefined, ask")
    made_at = models.DateTimeField(db_default=Now())
    good_until = models.DateTimeField()
    staff_id = models.BigIntegerField(null=True)
    actor = models.CharField(max_length=80)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome="priced", fee_fen__gte=0)
                | Q(outcome__in=["undefined", "ask"], fee_fen__isnull=True),
                name="quote_fee_iff_priced",
            )
        ]
        indexes = [models.Index(fields=["shop", "-made_at"], name="quote_of_shop")]


class CostAsked(models.Model):
    """The task that an ask-first region opens: a person finds out the real cost and enters it (S1-06, C6)."""

    shop = models.ForeignKey(Shop, on_delete=models.PROTECT)
    quote = models.OneToOneField(Quote, on_delete=models.CASCADE, related_name="task")
    asked_at = models.DateTimeField(db_default=Now())
    fee_fen = models.BigIntegerField(null=True)
    answered_by = models.CharField(max_length=80, blank=True)
    answered_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["shop", "asked_at"], name="cost_open", condition=Q(answered_at__isnull=True))
        ]
