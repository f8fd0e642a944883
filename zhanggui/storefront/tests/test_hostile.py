"""What people write cannot run on anybody's page: the back office and the shop, from shop's name to review."""

from html.parser import HTMLParser

import pytest

from tests.cast import HOUSE, NOON, everything, sign_in, staff
from zhanggui.catalog.actions import categories, classes, matrix, products
from zhanggui.catalog.actions.categories import CategoryTold
from zhanggui.catalog.actions.products import Basics
from zhanggui.catalog.forest import Node
from zhanggui.catalog.models import Listing, Picture, Product, Sku
from zhanggui.catalog.tests.cast import own, ready
from zhanggui.checkout.tests import cast as till
from zhanggui.customers.tests.cast import buyer
from zhanggui.kit.refusals import Invalid
from zhanggui.orders.models import Order, OrderLine
from zhanggui.orders.states import LineState, State
from zhanggui.reviews.models import Review
from zhanggui.storefront.actions import notices
from zhanggui.storefront.models import Face
from zhanggui.storefront.tests.cast import look, open_shop, stocked

pytestmark = pytest.mark.django_db

WORDS = {
    "script": "<script>alert(1)</script>",
    "attribute": '"><img src=x onerror=alert(1)>',
    "single quote": "' onmouseover='alert(1)",
    "template": "{{7*7}}{% now 'Y' %}",
    "marks": "甲\u202e乙\u2066丙\u200b",
    "entity": "&lt;script&gt;&#60;script&#62;",
    "closing": "</textarea></title></style><svg onload=alert(1)>",
    "comment": "<!--><script>alert(1)</script>-->",
    "address": "javascript:alert(1)",
}


class Reader(HTMLParser):
    """What a browser would run of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.bad: list[str] = []
        self.inside = ""

    def handle_starttag(self, tag, attrs):
        told = dict(attrs)
        self.bad += [f"{tag} {name}" for name in told if name.startswith("on") or name == "style"]
        for name in ("href", "src", "action", "formaction"):
            if (told.get(name) or "").strip().lower().startswith(("javascript:", "data:")):
                self.bad.append(f"{tag} {name}={told[name]}")
        if tag == "img" and not (told.get("src") or "/").startswith("/"):
            self.bad.append(f"img {told.get('src')}")
        if tag == "script":
            self.inside = "json" if told.get("type") == "application/json" else "script"

    def handle_endtag(self, tag):
        if tag == "script":
            self.inside = ""

    def handle_data(self, data):
        if self.inside == "script" and data.strip():
            self.bad.append(f"script {data[:40]}")


def ran(html: str) -> list[str]:
    reader = Reader()
    reader.feed(html)
    return reader.bad


def test_the_reader_sees_what_it_is_for():
    assert ran('<a onclick="x"></a><script>alert(1)</script><img src="x"><a href="javascript:1">') != []
    assert len(ran('<p style="x"><script src="/a.js"></script>')) == 1


def furnish(words: str) -> Listing:
    """A shop with the words in every place where somebody may write."""
    shop = open_shop(intro=words[:20], brand=words, hotline=words[:30])
    till.own_shop(shop.code)  # with a table of freight
    listing = ready("茶" + words[:90], at=NOON, into=shop)
    thing = listing.product
    kind = classes.add(by=HOUSE, node=Node("odd", words[:60]), at=NOON)
    basics = Basics(
        title="茶" + words[:90],
        code=thing.code,
        classification_id=kind.pk,
        brand=words[:60],
        copy=words,
        description=f"<p>好茶 {words}</p><iframe src=//x></iframe><a href='javascript:1'>x</a>",
        attributes={words[:30]: words},
        size_guide=(("尺码", words[:40].replace("|", "")), ("S", "1")),
        postage_included=False,
    )
    products.change(by=HOUSE, product=thing, version=thing.version, basics=basics, at=NOON)
    Picture.objects.filter(product=thing).update(alt=words[:120])
    Sku.objects.filter(product=thing).update(spec=f"颜色:{words[:60].replace(';', ' ')}")
    Product.objects.filter(pk=thing.pk).update(options=[["颜色", [words[:60].replace(";", " ")]]])
    category = categories.add(by=HOUSE, shop=shop, told=CategoryTold(words[:30]), at=NOON)
    categories.file(by=HOUSE, shop=shop, listing_ids=[listing.pk], into=[category.pk], at=NOON)
    notices.put_up(by=HOUSE, shop=shop, text=words[:200])
    look(shop, "notice", "categories", "hero", "main", "new")
    stocked(listing, 5)
    order = till.placed((till.goods("CUP", in_shops=[shop]), 1), by=buyer(), shop=shop)
    type(order.buyer).objects.filter(pk=order.buyer_id).update(nick=words[:20])
    Order.objects.filter(pk=order.pk).update(state=State.FINISHED)
    OrderLine.objects.filter(order=order).update(state=LineState.FINISHED)
    Review.objects.create(
        line=order.lines.get(),
        order_id=order.pk,
        shop=shop,
        buyer=order.buyer,
        product_id=thing.pk,
        mark=1,
        text=words,
        answer=words,
        made_at=NOON,
    )
    return listing


@pytest.mark.parametrize("name", WORDS)
def test_no_page_runs_what_somebody_wrote(client, name):
    listing = furnish(WORDS[name])
    boss = sign_in(client, staff("9001", *everything()))
    pk, code = listing.product_id, listing.shop.code
    pages = [
        f"/s/{code}/",
        f"/s/{code}/categories/",
        f"/s/{code}/search/?q=茶",
        f"/s/{code}/goods/{listing.pk}/",
        "/goods/",
        f"/goods/{pk}/",
        f"/goods/{pk}/skus/",
        f"/goods/{pk}/pictures/",
        f"/goods/{pk}/shelf/",
        f"/goods/categories/{code}/",
        "/goods/classifications/",
        "/goods/classifications/odd/",
        f"/decoration/{code}/",
        f"/decoration/{code}/face/",
        f"/decoration/{code}/notices/",
        "/reviews/",
        "/stock/",
        f"/search/?q={WORDS[name]}",
    ]
    for page in pages:
        answer = boss.get(page)
        assert answer.status_code == 200, page
        html = answer.content.decode()
        assert ran(html) == [], page
        if name == "template":
            assert "49" not in html.replace(WORDS[name], "") or "{{7*7}}" in html, page


@pytest.mark.parametrize(
    ("html", "kept"),
    [
        ("<p onclick=x>茶</p>", "<p>茶</p>"),
        ("<img src=x onerror=1>茶", "<img>茶"),
        ("<img alt='x><script>alert(1)</script>' src=y>茶", None),
        ('<img src="/pictures/' + "a" * 32 + '.jpg" onload=1>', '<img src="/pictures/' + "a" * 32 + '.jpg">'),
        ('<img src="/pictures/../keys.json">', "<img>"),
        ("<svg><script>1</script></svg><math><mi xlink:href=javascript:1>x</math>", None),
        ("<table><tr><td style='x' colspan=2>1</td></tr></table>", None),
        ("<a href=javascript:1>茶</a>", "茶"),
        ("<p>" + "<b>" * 3000, None),
        ("<noscript><p title='</noscript><img src=x onerror=1>'>", None),
    ],
)
def test_descriptions_keep_words_and_lose_what_runs(html, kept):
    clean = products.cleaned(html)
    assert ran(clean) == []
    if kept is not None:
        assert clean == kept


@pytest.mark.parametrize("place", ["title", "copy", "description", "size_guide", "more"])
def test_nul_is_turned_away_before_any_row(client, place):
    listing = ready(into=open_shop())
    boss = sign_in(client, staff("9001", *everything()))
    form = boss.get(f"/goods/{listing.product_id}/").context["form"]
    told = {name: form[name].value() or "" for name in form.fields} | {"version": "1"}
    before = Product.objects.get().title
    assert boss.post(f"/goods/{listing.product_id}/", told | {place: "a\0b"}).status_code in (400, 422)
    assert Product.objects.get().title == before


@pytest.mark.parametrize(
    "price", ["1000000000000", "10000000000.01", "-1", "1e9", "NaN", "９９", "0x10", "1,000.5,0", "٣"]
)
def test_a_price_out_of_all_reason_is_told_beside_its_cell(client, price):
    listing = ready(into=open_shop())
    boss = sign_in(client, staff("9001", *everything()))
    told = {"version": "1", "sku-0-spec": "", "sku-0-on": "on", "sku-0-code": "X", "sku-0-price_fen": price}
    answer = boss.post(f"/goods/{listing.product_id}/skus/", told)
    if answer.status_code == 302:
        assert 0 <= Sku.objects.get().price_fen <= matrix.MOST_FEN
        assert price == "９９"
    else:
        assert answer.status_code == 422
        assert 'aria-invalid="true"' in answer.content.decode()
        assert Sku.objects.get().price_fen == 9900


def test_a_matrix_of_two_thousand_is_refused_with_a_sentence_and_what_was_typed(client):
    listing = ready(into=open_shop())
    boss = sign_in(client, staff("9001", *everything()))
    told = {"version": "1", "option-0": "颜色", "values-0": " ".join(f"c{n}" for n in range(50))}
    told |= {"option-1": "尺码", "values-1": " ".join(f"s{n}" for n in range(40)), "again": "1"}
    answer = boss.post(f"/goods/{listing.product_id}/skus/", told)
    assert answer.status_code == 422
    assert "2000 个型号" in answer.content.decode()
    assert "c49" in answer.content.decode()
    assert Sku.objects.count() == 1
    rows = {f"sku-{n}-spec": "" for n in range(1990)} | {"version": "1"}
    assert boss.post(f"/goods/{listing.product_id}/skus/", rows).status_code in (302, 400, 409, 413, 422)
    assert Sku.objects.count() == 1


def test_names_are_one_line_without_signs_that_turn_the_page_around():
    listing = ready("茶\u202e叶\u2066\n 礼盒", at=NOON, into=own())
    basics = Basics(title=listing.product.title, code="P1", brand="牌\u200f子")
    Listing.objects.update(state=Listing.State.DRAFT)
    thing = products.change(by=HOUSE, product=listing.product, version=1, basics=basics, at=NOON)
    assert (thing.title, thing.brand) == ("茶叶 礼盒", "牌子")
    assert categories.add(by=HOUSE, shop=own(), told=CategoryTold("茶\u202e叶"), at=NOON).name == "茶叶"
    kind = classes.add(by=HOUSE, node=Node("odd", "红\u202e茶"), at=NOON)
    assert kind.name == "红茶"
    with pytest.raises(Invalid):
        classes.add(by=HOUSE, node=Node("odd2", "\u202e\u200b"), at=NOON)
    assert Face.objects.count() == 0
