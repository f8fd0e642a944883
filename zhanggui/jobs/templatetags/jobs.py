"""Showing jobs."""

from django import template
from django.utils.translation import gettext as _

from zhanggui.jobs.models import Job
from zhanggui.jobs.words import label_of
from zhanggui.kit.clock import now

register = template.Library()
register.filter("result", label_of)


@register.filter
def eta(job: Job) -> str:
    """How long the job will still take, in words; nothing while that cannot be said."""
    left = job.seconds_left(now())
    if left is None:
        return ""
    if left < 60:
        return _("约剩 %(n)s 秒") % {"n": max(left, 1)}
    minutes = round(left / 60)
    return _("约剩 %(n)s 分钟") % {"n": minutes}


@register.filter
def took(job: Job) -> str:
    """How long the job took, in seconds or minutes."""
    if job.began_at is None or job.ended_at is None:
        return ""
    seconds = (job.ended_at - job.began_at).total_seconds()
    if seconds < 120:
        return _("%(n)s 秒") % {"n": f"{seconds:.1f}"}
    return _("%(n)s 分钟") % {"n": round(seconds / 60)}
