"""The daybook: search it, and see whether its chain of seals holds."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from zhanggui.journal import queries, seals
from zhanggui.journal.words import KINDS, WHOLE
from zhanggui.kit.actor import power_name
from zhanggui.kit.guard import needs
from zhanggui.kit.refusals import NotAllowed, Refused


@needs(queries.POWER)
@require_GET
def search(request: Any) -> HttpResponse:  # GET /daybook/
    wanted = {name: request.GET.get(name, "") for name in queries.FIELDS}
    refusal, page = None, queries.Page([], "", "")
    try:
        page = queries.search(
            request.actor, wanted, before=request.GET.get("before", ""), after=request.GET.get("after", "")
        )
    except Refused as caught:
        refusal = caught
    context = {
        "page": page,
        "rows": page.named(request.actor),
        "wanted": wanted,
        "narrowed": any(wanted.values()),
        "refusal": refusal,
        "kinds": sorted(
            {label: kind for kind, label in reversed(KINDS.items())}.items(), key=lambda pair: pair[1]
        ),
        "whole": WHOLE,
        "sources": queries.sources(),
        "chain": queries.sealed() if request.actor.can(queries.POWER) else None,
    }
    template = "journal/daybook.html#rows" if request.headers.get("HX-Request") else "journal/daybook.html"
    return render(request, template, context, status=refusal.status if refusal else 200)


@needs(queries.POWER)
@require_POST
def verify(request: Any) -> HttpResponse:  # POST /daybook/verification/
    """Walk the whole chain and say what was found. For those who read the daybook of every shop."""
    if not request.actor.can(queries.POWER):
        raise NotAllowed(
            _("您没有「%(power)s」的权限，请找店长或管理员开通。") % {"power": power_name(queries.POWER)}
        )
    context = {"verdict": seals.verify(), "chain": queries.sealed()}
    if request.headers.get("HX-Request"):
        return render(request, "journal/daybook.html#chain", context)
    return render(request, "journal/chain.html", context)
