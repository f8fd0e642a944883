"""Imports with their files, the saved presets for layouts of one's own, and the files that were exported."""

from django.db import models
from django.db.models.functions import Now

from zhanggui.jobs.models import Job
from zhanggui.shops.models import Shop


class Import(models.Model):
    """Files handed over together, for one shop; looked at first, then done by a job."""

    key = models.CharField(max_length=40, unique=True)
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, null=True, related_name="+")
    staff_id = models.BigIntegerField(null=True)
    actor = models.CharField(max_length=80)
    job = models.OneToOneField(Job, on_delete=models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField(db_default=Now())
    dropped_at = models.DateTimeField(null=True, help_text="given up before it began")

    class Meta:
        indexes = [models.Index(fields=["staff_id", "-id"], name="import_of_staff")]

    def __str__(self) -> str:
        return self.key


class Upload(models.Model):
    """A file that was handed over, kept sealed in the data folder until its import has ended and some days."""

    imported = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="files")
    key = models.CharField(max_length=40, unique=True, help_text="random; also the name in the data folder")
    name = models.CharField(max_length=200)
    size = models.BigIntegerField()
    digest = models.CharField(max_length=64, help_text="SHA-256 of the content")
    encoding = models.CharField(max_length=20, blank=True)
    layout = models.CharField(max_length=40, blank=True, help_text="recognised layout; empty: unknown")
    header_row = models.PositiveIntegerField(default=1)
    headers = models.JSONField(default=list)
    mapping = models.JSONField(default=dict, help_text="for an unknown layout: what the person said it means")
    rows = models.BigIntegerField(null=True)
    orders = models.BigIntegerField(null=True)
    removed_at = models.DateTimeField(null=True, help_text="when the content was destroyed")

    def __str__(self) -> str:
        return self.name


class Preset(models.Model):
    """A saved mapping from a file's headers to ours."""

    name = models.CharField(max_length=60, unique=True)
    headers = models.JSONField(help_text="the headers it was made for, stripped")
    mapping = models.JSONField(help_text="our field -> their header")
    states = models.JSONField(default=dict, help_text="their word for a state -> ours")
    kind = models.CharField(
        max_length=8, default="orders", help_text="orders: one a row; rows: one article a row"
    )
    platform = models.CharField(max_length=8)
    made_by = models.CharField(max_length=80)
    made_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return self.name


class Export(models.Model):
    """A file that was made of orders, masked, kept sealed in the data folder for some days."""

    key = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=10, help_text="orders or shipping")
    form = models.CharField(max_length=5, help_text="csv or xlsx")
    staff_id = models.BigIntegerField(null=True)
    actor = models.CharField(max_length=80)
    job = models.OneToOneField(Job, on_delete=models.SET_NULL, null=True, related_name="+")
    filter = models.JSONField(default=dict, help_text="which orders: the list's own parameters")
    rows = models.BigIntegerField(null=True)
    size = models.BigIntegerField(null=True)
    made_at = models.DateTimeField(db_default=Now())
    removed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["staff_id", "-id"], name="export_of_staff")]

    def __str__(self) -> str:
        return self.name


class PayNotice(models.Model):
    """A payment notice as it came in: verified, stored once, answered, then acted on (B2.3)."""

    class State(models.TextChoices):
        NEW = "new", "待处理"
        DONE = "done", "已处理"
        PARKED = "parked", "待查"

    provider = models.CharField(max_length=8)
    event = models.CharField(
        max_length=128, help_text="the provider's id of the notice, or a digest of what it tells"
    )
    number = models.CharField(max_length=64, help_text="our payment's number as the notice tells it")
    kind = models.CharField(max_length=12, default="paid", help_text="paid, closed, refunded")
    told = models.JSONField(help_text="state, amount_fen, ref, paid_at; nothing personal")
    state = models.CharField(max_length=6, choices=State.choices, default=State.NEW)
    came = models.PositiveIntegerField(default=1, help_text="how often it came")
    trouble = models.CharField(max_length=200, blank=True, default="")
    came_at = models.DateTimeField(db_default=Now())
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["provider", "event"], name="pay_notice_once")]
        indexes = [
            models.Index(fields=["came_at"], name="pay_notice_new", condition=models.Q(state="new")),
            models.Index(fields=["number"], name="pay_notice_parked", condition=models.Q(state="parked")),
        ]


class PayAccount(models.Model):
    """A merchant's account at a payment provider; keys are sealed.

    Closed (not `active`) it takes no new payments; until its keys are destroyed (`emptied_at`) it is still heard and asked
    about the payments that were opened under it.
    """

    merchant_id = models.BigIntegerField()
    provider = models.CharField(max_length=8)
    name = models.CharField(max_length=60)
    app = models.CharField(max_length=64, help_text="app id or merchant id at the provider")
    gateway = models.CharField(max_length=200, blank=True, default="")
    fee_bp = models.PositiveIntegerField(default=60, help_text="agreed fee in 1/10000 of what is paid")
    sealed = models.BinaryField(help_text="JSON of the keys")
    active = models.BooleanField(default=True)
    made_at = models.DateTimeField(db_default=Now())
    closed_at = models.DateTimeField(null=True)
    emptied_at = models.DateTimeField(null=True, help_text="since when its keys are destroyed")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["merchant_id", "provider"], condition=models.Q(active=True), name="pay_account_one"
            )
        ]


class PayErrand(models.Model):
    """What has to be done at a provider after commit, and when it is tried next (G2.5): a refund to carry out."""

    class Kind(models.TextChoices):
        BACK = "back", "退款"

    kind = models.CharField(max_length=4, choices=Kind.choices)
    object_id = models.BigIntegerField(help_text="of a checkout MoneyBack")
    tries = models.PositiveIntegerField(default=0, db_default=0)
    next_at = models.DateTimeField(db_default=Now())
    trouble = models.CharField(max_length=200, blank=True, default="", db_default="")
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "object_id"], name="pay_errand_once")]
        indexes = [
            models.Index(fields=["next_at"], name="pay_errand_due", condition=models.Q(done_at__isnull=True))
        ]


class PayBill(models.Model):
    """A provider's bill of a day, compared with ours (G3.4). Sums are the bill's, in fen."""

    merchant_id = models.BigIntegerField()
    provider = models.CharField(max_length=8)
    account_id = models.BigIntegerField(default=0, help_text="of the PayAccount whose bill it is")
    day = models.DateField()
    rows = models.PositiveIntegerField()
    paid_fen = models.BigIntegerField()
    back_fen = models.BigIntegerField()
    fee_fen = models.BigIntegerField()
    compared_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["merchant_id", "provider", "account_id", "day"], name="pay_bill_once"
            )
        ]


class PayDifference(models.Model):
    """One thing in which a bill and our books differ; open until somebody says what it is."""

    class Kind(models.TextChoices):
        MISSING = "missing", "账单里没有"
        EXTRA = "extra", "我们没有记录"
        AMOUNT = "amount", "金额不同"
        FEE = "fee", "手续费不同"

    bill = models.ForeignKey(PayBill, on_delete=models.CASCADE, related_name="differences")
    kind = models.CharField(max_length=7, choices=Kind.choices)
    what = models.CharField(max_length=4, help_text="paid or back")
    number = models.CharField(max_length=64, help_text="our payment's number")
    ref = models.CharField(max_length=64, blank=True, default="", help_text="theirs, or our refund's")
    ours_fen = models.BigIntegerField(null=True)
    theirs_fen = models.BigIntegerField(null=True)
    settled_at = models.DateTimeField(null=True)
    settled_by = models.CharField(max_length=80, blank=True, default="")
    note = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["bill", "kind", "what", "number", "ref"], name="pay_difference_once"
            )
        ]
