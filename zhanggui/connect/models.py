"""Imports: the stored file, what was recognised, the saved presets for layouts of one's own."""

from django.db import models
from django.db.models.functions import Now


class Upload(models.Model):
    """A file that was handed over, kept sealed in the data folder until its import has ended."""

    key = models.CharField(max_length=40, unique=True, help_text="random; also the name in the data folder")
    name = models.CharField(max_length=200)
    size = models.BigIntegerField()
    digest = models.CharField(max_length=64, help_text="SHA-256 of the content")
    layout = models.CharField(
        max_length=40, blank=True, help_text="which layout was recognised, or preset:ID"
    )
    encoding = models.CharField(max_length=20, blank=True)
    rows = models.BigIntegerField(null=True)
    shop_id = models.BigIntegerField(null=True)
    staff_id = models.BigIntegerField(null=True)
    job_id = models.BigIntegerField(null=True)
    made_at = models.DateTimeField(db_default=Now())


class Preset(models.Model):
    """A saved mapping from a file's headers to ours."""

    name = models.CharField(max_length=60, unique=True)
    headers = models.JSONField(help_text="the headers it was made for, stripped")
    mapping = models.JSONField(help_text="our field -> their header")
    platform = models.CharField(max_length=8)
    made_by = models.CharField(max_length=80)
    made_at = models.DateTimeField(db_default=Now())
