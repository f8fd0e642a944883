"""The bell rope: what rang lately, so that a page which lost its stream learns what it missed."""

from django.db import models


class Bell(models.Model):
    """One ring. It carries no facts, only the address of a GET; kept for an hour."""

    topic = models.CharField(max_length=80)
    about = models.CharField(max_length=200, blank=True)
    rang_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["rang_at"])]
