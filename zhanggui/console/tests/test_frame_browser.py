"""The frame in a real browser."""

import pytest

from tests.browsing import axe, browser, browsing, fits, look  # noqa: F401
from tests.cast import everything, staff

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("width", [360, 1440])
@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_home(browsing, width, dark, language):  # noqa: F811
    page = browsing(
        staff("1001", *everything(), name="王小美"), "/", width=width, dark=dark, language=language
    )
    page.wait_for_timeout(300)
    look(page, f"home-{width}-{'dark' if dark else 'light'}-{language}")
    fits(page)
    axe(page)
