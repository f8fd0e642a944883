"""Light hashes: these stories are about who gets in, not about the price of a password."""

import pytest


@pytest.fixture(autouse=True)
def _light_hashes(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
