"""A product's words: cleaned, limited, one code once."""

import pytest

from tests.cast import HOUSE, NOON
from zhanggui.catalog.actions import picturing, products
from zhanggui.catalog.actions.products import Basics
from zhanggui.catalog.classes import ensure_classifications
from zhanggui.catalog.models import Classification, Listing, Picture, Product
from zhanggui.catalog.queries import classes
from zhanggui.catalog.tests.cast import own, ready, shelved
from zhanggui.journal.models import Entry
from zhanggui.kit.pictures import Kept
from zhanggui.kit.refusals import Invalid
from zhanggui.shops.models import Merchant

pytestmark = pytest.mark.django_db
PICTURE = "0" * 32 + ".jpg"


@pytest.mark.parametrize(
    ("dirty", "clean"),
    [
        ("<p onclick='x()'>好<script>alert(1)</script></p>", "<p>好</p>"),
        (
            f'<img src="/pictures/{PICTURE}" alt="茶" onerror="x">',
            f'<img src="/pictures/{PICTURE}" alt="茶">',
        ),
        ('<img src="https://elsewhere.example/x.png">', "<img>"),
        ('<img src="/pictures/../keys.json">', "<img>"),
        ('<a href="https://elsewhere.example">去别处</a>', "去别处"),
        ('<p style="position:fixed">盖住</p><iframe src="x"></iframe>', "<p>盖住</p>"),
        ("<svg><script>x</script></svg><math></math>", ""),
        (
            "<table><tr><td colspan='2'>表</td></tr></table>",
            '<table><tbody><tr><td colspan="2">表</td></tr></tbody></table>',
        ),
    ],
)
def test_the_description_keeps_only_what_is_harmless(dirty, clean):
    assert products.cleaned(dirty) == clean
    assert products.cleaned(clean) == clean


def test_a_product_is_made_as_a_draft_of_the_shop():
    thing = products.create(
        by=HOUSE, shop=own(), basics=Basics(" 茶 ", "T1", description="<b>x</b>"), at=NOON
    )
    assert (thing.title, thing.merchant_id) == ("茶", own().merchant_id)
    listing = Listing.objects.get()
    assert (listing.state, listing.words is not None) == ("draft", True)
    assert Entry.objects.filter(what="product.made", shop_id=own().pk).count() == 1


@pytest.mark.parametrize(
    ("basics", "field"),
    [
        (Basics("", "A"), "title"),
        (Basics("茶", " "), "code"),
        (Basics("长" * 201, "A"), "title"),
        (Basics("茶", "TAKEN"), "code"),
        (Basics("茶", "A", hold="never"), "hold"),
        (Basics("茶", "A", role="king"), "role"),
        (Basics("茶", "A", classification_id=999), "classification"),
        (Basics("茶", "A", description="x" * 60_001), "description"),
        (Basics("茶", "A", attributes={str(n): "x" for n in range(61)}), "attributes"),
    ],
)
def test_what_breaks_a_limit_is_refused(basics, field):
    shelved("茶", code="TAKEN")
    with pytest.raises(Invalid) as refusal:
        products.create(by=HOUSE, shop=own(), basics=basics, at=NOON)
    assert refusal.value.field == field
    assert Product.objects.count() == 1


def test_it_is_listed_in_another_shop_of_the_merchant_only():
    thing = ready().product
    elsewhere = own("XX01", merchant=Merchant.objects.create(name="别家"))
    with pytest.raises(Invalid):
        products.list_in(by=HOUSE, product=thing, shop=elsewhere, at=NOON)
    one = products.list_in(by=HOUSE, product=thing, shop=own("OW02"), at=NOON)
    assert products.list_in(by=HOUSE, product=thing, shop=own("OW02"), at=NOON).pk == one.pk
    assert (one.state, one.from_fen) == ("draft", 0)
    one.refresh_from_db()
    assert one.from_fen == 9900


def test_pictures_are_added_ordered_described_and_taken_away():
    thing = shelved("茶", at=None).product
    kept = [Kept(f"{n:032x}.jpg", 800, 800, 9) for n in range(3)]
    first, second, third = picturing.add(by=HOUSE, product=thing, kept=kept, at=NOON)
    assert first.alt == "茶"
    thing.refresh_from_db()
    thing.skus.update(picture=third.name)
    rows = [picturing.PictureRow(second.pk, "main", "正面"), picturing.PictureRow(first.pk, "detail")]
    picturing.arrange(by=HOUSE, product=thing, version=thing.version, rows=rows, at=NOON)
    left = list(Picture.objects.order_by("position").values_list("pk", "role", "alt"))
    assert left == [(second.pk, "main", "正面"), (first.pk, "detail", "")]
    assert set(thing.skus.values_list("picture", flat=True)) == {""}
    with pytest.raises(Invalid):
        picturing.add(
            by=HOUSE, product=thing, kept=[Kept(f"{n + 9:032x}.jpg", 1, 1, 1) for n in range(8)], at=NOON
        )
    assert Picture.objects.count() == 2


def test_the_tree_of_classes_is_laid_once():
    many = ensure_classifications()
    assert many > 30
    assert ensure_classifications() == 0
    assert Classification.objects.get(code="food-tea").parent.code == "food"
    assert [one["name"] for one in Classification.objects.get(code="food-tea").attributes if one["must"]]
    names = [name for name, _leaves in classes.leaves()]
    assert len(names) == len(set(names)) > 8
