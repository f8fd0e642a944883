"""The tree of classifications (类目): kinds added, changed, moved, retired; a whole tree from a file; goods carried over."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db.models import F
from django.utils.translation import gettext as _

from zhanggui.catalog import forest as trees
from zhanggui.catalog import gate
from zhanggui.catalog.actions.guarding import Stale
from zhanggui.catalog.forest import Forest, Node
from zhanggui.catalog.models import ABOVE, Classification, Listing, Product
from zhanggui.catalog.queries import classes
from zhanggui.catalog.queries.goods import dossiers, rules_of
from zhanggui.journal.actions import action
from zhanggui.journal.daybook import Line, write, write_many
from zhanggui.kit.actor import Actor
from zhanggui.kit.clock import day_of
from zhanggui.kit.refusals import Invalid, NotNow
from zhanggui.people.powers import Power

MOST_CARRIED = 5000


class Unsure(NotNow):
    """It can be done, but goods on a shelf will no longer be fit: the person has to say that it is meant so.

    `many`: how many products.
    """

    code = "unsure"

    def __init__(self, message: str, many: int) -> None:
        super().__init__(message)
        self.many = many


@dataclass(frozen=True, slots=True)
class Carried:
    """Ids of the products that were carried over, and why each of the others stays."""

    done: list[int] = field(default_factory=list)
    refused: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a file would do: nodes it adds and changes (was, becomes), and what does not agree (code, sentence)."""

    added: list[Node]
    changed: list[tuple[Node, Node]]
    troubles: list[tuple[str, str]]
    seen: str
    """What the tree looked like; the file is laid upon this tree and no other."""
    unfit: int = 0
    """How many products on a shelf would lack an attribute."""


@action
def add(*, by: Actor, node: Node, at: datetime) -> Classification:
    """Add a kind behind its neighbours. Raises NotAllowed without CATALOG_EDIT in all shops, Invalid. Six statements."""
    by.must(Power.CATALOG_EDIT)
    found, forest = _locked()
    if node.code in forest:
        raise Invalid(_("编码 %(code)s 已经有了") % {"code": node.code}, "code")
    if len(found) >= trees.MOST:
        raise NotNow(_("一共最多 %(most)s 个类目。") % {"most": trees.MOST})
    node = trees.with_virtual(forest, replace(node, name=trees.tidy_name(node.name), retired=False))
    _agree(forest, [node])
    row = _new(node, found, {one.code: one.pk for one in found})
    row.save()
    write(by=by, what="classification.added", on=row, change={"name": [None, row.name]})
    return row


@action
def change(
    *, by: Actor, row: Classification, version: int, node: Node, at: datetime, sure: bool = False
) -> Classification:
    """Write a kind as the form shows it: name, the kind above, attributes, virtual (on top only).

    Raises NotAllowed, Invalid, Stale, Unsure when goods on a shelf lack what would be asked and `sure` is not said.
    """
    by.must(Power.CATALOG_EDIT)
    found, forest = _locked()
    fresh = _fresh(found, row, version)
    node = trees.with_virtual(
        forest,
        replace(node, name=trees.tidy_name(node.name), code=fresh.code, retired=fresh.retired_at is not None),
    )
    _agree(forest, [node])
    _asked_of_goods(forest, [node], sure)
    ids = {one.code: one.pk for one in found}
    before = _told(fresh, forest)
    if fresh.parent_id != ids.get(node.parent):
        fresh.position = _behind(found, ids.get(node.parent))
    _put(fresh, node, ids)
    fresh.save()
    after = _told(fresh, {**forest, node.code: node})
    write(
        by=by,
        what="classification.changed",
        on=fresh,
        change={"version": [version, fresh.version]}
        | {name: [before[name], after[name]] for name in before if before[name] != after[name]},
    )
    return fresh


@action
def move(*, by: Actor, row: Classification, up: bool, at: datetime) -> None:
    """One place up or down among its neighbours. Raises NotAllowed. Four statements."""
    by.must(Power.CATALOG_EDIT)
    found, _forest = _locked()
    rows = [one for one in found if one.parent_id == row.parent_id]
    place = next((number for number, one in enumerate(rows) if one.pk == row.pk), None)
    if place is None:
        return
    other = place - 1 if up else place + 1
    if not 0 <= other < len(rows):
        return
    rows[place], rows[other] = rows[other], rows[place]
    for number, one in enumerate(rows):
        one.position = number
    Classification.objects.bulk_update(rows, ["position"])
    write(by=by, what="classification.moved", on=row, change={"position": [place, other]})


@action
def retire(
    *, by: Actor, row: Classification, version: int, at: datetime, back: bool = False
) -> Classification:
    """It takes no goods any more; `back`: it takes them again. What is a draft in it stays and waits for another kind.

    Raises NotAllowed, Stale, Invalid when something in use stands below it or goods of it are on a shelf.
    """
    by.must(Power.CATALOG_EDIT)
    found, forest = _locked()
    fresh = _fresh(found, row, version)
    _agree(forest, [replace(forest[fresh.code], retired=not back)])
    fresh.retired_at = None if back else fresh.retired_at or at
    fresh.version += 1
    fresh.save(update_fields=["retired_at", "version"])
    write(
        by=by,
        what="classification.restored" if back else "classification.retired",
        on=fresh,
        change={"version": [version, fresh.version], "retired": [back, not back]},
    )
    return fresh


@action
def carry(*, by: Actor, row: Classification, into: Classification, at: datetime) -> Carried:
    """Carry the products of a kind over into another. What is on a shelf and would be unfit there stays where it is.

    Raises NotAllowed without CATALOG_EDIT in all shops, Invalid for a kind that takes no goods, NotNow for more than
    MOST_CARRIED. Ten statements and one for each shop, however many products.
    """
    by.must(Power.CATALOG_EDIT)
    branches = {one.row.pk: one for one in classes.tree()}
    goal = branches.get(into.pk)
    if goal is None or not goal.leaf or goal.row.retired_at is not None or into.pk == row.pk:
        raise Invalid(_("请选一个在用的最末一级类目"), "into")
    found = list(
        Product.objects.select_for_update(of=("self",))
        .filter(classification=row)
        .order_by("pk")
        .values_list("pk", "version")[: MOST_CARRIED + 1]
    )
    if len(found) > MOST_CARRIED:
        raise NotNow(_("一次最多移 %(most)s 件商品，请用筛选分批。") % {"most": MOST_CARRIED})
    told = {
        pk: replace(dossier, leaf=True, retired=False, asked=goal.row.asked, virtual_class=goal.row.virtual)
        for pk, dossier in dossiers(pk for pk, _version in found).items()
    }
    came = Carried()
    listings = list(
        Listing.objects.filter(product_id__in=list(told)).select_related("shop").defer("words").order_by("pk")
    )
    rules = {one.shop_id: one.shop for one in listings}
    by_shop = {shop_id: rules_of(shop, day_of(at)) for shop_id, shop in rules.items()}
    for listing in listings:
        failed = gate.failing(gate.examine(told[listing.product_id], by_shop[listing.shop_id]))
        on = listing.state == Listing.State.ON and (listing.off_at is None or at < listing.off_at)
        if failed and on:
            came.refused.setdefault(listing.product_id, failed[0].said)
        listing.troubles, listing.checked_at = [check.code for check in failed], at
    came.done.extend(pk for pk in told if pk not in came.refused)
    Listing.objects.bulk_update(
        [one for one in listings if one.product_id not in came.refused], ["troubles", "checked_at"]
    )
    Product.objects.filter(pk__in=came.done).update(classification=into, version=F("version") + 1)
    versions = dict(found)
    write_many(
        by=by,
        what="product.changed",
        lines=[
            Line(
                "product",
                pk,
                None,
                {"version": [versions[pk], versions[pk] + 1], "classification_id": [row.pk, into.pk]},
            )
            for pk in came.done
        ],
    )
    write(
        by=by,
        what="classification.emptied",
        on=row,
        change={"into": [None, into.code], "products": [len(found), len(came.refused)]},
    )
    return came


def planned(told: Forest) -> Plan:
    """What laying a file upon the tree would do; writes nothing. Three statements, one more where attributes change."""
    found = list(classes.rows())
    return _planned(found, told)


@action
def load(*, by: Actor, told: Forest, seen: str, at: datetime) -> Plan:
    """Lay the nodes of a file upon the tree, all or none. Raises NotAllowed, Invalid, Stale when the tree is another
    than the person saw (`Plan.seen`). What the file leaves out stays. Nine statements and one a level.
    """
    by.must(Power.CATALOG_EDIT)
    found, _forest = _locked()
    plan = _planned(found, told)
    if plan.seen != seen:
        raise Stale(_("类目树刚被别人改过，请重新检查这个文件。"))
    if plan.troubles:
        raise Invalid(plan.troubles[0][1], "file")
    rows = {row.code: row for row in found}
    fresh: list[Classification] = []
    ids = {row.code: row.pk for row in found}
    waiting = {node.code: node for node in plan.added}
    while waiting:
        ready = [node for node in waiting.values() if not node.parent or node.parent in ids]
        made: list[Classification] = []
        for node in ready:
            row = _new(node, [*found, *made], ids)
            row.retired_at = at if node.retired else None
            made.append(row)
            del waiting[node.code]
        Classification.objects.bulk_create(made)
        ids |= {row.code: row.pk for row in made}
        found, fresh = [*found, *made], [*fresh, *made]
    touched = []
    for was, node in plan.changed:
        row = rows[node.code]
        _put(row, node, ids)
        if was.retired != node.retired:
            row.retired_at = at if node.retired else None
        touched.append(row)
    Classification.objects.bulk_update(
        touched, ["name", "parent", "virtual", "attributes", "retired_at", "version"]
    )
    write_many(
        by=by,
        what="classification.loaded",
        lines=[
            *(Line("classification", row.pk, None, {"name": [None, row.name]}) for row in fresh),
            *(
                Line(
                    "classification",
                    ids[node.code],
                    None,
                    {
                        "version": [rows[node.code].version - 1, rows[node.code].version],
                        "name": [was.name, node.name],
                        "parent": [was.parent, node.parent],
                        "attributes": [trees.said_asked(was.asked), trees.said_asked(node.asked)],
                        "retired": [was.retired, node.retired],
                    },
                )
                for was, node in plan.changed
            ),
        ],
    )
    return plan


def _planned(found: list[Classification], told: Forest) -> Plan:
    forest = classes.forest_of(found)
    merged, changed = trees.laid_upon(forest, told)
    said = [
        (code, text) for code, _field, text in trees.troubles(merged, classes.standing(), forest, changed)
    ]
    print_of = sorted((row.code, row.version) for row in found)
    return Plan(
        [told[code] for code in changed if code not in forest],
        [(forest[code], told[code]) for code in changed if code in forest],
        said,
        hashlib.sha256(repr(print_of).encode()).hexdigest()[:16],
        0 if said else _lacking(forest, [told[code] for code in changed if code in forest]),
    )


def _locked() -> tuple[list[Classification], Forest]:
    """The whole tree, locked in the order of the ids; in the order of places. One statement."""
    found = list(Classification.objects.select_for_update().order_by("pk"))
    found.sort(key=lambda row: (row.position, row.pk))
    return found, classes.forest_of(found)


def _fresh(found: Sequence[Classification], row: Classification, version: int) -> Classification:
    fresh = next((one for one in found if one.pk == row.pk), None)
    if fresh is None or fresh.version != version:
        raise Stale(_("这个类目刚被别人改过，请核对后再保存。"))
    return fresh


def _agree(forest: Forest, nodes: Sequence[Node]) -> None:
    """Raise Invalid (with the field) when the tree with these nodes does not agree with itself. Two statements."""
    merged, changed = trees.laid_upon(forest, {node.code: node for node in nodes})
    for _code, where, said in trees.troubles(merged, classes.standing(), forest, changed):
        raise Invalid(said, where)


def _asked_of_goods(forest: Forest, nodes: Sequence[Node], sure: bool) -> None:
    many = 0 if sure else _lacking(forest, nodes)
    if many:
        raise Unsure(
            _(
                "有 %(many)s 件在架商品缺这样要求的属性或值不在范围内。它们会留在架上，但下次修改时要先补齐。确定要这样改，请再提交一次。"
            )
            % {"many": many},
            many,
        )


def _lacking(forest: Forest, nodes: Sequence[Node]) -> int:
    """How many products on a shelf lack what these nodes ask anew. One statement, none where they ask nothing new."""
    wanted: dict[str, list[gate.Dossier]] = {}
    codes = []
    for node in nodes:
        was = forest[node.code]
        if tuple(was.asked) != tuple(node.asked):
            codes.append(node.code)
            wanted[node.code] = []
    if not codes:
        return 0
    asked = {node.code: node.asked for node in nodes}
    inside = classes.inside(codes[0], "classification")
    for code in codes[1:]:
        inside |= classes.inside(code, "classification")
    goods = Product.objects.filter(
        inside, pk__in=Listing.objects.filter(state=Listing.State.ON).values("product_id")
    ).select_related(f"classification__{ABOVE}")
    many = 0
    for product in goods.defer("description"):
        kinds = []
        one = product.classification
        while one is not None:
            kinds.append(one)
            one = one.parent
        before = _short(product, [told for kind in kinds for told in forest[kind.code].asked])
        after = _short(
            product, [told for kind in kinds for told in asked.get(kind.code, forest[kind.code].asked)]
        )
        many += bool(after - before)
    return many


def _short(product: Product, asked: Sequence[Mapping[str, Any]]) -> set[str]:
    """The attributes that the product does not tell as it is asked."""
    return {
        str(one["name"])
        for one in asked
        if (one.get("must") and not product.attributes.get(one["name"]))
        or (
            one.get("choices")
            and product.attributes.get(one["name"])
            and product.attributes[one["name"]] not in one["choices"]
        )
    }


def _new(node: Node, found: Sequence[Classification], ids: Mapping[str, int]) -> Classification:
    row = Classification(code=node.code, position=_behind(found, ids.get(node.parent)))
    _put(row, node, ids)
    row.version = 1
    return row


def _behind(found: Sequence[Classification], parent_id: int | None) -> int:
    return 1 + max((row.position for row in found if row.parent_id == parent_id), default=-1)


def _put(row: Classification, node: Node, ids: Mapping[str, int]) -> None:
    row.name, row.virtual, row.attributes = node.name, node.virtual, [dict(one) for one in node.asked]
    row.parent_id = ids[node.parent] if node.parent else None
    row.version += 1


def _told(row: Classification, forest: Forest) -> dict[str, Any]:
    node = forest[row.code]
    return {
        "name": node.name,
        "parent": node.parent,
        "virtual": node.virtual,
        "attributes": trees.said_asked(node.asked),
    }
