"""Long work as rows: progress that survives a reload and a killed process, and one outcome per row of work."""

from datetime import datetime

from django.db import models
from django.db.models.functions import Now


class Job(models.Model):
    """A piece of long work with an owner, a progress and a result."""

    class State(models.TextChoices):
        WAITING = "waiting", "等待开始"
        RUNNING = "running", "进行中"
        PAUSED = "paused", "已暂停"
        DONE = "done", "已完成"
        FAILED = "failed", "失败"
        CANCELLED = "cancelled", "已取消"

    kind = models.CharField(max_length=40, help_text="which work: orders.import, orders.flag ...")
    title = models.CharField(max_length=200)
    state = models.CharField(max_length=12, choices=State.choices, default=State.WAITING)
    staff_id = models.BigIntegerField(null=True)
    actor = models.CharField(max_length=80)
    shop_id = models.BigIntegerField(null=True)
    order = models.JSONField(default=dict, help_text="what is to be done, without personal data")
    total = models.BigIntegerField(default=0)
    done = models.BigIntegerField(default=0)
    failed = models.BigIntegerField(default=0)
    place = models.BigIntegerField(default=0, help_text="where to go on after a kill")
    counts = models.JSONField(default=dict, help_text="what came of it, by name")
    cancel_asked = models.BooleanField(default=False)
    pause_asked = models.BooleanField(default=False)
    claim = models.UUIDField(null=True, help_text="whose run it is: only that run may write its progress")
    undo_until = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)
    trouble = models.TextField(blank=True)
    made_at = models.DateTimeField(db_default=Now())
    began_at = models.DateTimeField(null=True)
    beat_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["staff_id", "-id"], name="job_of_staff"),
            models.Index(
                fields=["state", "beat_at"],
                name="job_alive",
                condition=models.Q(state__in=["waiting", "running", "paused"]),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def alive(self) -> bool:
        """Whether it is still going to work."""
        return self.state in (self.State.WAITING, self.State.RUNNING, self.State.PAUSED)

    def seconds_left(self, at: datetime) -> int | None:
        """How long it will still take at the pace so far; None while that cannot be said."""
        if self.state != self.State.RUNNING or self.began_at is None or not self.done or not self.total:
            return None
        spent = (at - self.began_at).total_seconds()
        return max(0, round(spent * (self.total - self.done) / self.done))


class Outcome(models.Model):
    """What came of one row of a job: unique by (job, row), so a resumed job writes nothing twice."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="outcomes")
    row = models.BigIntegerField(help_text="number of the row in the file, or of the item in the list")
    label = models.CharField(max_length=80, help_text="how a person finds it: the order number")
    result = models.CharField(max_length=12, help_text="new, changed, unchanged, refused, done")
    message = models.TextField(blank=True)
    before = models.JSONField(null=True, help_text="what an undo puts back")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "row"], name="outcome_once")]
        indexes = [models.Index(fields=["job", "result"], name="outcome_by_result")]
