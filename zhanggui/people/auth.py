"""Checking a work number and a password: the same answer, after the same work, whoever it is asked about."""

from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.http import HttpRequest

from zhanggui.people.models import Staff


class Backend(BaseBackend):
    """Django's way in. One password hash is computed for every question: also for an unknown number, for a
    disabled account and for one without a password, so time tells nothing (G8.1).
    """

    def authenticate(
        self,
        request: HttpRequest | None,
        work_no: str | None = None,
        password: str | None = None,
        **unused: Any,
    ) -> Staff | None:
        """The person, if number and password fit and the account is enabled. One statement, one hash."""
        if work_no is None or password is None:
            return None
        staff = Staff.objects.filter(work_no__iexact=work_no).first()
        if staff is None:
            Staff().set_password(password)
            return None
        return staff if staff.check_password(password) and staff.is_active else None

    def get_user(self, user_id: int) -> Staff | None:
        """The person of a session, read fresh at every request; None as soon as the account is disabled."""
        return Staff.objects.filter(pk=user_id, is_active=True).first()
