"""The tables that the seeds give: S1-03 to S1-07 for shops in Wuhan and in Shanghai, S2-05 for the surcharges.

What the seeds leave open stays open: no price beyond the first kilogram at home in Wuhan (C8), no official table
of 顺丰 and EMS (C7). A shop elsewhere gets no table: its "相对本地" is not ours to guess.
"""

from collections.abc import Sequence

from zhanggui.freight.carriers import ensure_carriers
from zhanggui.freight.models import Carrier, Surcharge, Template, Zone
from zhanggui.freight.rules import Extra, ZoneRow
from zhanggui.journal.actions import action
from zhanggui.journal.daybook import write
from zhanggui.kit import regions
from zhanggui.kit.actor import Actor
from zhanggui.people.powers import Power
from zhanggui.shops.models import Shop

WUHAN, SHANGHAI = "420100", "310100"
_KG = 1000
_DEAR = (
    ("东北三省", ("220000", "210000", "230000")),
    ("西北五省", ("610000", "620000", "640000", "630000", "650000")),
    ("西南", ("510000", "520000", "500000", "530000")),
    ("内蒙古、山西", ("150000", "140000")),
)


def zones_of(city: str) -> tuple[ZoneRow, ...]:
    """The rows of the ordinary courier for a shop in that city; none for a city the seeds do not name."""
    if city == WUHAN:
        home = [
            ZoneRow(0, "武汉市", (WUHAN,), _KG, 600, why="S1-03"),
            ZoneRow(0, "湖北其他地区", ("420000",), _KG, 800, why="S1-03"),
        ]
    elif city == SHANGHAI:
        home = [ZoneRow(0, "江浙沪", regions.GROUPS["江浙沪"], _KG, 600, _KG, 600, why="S1-04")]
    else:
        return ()
    dear = [ZoneRow(0, name, codes, _KG, 1500, _KG, 1500, why="S1-05") for name, codes in _DEAR]
    return (
        *home,
        *dear,
        ZoneRow(0, "西藏", ("540000",), _KG, 0, ask_first=True, why="S1-06"),
        # The seeds mean the mainland; a parcel across a customs border is asked like Tibet, not sold for 12 yuan.
        ZoneRow(0, "港澳台", regions.GROUPS["港澳台"], _KG, 0, ask_first=True, why="S1-06"),
        ZoneRow(0, "其他地区", (regions.COUNTRY,), _KG, 1200, _KG, 1200, why="S1-07"),
    )


def surcharges_of() -> tuple[Extra, ...]:
    """The flat amounts: 顺丰 without a table of its own (C7), and the optional row for remote regions (C6)."""
    return (
        Extra(0, "顺丰加收（未录官方价时）", "SF", (), 1500, True, "C7, S2-05"),
        Extra(0, "新疆、西藏、广西加收", "", ("650000", "540000", "450000"), 1500, False, "C6, S2-05"),
    )


@action
def lay_tables(*, by: Actor, shop: Shop) -> list[Template]:
    """Give a shop the seeds' tables by its city, once; gives the tables laid, none if it has some already.

    The surcharge of C6 is laid switched off, that of C7 switched on. Raises NotAllowed without FREIGHT_EDIT.
    Half a dozen statements.
    """
    by.must(Power.FREIGHT_EDIT, shop_id=shop.pk)
    rows = zones_of(shop.city)
    if not rows or not _claim(shop):
        return []
    table = Template.objects.create(
        shop=shop,
        name=f"普通快递（{regions.short_name(shop.city)}）",
        ships_from=shop.city,
        valuation=Template.Valuation.WEIGHT,
        is_default=True,
    )
    Zone.objects.bulk_create(_zone(table, row, at) for at, row in enumerate(rows))
    ensure_carriers()
    carriers = dict(Carrier.objects.filter(code__in=["SF"]).values_list("code", "pk"))
    Surcharge.objects.bulk_create(_surcharges(shop, surcharges_of(), carriers))
    write(by=by, what="freight.laid", on=table, change={"zones": [0, len(rows)]}, reason="S1-03..S1-07")
    return [table]


def _claim(shop: Shop) -> bool:
    Shop.objects.select_for_update().get(pk=shop.pk)
    return not Template.objects.filter(shop=shop).exists()


def _zone(table: Template, row: ZoneRow, position: int) -> Zone:
    return Zone(
        template=table,
        name=row.name,
        regions=list(row.regions),
        first_standard=row.first_standard,
        first_fen=row.first_fen,
        add_standard=row.add_standard,
        add_fen=row.add_fen,
        ask_first=row.ask_first,
        why=row.why,
        position=position,
    )


def _surcharges(shop: Shop, extras: Sequence[Extra], carriers: dict[str, int]) -> list[Surcharge]:
    return [
        Surcharge(
            shop=shop,
            carrier_id=carriers[extra.carrier] if extra.carrier else None,
            regions=list(extra.regions),
            fee_fen=extra.fee_fen,
            name=extra.name,
            active=extra.fallback_only,
            fallback_only=extra.fallback_only,
            why=extra.why,
        )
        for extra in extras
        if not extra.carrier or extra.carrier in carriers
    ]
