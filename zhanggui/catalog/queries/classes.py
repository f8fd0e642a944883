"""The tree of classifications: as pages show it, as choices, what stands in each."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from zhanggui.catalog.forest import LEVELS, Forest, Node, Standing, ordered
from zhanggui.catalog.models import ABOVE, Classification, Listing, Product
from zhanggui.kit.actor import Actor
from zhanggui.people.powers import Power


@dataclass(frozen=True, slots=True)
class Branch:
    """A kind in its place of the tree. `depth`: 0 on top; `path`: the names from the top to it; `leaf`: nothing in use
    stands below it, so it takes goods unless it is retired.
    """

    row: Classification
    depth: int
    path: tuple[str, ...]
    leaf: bool

    @property
    def where(self) -> str:
        """The names from the top."""
        return " / ".join(self.path)


def rows() -> "QuerySet[Classification]":
    """All kinds in the order of their places. No statement by itself."""
    return Classification.objects.order_by("position", "pk")


def tree() -> list[Branch]:
    """The whole tree, each kind below its own. One statement."""
    found = list(rows())
    by_id = {row.pk: row for row in found}
    for row in found:
        if row.parent_id is not None:
            row.parent = by_id[row.parent_id]
    branches = {row.parent_id for row in found if row.retired_at is None}
    by_code = {row.code: row for row in found}
    return [
        Branch(row, depth, _path(row), row.pk not in branches)
        for code, depth in ordered([(row.code, row.parent.code if row.parent else "") for row in found])
        if (row := by_code[code])
    ]


def _path(row: Classification) -> tuple[str, ...]:
    names: list[str] = []
    one: Classification | None = row
    while one is not None and len(names) <= LEVELS:
        names.insert(0, one.name)
        one = one.parent
    return tuple(names)


def leaves(also: int | None = None) -> list[tuple[str, list[Classification]]]:
    """What a product may be, under the names of the kinds above, for a choice. One statement.

    `also`: id of the kind a product has now, which stands among them even when it takes no goods any more.
    """
    found: dict[str, list[Classification]] = {}
    for one in tree():
        if one.row.pk == also or (one.leaf and one.row.retired_at is None):
            found.setdefault(" / ".join(one.path[:-1]) or one.row.name, []).append(one.row)
    return list(found.items())


def of_code(code: str) -> "QuerySet[Classification]":
    """The kind of that code with those above it. No statement by itself."""
    return Classification.objects.select_related(ABOVE).filter(code=code)


def inside(code: str, way: str = "product__classification") -> Q:
    """The filter of what stands in the kind of that code or below it; `way`: from the filtered row to its kind."""
    found = Q()
    for level in range(LEVELS):
        found |= Q(**{f"{way}{'__parent' * level}__code": code})
    return found


def listed(actor: Actor) -> dict[int, int]:
    """How many listings that the actor sees stand in each kind itself, by its id. One statement."""
    seen = Listing.objects.of_shops(actor.shops_with(Power.CATALOG_SEE)).filter(
        product__classification__isnull=False
    )
    counted = seen.values("product__classification").annotate(many=Count("pk")).order_by()
    return {one["product__classification"]: one["many"] for one in counted}


def counted(branches: list[Branch], own: Mapping[int, int]) -> dict[int, int]:
    """The same with those below counted in. No statement."""
    found = {one.row.pk: own.get(one.row.pk, 0) for one in branches}
    for one in reversed(branches):
        if one.row.parent_id is not None:
            found[one.row.parent_id] += found[one.row.pk]
    return found


def forest_of(found: list[Classification]) -> Forest:
    """The tree as values, by code. No statement."""
    by_id = {row.pk: row for row in found}
    return {
        row.code: Node(
            row.code,
            row.name,
            by_id[row.parent_id].code if row.parent_id else "",
            row.virtual,
            tuple(row.attributes),
            row.retired_at is not None,
        )
        for row in found
    }


def standing() -> dict[str, Standing]:
    """How many products stand in each kind itself and how many of them are on a shelf or waiting, by code. Two statements."""
    kinds = (
        Product.objects.filter(classification__isnull=False).values_list("classification__code").order_by()
    )
    on = kinds.filter(pk__in=Listing.objects.filter(state=Listing.State.ON).values("product_id"))
    shelved = dict(on.annotate(many=Count("pk")))
    return {code: Standing(many, shelved.get(code, 0)) for code, many in kinds.annotate(many=Count("pk"))}
