"""Who saw whose data, when and why."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from zhanggui.kit.clock import now
from zhanggui.people import queries
from zhanggui.people.http import Request, needs
from zhanggui.people.powers import Power
from zhanggui.people.scopes import all_scopes

_A_PAGE = 100


@needs(Power.DAYBOOK_SEE)
@require_GET
def index(request: Request) -> HttpResponse:
    """GET /reveals/?staff=<work number>&object=<id>&before=<id>: the looks at personal data, latest first."""
    rows = queries.reveals_visible_to(request.actor).order_by("-pk")
    staff = request.GET.get("staff", "").strip()[:40]
    if staff:
        rows = rows.filter(staff__work_no__iexact=staff)
    thing = request.GET.get("object", "").strip()
    if thing.isascii() and thing.isdigit() and len(thing) < 19:
        rows = rows.filter(object_id=int(thing))
    before = request.GET.get("before", "")
    if before.isascii() and before.isdigit() and len(before) < 19:
        rows = rows.filter(pk__lt=int(before))
    page = list(rows[: _A_PAGE + 1])
    about = {
        "reveals": page[:_A_PAGE],
        "after": page[_A_PAGE - 1].pk if len(page) > _A_PAGE else "",
        "alarms": queries.alarms(request.actor, at=now()),
        "scopes": {scope.id: scope for scope in all_scopes()},
        "chosen": {"staff": staff, "object": thing},
        "filtered": bool(staff or thing),
    }
    return render(request, "people/reveals.html", about)
