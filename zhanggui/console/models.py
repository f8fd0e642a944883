"""What the frame remembers for a person: views, drafts, the last acts that can be undone."""

from django.db import models
from django.db.models.functions import Now

from zhanggui.people.models import Role, Staff


class SavedView(models.Model):
    """A filter with a name, at an address; one's own or shared with a role."""

    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="views")
    role = models.ForeignKey(Role, on_delete=models.CASCADE, null=True, related_name="views")
    page = models.CharField(max_length=40, help_text="route of the list")
    name = models.CharField(max_length=40)
    query = models.TextField(help_text="the query string")
    position = models.PositiveIntegerField(default=0)
    made_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["staff", "page", "name"], name="view_name_once")]


class Draft(models.Model):
    """What somebody was typing in a form; kept until it is sent or thrown away."""

    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="drafts")
    place = models.CharField(max_length=120, help_text="which form of which thing: orders/WH01/123/note")
    sealed = models.BinaryField(help_text="the fields, sealed: a draft may hold an address")
    saved_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["staff", "place"], name="draft_once")]
