"""The tree of kinds of goods: seen, added, changed, moved, retired, from a file; goods follow the tree (S3-03)."""

from dataclasses import replace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.cast import HOUSE, NOON, actor, everything, sign_in, staff
from tests.cast import shop as a_shop
from zhanggui.catalog import forest as trees
from zhanggui.catalog import gate
from zhanggui.catalog.actions import classes as verbs
from zhanggui.catalog.actions import listings
from zhanggui.catalog.actions.guarding import Stale
from zhanggui.catalog.classes import ensure_classifications
from zhanggui.catalog.forest import Node
from zhanggui.catalog.models import Classification, Product
from zhanggui.catalog.queries import classes
from zhanggui.catalog.queries.goods import dossiers
from zhanggui.catalog.tests.cast import own, ready
from zhanggui.journal.models import Entry
from zhanggui.kit.refusals import Invalid, NotAllowed
from zhanggui.people.powers import Power as P

pytestmark = pytest.mark.django_db
MUST = ({"name": "产地", "must": True, "choices": []},)


def add(code, name="", parent="", **also):
    return verbs.add(by=HOUSE, node=Node(code, name or code, parent, **also), at=NOON)


def node_of(code):
    return classes.forest_of(list(classes.rows()))[code]


def change(row, version=1, *, sure=False, **told):
    node = replace(node_of(row.code), **told)
    return verbs.change(by=HOUSE, row=row, version=version, node=node, at=NOON, sure=sure)


def names():
    return ["　" * one.depth + one.row.name for one in classes.tree()]


def checks(product):
    said = gate.examine(dossiers([product.pk])[product.pk], gate.Rules())
    return [check.code for check in gate.failing(said)]


def test_kinds_are_added_changed_moved_and_told():
    food = add("food", "食品")
    tea = add("food-tea", "茶叶", "food", asked=MUST)
    add("home", "家居")
    verbs.move(by=HOUSE, row=Classification.objects.get(code="home"), up=True, at=NOON)
    assert names() == ["家居", "食品", "　茶叶"]
    changed = change(tea, name="绿茶", parent="home")
    assert names() == ["家居", "　绿茶", "食品"]
    assert changed.version == 2
    line = Entry.objects.filter(what="classification.changed").get()
    assert line.change["name"] == ["茶叶", "绿茶"]
    assert line.change["parent"] == ["food", "home"]
    assert [one[0] for one in classes.leaves()] == ["家居", "食品"]
    verbs.retire(by=HOUSE, row=food, version=1, at=NOON)
    assert [one[0] for one in classes.leaves()] == ["家居"]
    verbs.retire(by=HOUSE, row=food, version=2, at=NOON, back=True)
    assert [one[0] for one in classes.leaves()] == ["家居", "食品"]


def test_what_a_kind_above_asks_is_asked_below():
    add("food", "食品", asked=({"name": "保质期", "must": True, "choices": []}, *MUST))
    tea = add("tea2", "茶", "food", asked=({"name": "产地", "must": False, "choices": ["湖北"]},))
    listing = ready(classification=Classification.objects.get(pk=tea.pk), attributes={"产地": "湖北"})
    assert checks(listing.product) == ["attributes"]
    with CaptureQueriesContext(
        connection,
    ) as asked:
        (dossier,) = dossiers([listing.product_id]).values()
    assert len(asked) == 3
    assert [(one["name"], one["must"]) for one in dossier.asked] == [("保质期", True), ("产地", False)]
    Product.objects.update(attributes={"产地": "湖北", "保质期": "一年"})
    assert checks(listing.product) == []


@pytest.mark.parametrize(
    ("node", "field"),
    [
        (Node("food", "又一个"), "code"),
        (Node("Food!", "食"), "code"),
        (Node("x", ""), "name"),
        (Node("x", "长" * 61), "name"),
        (Node("x", "食品"), "name"),
        (Node("x", "茶", "none"), "parent"),
        (Node("x", "五级", "d"), "parent"),
        (Node("x", "茶", "old"), "parent"),
        (Node("x", "茶", "full"), "parent"),
    ],
)
def test_what_does_not_agree_is_refused_and_nothing_is_written(node, field):
    add("food", "食品")
    for code, above in (("a", ""), ("b", "a"), ("c", "b"), ("d", "c")):
        add(code, code, above)
    verbs.retire(by=HOUSE, row=add("old"), version=1, at=NOON)
    ready(classification=add("full"))
    many = Classification.objects.count()
    with pytest.raises(Invalid) as refusal:
        verbs.add(by=HOUSE, node=node, at=NOON)
    assert refusal.value.field == field
    assert Classification.objects.count() == many


def test_a_kind_is_not_put_below_itself_nor_made_too_high():
    add("a")
    b = add("b", parent="a")
    add("c", parent="b")
    for parent in ("b", "c"):
        with pytest.raises(Invalid, match="下面"):
            change(b, parent=parent)
    add("x")
    add("y", parent="x")
    add("z", parent="y")
    with pytest.raises(Invalid, match="最多 4 级"):
        change(b, parent="z")
    assert Classification.objects.get(code="b").version == 1


def test_a_retired_kind_takes_no_goods_and_one_with_goods_on_a_shelf_is_not_retired():
    tea = add("tea2", "茶", asked=MUST)
    listing = ready(classification=tea)
    listings.put_on(by=HOUSE, listing_ids=[listing.pk], at=NOON)
    with pytest.raises(Invalid, match="1 件商品在架"):
        verbs.retire(by=HOUSE, row=tea, version=1, at=NOON)
    listings.take_off(by=HOUSE, listing_ids=[listing.pk], at=NOON)
    verbs.retire(by=HOUSE, row=tea, version=1, at=NOON)
    came = listings.put_on(by=HOUSE, listing_ids=[listing.pk], at=NOON)
    assert "停用" in came.refused[listing.pk]
    above = add("food", "食品")
    add("nuts", "坚果", "food")
    with pytest.raises(Invalid, match="先停用它们"):
        verbs.retire(by=HOUSE, row=above, version=1, at=NOON)
    assert Entry.objects.filter(what="classification.retired").count() == 1


def test_a_new_must_that_goods_on_a_shelf_lack_has_to_be_meant():
    tea = add("tea2", "茶", asked=MUST)
    listing = ready(classification=tea)
    listings.put_on(by=HOUSE, listing_ids=[listing.pk], at=NOON)
    more = (*MUST, {"name": "保质期", "must": True, "choices": []})
    with pytest.raises(verbs.Unsure, match="1 件"):
        change(tea, asked=more)
    assert Classification.objects.get(pk=tea.pk).version == 1
    change(tea, asked=more, sure=True)
    assert checks(listing.product) == ["attributes"]
    change(tea, 2, asked=(*more, {"name": "等级", "must": False, "choices": []}))


def test_stale_and_without_the_power_everywhere():
    tea = add("tea2", "茶")
    change(tea, name="绿茶")
    with pytest.raises(Stale):
        change(tea, name="红茶")
    with pytest.raises(Stale):
        verbs.retire(by=HOUSE, row=tea, version=1, at=NOON)
    some = actor(P.CATALOG_SEE, P.CATALOG_EDIT, at=own())
    for verb, told in (
        (verbs.add, {"node": Node("x", "x")}),
        (verbs.change, {"row": tea, "version": 2, "node": Node("tea2", "x")}),
        (verbs.move, {"row": tea, "up": True}),
        (verbs.retire, {"row": tea, "version": 2}),
        (verbs.carry, {"row": tea, "into": tea}),
        (verbs.load, {"told": {}, "seen": ""}),
    ):
        with pytest.raises(NotAllowed):
            verb(by=some, at=NOON, **told)
    assert Classification.objects.get(pk=tea.pk).name == "绿茶"


def test_goods_are_carried_over_but_what_would_be_unfit_on_its_shelf_stays():
    tea = add("tea2", "茶", asked=MUST)
    fine = add("fine", "好茶", asked=({"name": "等级", "must": True, "choices": []},))
    good = ready("好的", classification=tea, attributes={"产地": "湖北", "等级": "一"})
    bad = ready("缺的", classification=tea)
    draft = ready("草稿", classification=tea)
    listings.put_on(by=HOUSE, listing_ids=[good.pk, bad.pk], at=NOON)
    came = verbs.carry(by=HOUSE, row=tea, into=fine, at=NOON)
    assert sorted(came.done) == sorted([good.product_id, draft.product_id])
    assert "等级" in came.refused[bad.product_id]
    assert Product.objects.get(pk=bad.product_id).classification_id == tea.pk
    draft.refresh_from_db()
    assert draft.troubles == ["attributes"]
    assert Entry.objects.filter(what="product.changed").count() == 2
    with pytest.raises(Invalid):
        verbs.carry(by=HOUSE, row=tea, into=tea, at=NOON)


def test_carrying_many_costs_as_much_as_carrying_one():
    counts = []
    for many in (1, 6):
        Product.objects.update(classification=None)
        source = Classification.objects.create(code=f"s{many}", name=f"s{many}", attributes=list(MUST))
        goal = Classification.objects.create(code=f"g{many}", name=f"g{many}", attributes=list(MUST))
        for _one in range(many):
            ready(classification=source)
        with CaptureQueriesContext(connection) as asked:
            verbs.carry(by=HOUSE, row=source, into=goal, at=NOON)
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 22


SHEET = (
    "类目编码,类目名,上级编码,虚拟,属性,停用中\n"
    "tea3,乌龙,food,0,产地*;等级=一/二,0\n"
    "food,吃的,,0,,0\n"
    "food-nuts,坚果,food,0,,1\n"
)


def told_of(text):
    told, wrong = trees.read_rows([line.split(",") for line in text.splitlines()])
    assert not wrong
    return told


def test_a_file_is_laid_upon_the_tree_and_what_it_leaves_out_stays():
    ensure_classifications()
    told = told_of(SHEET)
    plan = verbs.planned(told)
    assert (len(plan.added), len(plan.changed), plan.troubles) == (1, 2, [])
    many = Classification.objects.count()
    verbs.load(by=HOUSE, told=told, seen=plan.seen, at=NOON)
    assert Classification.objects.count() == many + 1
    oolong = Classification.objects.select_related("parent").get(code="tea3")
    assert oolong.parent.name == "吃的"
    assert oolong.attributes[1] == {"name": "等级", "must": False, "choices": ["一", "二"]}
    assert Classification.objects.get(code="food-nuts").retired_at == NOON
    with pytest.raises(Stale):
        verbs.load(by=HOUSE, told=told, seen=plan.seen, at=NOON)
    assert verbs.planned(told).changed == []
    assert Entry.objects.filter(what="classification.loaded").count() == 3


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("a,甲,b,0,,0\nb,乙,a,0,,0", "自己下面"),
        ("a,甲,none,0,,0", "没有编码是 none"),
        ("a,食品,,0,,0", "已经有叫"),
        ("food-tea,茶叶,food,1,,0", "虚拟"),
        ("food,食品,,0,,1", "先停用它们"),
        ("BAD CODE,甲,,0,,0", "小写字母"),
    ],
)
def test_a_file_that_does_not_agree_changes_nothing(lines, said):
    ensure_classifications()
    told = told_of("类目编码,类目名,上级编码,虚拟,属性,停用中\n" + lines)
    plan = verbs.planned(told)
    assert any(said in text for _code, text in plan.troubles)
    with pytest.raises(Invalid):
        verbs.load(by=HOUSE, told=told, seen=plan.seen, at=NOON)
    assert not Entry.objects.filter(what="classification.loaded").exists()


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("材质*\n季节=春/夏", [("材质", True, []), ("季节", False, ["春", "夏"])]),
        ("材质＊；", [("材质", True, [])]),
        ("  \n", []),
        ("轮子*=万向轮/单向轮/万向轮", [("轮子", True, ["万向轮", "单向轮"])]),
    ],
)
def test_attributes_are_read_as_they_are_written(text, wanted):
    read = trees.read_asked(text)
    assert [(one["name"], one["must"], one["choices"]) for one in read] == wanted
    assert trees.read_asked(trees.said_asked(read)) == read


@pytest.mark.parametrize(
    "text", ["=春/夏", "材质\n材质*", "季节=", "长" * 31, "甲=" + "乙" * 61, "\n".join(map(str, range(99)))]
)
def test_attributes_that_make_no_sense_are_refused(text):
    with pytest.raises(Invalid) as refusal:
        trees.read_asked(text)
    assert refusal.value.field == "attributes"


# pages


@pytest.fixture
def boss(client):
    ensure_classifications()
    return sign_in(client, staff("9001", *everything()))


def test_the_page_shows_the_tree_and_its_numbers_open_the_rows(boss):
    ready("看得见的茶", classification=Classification.objects.get(code="food-tea"))
    page = boss.get("/goods/classifications/").content.decode()
    assert "food-tea" in page
    assert "产地" in page
    assert 'href="/goods/?class=food"' in page
    for code, there in (("food-tea", True), ("food", True), ("home", False)):
        assert ("看得见的茶" in boss.get(f"/goods/?class={code}").content.decode()) is there


def test_numbers_count_what_one_may_see(client):
    ensure_classifications()
    tea = Classification.objects.get(code="food-tea")
    ready("甲", classification=tea)
    other = a_shop("ZZ09")
    ready("乙", classification=tea, into=other)
    some = sign_in(client, staff("1001", P.CATALOG_SEE, at=other))
    page = some.get("/goods/classifications/").content.decode()
    assert ">1</a>" in page
    assert ">2</a>" not in page
    assert 'name="name"' not in page
    assert some.post("/goods/classifications/", {"code": "x", "name": "x"}).status_code == 403
    assert not Classification.objects.filter(code="x").exists()


def test_a_kind_is_made_changed_and_retired_on_its_pages(boss):
    assert boss.post("/goods/classifications/", {"code": "pets", "name": "宠物"}).status_code == 302
    told = {"code": "pets-food", "name": "宠物粮", "parent": "pets", "attributes": "净含量*"}
    assert boss.post("/goods/classifications/", told).status_code == 302
    again = boss.post("/goods/classifications/", told)
    assert again.status_code == 422
    assert "pets-food 已经有了" in again.content.decode()
    place = "/goods/classifications/pets-food/"
    assert boss.post(place, {"name": "猫粮", "parent": "pets", "version": "1"}).status_code == 302
    late = boss.post(place, {"name": "狗粮", "parent": "pets", "version": "1"})
    assert late.status_code == 409
    assert "<del>宠物粮</del> → <b>猫粮</b>" in late.content.decode()
    assert 'value="2"' in late.content.decode()
    assert boss.post(f"{place}place/", {"to": "up"}).status_code == 302
    assert boss.post(f"{place}retirement/", {"version": "9"}).status_code == 409
    assert boss.post(f"{place}retirement/", {"version": "2"}).status_code == 302
    assert "停用中" in boss.get(place).content.decode()
    assert boss.post(f"{place}retirement/", {"version": "3", "back": "1"}).status_code == 302
    assert Classification.objects.get(code="pets-food").retired_at is None


def test_a_new_must_is_asked_about_once_more_on_the_page(boss):
    tea = Classification.objects.get(code="food-tea")
    listing = ready(classification=tea, attributes={"产地": "湖北", "净含量": "100g", "保质期": "一年"})
    listings.put_on(by=HOUSE, listing_ids=[listing.pk], at=NOON)
    told = {"name": "茶叶", "parent": "food", "attributes": "产地*\n等级*", "version": "1"}
    asked = boss.post("/goods/classifications/food-tea/", told)
    assert asked.status_code == 409
    assert 'name="sure"' in asked.content.decode()
    assert boss.post("/goods/classifications/food-tea/", told | {"sure": "1"}).status_code == 302
    gone = boss.post("/goods/classifications/food-tea/goods/", {"into": "food-dry"})
    assert gone.status_code == 302
    assert Product.objects.get().classification.code == "food-dry"


def test_a_retired_kind_stays_in_the_form_of_its_product(boss):
    tea = Classification.objects.get(code="food-tea")
    listing = ready(classification=tea)
    verbs.retire(by=HOUSE, row=tea, version=1, at=NOON)
    page = boss.get(f"/goods/{listing.product_id}/").content.decode()
    assert f'<option value="{tea.pk}" selected>茶叶（已停用）</option>' in page
    assert "茶叶（已停用）" not in boss.get("/goods/new/").content.decode()


def test_out_as_a_file_and_in_again(boss):
    answer = boss.get("/goods/classifications.csv")
    data = answer.content
    assert data.startswith(b"\xef\xbb\xbf")
    text = data.decode("utf-8-sig")
    assert "digital-charger,充电器,digital,0,功率*;接口*;3C证书编号*,0" in text
    boss.cookies["zg-language"] = "en"
    english = boss.get("/goods/classifications.csv").content
    assert b"Upper code" in english
    del boss.cookies["zg-language"]
    same = boss.post("/goods/classification-file/", {"file": SimpleUploadedFile("a.csv", english)})
    assert "没有要改的" in same.content.decode()
    same = boss.post("/goods/classification-file/", {"file": SimpleUploadedFile("a.csv", data)})
    assert "没有要改的" in same.content.decode()
    changed = text.replace("充电器", "充电头").encode("gb18030")
    looked = boss.post("/goods/classification-file/", {"file": SimpleUploadedFile("a.csv", changed)})
    assert "<del>充电器</del> → <b>充电头</b>" in looked.content.decode()
    assert Classification.objects.get(code="digital-charger").name == "充电器"
    form = {"text": looked.context["text"], "seen": looked.context["plan"].seen}
    assert boss.post("/goods/classification-file/", form).status_code == 302
    assert Classification.objects.get(code="digital-charger").name == "充电头"
    stale = boss.post(
        "/goods/classification-file/", {"text": form["text"] + "pet,宠,,0,,0\n", "seen": form["seen"]}
    )
    assert stale.status_code == 409
    assert not Classification.objects.filter(code="pet").exists()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00\xff\x00",
        b"PK\x03\x04" + b"\x00" * 50,
        b"just words",
        "类目编码,类目名\n,没有编码".encode(),
        b"x" * 600_001,
    ],
)
def test_a_file_that_is_none_is_refused(boss, data):
    many = Classification.objects.count()
    answer = boss.post("/goods/classification-file/", {"file": SimpleUploadedFile("a.csv", data)})
    assert answer.status_code == 422
    assert Classification.objects.count() == many
