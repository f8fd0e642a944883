"""Opening shops and setting their policies by day."""

from datetime import date, timedelta

import pytest

from tests.cast import HOUSE, NOON, SHANGHAI, WUHAN, actor, everything, mall, shop, staff
from zhanggui.journal.models import Entry
from zhanggui.kit.refusals import Invalid, NotAllowed, NotFound, NotNow
from zhanggui.people.powers import Power
from zhanggui.shops import policies
from zhanggui.shops.actions.settings import drop_coming, set_value
from zhanggui.shops.actions.shops import add_shop, close_shop, edit_shop, reopen_shop
from zhanggui.shops.models import Kind, Merchant, Platform, Setting, Shop
from zhanggui.shops.policies import Policy
from zhanggui.shops.queries import settings_of, shop_by_code, visible_to
from zhanggui.shops.seeds import lay_shops

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 1)
HOURS = Policy("test.hours", "小时数", "int", 72, "小时", "S0-28", 1, 1440, section="测试")
MONEY = Policy("test.money", "金额", "fen", 1050, section="测试", least=0)
PART = Policy("test.part", "比例", "percent", 9700, section="测试", least=1, most=10_000)
YES = Policy("test.yes", "开关", "bool", False, section="测试")
ONE = Policy("test.one", "选一", "choice", "a", choices=(("a", "甲"), ("b", "乙")), section="测试")
DAYS = Policy("test.days", "天数", "list", [3, 5], section="测试")
TEXT = Policy("test.text", "文字", "text", "", section="测试")
KIND = Policy("test.kind", "按类型", "int", lambda shop: 7 if shop.kind == Kind.MALL else 3, section="测试")

CLOCK = Policy("test.clock", "截止时间", "text", "16:00", section="测试", check=policies.clock_time)
LEAST = Policy("test.least", "最少", "int", 3, section="测试", least=0, not_above="test.most")
MOST = Policy("test.most", "最多", "int", 5, section="测试", least=0)


@pytest.fixture(autouse=True)
def _declared(monkeypatch):
    monkeypatch.setattr(policies, "_policies", {})
    policies.declare(HOURS, MONEY, PART, YES, ONE, DAYS, TEXT, KIND)


def opened(**also):
    values = {
        "code": "wh07",
        "name": "新店",
        "kind": Kind.BAZAAR,
        "platform": Platform.TAOBAO,
        "city": "武汉",
    } | also
    return add_shop(by=HOUSE, **values)


class TestOpening:
    def test_the_code_is_upper_case_and_the_city_a_code(self):
        row = opened()
        assert (row.code, row.city, row.merchant.name) == ("WH07", WUHAN, "新店")
        assert Entry.objects.get(what="shop.added").shop_id == row.pk

    @pytest.mark.parametrize("city", ["上海", "上海市", "310100", "310000"])
    def test_shanghai_is_one_city_however_it_is_written(self, city):
        assert opened(city=city).city == SHANGHAI

    @pytest.mark.parametrize(
        ("field", "wrong"),
        [
            ("code", "武汉1"),
            ("code", "x" * 21),
            ("code", "new"),
            ("code", "WH01"),
            ("name", "  "),
            ("kind", "shop"),
            ("platform", "ebay"),
            ("city", "湖北"),
            ("city", "哪里"),
            ("kind", "mall"),
        ],
    )
    def test_is_refused_beside_the_field(self, field, wrong):
        shop("WH01")
        with pytest.raises(Invalid) as refusal:
            opened(**{field: wrong})
        assert refusal.value.field == field
        assert Shop.objects.count() == 1

    def test_needs_the_power_in_all_shops(self):
        with pytest.raises(NotAllowed):
            add_shop(
                by=actor(Power.SHOP_EDIT, at=shop()),
                code="WH08",
                name="店",
                kind="bazaar",
                platform="own",
                city="武汉",
            )

    def test_the_first_merchant_is_taken(self):
        first = Merchant.objects.create(name="江城")
        assert opened().merchant == first

    def test_closing_and_opening_again(self):
        row = shop()
        close_shop(by=HOUSE, shop=row, reason="装修", at=NOON)
        with pytest.raises(NotNow):
            close_shop(by=HOUSE, shop=row, reason="", at=NOON)
        row.refresh_from_db()
        reopen_shop(by=HOUSE, shop=row)
        row.refresh_from_db()
        assert row.closed_at is None

    def test_a_stale_form_changes_nothing(self):
        row = shop()
        edit_shop(by=HOUSE, shop=row, version=1, name="甲", city="武汉", sells="茶")
        with pytest.raises(NotNow):
            edit_shop(by=HOUSE, shop=row, version=1, name="乙", city="武汉", sells="茶")
        assert Shop.objects.get().name == "甲"

    def test_the_demos_eleven_stand_in_two_cities_and_are_of_both_kinds(self):
        assert len(lay_shops()) == len(lay_shops()) == Shop.objects.count() == 11
        assert set(Shop.objects.values_list("city", flat=True)) == {WUHAN, SHANGHAI}
        assert set(Shop.objects.values_list("kind", flat=True)) == set(Kind.values)
        assert set(Shop.objects.values_list("platform", flat=True)) == set(Platform.values)


class TestSeeing:
    def test_one_sees_the_shops_one_has_the_power_in(self):
        here, there = shop(), mall()
        assert list(visible_to(actor(Power.SHOP_SEE, at=here))) == [here]
        assert set(visible_to(actor(Power.SHOP_SEE, name="全"))) == {here, there}
        assert not visible_to(actor(Power.ORDER_SEE, name="无"))

    def test_another_shop_is_not_found_like_one_that_is_not(self):
        mall()
        by = actor(Power.SHOP_SEE, at=shop())
        said = set()
        for code in ("SH01", "NONE", "\x00"):
            with pytest.raises(NotFound) as refusal:
                shop_by_code(code, actor=by)
            said.add(refusal.value.message)
        assert len(said) == 1
        assert shop_by_code(" wh01 ", actor=by).code == "WH01"


def put(name, text, since=TODAY, **also):
    return set_value(by=HOUSE, shop=shop(), name=name, text=text, since=since, at=NOON, **also)


class TestSettings:
    @pytest.mark.parametrize(
        ("policy", "text", "value"),
        [
            (HOURS, " 48 ", 48),
            (MONEY, "12.5", 1250),
            (MONEY, "¥1,200", 120_000),
            (PART, "95", 9500),
            (PART, "96.5%", 9650),
            (YES, "1", True),
            (YES, "0", False),
            (ONE, "b", "b"),
            (DAYS, "3，5、 7", [3, 5, 7]),
            (TEXT, "好", "好"),
        ],
    )
    def test_are_read_as_people_write_them_and_written_back(self, policy, text, value):
        assert policy.read(text) == value
        assert policy.read(policy.write(value)) == value

    @pytest.mark.parametrize(
        ("policy", "text"),
        [
            (HOURS, "0"),
            (HOURS, "1441"),
            (HOURS, "abc"),
            (HOURS, ""),
            (HOURS, "1.5"),
            (MONEY, "-1"),
            (MONEY, "NaN"),
            (MONEY, "1.234"),
            (PART, "101"),
            (ONE, "c"),
            (DAYS, "三"),
            (TEXT, "x" * 501),
            (TEXT, "a\x00b"),
        ],
    )
    def test_nonsense_is_refused_and_nothing_is_written(self, policy, text):
        with pytest.raises(Invalid) as refusal:
            put(policy.name, text)
        assert refusal.value.field == policy.name
        assert not Setting.objects.exists()
        assert not Entry.objects.exists()

    def test_hold_from_their_day_on_and_leave_the_past_alone(self):
        put("test.hours", "48", TODAY + timedelta(days=10))
        held = [policies.value("test.hours", shop(), TODAY + timedelta(days=n)) for n in (0, 9, 10, 99)]
        assert held == [72, 72, 48, 48]

    def test_the_past_cannot_be_changed(self):
        for since in (TODAY - timedelta(days=1), TODAY + timedelta(days=731)):
            with pytest.raises(Invalid) as refusal:
                put("test.hours", "48", since)
            assert refusal.value.field == "since"

    def test_the_same_day_twice_is_one_setting_and_two_lines_of_the_daybook(self):
        put("test.hours", "48", reason="试")
        put("test.hours", "24")
        assert Setting.objects.get().value == 24
        changes = list(Entry.objects.order_by("pk").values_list("change", flat=True))
        assert [change["test.hours"] for change in changes] == [[72, 48], [48, 24]]

    def test_the_default_may_differ_by_kind(self):
        found = {s.code: policies.value("test.kind", s, TODAY) for s in (shop(), mall())}
        assert found == {"WH01": 3, "SH01": 7}

    def test_what_is_to_come_can_be_taken_back_what_holds_cannot(self):
        coming, holds = put("test.hours", "48", TODAY + timedelta(days=1)), put("test.money", "1")
        drop_coming(by=HOUSE, shop=shop(), setting=coming, at=NOON)
        with pytest.raises(NotNow):
            drop_coming(by=HOUSE, shop=shop(), setting=holds, at=NOON)
        assert list(Setting.objects.all()) == [holds]

    def test_need_the_power_in_that_shop(self):
        by = actor(*everything(), at=mall())
        with pytest.raises(NotAllowed):
            set_value(by=by, shop=shop(), name="test.hours", text="48", since=TODAY, at=NOON)
        assert not Setting.objects.exists()

    @pytest.mark.parametrize("text", ["25:99", "24:00", "16", "16:5", "四点"])
    def test_no_clock_shows_this_time_so_it_is_not_kept(self, text):
        policies.declare(CLOCK)
        with pytest.raises(Invalid) as refusal:
            put("test.clock", text)
        assert refusal.value.field == "test.clock"
        assert not Setting.objects.exists()

    def test_a_time_of_day_is_kept_tidied_and_may_be_empty(self):
        assert [CLOCK.read(text) for text in ("9：30", "23:59", "")] == ["09:30", "23:59", ""]

    def test_a_least_is_never_above_its_most_neither_now_nor_when_one_begins_to_hold(self):
        policies.declare(LEAST, MOST)
        with pytest.raises(Invalid, match="最少.*6.*最多.*5"):
            put("test.least", "6")
        with pytest.raises(Invalid):
            put("test.most", "2")
        assert not Setting.objects.exists()
        put("test.most", "9")
        put("test.most", "4", TODAY + timedelta(days=3))
        with pytest.raises(Invalid):
            put("test.least", "6")
        put("test.least", "2", TODAY + timedelta(days=2))
        put("test.least", "6")
        assert policies.value("test.least", shop(), TODAY) == 6

    def test_an_undeclared_name_is_not_found(self):
        with pytest.raises(NotFound):
            put("test.nothing", "1")

    def test_the_page_costs_one_question_however_many(self, django_assert_num_queries):
        row = shop()
        put("test.hours", "48")
        put("test.hours", "24", TODAY + timedelta(days=3))
        with django_assert_num_queries(1):
            ((section, rows),) = settings_of(row, TODAY)
        hours = {row.policy.name: row for row in rows}["test.hours"]
        assert section == "测试"
        assert (hours.value, hours.default_text, hours.differs) == (48, "72", True)
        assert [text for _row, text in hours.coming] == ["24"]


class TestPage:
    @pytest.fixture
    def boss(self, client):
        client.force_login(staff("dz001", *everything(), at=shop(), name="老周"))
        return client

    def test_shows_every_setting_with_its_default_and_who_set_it(self, boss):
        today = policies_today()
        boss.post("/shops/WH01/settings/test.hours/", {"value": "48", "since": today})
        page = boss.get("/shops/WH01/").content.decode()
        for word in ("小时数", "72", "48", "S0-28", "老周", "本店设置"):
            assert word in page

    def test_an_error_stands_beside_the_field_and_keeps_the_input(self, boss):
        answer = boss.post("/shops/WH01/settings/test.hours/", {"value": "9999", "since": policies_today()})
        page = answer.content.decode()
        assert answer.status_code == 422
        assert 'id="e-test.hours"' in page
        assert 'value="9999"' in page

    def test_without_a_readable_day_nothing_is_set(self, boss):
        for since in ("", "tomorrow", "2026-02-30"):
            answer = boss.post("/shops/WH01/settings/test.hours/", {"value": "48", "since": since})
            assert answer.status_code == 422
        assert not Setting.objects.exists()

    def test_who_only_looks_gets_no_forms(self, client):
        client.force_login(staff("kf001", Power.SHOP_SEE, at=shop()))
        page = client.get("/shops/WH01/").content.decode()
        assert "小时数" in page
        assert "<form" not in page.split('id="main"')[1]

    def test_further_fields_are_ignored(self, boss):
        sent = {"name": "新名", "city": "武汉", "sells": "", "version": 1}
        extra = {"code": "XX", "kind": "mall", "platform": "jd", "merchant": "1", "closed_at": "2020-01-01"}
        boss.post("/shops/WH01/details/", sent | extra)
        row = Shop.objects.get(code="WH01")
        assert (row.name, row.kind, row.platform, row.closed_at) == ("新名", "bazaar", "taobao", None)


def policies_today():
    from zhanggui.kit.clock import day_of, now

    return day_of(now()).isoformat()


def test_a_list_of_choices_is_written_and_read_by_its_labels():
    marks = Policy(
        "test.marks", "次序", "list", ["a", "b"], choices=(("a", "问题"), ("b", "改单")), section="测试"
    )
    assert marks.write(["b", "a"]) == "改单, 问题"
    assert marks.read("改单，问题") == ["b", "a"]
    assert marks.read("a, b") == ["a", "b"]
    with pytest.raises(Invalid):
        marks.read("改单, 没有的")
