"""The publishing gate: classification, model, pictures, copy and price must agree (S3-03, S3-12)."""

from dataclasses import replace

import pytest

from zhanggui.catalog import gate
from zhanggui.catalog.lexicon import KINDS, entries, lexicon

GOOD = gate.Dossier(
    title="65W 氮化镓充电器 GN-65",
    copy="三口同充",
    model="GN65",
    description="<p>小巧，好带。</p>",
    attributes={"功率": "65W"},
    leaf=True,
    asked=[{"name": "功率", "must": True, "choices": []}],
    postage_included=False,
    options=[("颜色", ["白", "黑"])],
    skus=[
        gate.SkuFacts("A-01", "颜色:白", 12900, None, 6100, 150),
        gate.SkuFacts("A-02", "颜色:黑", 12900, 9900, 6100, 150),
    ],
    pictures=[("main", 800, 800)],
)
RULES = gate.Rules()


def stopped(dossier, rules=RULES):
    return [check.code for check in gate.failing(gate.examine(dossier, rules))]


def test_what_agrees_passes_and_every_check_names_its_rule():
    checks = gate.examine(GOOD, RULES)
    assert all(check.ok and not check.said for check in checks)
    assert all(check.source.startswith("S") for check in checks)
    assert [check.code for check in checks] == list(gate.CODES)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"leaf": None}, "classification"),
        ({"leaf": False}, "classification"),
        ({"virtual_class": True}, "classification"),
        ({"attributes": {}}, "attributes"),
        ({"asked": [{"name": "功率", "choices": ["30W"]}]}, "attributes"),
        ({"title": " ", "model": ""}, "title"),
        ({"title": "GN65" + "长" * 57}, "title"),
        ({"model": "GN-100"}, "model"),
        ({"skus": ()}, "skus"),
        ({"options": [("颜色", ["白"])]}, "skus"),
        ({"options": (), "skus": [GOOD.skus[0], replace(GOOD.skus[1], spec="颜色:白")]}, "skus"),
        ({"skus": [replace(GOOD.skus[0], price_fen=0)]}, "prices"),
        ({"skus": [replace(GOOD.skus[0], price_fen=6099)]}, "prices"),
        ({"skus": [replace(GOOD.skus[1], price_fen=9899)]}, "prices"),
        ({"postage_included": None}, "postage"),
        ({"title": "65W 充电器 GN-65 包邮"}, "postage"),
        ({"pictures": [("detail", 800, 800)]}, "pictures"),
        ({"pictures": [("main", 800, 800), ("main", 800, 599)]}, "pictures"),
        ({"description": "<p> </p>"}, "copy"),
        ({"title": "全网最低价 GN-65"}, "terms"),
        ({"description": "<p>可以<b>治</b>疗失眠</p>"}, "terms"),
        ({"attributes": {"功率": "65W", "等级": "国家级"}}, "terms"),
    ],
)
def test_what_does_not_agree_is_stopped_by_its_check_alone(change, code):
    dossier = replace(GOOD, **change)
    assert stopped(dossier) == [code]
    assert next(check for check in gate.examine(dossier, RULES) if check.code == code).said


@pytest.mark.parametrize(
    "change",
    [
        {"copy": "满三件包邮", "postage_included": True},
        {"copy": "偏远地区不包邮"},
        {"virtual": True, "virtual_class": True, "postage_included": None},
        {"skus": [replace(GOOD.skus[1], price_fen=9900)]},
        {"pictures": [("main", 600, 600)]},
        {"description": "", "pictures": [("main", 800, 800), ("detail", 750, 300)]},
        {"copy": "第一次收到请先充满"},
        {"skus": [replace(GOOD.skus[0], weight_g=None)]},
    ],
)
def test_what_may_pass_passes(change):
    assert stopped(replace(GOOD, **change)) == []


def test_an_unknown_weight_only_warns():
    checks = gate.examine(replace(GOOD, skus=[replace(GOOD.skus[0], weight_g=None)]), RULES)
    warned = [check for check in checks if not check.ok]
    assert [(check.code, check.stops) for check in warned] == [("weights", False)]


@pytest.mark.parametrize(
    "text",
    [
        "全 网 最 低 价",
        "全网·最低价",
        "全网最低\u200b价",
        "１００％有效",
        "国-家-级",
        "全网最低价！",
        "TOP级 国家级",
    ],
)
def test_nothing_hides_a_word(text):
    assert lexicon().hits(text)


def test_the_longest_entry_wins():
    assert [hit.term for hit in lexicon().hits("全国第一的第一次")] == ["全国第一"]
    assert lexicon().hits("最佳赏味期 180 天，最大承重 30 公斤") == []


def test_a_shop_adds_and_allows_words():
    words = lexicon(["山寨"], ["祛痘"])
    assert [(hit.term, hit.kind) for hit in words.hits("山寨祛痘祛斑")] == [
        ("山寨", "shop"),
        ("祛斑", "medical"),
    ]
    assert lexicon().hits("山寨") == []


def test_the_list_is_well_formed():
    rows = entries()
    assert len(rows) > 200
    assert len({term for term, _kind, _why in rows}) == len(rows)
    assert {kind for _term, kind, _why in rows} == {*KINDS, "allow"} - {"shop"}
    assert all(why for _term, _kind, why in rows)
