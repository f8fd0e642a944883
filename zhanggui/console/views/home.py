"""The home page: today's numbers, each a link to the rows behind it, composed by URL from the other rooms."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from zhanggui.kit import menu
from zhanggui.kit.actor import Actor
from zhanggui.people.http import Request, needs
from zhanggui.shops.models import Shop

_MOST_TOPICS = 16


@needs("")
@require_GET
def show(request: Request) -> HttpResponse:  # GET /
    steps = [
        {"step": step, "done": step.done(), "url": menu.address(step.route)}
        for step in menu.steps_for(request.actor)
    ]
    tiles = [{"tile": tile, "url": menu.address(tile.route)} for tile in menu.tiles_for(request.actor)]
    open_steps = [row for row in steps if not row["done"]]
    return render(
        request,
        "console/home.html",
        {
            "steps": steps if open_steps else [],
            "next_step": open_steps[:1],
            "tiles": tiles,
            "topics": _topics(request.actor),
        },
    )


def _topics(actor: Actor) -> str:
    """The bells that change the numbers: one's shops, as many as a stream takes. One statement."""
    shops = Shop.objects.filter(closed_at__isnull=True).order_by("pk").values_list("pk", flat=True)
    mine = [pk for pk in shops if actor.can_somewhere("order.see") and actor.can("order.see", pk)]
    return " ".join([f"shop:{pk}" for pk in mine[:_MOST_TOPICS]] + [f"staff:{actor.staff_id}"])
