"""Every route of the house, one line each: which power opens it, and a sample of what it is about.

Adding a view means adding its line here; tests/test_routes.py fails for a route that is not listed and walks
every line with every role, with nobody, and with a person of another shop.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.test import Client

from tests.cast import HOUSE, NOON, mall, merchant, shop, sign_in, staff
from zhanggui.freight.actions.quoting import keep
from zhanggui.freight.carriers import ensure_carriers
from zhanggui.freight.models import Carrier, CostAsked, Surcharge, Template
from zhanggui.freight.quotes import Part, Wish
from zhanggui.freight.seeds import lay_tables
from zhanggui.people.models import Grant, Role, Staff, Visit
from zhanggui.people.powers import Power as P
from zhanggui.people.seeds import OWNER, lay_roles
from zhanggui.shops.models import Setting

CANARY = "金丝雀一号"
"""Stands in everything that belongs to the stage's shop; a person of another shop must never read it."""


class Stage:
    """One shop full of things, another shop, and a person for every default role. Things are made when asked
    for: a room adds a property for the sample its routes are about.
    """

    def __init__(self) -> None:
        self.roles = lay_roles()
        self.shop = shop("WH01", name=f"{CANARY}店", sells=CANARY)
        self.other = mall("SH01", merchant=merchant())

    def person_of(self, role: str) -> Staff:
        """A person with that role in the shop (the owner: everywhere)."""
        person = staff(f"r{self.roles[role].pk}", name=role)
        where = None if role == OWNER else self.shop.pk
        Grant.objects.create(staff=person, role=self.roles[role], shop_id=where)
        return person

    def client(self, person: Staff) -> Client:
        """The person's browser."""
        return sign_in(Client(raise_request_exception=True), person)

    @cached_property
    def stranger(self) -> Staff:
        """A person with every power, but in the other shop only."""
        person = staff("stranger", name="外人")
        role = Role.objects.create(name="一切", powers=[str(power) for power in P])
        Grant.objects.create(staff=person, role=role, shop_id=self.other.pk)
        return person

    @cached_property
    def colleague(self) -> Staff:
        """Somebody of the shop whom others manage."""
        return staff("kf900", P.CATALOG_SEE, at=self.shop, name=CANARY)

    @cached_property
    def visit(self) -> Visit:
        return Visit.objects.create(staff=self.colleague, session_key="x" * 32, address="-", label="Chrome")

    @cached_property
    def grant(self) -> Grant:
        return Grant.objects.get(staff=self.colleague)

    @cached_property
    def spare_role(self) -> Role:
        return Role.objects.create(name="临时工", powers=[])

    @cached_property
    def table(self) -> Template:
        lay_tables(by=HOUSE, shop=self.shop)
        return Template.objects.get(shop=self.shop)

    @cached_property
    def surcharge(self) -> Surcharge:
        return Surcharge.objects.create(shop=self.shop, name=CANARY, fee_fen=100)

    @cached_property
    def asked_cost(self) -> CostAsked:
        wish = Wish(self.table.shop, "540102", (Part(1, 500),))
        return CostAsked.objects.get(quote=keep(by=HOUSE, wish=wish, at=NOON))

    @cached_property
    def carrier(self) -> Carrier:
        ensure_carriers()
        return Carrier.objects.get(code="STO")

    @cached_property
    def coming(self) -> Setting:
        return Setting.objects.create(
            shop=self.shop, name="x", value=1, since=NOON.date().replace(year=2999), set_by="-", set_at=NOON
        )


Sample = Callable[[Stage], dict[str, Any]]


@dataclass(frozen=True)
class Route:
    """`power`: what opens it; "" for every signed-in person, None for anybody.

    `methods`: what it answers to. `of_shop`: arguments that name a thing of the stage's shop, so a person of
    another shop gets 404. `about`: arguments of a thing that belongs to no shop. `strict`: the verb behind
    it asks for more than the power (all shops, one's own things, leading the person), so a holder may be
    refused with 403. `query`, `data`: what to send.
    """

    name: str
    power: str | None
    methods: str = "GET"
    of_shop: Sample | None = None
    about: Sample | None = None
    strict: bool = False
    query: str = ""
    data: dict[str, Any] = field(default_factory=dict)

    def sample(self, stage: Stage) -> dict[str, Any]:
        """The arguments of the sample address."""
        make = self.of_shop or self.about
        return make(stage) if make else {}


def _code(stage: Stage) -> dict[str, Any]:
    return {"code": stage.shop.code}


def _colleague(stage: Stage) -> dict[str, Any]:
    return {"pk": stage.colleague.pk}


PEOPLE = [
    Route("people:sign-in", None, "GET POST"),
    Route("people:code", None, "GET POST"),
    Route("people:sign-out", "", "POST"),
    Route("people:me", ""),
    Route("people:password", "", "GET POST"),
    Route("people:two-factor", "", "GET POST"),
    Route("people:recovery-codes", "", "POST"),
    Route("people:two-factor-ending", "", "POST"),
    Route("people:my-visits-ending", "", "POST"),
    Route("people:my-visit-ending", "", "POST", of_shop=lambda s: {"visit": s.visit.pk}),
    Route("people:staff", P.STAFF_SEE),
    Route("people:staff-new", P.STAFF_EDIT, "GET POST"),
    Route("people:person", P.STAFF_SEE, of_shop=_colleague),
    Route("people:preview", P.STAFF_SEE, of_shop=_colleague),
    Route("people:details", P.STAFF_EDIT, "POST", of_shop=_colleague),
    Route("people:disabling", P.STAFF_EDIT, "POST", of_shop=_colleague),
    Route("people:enabling", P.STAFF_EDIT, "POST", of_shop=_colleague),
    Route("people:staff-password", P.STAFF_EDIT, "POST", of_shop=_colleague),
    Route("people:staff-two-factor", P.STAFF_EDIT, "POST", of_shop=_colleague),
    Route("people:grants", P.STAFF_EDIT, "POST", of_shop=_colleague),
    Route(
        "people:withdrawal",
        P.STAFF_EDIT,
        "POST",
        of_shop=lambda s: {"pk": s.colleague.pk, "grant": s.grant.pk},
    ),
    Route("people:visits-ending", P.STAFF_EDIT, "POST", of_shop=_colleague),
    Route(
        "people:visit-ending",
        P.STAFF_EDIT,
        "POST",
        of_shop=lambda s: {"visit": s.visit.pk, "pk": s.colleague.pk},
    ),
    Route("people:roles", P.STAFF_SEE),
    Route("people:role-new", P.STAFF_EDIT, "GET POST", strict=True),
    Route("people:role", P.STAFF_EDIT, "GET POST", about=lambda s: {"pk": s.spare_role.pk}, strict=True),
    Route("people:role-removal", P.STAFF_EDIT, "POST", about=lambda s: {"pk": s.spare_role.pk}, strict=True),
    Route("people:powers", ""),
    Route("people:reveals", P.DAYBOOK_SEE),
]

SHOPS = [
    Route("shops:shops", P.SHOP_SEE),
    Route("shops:new", P.SHOP_EDIT, "GET POST", strict=True),
    Route("shops:shop", P.SHOP_SEE, of_shop=_code),
    Route("shops:details", P.SHOP_EDIT, "POST", of_shop=_code),
    Route("shops:closing", P.SHOP_EDIT, "POST", of_shop=_code, strict=True),
    Route(
        "shops:setting",
        P.SHOP_EDIT,
        "POST",
        of_shop=lambda s: {"code": s.shop.code, "name": "freight.quote_minutes"},
    ),
    Route(
        "shops:coming-removal",
        P.SHOP_EDIT,
        "POST",
        of_shop=lambda s: {"code": s.shop.code, "pk": s.coming.pk},
    ),
]

CONSOLE = [
    Route("console:home", ""),
    Route("console:looks", None, "POST"),
]


def _table(stage: Stage) -> dict[str, Any]:
    return {"code": stage.table.shop.code, "pk": stage.table.pk}


def _surcharge(stage: Stage) -> dict[str, Any]:
    return {"code": stage.shop.code, "pk": stage.surcharge.pk}


FREIGHT = [
    Route("freight:shops", P.FREIGHT_SEE),
    Route("freight:regions", P.FREIGHT_SEE),
    Route("freight:shop", P.FREIGHT_SEE, of_shop=_code),
    Route("freight:table-new", P.FREIGHT_EDIT, "GET POST", of_shop=_code),
    Route("freight:table", P.FREIGHT_SEE, "GET POST", of_shop=_table, strict=True),
    Route("freight:table-copy", P.FREIGHT_EDIT, "POST", of_shop=_table),
    Route("freight:table-default", P.FREIGHT_EDIT, "POST", of_shop=_table),
    Route("freight:table-removal", P.FREIGHT_EDIT, "POST", of_shop=_table),
    Route("freight:surcharge-new", P.FREIGHT_EDIT, "GET POST", of_shop=_code),
    Route("freight:surcharge", P.FREIGHT_EDIT, "GET POST", of_shop=_surcharge),
    Route("freight:surcharge-removal", P.FREIGHT_EDIT, "POST", of_shop=_surcharge),
    Route("freight:quotes", P.FREIGHT_SEE),
    Route("freight:tester", P.FREIGHT_SEE, "GET POST"),
    Route("freight:quote", P.FREIGHT_SEE, of_shop=lambda s: {"key": s.asked_cost.quote.key}),
    Route("freight:costs", P.FREIGHT_SEE),
    Route("freight:cost-answer", P.FREIGHT_EDIT, "POST", of_shop=lambda s: {"pk": s.asked_cost.pk}),
    Route("freight:carriers", P.FREIGHT_SEE),
    Route(
        "freight:carrier", P.FREIGHT_SEE, "GET POST", about=lambda s: {"code": s.carrier.code}, strict=True
    ),
]

ROUTES: list[Route] = [*FREIGHT, *PEOPLE, *SHOPS, *CONSOLE]
