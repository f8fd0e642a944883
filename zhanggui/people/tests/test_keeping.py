"""What is forgotten at night, and what is not."""

from datetime import timedelta

import pytest
from django.test import Client

from tests.cast import NOON
from zhanggui.people.keeping import forget_entries
from zhanggui.people.models import Device, SignIn, Visit
from zhanggui.people.tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db


def test_only_what_is_old_is_forgotten(mei):
    for old in (181, 179):
        SignIn.objects.create(work_no="kf001", address="-", ok=False, at=NOON - timedelta(days=old))
    for old in (366, 364):
        Device.objects.create(
            staff=mei, token_hash=bytes([old % 256]), label="-", seen_at=NOON - timedelta(days=old)
        )
    Visit.objects.create(
        staff=mei, session_key="gone", address="-", label="-", began_at=NOON - timedelta(days=2)
    )
    assert forget_entries(NOON) == 3
    assert (SignIn.objects.count(), Device.objects.count(), Visit.objects.count()) == (1, 1, 0)
    assert forget_entries(NOON) == 0


def test_a_session_that_is_alive_keeps_its_visit(mei):
    client = Client()
    client.post("/sign-in/", {"work_no": "kf001", "password": PASSWORD})
    Visit.objects.update(began_at=NOON - timedelta(days=2))
    forget_entries(NOON)
    assert Visit.objects.count() == 1
    assert client.get("/me/").status_code == 200
