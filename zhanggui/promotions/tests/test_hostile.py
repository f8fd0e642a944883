"""What people type as names is shown as text and nothing else, and sums that no purse holds are refused in words."""

from html.parser import HTMLParser

import pytest
from django.test import Client
from django.urls import reverse

from tests import cast
from zhanggui.catalog.models import Listing, Product
from zhanggui.checkout.tests.cast import goods as shelved
from zhanggui.customers.tests.cast import buyer as shopper
from zhanggui.customers.tests.cast import shopping
from zhanggui.kit.clock import now
from zhanggui.kit.refusals import Invalid
from zhanggui.promotions.actions import auctions, offers, red_packets
from zhanggui.promotions.models import Auction, Coupon, Offer, RedPacket, RedPacketIssue
from zhanggui.promotions.plan import Plan
from zhanggui.promotions.tests.offering import DAY, coupon, offer, own, packet
from zhanggui.shops.models import Shop
from zhanggui.storefront.models import Face

pytestmark = pytest.mark.django_db
HOSTILE = {
    "script": "<script>alert(7)</script>",
    "attribute": '"><img src=x onerror=alert(7)>',
    "single": "' onmouseover='alert(7)' x='",
    "template": "{{7*7}}{% now 'Y' %}",
    "address": "javascript:alert(7)//",
    "entity": "&lt;script&gt;alert(7)&lt;/script&gt;",
    "bidi": "\u202eدرهم\u200f反",
    "emoji": "🧧👨\u200d👩\u200d👧𠮷",
    "formula": "=HYPERLINK(1)",
    "percent": "%(name)s %s {0}",
    "comment": "--><!--]]>",
}
TERMS = {
    "flash": {"percent_bp": 8_000},
    "member": {"percents_bp": {"1": 9_000}},
    "reduction": {"tiers": [{"at": 10_000, "off_fen": 1_000}]},
    "coupon": {"threshold_fen": 5_000, "off_fen": 500},
    "voucher": {"off_fen": 300},
    "free_postage": {"amount_fen": 9_900},
}
LONG = "长" * 5_000


class Seen(HTMLParser):
    """Tags and attributes of a page, and its text."""

    def __init__(self, page):
        super().__init__()
        self.bad, self.text, self._in = [], [], ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self._in = tag
        named = dict(attrs)
        self.bad += [(tag, name) for name in named if name.startswith("on") or set(name) & set("<>\"'{}=")]
        self.bad += [
            (tag, name) for name in ("href", "src", "action") if "javascript:" in (named.get(name) or "")[:20]
        ]
        if tag == "img" and named.get("src") == "x":
            self.bad.append((tag, "src"))

    def handle_data(self, data):
        if self._in in ("script", "style") and "alert(7)" in data:
            self.bad.append((self._in, data[:80]))
        self.text.append(data)

    def handle_endtag(self, tag):
        self._in = ""


def clean(client, path):
    answer = client.get(path, follow=True)
    assert answer.status_code == 200, (path, answer.status_code)
    page = answer.content.decode()
    seen = Seen(page)
    assert seen.bad == [], (path, seen.bad)
    return "".join(seen.text)


@pytest.fixture
def stage():
    """A shop whose window is open, with an offer of each kind, a coupon, a red packet and an auction; names to be filled in."""
    shop = own()
    Face.objects.get_or_create(shop=shop, defaults={"open": True})
    tea = shelved("TEA", price_fen=20_000)
    person = shopper("小鱼")
    times = {"starts_at": now() - DAY, "ends_at": now() + DAY}
    rows = {kind: offer(kind, shops=(shop,), terms=terms, **times) for kind, terms in TERMS.items()}
    rows["flash"].scope = {"skus": [tea.pk]}
    rows["flash"].save(update_fields=["scope"])
    Offer.objects.filter(kind__in=["coupon", "voucher"]).update(times=10, per_buyer=2)
    for kind in ("coupon", "voucher"):
        coupon(rows[kind], person, good_from=now() - DAY, good_until=now() + DAY)
    packet(person, 1_000)
    RedPacketIssue.objects.update(good_until=now() + DAY)
    RedPacket.objects.update(good_from=now() - DAY, good_until=now() + DAY)
    auction = Auction.objects.create(
        shop=shop,
        sku=tea,
        title="x",
        start_fen=100,
        step_fen=100,
        state=Auction.State.LIVE,
        made_by="测试",
        **times,
    )
    return {"shop": shop, "tea": tea, "person": person, "rows": rows, "auction": auction}


def name_all(text):
    Offer.objects.update(
        name=text[:60], note=text[:300], group=text[:30], made_by=text[:80], approved_by=text[:80]
    )
    RedPacketIssue.objects.update(name=text[:60])
    RedPacket.objects.update(ref=text[:60])
    Auction.objects.update(title=text[:120])
    Shop.objects.update(name=text[:60])
    Product.objects.update(title=text[:120])


def pages_of(stage):
    rows = stage["rows"]
    yield from (
        reverse(f"promotions:{name}") for name in ("offers", "calendar", "new", "red-packets", "auctions")
    )
    yield reverse("promotions:calendar") + "?way=lanes"
    yield reverse("promotions:conflicts") + "?shop=OW01"
    yield reverse("promotions:simulator") + "?shop=OW01&lines=TEA%202&level=1&postage=8"
    for kind, row in rows.items():
        yield reverse("promotions:offer", args=[row.pk])
        yield reverse("promotions:edit", args=[row.pk])
        if kind in ("coupon", "voucher"):
            yield reverse("promotions:coupons", args=[row.pk])
    yield reverse("promotions:red-packet-issue", args=[RedPacketIssue.objects.get().pk])
    yield reverse("promotions:auction", args=[stage["auction"].pk])


@pytest.mark.parametrize("what", HOSTILE)
def test_names_are_text_on_every_page_of_the_back_office(stage, what):
    name_all(HOSTILE[what])
    client = cast.sign_in(Client(), cast.staff("e1", *cast.everything(), name="e1"))
    for path in pages_of(stage):
        text = clean(client, path)
        if "/offers/new" not in path and "simulator" not in path and "conflicts" not in path:
            assert HOSTILE[what][:20] in text, path
    for path in (reverse("promotions:offers") + "?q=", reverse("promotions:goods") + "?find="):
        assert client.get(path + HOSTILE[what].replace("%", "%25").replace("#", "%23")).status_code == 200


@pytest.mark.parametrize("what", HOSTILE)
def test_names_are_text_in_the_window(stage, what):
    name_all(HOSTILE[what])
    client = shopping(stage["person"])
    client.post("/cart/lines/", {"shop": "OW01", "sku": stage["tea"].pk, "pieces": 2})
    product = Listing.objects.get().product_id
    for path in (
        "/s/OW01/", f"/s/OW01/goods/{product}/", "/s/OW01/coupons/", "/s/OW01/auctions/",
        f"/s/OW01/auctions/{stage['auction'].pk}/", "/s/OW01/search/", "/cart/", "/checkout/", "/my/coupons/",
        "/my/red-packets/", "/s/",
    ):  # fmt: skip
        clean(client, path)
    assert HOSTILE[what][:20] in clean(client, "/s/OW01/coupons/")
    assert Coupon.objects.count() == 2


def plan(**also):
    values = {
        "merchant_id": cast.merchant().pk,
        "kind": "reduction",
        "name": "试",
        "shop_ids": [own().pk],
        "starts_at": now() + DAY,
        "ends_at": now() + 2 * DAY,
        "terms": TERMS["reduction"],
    } | also
    return Plan.told(**values)


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_name_is_kept_as_one_line_without_signs_that_turn_the_text(what):
    row = offers.draft(by=cast.HOUSE, plan=plan(name=f"{HOSTILE[what]}\r\n行"), at=now())
    assert not set(row.name) & set("\u202e\u200f\u200d\r\n\0")
    assert row.name.endswith("行")


@pytest.mark.parametrize(
    ("also", "field"),
    [
        ({"name": LONG}, "name"),
        ({"name": "\u202e\u200b\0"}, "name"),
        ({"group": LONG}, "group"),
        ({"note": LONG}, "note"),
        ({"budget_fen": 10**14}, "budget"),
        ({"times": 10**14}, "times"),
        ({"per_buyer": 2**31}, "per_buyer"),
        ({"terms": {"tiers": [{"at": 10**14, "off_fen": 1_000}]}}, "terms.tiers"),
        ({"terms": {"tiers": [{"at": 10**15, "off_fen": 10**14}]}}, "terms.tiers"),
        ({"terms": {"tiers": [{"at": 1_000, "off_fen": -5}]}}, "terms.tiers"),
        ({"kind": "voucher", "times": 1, "per_buyer": 1, "terms": {"off_fen": 10**14}}, "terms.off_fen"),
        ({"kind": "flash", "terms": {"prices": {str(10**30): 1}}}, "terms.prices"),
    ],
)
def test_what_is_too_long_or_too_much_is_refused_by_its_field(also, field):
    with pytest.raises(Invalid) as refused:
        offers.draft(by=cast.HOUSE, plan=plan(**also), at=now())
    assert refused.value.field == field
    assert refused.value.message
    assert not Offer.objects.exists()


@pytest.mark.parametrize(
    "amount", ["1000000000000", "99999999999999999999999", "1e12", "-1", "²", "１０００００００００００"]
)
@pytest.mark.parametrize(
    ("route", "args", "fields"),
    [
        ("promotions:new-kind", ["reduction"], {"at1": "200", "off1": None}),
        ("promotions:new-kind", ["voucher"], {"off": None, "times": "1", "per_buyer": "1"}),
        ("promotions:new-kind", ["bundle"], {"price": None, "parts": "TEA 2"}),
        ("promotions:new-kind", ["flash"], {"prices": "TEA {}"}),
        ("promotions:red-packet-new", [], {"budget": None, "good_from": "2099-11-11T00:00", "good_until": "2099-11-12T00:00"}),
        ("promotions:auction-new", [], {"start": None, "step": "1", "sku": "TEA", "pieces": "1", "deposit": "0", "extend_seconds": "300", "title": "试", "shop": "OW01"}),
    ],
)  # fmt: skip
def test_a_million_million_yuan_is_refused_beside_its_field(stage, route, args, fields, amount):
    client = cast.sign_in(Client(), cast.staff("e1", *cast.everything(), name="e1"))
    before = (Offer.objects.count(), RedPacketIssue.objects.count(), Auction.objects.count())
    typed = {"name": "试", "shops": "OW01", "starts_at": "2099-11-11T00:00", "ends_at": "2099-11-12T00:00"}
    for name, text in fields.items():
        typed[name] = amount if text is None else text.format(amount)
    answer = client.post(reverse(route, args=args), typed)
    assert answer.status_code == 422
    assert 'class="error"' in answer.content.decode() or "refusal" in answer.content.decode()
    assert (Offer.objects.count(), RedPacketIssue.objects.count(), Auction.objects.count()) == before


def test_names_of_red_packets_and_auctions_are_tidied_too():
    shop = own()
    tea = shelved("TEA")
    issue = red_packets.issue(
        by=cast.HOUSE, merchant_id=shop.merchant_id, name="\u202e双11\n红包", budget_fen=100,
        good_from=now(), good_until=now() + DAY, at=now(),
    )  # fmt: skip
    assert issue.name == "双11 红包"
    row = auctions.draft(
        by=cast.HOUSE, shop=shop, sku_id=tea.pk, title="\u202e壶\n一元", start_fen=100, step_fen=100,
        starts_at=now(), ends_at=now() + DAY, at=now(),
    )  # fmt: skip
    assert row.title == "壶 一元"
    for name in (LONG, "\u200b"):
        with pytest.raises(Invalid):
            red_packets.issue(
                by=cast.HOUSE, merchant_id=shop.merchant_id, name=name, budget_fen=100,
                good_from=now(), good_until=now() + DAY, at=now(),
            )  # fmt: skip
    with pytest.raises(Invalid):
        red_packets.issue(
            by=cast.HOUSE, merchant_id=shop.merchant_id, shop_ids=[shop.pk], name="全网最好红包", budget_fen=100,
            good_from=now(), good_until=now() + DAY, at=now(),
        )  # fmt: skip
    assert RedPacketIssue.objects.count() == 1
