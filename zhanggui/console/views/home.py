"""The home page: today's numbers, each a link to the rows behind it, composed by URL from the other rooms."""

from django.http import HttpResponse
from django.shortcuts import render

from zhanggui.kit import menu
from zhanggui.people.http import Request, needs


@needs("")
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
        {"steps": steps if open_steps else [], "next_step": open_steps[:1], "tiles": tiles},
    )
