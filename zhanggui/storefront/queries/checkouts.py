"""The checkout page: what the buyer chose, priced as it will be charged, with every other choice beside it."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.db.models import Max
from django.utils.translation import gettext as _

from zhanggui.catalog.queries.window import SkuInShop
from zhanggui.checkout.baskets import Asked, ShopBasket, price_read
from zhanggui.checkout.gathered import Gathered, gather
from zhanggui.checkout.models import Submit
from zhanggui.customers.models import Address, Buyer
from zhanggui.freight.rules import ASK
from zhanggui.freight.wording import why_not
from zhanggui.promotions import wording
from zhanggui.promotions.pricing import values
from zhanggui.promotions.wording import Names
from zhanggui.shops.models import Shop
from zhanggui.storefront.models import Face
from zhanggui.storefront.queries.carts import told, within_reach
from zhanggui.storefront.queries.shops import open_shops

TICKETS = (values.Kind.COUPON, values.Kind.VOUCHER)


@dataclass(frozen=True, slots=True)
class ShopChoice:
    """What a buyer chose for one shop. `coupons` None: the best for him. `carrier` "": the shop's default."""

    coupons: frozenset[int] | None = None
    carrier: str = ""
    cod: bool = False
    message: str = ""


@dataclass(frozen=True, slots=True)
class Choices:
    """What a buyer chose. `lines`: (shop, SKU, pieces). `packets` None: the best for him."""

    lines: tuple[tuple[int, int, int], ...]
    packets: tuple[int, ...] | None = None
    shops: Mapping[int, ShopChoice] = field(default_factory=dict)

    def of(self, shop_id: int) -> ShopChoice:
        return self.shops.get(shop_id, ShopChoice())


@dataclass(frozen=True, slots=True)
class Line:
    """A line as it is shown. Fen. `left`: how many can be had, None not limited."""

    sku_id: int
    shop_id: int
    pieces: int
    card: SkuInShop | None
    priced: values.PricedLine | None
    left: int | None
    offs: list[tuple[str, int]]

    @property
    def name(self) -> str:
        return f"{self.shop_id}-{self.sku_id}"

    @property
    def gone(self) -> bool:
        return self.priced is None

    @property
    def short(self) -> bool:
        return self.left is not None and self.left < self.pieces


@dataclass(frozen=True, slots=True)
class Ticket:
    """A coupon or voucher in the purse: whether it is used here, else why not."""

    id: int
    name: str
    rule: str
    used: bool
    off_fen: int
    why: str


@dataclass(frozen=True, slots=True)
class Courier:
    """A carrier with its postage for this parcel; `fee_fen` None: `why` says why there is no price."""

    code: str
    name: str
    fee_fen: int | None
    why: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Part:
    """The part of the checkout in one shop."""

    shop: Shop
    choice: ShopChoice
    basket: ShopBasket
    lines: list[Line]
    gifts: list[values.GiftLine]
    said: list[str]
    near: list[str]
    tickets: list[Ticket]
    couriers: list[Courier]
    cod: bool
    call_first: bool
    postage_why: str
    asked_fen: int | None
    ask: bool
    hotline: str = ""
    """The shop's number for who cannot go on because the postage is not known."""

    @property
    def priced(self) -> values.Priced | None:
        return self.basket.priced

    @property
    def own_coupons(self) -> bool:
        return self.choice.coupons is not None

    @property
    def pay_fen(self) -> int | None:
        """What is to be paid in money now: of a presale the deposit."""
        if self.priced is None or self.priced.cash_fen is None:
            return None
        return self.priced.deposit_fen or self.priced.cash_fen

    @property
    def short(self) -> bool:
        return any(line.gone or line.short for line in self.lines)


@dataclass(frozen=True, slots=True)
class PacketRow:
    """A red packet in the purse: how much of it pays here, else why not."""

    id: int
    left_fen: int
    good_until: datetime
    used_fen: int
    why: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """The whole page. Sums in fen, None while a postage is not known."""

    parts: list[Part]
    packets: list[PacketRow]
    packets_why: str
    address: Address | None
    choices: Choices

    @property
    def ready(self) -> bool:
        """Whether it can be submitted as it stands."""
        return bool(self.parts) and self.address is not None and self.total_fen is not None and not self.short

    @property
    def short(self) -> bool:
        return any(part.short for part in self.parts)

    @property
    def ask(self) -> bool:
        return any(part.ask for part in self.parts)

    def _sum(self, name: str) -> int:
        return sum(getattr(part.priced, name) or 0 for part in self.parts if part.priced)

    @property
    def gross_fen(self) -> int:
        return self._sum("gross_fen")

    @property
    def discount_fen(self) -> int:
        return self._sum("discount_fen")

    @property
    def postage_fen(self) -> int | None:
        known = [part.priced.postage_fen for part in self.parts if part.priced]
        return None if None in known else sum(fen for fen in known if fen is not None)

    @property
    def red_fen(self) -> int:
        return self._sum("red_fen")

    @property
    def total_fen(self) -> int | None:
        """Cash to pay in all, red packets taken off; what is paid on delivery is in it."""
        known = [part.priced.cash_fen for part in self.parts if part.priced]
        return None if None in known or not known else sum(fen for fen in known if fen is not None)

    @property
    def deposit_fen(self) -> int:
        return self._sum("deposit_fen")

    @property
    def cod_fen(self) -> int:
        """Of the total, what is paid on delivery."""
        return sum(part.priced.cash_fen or 0 for part in self.parts if part.priced and part.choice.cod)

    @property
    def now_fen(self) -> int | None:
        """To be paid now: without what is paid on delivery, of a presale the deposit."""
        known = [part.pay_fen for part in self.parts if part.priced and not part.choice.cod]
        return None if None in known else sum(fen for fen in known if fen is not None)


def asked_of(choices: Choices, shops: Mapping[int, Shop], region: str) -> list[Asked]:
    """The baskets that a page asks for, in the order in which they are priced and placed: shops by id."""
    lines: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for shop_id, sku_id, pieces in choices.lines:
        if shop_id in shops:
            lines[shop_id].append((sku_id, pieces))
    return [
        Asked(
            shops[pk],
            lines[pk],
            region,
            choices.of(pk).carrier or None,
            values.Wish(choices.of(pk).coupons, choices.packets),
            cod=choices.of(pk).cod,
        )
        for pk in sorted(lines)
    ]


def shops_of(buyer: Buyer, choices: Choices) -> dict[int, Shop]:
    """The open shops of the buyer's merchant among those chosen. One statement."""
    ids = sorted({shop_id for shop_id, _sku, _pieces in choices.lines})
    rows = open_shops().filter(pk__in=ids, merchant_id=buyer.merchant_id).select_related("merchant")
    return {shop.pk: shop for shop in rows}


def shops_among(ids: Collection[int]) -> dict[int, Shop]:
    """The open ones of these shops, of any merchant. One statement, none for none."""
    if not ids:
        return {}
    return {shop.pk: shop for shop in open_shops().filter(pk__in=sorted(ids)).order_by()}


def last_submit(buyer_id: int) -> int:
    """The number of the last form that this buyer sent and that is remembered; 0 for none. One statement."""
    found = Submit.objects.filter(buyer=buyer_id).aggregate(last=Max("pk"))["last"]
    return int(found or 0)


def sheet(buyer: Buyer, choices: Choices, address: Address | None, *, at: datetime) -> Sheet:
    """Price what was chosen, with the alternatives. Nine statements, whatever is bought where."""
    shops = shops_of(buyer, choices)
    region = address.region if address else ""
    asked = asked_of(choices, shops, region)
    if not asked:
        return Sheet([], [], "", address, choices)
    read = gather(((one.shop, buyer.pk, [sku for sku, _n in one.lines]) for one in asked), at=at)
    # Pay on delivery is a wish that a shop's setting may have ended meanwhile.
    asked = [one if read.setting(one.shop, "orders.cod") else replace(one, cod=False) for one in asked]
    baskets = price_read(read, [(buyer.pk, one) for one in asked], at=at)
    names = within_reach(baskets)
    parts = [
        _part(read, buyer, one, basket, choices.of(one.shop.pk), names, at)
        for one, basket in zip(asked, baskets, strict=True)
    ]
    rows, why = _packets(read, buyer, parts)
    return Sheet(parts, rows, why, address, choices)


def fitting(sheet: Sheet) -> tuple[tuple[int, int, int], ...]:
    """The lines of a sheet as far as they can be had: (shop, SKU, pieces)."""
    lines = [line for part in sheet.parts for line in part.lines if not line.gone]
    cut = [(line, line.pieces if line.left is None else min(line.pieces, line.left)) for line in lines]
    return tuple((line.shop_id, line.sku_id, pieces) for line, pieces in cut if pieces > 0)


def _part(
    read: Gathered,
    buyer: Buyer,
    asked: Asked,
    basket: ShopBasket,
    choice: ShopChoice,
    rules: Names,
    at: datetime,
) -> Part:
    priced = basket.priced
    said, near = told(basket, rules, apart=TICKETS)  # these stand in a list of their own
    names = {offer.id: offer.name for offer in basket.offers}
    by_sku = {line.sku_id: line for line in priced.lines} if priced else {}
    lines = [
        Line(
            sku_id,
            asked.shop.pk,
            pieces,
            basket.goods.get(sku_id),
            by_sku.get(sku_id),
            basket.sellable.get(sku_id),
            _offs(by_sku.get(sku_id), names),
        )
        for sku_id, pieces in asked.lines
    ]
    waiting = priced is not None and priced.postage_fen is None
    return Part(
        shop=asked.shop,
        choice=replace(choice, cod=asked.cod),
        basket=basket,
        lines=lines,
        gifts=list(priced.gifts) if priced else [],
        said=said,
        near=near,
        tickets=_tickets(basket, rules),
        couriers=_couriers(read, buyer, asked, at) if priced and basket.quote is not None else [],
        cod=bool(read.setting(asked.shop, "orders.cod")),
        call_first=bool(read.setting(asked.shop, "orders.cod_call_first")),
        postage_why=why_not(basket.quote) if waiting and basket.quote is not None else "",
        asked_fen=_answered(basket),
        ask=waiting and priced is not None and priced.postage.outcome == ASK,
        hotline=_hotline(asked.shop) if waiting else "",
    )


def _hotline(shop: Shop) -> str:
    """One statement, asked only where the postage is not known."""
    return Face.objects.filter(shop=shop).values_list("hotline", flat=True).first() or ""


def _offs(line: values.PricedLine | None, names: Mapping[int, str]) -> list[tuple[str, int]]:
    """What came off a line, each with the offer's name. Fen."""
    if line is None:
        return []
    unit = [names.get(part.offer_id, "") for part in line.parts if part.offer_id is not None]
    found = [("、".join(dict.fromkeys(unit)), line.unit_off_fen)] if line.unit_off_fen else []
    if line.bundle_off_fen:
        found.append((_("搭配套餐"), line.bundle_off_fen))
    return found + [(names.get(pk, ""), fen) for pk, fen in line.offs.items() if fen]


def _tickets(basket: ShopBasket, names: Names) -> list[Ticket]:
    """The coupons and vouchers that the buyer holds, the highest first: the order never depends on what is ticked, so that
    no box moves under the finger.
    """
    priced = basket.priced
    applied = {one.offer_id: one for one in priced.applied} if priced else {}
    refused = {one.offer_id: one for one in priced.refused} if priced else {}
    return [
        Ticket(
            offer.id,
            offer.name,
            wording.rule(offer, names),
            offer.id in applied,
            applied[offer.id].off_fen if offer.id in applied else 0,
            wording.reason(refused[offer.id]) if offer.id in refused else "",
        )
        for offer in sorted(basket.offers, key=lambda offer: (-getattr(offer.terms, "off_fen", 0), offer.id))
        if offer.kind in TICKETS and offer.held
    ]


def _couriers(read: Gathered, buyer: Buyer, asked: Asked, at: datetime) -> list[Courier]:
    """The same basket by every carrier the shop has a table, a surcharge or a policy for. No statement."""
    tariff = read.tariffs[asked.shop.pk]
    codes = {table.carrier for table in tariff.books.tables} | {x.carrier for x in tariff.books.extras}
    codes |= set(tariff.books.official) | {asked.carrier_code or ""}
    found = []
    for code in ["", *(code for code in tariff.names if code in codes and code)]:
        [basket] = price_read(read, [(buyer.pk, replace(asked, carrier_code=code or None))], at=at)
        if basket.priced is None:
            continue
        fee = basket.priced.postage_fen
        if fee is None and code and code != asked.carrier_code and basket.quote and not _worth(basket):
            continue  # a carrier for which the shop has no price at all
        why = "" if fee is not None or basket.quote is None else why_not(basket.quote)
        found.append(
            Courier(
                code,
                tariff.names.get(code, "") or _("默认快递"),
                fee,
                why,
                code == (asked.carrier_code or ""),
            )
        )
    return found


def _answered(basket: ShopBasket) -> int | None:
    """The postage that a person found out for this parcel, where the tables say to ask (S1-06)."""
    lines = basket.quote.lines if basket.quote is not None else ()
    return next((line.fee_fen for line in lines if line.rule == "answered"), None)


def _worth(basket: ShopBasket) -> bool:
    return basket.quote is not None and basket.quote.outcome == ASK


def _packets(read: Gathered, buyer: Buyer, parts: Sequence[Part]) -> tuple[list[PacketRow], str]:
    """The red packets in the purse with what each pays here, and why not more."""
    who = read.people.get(buyer.pk)
    if who is None:
        return [], ""
    used: dict[int, int] = defaultdict(int)
    why: dict[int, str] = {}
    general = ""
    for part in parts:
        if part.priced is None:
            continue
        for use in part.priced.red:
            used[use.packet_id] += use.fen
        for one in part.priced.packets_refused:
            why.setdefault(one.packet_id, wording.red_reason(one))
        if part.choice.cod:
            general = general or _("货到付款的订单不能用红包。")
        elif part.priced.red_refused:
            general = general or wording.red_reason(part.priced.red_refused)
    rows = [
        PacketRow(
            packet.id,
            packet.left_fen,
            packet.good_until,
            used.get(packet.id, 0),
            "" if used.get(packet.id) else why.get(packet.id, ""),
        )
        for packet, _shops in who.packets
    ]
    return rows, general
