"""Buyers as the platforms know them: a nick on a platform, in one merchant's house."""

from django.db import models
from django.db.models.functions import Now


class Buyer(models.Model):
    """A buyer's account on a platform. Two shops of one merchant on one platform meet the same buyer."""

    merchant_id = models.BigIntegerField()
    platform = models.CharField(max_length=8)
    nick = models.CharField(max_length=80)
    made_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant_id", "platform", "nick"], name="buyer_once")]

    def __str__(self) -> str:
        return self.nick
