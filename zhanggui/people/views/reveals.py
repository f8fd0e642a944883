"""Who saw whose data, when and why."""

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from zhanggui.journal import objects
from zhanggui.kit.clock import now
from zhanggui.kit.numbers import whole
from zhanggui.people import queries
from zhanggui.people.http import Request, needs
from zhanggui.people.powers import Power
from zhanggui.people.scopes import all_scopes

_A_PAGE = 100


@needs(Power.DAYBOOK_SEE)
@require_GET
def index(request: Request) -> HttpResponse:
    """GET /reveals/?staff=<work number>&object=<order number, work number>&before=<id>: the looks at personal data, latest first.

    Three statements, and one per kind of thing on the page.
    """
    rows = queries.reveals_visible_to(request.actor).order_by("-pk")
    staff = request.GET.get("staff", "").strip()[:40]
    if staff:
        rows = rows.filter(staff__work_no__iexact=staff)
    thing = request.GET.get("object", "").strip()
    if thing:
        named = Q(pk__in=[])
        for kind, pk in objects.ids_of(request.actor, thing[:60]):
            named |= Q(kind=kind, object_id=pk)
        if (number := whole(thing)) is not None:
            named |= Q(object_id=number)
        rows = rows.filter(named)
    if (before := whole(request.GET.get("before", ""))) is not None:
        rows = rows.filter(pk__lt=before)
    page = list(rows[: _A_PAGE + 1])
    names = objects.names_of(request.actor, page[:_A_PAGE])
    about = {
        "reveals": [(row, names.get((row.kind, row.object_id))) for row in page[:_A_PAGE]],
        "after": page[_A_PAGE - 1].pk if len(page) > _A_PAGE else "",
        "alarms": queries.alarms(request.actor, at=now()),
        "scopes": {scope.id: scope for scope in all_scopes()},
        "chosen": {"staff": staff, "object": thing},
        "filtered": bool(staff or thing),
    }
    return render(request, "people/reveals.html", about)
