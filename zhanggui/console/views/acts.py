"""One's own last twenty acts, each with the way back where there is one."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from zhanggui.console import queries
from zhanggui.people.http import Request, needs


@needs("")
@require_GET
def acts(request: Request) -> HttpResponse:  # GET /acts/
    return render(request, "console/acts.html", {"acts": queries.last_acts(request.actor)})
