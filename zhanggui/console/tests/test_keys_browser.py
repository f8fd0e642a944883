"""Keys, palette, drafts, looks and the live dot in a real browser (screens.md A5)."""

import pytest

from tests.browsing import axe, browser, browsing, fits, look  # noqa: F401
from tests.cast import everything, staff
from zhanggui.console.models import Draft
from zhanggui.jobs.actions import open_job
from zhanggui.jobs.models import Job, Outcome

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def mei():
    return staff("1001", *everything(), name="王小美")


def ready(page):
    page.wait_for_selector("html[data-ready]")
    return page


def test_ctrl_k_finds_a_page_by_its_initials(browsing, mei):  # noqa: F811
    page = ready(browsing(mei, "/"))
    page.keyboard.press("Control+k")
    page.keyboard.type("czrz")
    page.wait_for_selector('#palette [role=option][aria-selected=true]:has-text("操作日志")')
    look(page, "palette", full=False)
    axe(page)
    page.keyboard.press("Enter")
    page.wait_for_url("**/daybook/")


def test_palette_in_english_finds_by_both_languages(browsing, mei):  # noqa: F811
    page = ready(browsing(mei, "/", language="en"))
    page.keyboard.press("Control+k")
    page.keyboard.type("daybook")
    page.wait_for_selector('#palette [aria-selected=true]:has-text("Daybook")')
    page.locator("#palette input").fill("操作日")
    page.wait_for_selector('#palette [aria-selected=true]:has-text("Daybook")')


def test_digits_search_the_orders(browsing, mei):  # noqa: F811
    page = ready(browsing(mei, "/"))
    page.keyboard.press("Control+k")
    page.keyboard.type("6017")
    page.wait_for_selector('#palette [aria-selected=true]:has-text("6017")')
    page.keyboard.press("Enter")
    page.wait_for_url("**/orders/?q=6017")


def test_g_sequences_and_the_sheet(browsing, mei):  # noqa: F811
    page = ready(browsing(mei, "/"))
    page.keyboard.press("g")
    page.keyboard.press("j")
    page.wait_for_url("**/jobs/")
    ready(page)
    page.keyboard.press("Shift+Slash")
    page.wait_for_selector("#keys[open] .keys-grid >> nth=1")
    look(page, "keys", full=False)
    axe(page)
    page.keyboard.press("Escape")
    assert page.locator("#keys[open]").count() == 0


def test_no_key_acts_while_an_input_method_composes(browsing, mei):  # noqa: F811
    """Real composition events through the browser's own protocol; then the same key without it does act."""
    page = ready(browsing(mei, "/"))
    page.evaluate("document.body.tabIndex = -1; document.body.focus()")
    fire = """([code, key, composing, old]) => {
        const event = new KeyboardEvent("keydown", {code, key, isComposing: composing, bubbles: true, cancelable: true});
        if (old) Object.defineProperty(event, "keyCode", {value: 229});
        document.body.dispatchEvent(event);
    }"""
    for composing, old in ((True, False), (False, True)):
        page.evaluate(fire, ["Slash", "/", composing, old])
        assert page.evaluate("document.activeElement.id") != "find"
    page.evaluate(fire, ["Slash", "/", False, False])
    assert page.evaluate("document.activeElement.id") == "find"

    protocol = page.context.new_cdp_session(page)
    protocol.send("Input.imeSetComposition", {"text": "zhi", "selectionStart": 3, "selectionEnd": 3})
    page.keyboard.press("j")  # a letter inside the composition goes to the field, not to the list
    assert page.url.endswith("/")
    protocol.send("Input.insertText", {"text": "纸"})
    assert "纸" in page.input_value("#find")


def test_enter_of_the_input_method_runs_nothing_in_the_palette(browsing, mei):  # noqa: F811
    page = ready(browsing(mei, "/"))
    page.keyboard.press("Control+k")
    page.keyboard.type("czrz")
    page.wait_for_selector('#palette [aria-selected=true]:has-text("操作日志")')
    page.evaluate("""document.querySelector("#palette input").dispatchEvent(
        new KeyboardEvent("keydown", {code: "Enter", key: "Enter", isComposing: true, bubbles: true, cancelable: true}))""")
    page.wait_for_timeout(150)
    assert page.locator("#palette[open]").count() == 1
    assert page.url.endswith("/")


def test_letters_in_a_field_and_alt_letters_do_nothing(browsing, mei):  # noqa: F811
    page = ready(browsing(mei, "/"))
    page.focus("#find")
    page.keyboard.type("gj")
    page.wait_for_timeout(200)
    assert page.url.endswith("/")
    assert page.input_value("#find") == "gj"
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Alt+g")
    page.keyboard.press("Alt+j")
    page.wait_for_timeout(200)
    assert page.url.endswith("/")


def test_rows_by_keyboard(browsing, mei):  # noqa: F811
    for number in range(3):
        Job.objects.create(kind="x", title=f"任务 {number}", staff_id=mei.pk, actor=mei.name, state="done")
    page = ready(browsing(mei, "/jobs/"))
    page.keyboard.press("j")
    page.keyboard.press("j")
    assert "任务 1" in page.locator("[data-row].here").inner_text()
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    page.wait_for_url("**/jobs/*/")


def test_a_draft_survives_a_reload_and_goes_when_it_is_thrown_away(browsing, mei):  # noqa: F811
    page = ready(browsing(mei, "/jobs/"))
    form = """() => { const form = document.createElement("form"); form.dataset.draft = "tests/1"; form.method = "post";
        form.innerHTML = '<label>x <textarea name="memo"></textarea></label>'; document.querySelector("main").append(form);
        document.dispatchEvent(new Event("htmx:after:settle")); }"""
    page.evaluate(form)
    page.wait_for_timeout(300)
    page.fill("[name=memo]", "客户要周五发，别放丝巾")
    page.wait_for_selector(".draft-state:has-text('草稿已保存')")
    ready(browsing_reload(page))
    page.evaluate(form)
    page.wait_for_selector(".draft-state:has-text('已恢复')")
    assert page.input_value("[name=memo]") == "客户要周五发，别放丝巾"
    page.click("text=丢弃草稿")
    page.wait_for_timeout(400)
    assert page.input_value("[name=memo]") == ""
    assert not Draft.objects.exists()


def browsing_reload(page):
    page.reload()
    return page


def test_theme_density_and_language_switch_in_place(browsing, mei):  # noqa: F811
    page = ready(browsing(mei, "/notices/"))
    page.click("details.menu > summary")
    page.click("button[name=theme][value=dark]")
    assert page.get_attribute("html", "data-theme") == "dark"
    page.wait_for_timeout(300)
    page.reload()
    assert page.get_attribute("html", "data-theme") == "dark"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(16, 18, 22)"
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    page.emulate_media(media="screen")
    ready(page)
    page.click("details.menu > summary")
    look(page, "usermenu", full=False)
    axe(page)
    page.click("button[name=language][value=en]")
    page.wait_for_selector("html[lang=en]")
    assert page.url.endswith("/notices/")
    assert page.inner_text("h1") == "Notices"


def test_the_dot_says_that_the_line_is_down(browsing, mei):  # noqa: F811
    """The test server has no streams: after a while the page says so, in words, and polls."""
    page = ready(browsing(mei, "/notices/"))
    page.wait_for_selector("#live[data-state=again]", timeout=9000)
    assert "重连中" in page.inner_text("#live")
    page.wait_for_selector("#live[data-state=away]", timeout=14000)
    assert "离线" in page.inner_text("#live")
    with page.expect_response("**/notices/", timeout=9000):
        pass


def test_the_drawer_shows_ones_jobs_and_stays_open(browsing, mei):  # noqa: F811
    from zhanggui.people.actors import actor_of

    job = open_job(by=actor_of(mei), kind="tests.nothing", title="导入 淘宝订单.csv", order={}, total=1200)
    Job.objects.filter(pk=job.pk).update(state="running", done=480, failed=3)
    done = open_job(by=actor_of(mei), kind="tests.nothing", title="批量插旗", order={}, total=2)
    Job.objects.filter(pk=done.pk).update(state="done", done=2)
    Outcome.objects.create(job=done, row=1, label="3028689418086017", result="done")
    Outcome.objects.create(job=done, row=2, label="=1+1", result="refused", message="订单已关闭")
    page = ready(browsing(mei, "/"))
    page.click("[data-act=jobs]")
    page.wait_for_selector("#jobs .job >> nth=1")
    look(page, "drawer", full=False)
    axe(page)
    page.reload()
    page.wait_for_selector("#jobs .job >> nth=1")
    page.goto(f"/jobs/{done.pk}/")
    look(page, "job")
    fits(page)
    axe(page)


def test_on_a_phone_the_navigation_is_a_drawer_that_also_opens_without_scripts(browsing, mei):  # noqa: F811
    page = ready(browsing(mei, "/", width=360))
    assert not page.is_visible(".nav-link")
    page.click(".bar-menu")
    page.wait_for_selector(".nav-link", state="visible")
    page.wait_for_timeout(250)
    look(page, "nav-360", full=False)
    axe(page)
    page.keyboard.press("Escape")
    bare = browsing(mei, "/", width=360, scripts=False)
    bare.click(".bar-menu")
    bare.wait_for_timeout(300)
    assert bare.is_visible(".nav-link")
