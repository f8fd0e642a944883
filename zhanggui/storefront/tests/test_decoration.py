"""Decorating a shop: pictures by the platform's rule, a face, notices, versions and their blocks; a refusal writes nothing."""

import io
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from tests.cast import NOON, actor, sign_in, staff
from zhanggui.journal.models import Entry
from zhanggui.kit.refusals import Invalid, NotAllowed, NotNow
from zhanggui.people.powers import Power
from zhanggui.storefront import blocks
from zhanggui.storefront.actions import assets, looks, notices
from zhanggui.storefront.actions.face import change_face
from zhanggui.storefront.models import Asset, Face, Look, Notice
from zhanggui.storefront.tests.cast import open_shop, shelved

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _own_home(settings, tmp_path):
    settings.HOME = tmp_path


def drawn(width=980, height=250, form="PNG"):
    target = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(target, form)
    return target.getvalue()


def designer(shop):
    return actor(Power.SHOPFRONT_EDIT, at=shop, name="沈墨")


def drafted(shop, by=None, **also):
    return looks.draft_look(by=by or designer(shop), shop=shop, name="预热", **also)


def test_a_picture_is_kept_when_it_is_what_the_platform_takes():
    shop = open_shop()
    kept = assets.add(by=designer(shop), shop=shop, use="banner", title="开学季", upload=drawn())
    assert (kept.width, kept.height, kept.use) == (980, 250, "banner")
    assert Entry.objects.get(what="asset.added").shop_id == shop.pk


@pytest.mark.parametrize(
    ("use", "size", "form", "rule"),
    [
        ("banner", (950, 250), "PNG", "980×250"),
        ("logo", (200, 60), "PNG", "180×60"),
        ("logo", (180, 60), "WEBP", "jpg/png/gif"),
        ("category", (161, 40), "PNG", "160"),
    ],
)
def test_a_refusal_names_the_rule_and_keeps_nothing(use, size, form, rule):
    shop = open_shop()
    with pytest.raises(Invalid, match="S4-0") as refused:
        assets.add(by=designer(shop), shop=shop, use=use, title="", upload=drawn(*size, form))
    assert rule in refused.value.message
    assert not Asset.objects.exists()
    assert not Entry.objects.exists()


def test_a_picture_in_use_is_not_dropped_and_the_refusal_says_where():
    shop = open_shop()
    by = designer(shop)
    kept = assets.add(by=by, shop=shop, use="banner", title="", upload=drawn())
    look = drafted(shop, by)
    key = next(block["key"] for block in look.blocks if block["kind"] == "banner")
    slide = {"picture": kept.name, "alt": "开学季", "link": ""}
    looks.change_block(by=by, look=look, version=1, key=key, values={"slides": [slide]})
    with pytest.raises(NotNow, match="预热"):
        assets.drop(by=by, asset=kept, at=NOON)
    look.refresh_from_db()
    looks.remove_block(by=by, look=look, version=2, key=key)
    assets.drop(by=by, asset=kept, at=NOON)
    assert Asset.objects.get().dropped_at == NOON


def test_the_introduction_has_at_most_twenty_characters():
    shop = open_shop()
    words = {"brand": "", "hotline": "400-800-1234", "open": True, "version": 1}
    by = designer(shop)
    with pytest.raises(Invalid, match="20"):
        change_face(by=by, shop=shop, intro="字" * 21, **words)
    assert Face.objects.get().intro == "老街茶铺"
    change_face(by=by, shop=shop, intro="字" * 20, **words)
    assert Entry.objects.get(what="face.changed").change["intro"] == ["老街茶铺", "字" * 20]


def test_a_face_that_somebody_changed_meanwhile_is_refused():
    shop = open_shop()
    words = {"shop": shop, "brand": "", "hotline": "", "open": True, "version": 1}
    change_face(by=designer(shop), intro="先到", **words)
    with pytest.raises(NotNow):
        change_face(by=actor(Power.SHOPFRONT_EDIT, name="后到"), intro="后到", **words)
    assert Face.objects.get().intro == "先到"


def test_a_stranger_decorates_nothing():
    shop = open_shop()
    other = actor(Power.SHOPFRONT_EDIT, at=open_shop("OW02"), name="外人")
    look = drafted(shop)
    for verb in (
        lambda: drafted(shop, other),
        lambda: looks.publish(by=other, look=look, version=1, at=NOON),
        lambda: notices.put_up(by=other, shop=shop, text="x"),
        lambda: assets.add(by=other, shop=shop, use="logo", title="", upload=drawn(180, 60)),
    ):
        with pytest.raises(NotAllowed):
            verb()
    assert Look.objects.get().state == Look.State.DRAFT
    assert not Notice.objects.exists()


def test_blocks_are_added_filled_moved_and_removed_with_the_version_they_saw():
    shop = open_shop()
    by, tea = designer(shop), shelved("绿茶")
    look = drafted(shop, by, blocks=[])
    key = looks.add_block(by=by, look=look, version=1, kind="goods")
    look.refresh_from_db()
    looks.add_block(by=by, look=look, version=2, kind="text")
    look.refresh_from_db()
    looks.change_block(by=by, look=look, version=3, key=key, values={"listings": [tea.pk], "title": "好茶"})
    look.refresh_from_db()
    assert look.blocks[0] == {"kind": "goods", "key": key, "title": "好茶", "listings": [tea.pk], "most": 6}
    looks.move_block(by=by, look=look, version=4, key=key, up=False)
    look.refresh_from_db()
    assert [block["kind"] for block in look.blocks] == ["text", "goods"]
    with pytest.raises(NotNow):
        looks.remove_block(by=by, look=look, version=4, key=key)
    assert len(Look.objects.get().blocks) == 2


def test_a_block_takes_only_what_is_the_shops():
    shop, other = open_shop(), open_shop("OW02")
    by = designer(shop)
    theirs = assets.add(
        by=actor(Power.SHOPFRONT_EDIT, name="别店"),
        shop=other,
        use="banner",
        title="",
        upload=drawn(),
    )
    look = drafted(shop, by, blocks=[blocks.fresh("banner"), blocks.fresh("goods")])
    banner, goods = (block["key"] for block in look.blocks)
    slide = {"picture": theirs.name, "alt": "x", "link": ""}
    with pytest.raises(Invalid):
        looks.change_block(by=by, look=look, version=1, key=banner, values={"slides": [slide]})
    foreign = shelved("盖碗", into=other)
    with pytest.raises(Invalid):
        looks.change_block(by=by, look=look, version=1, key=goods, values={"listings": [foreign.pk]})
    assert Look.objects.get().version == 1


@pytest.mark.parametrize(
    "link", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "/\\evil", "s/OW01"]
)
def test_a_link_leads_nowhere_else(link):
    with pytest.raises(Invalid):
        blocks.link(link)
    assert blocks.link("/s/OW01/?a=1#x") == "/s/OW01/?a=1#x"


def test_an_empty_or_ended_version_is_not_published_and_a_published_one_not_deleted():
    shop = open_shop()
    by = designer(shop)
    with pytest.raises(Invalid):
        looks.publish(by=by, look=drafted(shop, by, blocks=[]), version=1, at=NOON)
    over = drafted(shop, by, ends_at=NOON)
    with pytest.raises(Invalid):
        looks.publish(by=by, look=over, version=1, at=NOON)
    look = drafted(shop, by)
    looks.publish(by=by, look=look, version=1, at=NOON)
    look.refresh_from_db()
    with pytest.raises(NotNow):
        looks.drop_look(by=by, look=look, version=2)
    looks.withdraw(by=by, look=look, version=2)
    look.refresh_from_db()
    looks.drop_look(by=by, look=look, version=3)
    assert Look.objects.get(pk=look.pk).state == Look.State.DROPPED


def test_a_copy_is_a_draft_with_the_same_blocks():
    shop = open_shop()
    by = designer(shop)
    look = drafted(shop, by, starts_at=NOON, ends_at=NOON + DAY)
    copy = looks.copy_look(by=by, look=look, name="明年")
    assert [block["kind"] for block in copy.blocks] == [block["kind"] for block in look.blocks]
    assert not {block["key"] for block in copy.blocks} & {block["key"] for block in look.blocks}
    assert (copy.state, copy.starts_at) == (Look.State.DRAFT, None)


def test_the_editor_keeps_what_was_typed_when_it_is_refused():
    shop = open_shop()
    look = drafted(shop, blocks=[blocks.fresh("goods")])
    key = look.blocks[0]["key"]
    client = sign_in(Client(), staff("8001", Power.SHOPFRONT_EDIT, at=shop))
    answer = client.post(
        f"/decoration/OW01/looks/{look.pk}/blocks/{key}/",
        {"version": 1, "codes": "没有的码", "title": "好茶"},
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "本店没有这些商家编码" in page
    assert 'value="好茶"' in page
    assert Look.objects.get().version == 1


def test_a_picture_is_uploaded_over_http():
    shop = open_shop()
    client = sign_in(Client(), staff("8001", Power.SHOPFRONT_EDIT, at=shop))
    file = SimpleUploadedFile("../../店标.svg", drawn(180, 60), content_type="image/svg+xml")
    answer = client.post("/decoration/OW01/pictures/", {"use": "logo", "title": "店标", "picture": file})
    assert answer.status_code == 302
    assert Asset.objects.get().name.endswith(".png")
    bad = SimpleUploadedFile("a.png", b"<svg onload=alert(1)>", content_type="image/png")
    assert client.post("/decoration/OW01/pictures/", {"use": "logo", "picture": bad}).status_code == 422
    assert Asset.objects.count() == 1


def test_notices_hang_between_two_moments():
    shop = open_shop()
    by = designer(shop)
    notice = notices.put_up(by=by, shop=shop, text="放假三天", starts_at=NOON, ends_at=NOON + DAY)
    with pytest.raises(Invalid):
        notices.put_up(by=by, shop=shop, text="x", starts_at=NOON, ends_at=NOON)
    notices.change_notice(
        by=by, notice=notice, version=1, text="放假两天", starts_at=NOON, ends_at=NOON + DAY
    )
    with pytest.raises(NotNow):
        notices.change_notice(by=by, notice=notice, version=1, text="放假四天")
    notices.take_down(by=by, notice=Notice.objects.get())
    assert Entry.objects.get(what="notice.taken_down").change == {"text": ["放假两天", None]}


def test_what_buyers_read_uses_no_forbidden_word_and_the_word_is_named():
    shop = open_shop()
    by = designer(shop)
    look = drafted(shop, by, blocks=[blocks.fresh("text"), blocks.fresh("new")])
    words, goods = (block["key"] for block in look.blocks)
    notice = notices.put_up(by=by, shop=shop, text="周日休息")
    face = {"by": by, "shop": shop, "version": 1, "intro": "老街", "brand": "", "hotline": ""}
    written = Entry.objects.count()
    for verb, given in (
        (notices.put_up, {"by": by, "shop": shop, "text": "全网最低，欢迎来"}),
        (notices.change_notice, {"by": by, "notice": notice, "version": 1, "text": "全 网-最低"}),
        (change_face, face | {"intro": "全网最低"}),
        (change_face, face | {"brand": "我们全网最低"}),
        (
            looks.change_block,
            {"by": by, "look": look, "version": 1, "key": words, "values": {"text": "全网最低"}},
        ),
        (
            looks.change_block,
            {"by": by, "look": look, "version": 1, "key": goods, "values": {"title": "全网最低"}},
        ),
    ):
        with pytest.raises(Invalid, match="「全网最低」.*S3-03"):
            verb(**given)
    assert list(Notice.objects.values_list("text", flat=True)) == ["周日休息"]
    assert Entry.objects.count() == written


def test_a_block_from_before_the_word_was_forbidden_is_not_published():
    shop = open_shop()
    by = designer(shop)
    look = drafted(shop, by, blocks=[blocks.fresh("text") | {"text": "全网最低"}])
    with pytest.raises(Invalid, match="全网最低"):
        looks.publish(by=by, look=look, version=1, at=NOON)
    look.refresh_from_db()
    assert look.state == Look.State.DRAFT


def test_a_version_whose_end_is_past_is_refused_when_it_is_made():
    shop = open_shop()
    by = designer(shop)
    with pytest.raises(Invalid) as refused:
        drafted(shop, by, ends_at=NOON - DAY, at=NOON)
    assert refused.value.field == "ends_at"
    assert not Look.objects.exists()
    look = drafted(shop, by, ends_at=NOON + DAY, at=NOON)
    same = {"by": by, "look": look, "version": 1, "starts_at": None}
    with pytest.raises(Invalid):
        looks.change_look(**same, name="晚了", ends_at=NOON, at=NOON + DAY)
    looks.change_look(**same, name="改名", ends_at=look.ends_at, at=NOON + 2 * DAY)
