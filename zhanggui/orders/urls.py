"""Addresses of the room `orders`: an order is /orders/<shop code>/<number>/, every act a noun below it."""

from django.urls import path

from zhanggui.orders.views import (
    bulk,
    changes,
    closures,
    columns,
    listing,
    marks,
    order,
    prices,
    queues,
    receivers,
    shipments,
    undoing,
)

app_name = "orders"
_ONE = "orders/<str:code>/<str:number>/"
urlpatterns = [
    path("orders/", listing.index, name="list"),
    path("orders/counts/", listing.counts, name="counts"),
    path("orders/size/", listing.size, name="size"),
    path("orders/filter/", listing.filter_form, name="filter"),
    path("orders/columns/", columns.columns, name="columns"),
    path("orders/bulk/", bulk.bulk, name="bulk"),
    path("orders/acts/<int:pk>/undoing/", undoing.undoing, name="undoing"),
    path("orders/approvals/", queues.approvals, name="approvals"),
    path("orders/merging/", queues.merging, name="merging"),
    path("orders/shipping/", queues.shipping, name="shipping"),
    path(_ONE, order.order, name="order"),
    path(_ONE + "peek/", order.peek, name="peek"),
    path(_ONE + "row/", order.line, name="row"),
    path(_ONE + "print/", order.paper, name="print"),
    path(_ONE + "timeline/", order.more, name="timeline"),
    path(_ONE + "money/<str:part>/", order.money, name="money"),
    path(_ONE + "price/", prices.price, name="price"),
    path(_ONE + "concessions/", prices.concession, name="concession"),
    path(_ONE + "concessions/<int:pk>/decision/", prices.decision, name="concession-decision"),
    path(_ONE + "closure/", closures.closure, name="closure"),
    path(_ONE + "lines/<int:pk>/closure/", closures.line_closure, name="line-closure"),
    path(_ONE + "extension/", shipments.extension, name="extension"),
    path(_ONE + "shipments/", shipments.shipment, name="shipments"),
    path(_ONE + "call/", shipments.call, name="call"),
    path(_ONE + "marks/", marks.mark, name="marks"),
    path(_ONE + "marks/<int:pk>/removal/", marks.mark_removal, name="mark-removal"),
    path(_ONE + "flag/", marks.flag, name="flag"),
    path(_ONE + "owner/", marks.owner, name="owner"),
    path(_ONE + "overwrites/<int:pk>/settlement/", marks.settlement, name="settlement"),
    path(_ONE + "receiver/", receivers.receiver, name="receiver"),
    path(_ONE + "receiver/reveal/", receivers.reveal, name="reveal"),
    path(_ONE + "receiver/copies/", receivers.copy, name="copies"),
    path(_ONE + "changes/", changes.change, name="changes"),
    path(_ONE + "changes/<int:pk>/decision/", changes.decision, name="change-decision"),
    path(_ONE + "changes/<int:pk>/withdrawal/", changes.withdrawal, name="change-withdrawal"),
    path(_ONE + "together/", queues.together, name="together"),
]
