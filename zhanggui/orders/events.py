"""What this room announces. One piece of news per shop and act, however many orders it is about."""

from dataclasses import dataclass

from zhanggui.journal.news import news


@dataclass(frozen=True, slots=True)
class OfOrders:
    """News about orders of one shop."""

    shop_id: int
    order_ids: tuple[int, ...]


@news
@dataclass(frozen=True, slots=True)
class OrdersPlaced(OfOrders):
    """New orders came in, in whichever state they were told."""


@news
@dataclass(frozen=True, slots=True)
class OrdersUpdated(OfOrders):
    """A source told news of orders that were there."""


@news
@dataclass(frozen=True, slots=True)
class OrdersPaid(OfOrders):
    """Paid, or agreed to be paid on delivery: from now on they wait to be shipped."""


@news
@dataclass(frozen=True, slots=True)
class OrdersPriced(OfOrders):
    """Item prices or postage changed by hand."""


@news
@dataclass(frozen=True, slots=True)
class OrdersClosed(OfOrders):
    """Closed before or after payment."""


@news
@dataclass(frozen=True, slots=True)
class OrdersShipped(OfOrders):
    """Something of them left the house."""


@news
@dataclass(frozen=True, slots=True)
class OrdersExtended(OfOrders):
    """The time to confirm the receipt was extended."""


@news
@dataclass(frozen=True, slots=True)
class OrdersFinished(OfOrders):
    """Confirmed by the buyer, by hand or by time."""


@news
@dataclass(frozen=True, slots=True)
class RefundsMoved(OfOrders):
    """A refund was opened, closed or settled on one of their lines."""


@news
@dataclass(frozen=True, slots=True)
class ConcessionAsked(OfOrders):
    """An agent asks a leader for a price."""


@news
@dataclass(frozen=True, slots=True)
class ConcessionDecided(OfOrders):
    """A leader agreed or refused."""


@news
@dataclass(frozen=True, slots=True)
class OrdersMarked(OfOrders):
    """Flag or memo that they show outward changed: `connect` carries them to the platform."""


@news
@dataclass(frozen=True, slots=True)
class ReceiversChanged(OfOrders):
    """They go to another receiver or address now."""


@news
@dataclass(frozen=True, slots=True)
class ChangesAsked(OfOrders):
    """A change was asked for and waits for a decision."""


@news
@dataclass(frozen=True, slots=True)
class ChangesDecided(OfOrders):
    """A change was agreed to, refused or withdrawn."""


@news
@dataclass(frozen=True, slots=True)
class CodAnswered(OfOrders):
    """The buyer was called: agreed or refused to pay on delivery."""


@news
@dataclass(frozen=True, slots=True)
class OrdersGrouped(OfOrders):
    """They shall leave in one parcel, or no longer."""
