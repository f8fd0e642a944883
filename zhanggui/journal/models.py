"""The daybook and what was announced. Lines are only ever added; the database refuses anything else."""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models.functions import Now


class Entry(models.Model):
    """One line of the daybook: who did what to which thing, before and after, why and from where.

    Keeps plain ids, never foreign keys, so that a line outlives what it tells of.
    """

    at = models.DateTimeField(db_default=Now())
    what = models.CharField(max_length=60)
    kind = models.CharField(max_length=30, blank=True, help_text="what the object is: order, staff, shop ...")
    object_id = models.BigIntegerField(null=True)
    shop_id = models.BigIntegerField(null=True)
    staff_id = models.BigIntegerField(null=True)
    actor = models.CharField(max_length=80)
    work_no = models.CharField(max_length=40, blank=True)
    source = models.CharField(max_length=20)
    address = models.CharField(max_length=64, blank=True)
    change = models.JSONField(help_text="{column: [before, after]}; personal data never stands here")
    reason = models.TextField(blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["kind", "object_id", "id"], name="entry_of_object"),
            models.Index(fields=["shop_id", "id"], name="entry_of_shop"),
            models.Index(fields=["staff_id", "id"], name="entry_of_staff"),
            BrinIndex(fields=["at"], name="entry_by_time"),
        ]


class Seal(models.Model):
    """A link of the hash chain over the daybook: covers the entries it names, and the seal before it."""

    sealed_at = models.DateTimeField(db_default=Now())
    first_id = models.BigIntegerField()
    last_id = models.BigIntegerField()
    entries = models.BigIntegerField()
    before = models.BinaryField()
    digest = models.BinaryField(unique=True)


class Announcement(models.Model):
    """News that a lower room told in its transaction; upper rooms hear it after commit, at least once."""

    name = models.CharField(max_length=60)
    news = models.JSONField()
    made_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [BrinIndex(fields=["made_at"], name="announcement_by_time")]


class Delivery(models.Model):
    """One listener's copy of an announcement; done and its effect commit together."""

    announcement = models.ForeignKey(Announcement, on_delete=models.CASCADE)
    listener = models.CharField(max_length=120)
    next_at = models.DateTimeField(db_default=Now())
    done_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    trouble = models.TextField(blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["next_at"], name="delivery_due", condition=models.Q(done_at__isnull=True)),
        ]
        constraints = [
            models.UniqueConstraint(fields=["announcement", "listener"], name="delivery_once"),
        ]
