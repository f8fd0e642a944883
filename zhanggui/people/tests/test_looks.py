"""The pages of people and shops in a real browser: both languages, light and dark, narrow and wide."""

import pytest

from tests.browsing import axe, browser, browsing, fits, look  # noqa: F401
from tests.cast import NOON, mall, staff
from zhanggui.people.models import Grant, Reveal, Staff, Visit
from zhanggui.people.seeds import OWNER, lay_roles
from zhanggui.people.tests.conftest import PASSWORD
from zhanggui.shops.seeds import lay_shops

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WAYS = [("zh-hans", False, 1440), ("en", True, 1440), ("zh-hans", True, 360), ("en", False, 360)]
PAGES = {
    "me": "/me/",
    "password": "/me/password/",
    "two-factor": "/me/two-factor/",
    "staff": "/staff/",
    "staff-new": "/staff/new/",
    "roles": "/roles/",
    "role-new": "/roles/new/",
    "powers": "/powers/",
    "reveals": "/reveals/",
    "shops": "/shops/",
    "shop-new": "/shops/new/",
    "shop": "/shops/WH01/",
}


@pytest.fixture
def boss():
    roles = lay_roles()
    first, *rest = lay_shops()
    person = staff("dz001", name="周店长", department="manager")
    Grant.objects.create(staff=person, role=roles[OWNER])
    mei = staff("kf001", name="小美")
    for shop in (first, rest[0]):
        Grant.objects.create(staff=mei, role=roles["客服"], shop_id=shop.pk)
    Visit.objects.create(staff=mei, session_key="a" * 32, address="192.0.2.7", label="Chrome · Windows")
    Reveal.objects.create(
        staff=mei,
        kind="order",
        object_id=42,
        shop_id=first.pk,
        reason="买家来电核对地址",
        at=NOON,
        alarmed=True,
    )
    return person


@pytest.mark.parametrize(("language", "dark", "width"), WAYS)
def test_every_page_fits_and_can_be_read(browsing, boss, language, dark, width):  # noqa: F811
    mei = Staff.objects.get(work_no="kf001")
    pages = PAGES | {"person": f"/staff/{mei.pk}/", "preview": f"/staff/{mei.pk}/preview/"}
    page = browsing(boss, "", dark=dark, width=width, language=language)
    for name, path in pages.items():
        page.goto(path)
        look(page, f"people-{name}-{language}-{'dark' if dark else 'light'}-{width}")
        fits(page)
        axe(page)


@pytest.mark.parametrize(("language", "dark", "width"), WAYS)
def test_signing_in_by_keyboard(browsing, boss, language, dark, width):  # noqa: F811
    boss.set_password(PASSWORD)
    boss.save()
    page = browsing(None, "/me/", dark=dark, width=width, language=language)
    look(page, f"people-sign-in-{language}-{'dark' if dark else 'light'}-{width}")
    fits(page)
    axe(page)
    page.locator("#id_work_no").focus()
    page.keyboard.type("DZ001")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/me/")
    assert "周店长" in page.content()


def test_a_session_ended_elsewhere_sends_an_open_page_to_the_door(browsing, boss):  # noqa: F811
    mall()
    page = browsing(boss, "/staff/")
    Staff.objects.filter(pk=boss.pk).update(session_epoch=7)
    page.reload()
    assert "/sign-in/" in page.url
