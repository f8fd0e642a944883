"""Who a background job acts for: the person who asked for it, with the powers of this moment."""

from django.conf import settings
from django.utils.translation import gettext as _

from zhanggui.jobs.models import Job
from zhanggui.kit.actor import Actor, system
from zhanggui.kit.refusals import NotAllowed
from zhanggui.people.actors import actor_of
from zhanggui.people.models import Staff


def actor_of_job(job: Job, *, source: str) -> tuple[Actor, str]:
    """The actor of a job and the language of its sentences. Raises NotAllowed for a disabled person.

    A job that nobody signed in asked for was asked by the machine's owner on the command line. Two statements.
    """
    if job.staff_id is None:
        return system(job.actor, source), settings.LANGUAGE_CODE
    staff = Staff.objects.filter(pk=job.staff_id, is_active=True).first()
    if staff is None:
        raise NotAllowed(_("发起任务的员工账号已停用。"))
    return actor_of(staff, source=source), staff.language or settings.LANGUAGE_CODE
