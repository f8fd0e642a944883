"""On and off the shelf, now or at a moment; 橱窗推荐; the check of the evening before (C16). Always a list."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from zhanggui.catalog import gate
from zhanggui.catalog.models import Listing, Product
from zhanggui.catalog.queries.goods import dossiers, heroes, rules_of
from zhanggui.catalog.queries.undoing import FIELDS, undoable
from zhanggui.journal.actions import action
from zhanggui.journal.daybook import Line, write_many
from zhanggui.kit.actor import Actor
from zhanggui.kit.bells import ring
from zhanggui.kit.clock import day_of
from zhanggui.kit.refusals import Invalid, NotNow
from zhanggui.people.powers import Power
from zhanggui.shops.models import Shop
from zhanggui.shops.policies import values as policy_values

FARTHEST = timedelta(days=400)
LOOK_AHEAD = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Came:
    """What came of a bulk act: listing ids done, the reason for each refused one, and what an undo puts back."""

    done: list[int] = field(default_factory=list)
    refused: dict[int, str] = field(default_factory=dict)
    before: dict[int, dict[str, Any]] = field(default_factory=dict)


@action
def put_on(
    *,
    by: Actor,
    listing_ids: Sequence[int],
    at: datetime,
    on_at: datetime | None = None,
    off_at: datetime | None = None,
) -> Came:
    """Put on the shelf now, or at `on_at`, until `off_at` (None: it stays). What fails the gate is refused, each by itself.

    Raises NotAllowed without CATALOG_EDIT in one of the shops, Invalid for moments that make no sense.
    Seven statements and two for each shop, however many listings.
    """
    begins = max(on_at, at) if on_at else at
    if off_at is not None and off_at <= begins:
        raise Invalid(_("下架时间要晚于上架时间"), "off_at")
    if begins - at > FARTHEST:
        raise Invalid(_("上架时间太远了"), "on_at")
    rows = _locked(by, listing_ids)
    came = Came()
    told = dossiers({row.product_id for row in rows})
    for shop, own in _by_shop(rows):
        rules = rules_of(shop, day_of(begins))
        room = _hero_room(shop, own, at)
        for row in own:
            failed = gate.failing(gate.examine(told[row.product_id], rules))
            if failed:
                row.troubles = [check.code for check in failed]
                came.refused[row.pk] = _("没有上架：%(why)s（%(source)s）") % {
                    "why": failed[0].said,
                    "source": failed[0].source,
                }
            elif (
                row.product.role == Product.Role.HERO
                and not row.on_shelf(at)
                and not row.waits(at)
                and room <= 0
            ):
                came.refused[row.pk] = _("没有上架：本店的主打商品已经够多了（S3-05）")
                row.troubles = []
            else:
                room -= row.product.role == Product.Role.HERO
                came.before[row.pk] = _state(row)
                row.state, row.troubles = Listing.State.ON, []
                if (
                    not (row.on_at and row.on_at <= at and came.before[row.pk]["state"] == Listing.State.ON)
                    or on_at
                ):
                    row.on_at = begins
                row.off_at = off_at
                came.done.append(row.pk)
            row.checked_at = at
    _save(rows, came, by, "listing.on", [*FIELDS, "troubles", "checked_at"])
    return came


@action
def take_off(*, by: Actor, listing_ids: Sequence[int], at: datetime, off_at: datetime | None = None) -> Came:
    """Take off the shelf now, or at `off_at`. Raises NotAllowed, Invalid. Five statements."""
    rows = _locked(by, listing_ids)
    came = Came()
    for row in rows:
        if row.state != Listing.State.ON:
            came.refused[row.pk] = _("它不在架上")
            continue
        if off_at is not None and off_at > at:
            if row.on_at is not None and off_at <= row.on_at:
                raise Invalid(_("下架时间要晚于上架时间"), "off_at")
            came.before[row.pk] = _state(row)
            row.off_at = off_at
        else:
            came.before[row.pk] = _state(row)
            row.state, row.off_at = Listing.State.OFF, at
        came.done.append(row.pk)
    _save(rows, came, by, "listing.off", FIELDS)
    return came


@action
def show(*, by: Actor, listing_ids: Sequence[int], shown: bool, at: datetime) -> Came:
    """Recommend in the window (橱窗推荐), or no longer. Raises NotAllowed. Five statements."""
    rows = _locked(by, listing_ids)
    came = Came()
    for row in rows:
        if row.shown != shown:
            came.before[row.pk] = _state(row)
            row.shown = shown
        came.done.append(row.pk)
    _save(rows, came, by, "listing.shown", FIELDS)
    return came


@action
def put_back(*, by: Actor, before: Mapping[int, Mapping[str, Any]], at: datetime) -> Came:
    """Undo a bulk act: give each listing back what it was. What passes the gate no longer stays off."""
    rows = _locked(by, list(before))
    came = Came()
    told = dossiers({row.product_id for row in rows})
    for shop, own in _by_shop(rows):
        rules = rules_of(shop, day_of(at))
        for row in own:
            was = before[row.pk]
            if was["state"] == Listing.State.ON and row.state != Listing.State.ON:
                failed = gate.failing(gate.examine(told[row.product_id], rules))
                if failed:
                    came.refused[row.pk] = _("没有上架：%(why)s（%(source)s）") % {
                        "why": failed[0].said,
                        "source": failed[0].source,
                    }
                    continue
            came.before[row.pk] = _state(row)
            for name in FIELDS:
                setattr(row, name, _moment(was[name]) if name.endswith("_at") else was[name])
            came.done.append(row.pk)
    _save(rows, came, by, "listing.restored", FIELDS)
    return came


@action
def take_back(*, by: Actor, listing: Listing, at: datetime) -> Came:
    """Undo one's own last act on one listing, within UNDO_FOR, as long as nobody did anything after it.

    What it was before stands in the daybook. Raises NotAllowed, NotNow when there is nothing (any more) to take back.
    Nine statements.
    """
    (row,) = _locked(by, [listing.pk])
    told = undoable(by, [row], at=at).get(row.pk)
    if told is None:
        raise NotNow(_("已经不能撤销：时间过了，或者之后又有人改过。"))
    before = _state(row) | {name: was for name, (was, _now) in told.change.items() if name in FIELDS}
    return put_back(by=by, before={row.pk: before}, at=at)


@action
def look_ahead(*, by: Actor, at: datetime) -> Came:
    """Examine what goes on the shelf within a day; what would fail is held back as a draft and told (C16).

    So it is known in the evening, and nothing unfit appears in the small hours when nobody works.
    """
    by.must(Power.CATALOG_EDIT)
    waiting = Listing.objects.waiting(at).filter(on_at__lte=at + LOOK_AHEAD).values_list("pk", flat=True)
    rows = _locked(by, list(waiting))
    came = Came()
    told = dossiers({row.product_id for row in rows})
    for shop, own in _by_shop(rows):
        rules = rules_of(shop, day_of(at + LOOK_AHEAD))
        for row in own:
            failed = gate.failing(gate.examine(told[row.product_id], rules))
            row.checked_at, row.troubles = at, [check.code for check in failed]
            if failed:
                came.before[row.pk] = _state(row)
                row.state = Listing.State.DRAFT
                came.refused[row.pk] = failed[0].said
                came.done.append(row.pk)
    _save(rows, came, by, "listing.held", [*FIELDS, "troubles", "checked_at"])
    return came


def _locked(by: Actor, listing_ids: Sequence[int]) -> list[Listing]:
    """The listings in the order of their ids, locked. Raises NotAllowed. One statement."""
    rows = list(
        Listing.objects.filter(pk__in=sorted(set(listing_ids)))
        .select_related("shop", "product")
        .defer("words")
        .select_for_update(of=("self",))
        .order_by("pk")
    )
    for shop_id in sorted({row.shop_id for row in rows}):
        by.must(Power.CATALOG_EDIT, shop_id=shop_id)
    return rows


def _by_shop(rows: Sequence[Listing]) -> list[tuple[Shop, list[Listing]]]:
    found: dict[int, tuple[Shop, list[Listing]]] = {}
    for row in rows:
        found.setdefault(row.shop_id, (row.shop, []))[1].append(row)
    return list(found.values())


def _hero_room(shop: Shop, own: Sequence[Listing], at: datetime) -> int:
    """How many more hero products the shop may put on the shelf (S3-05)."""
    if not any(row.product.role == Product.Role.HERO for row in own):
        return 0
    most = policy_values(["catalog.hero_most"], shop, day_of(at))["catalog.hero_most"]
    return int(most) - heroes([shop.pk], at=at)[shop.pk]


def _state(row: Listing) -> dict[str, Any]:
    return {name: getattr(row, name) for name in FIELDS}


def _moment(told: Any) -> datetime | None:
    return datetime.fromisoformat(told) if isinstance(told, str) else told


def _save(rows: Sequence[Listing], came: Came, by: Actor, what: str, fields: Sequence[str]) -> None:
    changed = [row for row in rows if row.pk in came.before]
    for row in changed:
        row.version += 1
    if rows:
        Listing.objects.bulk_update(rows, [*fields, "version"])
    write_many(
        by=by,
        what=what,
        lines=[
            Line(
                "listing",
                row.pk,
                row.shop_id,
                {
                    name: [told, getattr(row, name)]
                    for name, told in came.before[row.pk].items()
                    if told != getattr(row, name)
                },
            )
            for row in changed
        ],
    )
    for shop_id in sorted({row.shop_id for row in changed}):
        ring(f"shop:{shop_id}", "goods")
