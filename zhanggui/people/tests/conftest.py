"""Light hashes: these stories are about who gets in, not about the price of a password."""

import pytest

from tests.cast import staff

PASSWORD = "silver-otter-lamp"


@pytest.fixture(autouse=True)
def _light_hashes(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def mei(db):
    person = staff("kf001", name="小美")
    person.set_password(PASSWORD)
    person.save()
    return person
