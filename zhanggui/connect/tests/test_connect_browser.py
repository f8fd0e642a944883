"""Imports and exports in a real browser: every page fits and reads well, and the way through works."""

import pytest

from tests import cast
from tests.browsing import axe, browser, browsing, fits, look  # noqa: F401
from zhanggui.connect.models import Export, Import
from zhanggui.connect.tests import samples
from zhanggui.jobs.actions import run_here
from zhanggui.orders.models import Order

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _home(tmp_path, settings):
    settings.HOME = tmp_path


@pytest.fixture
def person():
    cast.shop("WH01", name="江城茶铺")
    cast.mall("SH01", name="沪上旗舰店")
    return cast.staff("1001", *cast.everything(), name="王小美")


def chosen(page, *paths) -> None:
    page.goto("/imports/")
    page.set_input_files("#files", [str(path) for path in paths])
    page.select_option("#shop", "WH01")
    page.click("form[data-drop] button[type=submit]")
    page.wait_for_url("**/imports/*/")


@pytest.mark.parametrize(
    ("width", "dark", "language"),
    [(1440, False, "zh-hans"), (360, False, "zh-hans"), (1440, True, "en"), (360, True, "en")],
)
def test_every_page_fits_and_is_readable(browsing, person, tmp_path, width, dark, language):  # noqa: F811
    page = browsing(person, "/imports/", width=width, dark=dark, language=language)
    shots = []

    def see(name: str) -> None:
        look(page, f"connect-{name}-{width}-{'dark' if dark else 'light'}-{language}")
        fits(page)
        axe(page)
        shots.append(name)

    see("imports-empty")
    good = samples.write(
        tmp_path,
        "ExportOrderList.csv",
        samples.TAOBAO_41,
        [samples.taobao(i, 总金额="1" if i == 3 else "119.80") for i in range(30)],
    )
    chosen(page, good)
    page.click("details > summary >> nth=-1")
    see("preview")
    page.click("main form button.btn-primary")
    page.wait_for_selector("#progress")
    see("waiting")
    run_here(Import.objects.latest("id").job)
    page.wait_for_selector("#progress .badge-ok", timeout=8000)
    see("done")
    assert Order.objects.count() == 29
    own = tmp_path / "own.csv"
    own.write_text(
        "单号,客户,多少钱,什么时候,进度\nA-1,张三,5.00,2026-10-30 10:00:00,备货中\n", encoding="utf-8-sig"
    )
    chosen(page, own)
    see("unknown")
    page.click("main .panel a.btn-primary")
    page.wait_for_selector("#field-0")
    for index, name in enumerate(["number", "name", "due", "placed_at", "state"]):
        page.select_option(f"#field-{index}", name)
    page.wait_for_selector("#state-0")
    page.select_option("#state-0", "paid")
    page.wait_for_selector("#preview td:has-text('A-1')")
    see("mapping")
    page.fill("#save_as", "自家导出")
    page.click("main form button.btn-primary")
    page.wait_for_url("**/imports/*/")
    for name, path in [
        ("imports", "/imports/"),
        ("presets", "/imports/presets/"),
        ("export-new", "/exports/new/?state=paid"),
    ]:
        page.goto(path)
        see(name)
    page.click("main form button.btn-primary")
    page.wait_for_selector("#progress")
    run_here(Export.objects.get().job)
    page.wait_for_selector("#progress .badge-ok", timeout=8000)
    see("export")
    with page.expect_download() as coming:
        page.click("#progress a[download]")
    assert coming.value.path().read_bytes().startswith(b"PK")
    page.goto("/exports/")
    see("exports")
    bad = tmp_path / "photo.csv"
    bad.write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * 64)
    page.goto("/imports/")
    page.set_input_files("#files", str(bad))
    page.click("form[data-drop] button[type=submit]")
    page.wait_for_selector(".refusal")
    see("refused")
    assert len(shots) == 12


def test_without_scripts_it_works_as_plain_forms(browsing, person, tmp_path):  # noqa: F811
    page = browsing(person, "/imports/", scripts=False)
    good = samples.write(tmp_path, "list.csv", samples.TAOBAO_41, [samples.taobao(0)])
    chosen(page, good)
    page.click("main form button.btn-primary")
    run_here(Import.objects.latest("id").job)
    page.goto(page.url)
    assert "已完成" in page.inner_text("#progress")
    assert Order.objects.count() == 1
