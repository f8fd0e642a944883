"""Every route of the house, one line each: which power opens it, and a sample of what it is about.

Adding a view means adding its line here; tests/test_routes.py fails for a route that is not listed and walks
every line with every role, with nobody, and with a person of another shop.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from typing import Any

from django.test import Client

from tests.cast import HOUSE, NOON, mall, merchant, shop, sign_in, staff
from zhanggui.connect.models import Export, Import, Preset, Upload
from zhanggui.console.models import SavedView
from zhanggui.customers.models import Buyer
from zhanggui.freight.actions.quoting import keep
from zhanggui.freight.carriers import ensure_carriers
from zhanggui.freight.models import Carrier, CostAsked, Surcharge, Template
from zhanggui.freight.quotes import Part, Wish
from zhanggui.freight.seeds import lay_tables
from zhanggui.jobs.models import Job
from zhanggui.kit.sealed import seal
from zhanggui.orders.models import Change, Concession, Mark, Order, Overwrite
from zhanggui.orders.tests.cast import line, ordered
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

    def kept(self, name: str, make: Callable[[], Any]) -> Any:
        """A sample that a room's own routes file makes, once per stage."""
        if name not in self.__dict__:
            self.__dict__[name] = make()
        return self.__dict__[name]

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
    def order(self) -> Order:
        """An order of the shop with everything hanging on it that a route can name."""
        order = ordered(line(title=CANARY), into=self.shop, number="3028689418086017", memo=CANARY)
        by = {"order": order, "asker": CANARY, "asked_at": NOON}
        self.line = order.lines.get()
        self.mark = Mark.objects.create(
            order=order, department="service", kind="note", text=CANARY, author=CANARY, at=NOON
        )
        self.change = Change.objects.create(
            kind="wish", sealed=seal("{}", about="change"), stage="unpaid", reason=CANARY, **by
        )
        self.concession = Concession.objects.create(
            attempt=1, basis_points=9500, wanted={}, state=Concession.State.ASKED, **by
        )
        self.overwrite = Overwrite.objects.create(order=order, seen_at=NOON, our_memo=CANARY, our_flag=0)
        return order

    @cached_property
    def own_buyer(self) -> Buyer:
        """A buyer of the merchant's own shops."""
        return Buyer.objects.create(merchant_id=self.shop.merchant_id, platform="own", nick=CANARY)

    @cached_property
    def job(self) -> Job:
        return Job.objects.create(
            kind="orders.flag", title=CANARY, actor=CANARY, shop_id=self.shop.pk, staff_id=self.colleague.pk
        )

    @cached_property
    def imported(self) -> Import:
        return Import.objects.create(
            key="k" * 22, shop=self.shop, staff_id=self.colleague.pk, actor=CANARY, job=self.job
        )

    @cached_property
    def upload(self) -> Upload:
        return Upload.objects.create(
            imported=self.imported,
            key="u" * 22,
            name=f"{CANARY}.csv",
            size=1,
            digest="0" * 64,
            removed_at=NOON,
        )

    @cached_property
    def export(self) -> Export:
        return Export.objects.create(
            key="e" * 22, name=CANARY, kind="orders", form="csv", staff_id=self.colleague.pk, actor=CANARY
        )

    @cached_property
    def preset(self) -> Preset:
        return Preset.objects.create(name="样表", headers=[], mapping={}, made_by="-")

    @cached_property
    def saved_view(self) -> SavedView:
        return SavedView.objects.create(staff=self.colleague, name=CANARY, query="")

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
    refused with 403. `personal`: only its owner sees it, so for all others it is 404. `query`, `data`: what
    to send. `signed`: machines call it, a signature stands in for our token.
    """

    name: str
    power: str | None
    methods: str = "GET"
    of_shop: Sample | None = None
    about: Sample | None = None
    strict: bool = False
    personal: bool = False
    signed: bool = False
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


def _view(stage: Stage) -> dict[str, Any]:
    return {"pk": stage.saved_view.pk}


CONSOLE = [
    Route("console:home", ""),
    Route("console:looks", None, "POST"),
    Route("console:palette", "", query="?q=30286"),
    Route("console:keys", ""),
    Route("console:drafts", "", "GET POST"),
    Route("console:acts", ""),
    Route("console:notices", ""),
    Route("console:views", "", "GET POST"),
    Route("console:view", "", "POST", of_shop=_view, personal=True),
    Route("console:view-delete", "", "POST", of_shop=_view, personal=True),
    Route("console:view-count", "", of_shop=_view, personal=True),
    Route("console:tile-orders", P.ORDER_SEE),
    Route("console:tile-jobs", ""),
    Route("console:tile-acts", ""),
    Route("console:style", "", personal=True),
]


def _order(stage: Stage) -> dict[str, Any]:
    return {"code": stage.order.shop.code, "number": stage.order.number}


def _of_order(name: str, **also: Any) -> Sample:
    return lambda stage: _order(stage) | {"pk": getattr(stage, name).pk} | also


ORDERS = [
    Route("orders:list", P.ORDER_SEE),
    Route("orders:counts", P.ORDER_SEE),
    Route("orders:size", P.ORDER_SEE),
    Route("orders:filter", P.ORDER_SEE),
    Route("orders:columns", P.ORDER_SEE, "POST"),
    Route("orders:bulk", P.ORDER_SEE, "POST", strict=True),
    Route("orders:bulk-undoing", P.ORDER_SEE, "POST", about=lambda s: {"pk": 1}, strict=True),
    Route("orders:undoing", P.ORDER_SEE, "POST", about=lambda s: {"pk": 1}, strict=True),
    Route("orders:approvals", P.ORDER_SEE),
    Route("orders:merging", P.ORDER_SHIP, "GET POST", strict=True),
    Route("orders:shipping", P.ORDER_SEE, "GET POST", strict=True),
    Route("orders:order", P.ORDER_SEE, of_shop=_order),
    Route("orders:by-id", P.ORDER_SEE, of_shop=lambda s: {"pk": s.order.pk}),
    Route("orders:peek", P.ORDER_SEE, of_shop=_order),
    Route("orders:row", P.ORDER_SEE, of_shop=_order),
    Route("orders:print", P.ORDER_SEE, of_shop=_order),
    Route("orders:timeline", P.ORDER_SEE, of_shop=_order),
    Route("orders:money", P.ORDER_SEE, of_shop=lambda s: _order(s) | {"part": "price"}, personal=True),
    Route("orders:price", P.ORDER_PRICE, "POST", of_shop=_order),
    Route("orders:concession", P.ORDER_PRICE, "POST", of_shop=_order, strict=True),
    Route(
        "orders:concession-decision",
        P.CONCESSION_LEADER,
        "POST",
        of_shop=_of_order("concession"),
        strict=True,
    ),
    Route("orders:closure", P.ORDER_CLOSE, "POST", of_shop=_order),
    Route("orders:line-closure", P.ORDER_CLOSE, "POST", of_shop=_of_order("line")),
    Route("orders:extension", P.ORDER_EXTEND, "POST", of_shop=_order),
    Route("orders:shipments", P.ORDER_SHIP, "POST", of_shop=_order),
    Route("orders:call", P.COD_CONFIRM, "POST", of_shop=_order),
    Route("orders:marks", P.ORDER_MARK, "POST", of_shop=_order),
    Route("orders:mark-removal", P.ORDER_MARK, "POST", of_shop=_of_order("mark"), strict=True),
    Route("orders:flag", P.ORDER_MARK, "POST", of_shop=_order),
    Route("orders:owner", P.ORDER_ASSIGN, "POST", of_shop=_order),
    Route("orders:settlement", P.ORDER_MARK, "POST", of_shop=_of_order("overwrite")),
    Route("orders:receiver", P.ORDER_SEE, "POST", of_shop=_order, strict=True),
    Route("orders:reveal", P.RECEIVER_REVEAL, "POST", of_shop=_order),
    Route("orders:copies", P.RECEIVER_REVEAL, "POST", of_shop=_order),
    Route("orders:changes", P.ORDER_SEE, "POST", of_shop=_order, strict=True),
    Route("orders:change-decision", P.CHANGE_DECIDE, "POST", of_shop=_of_order("change"), strict=True),
    Route("orders:change-withdrawal", P.ORDER_SEE, "POST", of_shop=_of_order("change"), strict=True),
    Route("orders:together", P.ORDER_SHIP, "POST", of_shop=_order),
]


def _job(stage: Stage) -> dict[str, Any]:
    return {"pk": stage.job.pk}


JOBS = [
    Route("jobs:list", ""),
    Route("jobs:drawer", ""),
    Route("jobs:show", "", of_shop=_job, personal=True),
    Route("jobs:detail", "", of_shop=_job, personal=True),
    Route("jobs:result", "", of_shop=_job, personal=True),
    Route("jobs:stop", "", "POST", of_shop=lambda s: _job(s) | {"verb": "pause"}, personal=True, strict=True),
    Route("journal:daybook", P.DAYBOOK_SEE),
    Route("journal:verify", P.DAYBOOK_SEE, "POST", strict=True),
]


def _import(stage: Stage) -> dict[str, Any]:
    return {"key": stage.imported.key}


def _upload(stage: Stage) -> dict[str, Any]:
    return {"key": stage.upload.imported.key, "upload_id": stage.upload.pk}


def _export(stage: Stage) -> dict[str, Any]:
    return {"export_id": stage.export.pk}


CONNECT = [
    Route("connect:imports", P.ORDER_IMPORT, "GET POST"),
    Route("connect:presets", P.MAPPING_EDIT),
    Route(
        "connect:preset-deletion",
        P.MAPPING_EDIT,
        "POST",
        about=lambda s: {"preset_id": s.preset.pk},
        strict=True,
    ),
    Route("connect:shipping-template", P.ORDER_IMPORT),
    Route("connect:import", P.ORDER_IMPORT, of_shop=_import, personal=True),
    Route("connect:import-progress", P.ORDER_IMPORT, of_shop=_import, personal=True),
    Route("connect:import-job", P.ORDER_IMPORT, "POST", of_shop=_import, personal=True),
    Route("connect:import-cancellation", P.ORDER_IMPORT, "POST", of_shop=_import, personal=True),
    Route("connect:import-result-csv", P.ORDER_IMPORT, of_shop=_import, personal=True),
    Route("connect:import-result-xlsx", P.ORDER_IMPORT, of_shop=_import, personal=True),
    Route("connect:mapping", P.ORDER_IMPORT, "GET POST", of_shop=_upload, personal=True),
    Route("connect:mapping-preview", P.ORDER_IMPORT, "POST", of_shop=_upload, personal=True),
    Route("connect:exports", P.ORDER_EXPORT, "GET POST"),
    Route("connect:export-new", P.ORDER_EXPORT),
    Route("connect:export", P.ORDER_EXPORT, of_shop=_export, personal=True),
    Route("connect:export-progress", P.ORDER_EXPORT, of_shop=_export, personal=True),
    Route("connect:export-file", P.ORDER_EXPORT, of_shop=_export, personal=True),
    Route("connect:export-cancellation", P.ORDER_EXPORT, "POST", of_shop=_export, personal=True),
]


def _table(stage: Stage) -> dict[str, Any]:
    return {"code": stage.table.shop.code, "pk": stage.table.pk}


def _surcharge(stage: Stage) -> dict[str, Any]:
    return {"code": stage.shop.code, "pk": stage.surcharge.pk}


FREIGHT = [
    Route("freight:shops", P.FREIGHT_SEE),
    Route("freight:regions", P.FREIGHT_SEE),
    Route("freight:shop", P.FREIGHT_SEE, of_shop=_code),
    Route("freight:tables-usual", P.FREIGHT_EDIT, "POST", of_shop=_code),
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

ROUTES: list[Route] = [*FREIGHT, *PEOPLE, *SHOPS, *CONSOLE, *ORDERS, *JOBS, *CONNECT]
for room in ("catalog", "stock", "promotions", "checkout", "reviews", "connect", "storefront"):
    # A room of its own file: zhanggui/<room>/tests/routes.py, which reads Route and Stage from here.
    ROUTES += import_module(f"zhanggui.{room}.tests.routes").ROUTES
