"""A file of another platform is noticed before anything begins; an export's page says what it will hold."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.cast import shop, sign_in, staff
from zhanggui.connect.models import Import
from zhanggui.connect.tests import samples
from zhanggui.jobs.models import Job
from zhanggui.kit.clock import now
from zhanggui.people.powers import Power
from zhanggui.shops.models import Platform

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _home(tmp_path, settings):
    settings.HOME = tmp_path


@pytest.fixture
def client() -> Client:
    return sign_in(Client(), staff("2001", Power.ORDER_IMPORT, Power.ORDER_EXPORT, Power.ORDER_SEE))


def handed_over(client: Client, into: str) -> tuple[Import, str]:
    text = samples.text(samples.JD_30, [samples.jd(0)])
    client.post("/imports/", {"files": SimpleUploadedFile("jd.csv", text.encode()), "shop": into})
    made = Import.objects.latest("id")
    return made, client.get(f"/imports/{made.key}/").content.decode()


def test_the_preview_tells_of_a_file_of_another_platform(client):
    shop("AA01", platform=Platform.TAOBAO)
    shop("JD01", platform=Platform.JD)
    _made, page = handed_over(client, "AA01")
    assert "文件是别的平台的，不是店铺 AA01" in page
    assert '<option value="AA01" disabled>' in page
    assert page.index('value="JD01"') < page.index('value="AA01"')
    assert '<option value="JD01">' in page  # nothing is chosen: the person must choose


def test_without_a_shop_that_fits_one_cannot_start(client):
    shop("AA01", platform=Platform.TAOBAO)
    _made, page = handed_over(client, "AA01")
    assert "没有您能导入的这个平台的店铺。" in page
    assert 'type="submit" disabled' in page


def test_a_shop_that_fits_is_chosen_already(client):
    shop("JD01", platform=Platform.JD)
    _made, page = handed_over(client, "JD01")
    assert '<option value="JD01" selected>' in page
    assert "文件是别的平台的" not in page
    assert 'type="submit" disabled' not in page


@pytest.mark.parametrize(("done", "offered"), [(0, False), (1, True)])
def test_what_failed_before_its_first_row_does_not_offer_to_go_on(client, done, offered):
    shop("JD01", platform=Platform.JD)
    made, _page = handed_over(client, "JD01")
    made.job = Job.objects.create(
        kind="connect.import",
        title="导入",
        order={},
        state=Job.State.FAILED,
        done=done,
        total=2,
        ended_at=now(),
    )
    made.save()
    page = client.get(f"/imports/{made.key}/").content.decode()
    assert ("从停下的地方继续" in page) is offered


def test_the_export_page_shows_view_shop_search_and_sort(client):
    shop("SH01")
    address = "/exports/new/?view=to_ship&shop=SH01&q=3028689418086000&sort=queue&flag=1"
    page = client.get(address).content.decode()
    assert "没有筛选" not in page
    for said in ("视图 待发货", "店铺 SH01", "搜索 3028689418086000", "排序 付款先后", "旗帜 红旗"):
        assert said in page
    assert "没有筛选" in client.get("/exports/new/").content.decode()
