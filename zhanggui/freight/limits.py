"""What a table may say: the platforms' limits for freight templates (protocols 4.5), each refused by its name.

Pure: values in, a refusal or the clean values out. Standards in pieces, grams or cm³.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from zhanggui.freight.rules import FreeRow, ZoneRow
from zhanggui.freight.wording import measure
from zhanggui.kit import regions
from zhanggui.kit.refusals import Invalid

NAME_BYTES = 50
MOST_FEE_FEN = 99_999
MOST_ZONES = 100
RANGES = {"pieces": (1, 9_999), "weight": (100, 9_999_900), "volume": (100_000, 999_900_000)}
"""Least and most of a standard: 1-9999 pieces, 0.1-9999.9 kg, 0.1-999.9 m³ (in cm³)."""


@dataclass(frozen=True, slots=True)
class Header:
    """What stands at the head of a table. `carrier` code or "" for the ordinary courier."""

    name: str
    carrier: str
    ships_from: str
    valuation: str
    seller_pays: bool = False


def check_header(header: Header) -> None:
    """Raises Invalid with the rule that the head of a table breaks."""
    if not header.name.strip():
        raise Invalid(_("请填写运费表名称"), "name")
    if len(header.name.encode("gb18030")) > NAME_BYTES:
        raise Invalid(_("运费表名称最多 50 字节（25 个汉字）"), "name")
    code = header.ships_from
    if not regions.known(code) or not code.endswith("00") or code.endswith("0000"):
        raise Invalid(_("请填写发货城市"), "ships_from")
    if header.valuation not in RANGES:
        raise Invalid(_("请选择计费方式"), "valuation")


def check_zones(zones: Sequence[ZoneRow], valuation: str) -> None:
    """Raises Invalid with the rule that a row breaks; `field` is "zone-<position>-<column>"."""
    if len(zones) > MOST_ZONES:
        raise Invalid(_("一张运费表最多 %(n)s 行") % {"n": MOST_ZONES}, "zones")
    seen: dict[str, str] = {}
    for at, zone in enumerate(zones):
        _check_zone(zone, valuation, f"zone-{at}-")
        for code in zone.regions:
            if code in seen:
                raise Invalid(
                    _("%(region)s 同时在「%(one)s」和「%(other)s」两行里，一个地区只能在一行")
                    % {"region": regions.name_of(code), "one": seen[code], "other": zone.name},
                    f"zone-{at}-regions",
                )
            seen[code] = zone.name


def _check_zone(zone: ZoneRow, valuation: str, prefix: str) -> None:
    if not zone.name.strip() or len(zone.name) > 60:
        raise Invalid(_("请给这一行起个名字（最多 60 字）"), f"{prefix}name")
    if not zone.regions:
        raise Invalid(_("「%(zone)s」没有选地区") % {"zone": zone.name}, f"{prefix}regions")
    if bad := [code for code in zone.regions if not regions.known(code)]:
        raise Invalid(_("没有这个地区：%(code)s") % {"code": bad[0]}, f"{prefix}regions")
    _check_standard(zone.first_standard, valuation, f"{prefix}first_standard")
    _check_fee(zone.first_fen, f"{prefix}first_fen")
    if (zone.add_standard is None) != (zone.add_fen is None):
        raise Invalid(_("续费的数量和金额要么都填，要么都空（空表示未定义）"), f"{prefix}add_fen")
    if zone.add_standard is None or zone.add_fen is None:
        return
    _check_standard(zone.add_standard, valuation, f"{prefix}add_standard")
    _check_fee(zone.add_fen, f"{prefix}add_fen")
    if zone.first_fen and zone.add_fen > zone.first_fen:
        raise Invalid(_("续费不能高于首费（首费为 0 时除外）"), f"{prefix}add_fen")


def _check_standard(value: int, valuation: str, field: str) -> None:
    least, most = RANGES[valuation]
    if not least <= value <= most:
        raise Invalid(
            _("数量要在 %(least)s 到 %(most)s 之间")
            % {"least": measure(least, valuation), "most": measure(most, valuation)},
            field,
        )


def _check_fee(fen: int, field: str) -> None:
    if not 0 <= fen <= MOST_FEE_FEN:
        raise Invalid(_("金额要在 0.00 到 999.99 元之间"), field)


def check_free(rules: Sequence[FreeRow]) -> None:
    """Raises Invalid with the rule that a free-shipping condition breaks; `field` is "free-<position>"."""
    for at, rule in enumerate(rules):
        if rule.pieces is None and rule.amount_fen is None and rule.within is None:
            raise Invalid(_("包邮条件至少填一项：件数、金额或重量"), f"free-{at}")
        if any(value is not None and value < 1 for value in (rule.pieces, rule.amount_fen, rule.within)):
            raise Invalid(_("包邮条件要大于 0"), f"free-{at}")
        if bad := [code for code in rule.regions if not regions.known(code)]:
            raise Invalid(_("没有这个地区：%(code)s") % {"code": bad[0]}, f"free-{at}")
