"""Drafts of one person, by place. The body is JSON: {field: [values]}."""

import json

from django.http import HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from zhanggui.console.actions.drafts import MOST_BYTES, Fields, draft_of, keep_draft
from zhanggui.kit.refusals import Unreadable
from zhanggui.people.http import Request, needs


@needs("")
@require_http_methods(["GET", "POST"])
def drafts(request: Request) -> HttpResponse:  # GET, POST /drafts/
    if request.method == "GET":
        fields = draft_of(request.actor, request.GET.get("place", ""))
        answer = JsonResponse({"fields": fields})
        answer["Cache-Control"] = "no-store"
        return answer
    keep_draft(
        by=request.actor, place=request.POST.get("place", ""), fields=_read(request.POST.get("fields", ""))
    )
    return HttpResponse(status=204)


def _read(text: str) -> Fields:
    try:
        if len(text) > MOST_BYTES:
            raise ValueError("too long to be a draft")
        fields = json.loads(text or "{}")
        read = {str(name): [_text(value) for value in values] for name, values in fields.items()}
        json.dumps(read, ensure_ascii=False).encode()  # half a surrogate pair is no text
    except (ValueError, AttributeError, TypeError, RecursionError):
        raise Unreadable(_("草稿"), text) from None
    return read


def _text(value: object) -> str:
    if isinstance(value, list | dict):
        raise TypeError("a field's value is a text")
    return str(value)
