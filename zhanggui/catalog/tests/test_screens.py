"""The goods pages as a clerk uses them, without scripts."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from tests.cast import sign_in, staff
from zhanggui.catalog.classes import ensure_classifications
from zhanggui.catalog.models import Classification, Listing, Picture, Product, ShopCategory, Sku
from zhanggui.catalog.tests.cast import own, ready, shelved
from zhanggui.people.powers import Power

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _home(settings, tmp_path):
    settings.HOME = tmp_path


@pytest.fixture
def clerk(client):
    """Somebody of the shop who may edit goods."""
    return sign_in(client, staff("yy1", Power.CATALOG_SEE, Power.CATALOG_EDIT, Power.SHOP_SEE, at=own()))


def drawn(width=800, height=800, form="PNG", name="茶.png"):
    target = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(target, form)
    return SimpleUploadedFile(name, target.getvalue(), "image/png")


def test_a_product_is_published_step_by_step(clerk):
    ensure_classifications()
    tea = Classification.objects.get(code="food-tea")
    told = {
        "shop": own().code,
        "title": "恩施玉露 全网最低",
        "code": "TE401",
        "hold": "order",
        "postage": "no",
    }
    made = clerk.post("/goods/new/", told)
    thing = Product.objects.get()
    assert made["Location"] == f"/goods/{thing.pk}/skus/"
    at = f"/goods/{thing.pk}/"
    page = clerk.get(f"{at}skus/")
    assert page.status_code == 200
    matrix = {
        "version": "1",
        "option-0": "规格",
        "values-0": "1罐 2罐",
        "fill-price_fen": "168",
        "fill-weight_g": "320",
    }
    laid = clerk.post(f"{at}skus/", matrix | {"again": "1"}).content.decode()
    assert 'value="规格:2罐"' in laid
    rows = {f"sku-{n}-spec": spec for n, spec in enumerate(["规格:1罐", "规格:2罐"])}
    rows |= {f"sku-{n}-on": "on" for n in range(2)}
    filled = clerk.post(f"{at}skus/", matrix | rows | {"fill": "all"}).content.decode()
    assert filled.count('value="168"') == 3
    rows |= {"sku-0-price_fen": "168", "sku-1-price_fen": "320.5", "sku-1-code": "TE401-2G"}
    assert clerk.post(f"{at}skus/", matrix | rows).status_code == 302
    assert list(Sku.objects.order_by("position").values_list("code", "price_fen")) == [
        ("TE401-01", 16800),
        ("TE401-2G", 32050),
    ]
    assert clerk.post(f"{at}pictures/new/", {"picture": drawn(), "role": "main"}).status_code == 302
    listing = Listing.objects.get()
    refused = clerk.post(f"{at}listings/{listing.pk}/", {"act": "on"})
    assert refused.status_code == 409
    assert "S3-03" in refused.content.decode()
    thing.refresh_from_db()
    fixed = told | {
        "version": str(thing.version),
        "title": "恩施玉露 明前",
        "classification": str(tea.pk),
        "attr-0": "湖北恩施",
        "attr-1": "250克",
        "attr-2": "18个月",
        "description": "第一行\n第二行",
        "more": "等级：特级",
    }
    assert clerk.post(at, fixed).status_code == 302
    thing.refresh_from_db()
    assert thing.attributes == {"产地": "湖北恩施", "净含量": "250克", "保质期": "18个月", "等级": "特级"}
    assert thing.description == "<p>第一行</p><p>第二行</p>"
    done = clerk.post(f"{at}listings/{listing.pk}/", {"act": "on"})
    said = done.content.decode()
    assert done.status_code == 302, said[said.find('refusal" role') :][:200]
    listing.refresh_from_db()
    assert listing.state == "on"
    assert "体检通过" in clerk.get(f"{at}shelf/").content.decode()


@pytest.mark.parametrize(
    ("tab", "data", "status"),
    [
        ("", {}, 422),
        ("", {"title": "x", "code": "x", "hold": "order"}, 422),
        ("", {"title": "x", "code": "x", "hold": "order", "version": "99"}, 409),
        ("skus/", {}, 422),
        ("skus/", {"version": "1", "option-0": "色"}, 422),
        ("skus/", {"version": "1", "sku-0-spec": "", "sku-0-price_fen": "abc"}, 422),
        ("skus/", {"version": "99", "sku-0-spec": "", "sku-0-price_fen": "1"}, 409),
        ("pictures/", {}, 422),
        ("pictures/", {"version": "1", "picture": "999999"}, 422),
        ("pictures/new/", {}, 422),
        ("listings/", {"shop": "NONE"}, 404),
    ],
)
def test_what_cannot_be_read_changes_nothing(clerk, tab, data, status):
    thing = shelved("茶", at=None).product
    before = Product.objects.filter(pk=thing.pk).values().get()
    assert clerk.post(f"/goods/{thing.pk}/{tab}", data).status_code == status
    assert Product.objects.filter(pk=thing.pk).values().get() == before


def test_a_file_that_is_no_picture_is_refused_and_none_is_kept(clerk, tmp_path):
    thing = shelved("茶", at=None).product
    fake = SimpleUploadedFile("x.png", b"<svg onload=alert(1)>", "image/png")
    answer = clerk.post(f"/goods/{thing.pk}/pictures/new/", {"picture": [drawn(), fake]})
    assert answer.status_code == 422
    assert not Picture.objects.exists()
    assert list((tmp_path / "pictures").glob("**/*")) == []


def test_pictures_are_put_in_order(clerk):
    listing = ready()
    clerk.post(f"/goods/{listing.product_id}/pictures/new/", {"picture": [drawn(), drawn()], "role": "main"})
    one, two, three = Picture.objects.order_by("position", "pk").values_list("pk", flat=True)
    version = Product.objects.get().version
    data = {"version": version, "picture": [one, two, three], f"place-{one}": "3", f"place-{two}": "2"}
    data |= {f"place-{three}": "1", f"role-{one}": "detail", f"alt-{three}": "正面", f"gone-{two}": "on"}
    assert clerk.post(f"/goods/{listing.product_id}/pictures/", data).status_code == 302
    left = Picture.objects.order_by("position").values_list("pk", "role", "alt")
    assert [tuple(row) for row in left] == [(three, "main", "正面"), (one, "detail", "")]


def test_the_list_is_narrowed_by_its_address(clerk, django_assert_max_num_queries):
    gifts = ShopCategory.objects.create(shop=own(), name="礼物")
    shelved("绿茶", code="G1", categories=(gifts,), prices={"": 5000}, role="hero")
    shelved("红茶", code="R1", at=None, prices={"": 9000}, listed={"shown": True, "troubles": ["terms"]})
    shelved("别店的", into=own("OW02"))

    def found(query):
        text = clerk.get(f"/goods/?{query}").content.decode()
        return {name for name in ("绿茶", "红茶", "别店的") if name in text}

    assert found("") == {"绿茶", "红茶"}
    assert found("state=on") == {"绿茶"}
    assert found("state=draft") == {"红茶"}
    assert found("q=lvcha") == {"绿茶"}
    assert found("q=R1") == {"红茶"}
    assert found(f"shop={own().code}&category={gifts.pk}") == {"绿茶"}
    assert found(f"shop={own().code}&category=none") == {"红茶"}
    assert found("from=60") == {"红茶"}
    assert found("to=60") == {"绿茶"}
    assert found("role=hero") == {"绿茶"}
    assert found("shown=1") == {"红茶"}
    assert found("trouble=1") == {"红茶"}
    assert found("shop=OW02") == set()
    assert clerk.get("/goods/?from=x").status_code == 422
    with django_assert_max_num_queries(14):
        clerk.get("/goods/")


def test_many_go_on_and_off_the_shelf_and_back(clerk):
    tea, coffee = ready("绿茶"), ready("咖啡")
    bad = ready("最好的茶")
    elsewhere = ready("别店的茶", into=own("OW02"))
    ids = [tea.pk, coffee.pk, bad.pk, elsewhere.pk]
    answer = clerk.post("/goods/bulk/", {"act": "on", "ids": ids})
    assert answer.status_code == 302
    assert set(Listing.objects.filter(state="on").values_list("pk", flat=True)) == {tea.pk, coffee.pk}
    clerk.post("/goods/bulk/", {"act": "off", "all": "1", "filter": "q=咖啡"})
    assert set(Listing.objects.filter(state="on").values_list("pk", flat=True)) == {tea.pk}
    from zhanggui.jobs.models import Job

    last = Job.objects.order_by("-pk").first()
    assert clerk.post(f"/goods/bulk/{last.pk}/undoing/", HTTP_ACCEPT="application/json").json() == {
        "undone": True
    }
    assert set(Listing.objects.filter(state="on").values_list("pk", flat=True)) == {tea.pk, coffee.pk}
    assert clerk.post("/goods/bulk/", {"act": "on"}).status_code == 422
    assert clerk.post("/goods/bulk/", {"act": "burn", "ids": [tea.pk]}).status_code == 422


def test_categories_are_made_and_their_picture_is_checked(clerk):
    at = f"/goods/categories/{own().code}/"
    tea = shelved("绿茶")
    wide = clerk.post(at, {"name": "茶", "way": "manual", "picture": drawn(161, 90)})
    assert wide.status_code == 422
    assert "S4-05" in wide.content.decode()
    assert not ShopCategory.objects.exists()
    assert clerk.post(at, {"name": "茶", "way": "manual", "picture": drawn(160, 90)}).status_code == 302
    row = ShopCategory.objects.get()
    assert row.picture
    assert clerk.post("/goods/bulk/", {"act": "into", "ids": [tea.pk], "category": row.pk}).status_code == 302
    assert list(row.listings.all()) == [tea]
    told = {"version": "1", "name": "好茶", "way": "auto", "words": "红茶", "no_picture": "1"}
    assert clerk.post(f"{at}{row.pk}/", told).status_code == 302
    row.refresh_from_db()
    assert (row.name, row.picture, row.listings.count()) == ("好茶", "", 0)
    assert clerk.post(f"{at}{row.pk}/", told).status_code == 409
    clerk.post(at, {"name": "咖啡", "way": "manual"})
    clerk.post(f"{at}{row.pk}/place/", {"to": "down"})
    names = list(ShopCategory.objects.order_by("position").values_list("name", flat=True))
    assert names == ["咖啡", "好茶"]
    assert clerk.post(f"{at}{row.pk}/removal/").status_code == 302
    assert ShopCategory.objects.count() == 1


def test_the_words_are_listed_and_a_text_is_checked(clerk):
    text = clerk.get("/goods/terms/?q=全网最低价").content.decode()
    assert "绝对化用语" in text
    assert "没有发现禁用词" in clerk.get("/goods/terms/?q=第一次").content.decode()


def test_a_batch_fill_that_is_no_number_is_refused_beside_its_field_and_touches_nothing(clerk):
    thing = shelved("茶", at=None, prices={"规格:红": 5000, "规格:蓝": 6000}).product
    rows = {"version": "1", "option-0": "规格", "values-0": "红 蓝", "fill": "all"}
    for place, (value, price) in enumerate((("红", "50"), ("蓝", "60"))):
        rows |= {
            f"sku-{place}-spec": f"规格:{value}",
            f"sku-{place}-price_fen": price,
            f"sku-{place}-on": "on",
        }
    for fill in ({"fill-price_fen": "abc"}, {"fill-price_fen": "-5"}, {"fill-weight_g": "1.5"}):
        answer = clerk.post(f"/goods/{thing.pk}/skus/", rows | {"fill-cost_fen": "7"} | fill)
        page = answer.content.decode()
        assert answer.status_code == 422
        assert f'aria-describedby="{next(iter(fill))}-error"' in page
        assert 'name="sku-0-price_fen" value="50"' in page
        assert 'name="sku-0-cost_fen" value=""' in page


def test_an_error_of_the_matrix_names_its_sku_and_its_column(clerk):
    thing = shelved("茶", at=None, prices={"颜色:红;尺码:大": 5000}).product
    row = {"version": "1", "option-0": "颜色", "values-0": "红", "option-1": "尺码", "values-1": "大"}
    row |= {"sku-0-spec": "颜色:红;尺码:大", "sku-0-cost_fen": "abc", "sku-0-weight_g": "0"}
    answer = clerk.post(f"/goods/{thing.pk}/skus/", row)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "红 / 大，成本（元）：请填写数字" in page
    assert "红 / 大，重量（克）：" in page
    assert Sku.objects.get().price_fen == 5000


def test_a_stale_form_is_told_in_the_words_of_the_form_what_was_and_what_is(clerk):
    thing = ready("绿茶", code="G1").product
    told = {"title": "绿茶", "code": "G1", "hold": "order", "postage": "no", "version": "1"}
    told |= {"classification": str(thing.classification_id), "attr-0": "湖北恩施", "description": "好"}
    assert clerk.post(f"/goods/{thing.pk}/", told | {"copy": "春天采的", "postage": "yes"}).status_code == 302
    late = clerk.post(f"/goods/{thing.pk}/", told | {"title": "红茶"})
    page = late.content.decode()
    assert late.status_code == 409
    for label, before, after in (
        ("卖点", "—", "春天采的"),
        ("价格含邮费吗", "不含邮费", "已含邮费（包邮）"),
    ):
        assert f"<li>{label}：<del>{before}</del> → <b>{after}</b></li>" in page
    assert "postage_included" not in page


def test_a_small_main_picture_is_refused_with_its_rule_and_a_detail_picture_may_be_small(clerk, tmp_path):
    thing = ready("绿茶").product
    small = clerk.post(f"/goods/{thing.pk}/pictures/new/", {"picture": drawn(160, 120), "role": "main"})
    assert small.status_code == 422
    assert "主图边长至少 600 像素（S3-21），这张是 160×120" in small.content.decode()
    assert Picture.objects.count() == 1
    assert list((tmp_path / "pictures").iterdir()) == []
    detail = clerk.post(f"/goods/{thing.pk}/pictures/new/", {"picture": drawn(160, 120), "role": "detail"})
    assert detail.status_code == 302
    one, two = Picture.objects.order_by("pk")
    thing.refresh_from_db()
    turned = {"version": thing.version, "picture": [one.pk, two.pk]}
    turned |= {f"role-{one.pk}": "main", f"role-{two.pk}": "main"}
    assert clerk.post(f"/goods/{thing.pk}/pictures/", turned).status_code == 422
    two.refresh_from_db()
    assert two.role == "detail"


def test_the_list_and_the_page_of_a_product_agree_about_its_checks(clerk):
    told = {"shop": own().code, "title": "没有类目的茶", "code": "T9", "hold": "order", "postage": "no"}
    clerk.post("/goods/new/", told)
    thing = Product.objects.get()
    assert "项不过" in clerk.get(f"/goods/{thing.pk}/").content.decode()
    found = clerk.get("/goods/?trouble=1").content.decode()
    assert "没有类目的茶" in found
    assert '<span class="badge badge-bad">类目</span>' in found
    listing = Listing.objects.get()
    assert "classification" in listing.troubles
    told |= {"version": "1", "classification": str(ready("x", code="X").product.classification_id)}
    clerk.post(f"/goods/{thing.pk}/", told | {"attr-0": "湖北"})
    listing.refresh_from_db()
    assert "classification" not in listing.troubles


def test_what_waits_for_its_moment_is_said_to_wait(clerk):
    from datetime import timedelta

    from zhanggui.kit.clock import now

    thing = ready("绿茶", code="G1", at=now() + timedelta(days=2)).product
    told = {"title": "全网最低绿茶", "code": "G1", "hold": "order", "postage": "no", "version": "1"}
    page = clerk.post(f"/goods/{thing.pk}/", told).content.decode()
    assert "定好了要在" in page
    assert "架上，这样改" not in page
