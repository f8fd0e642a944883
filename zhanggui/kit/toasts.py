"""A short sentence for the person who acted, with the way back when there is one."""

import json
from typing import Any
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse


def toast(
    request: HttpRequest, response: HttpResponse, message: str, *, undo: str = "", bad: bool = False
) -> HttpResponse:
    """Let the answer show a sentence at the bottom of the window; gives the same answer.

    `undo`: address to POST to within eight seconds. A fragment carries it in a header, a page in a cookie
    that its script reads once (so it survives a redirect).
    """
    told: dict[str, Any] = {"message": message, "undo": undo, "bad": bad}
    if request.headers.get("HX-Request") and "HX-Redirect" not in response.headers:
        events = json.loads(response.headers.get("HX-Trigger", "{}") or "{}")
        response["HX-Trigger"] = json.dumps(events | {"zg:toast": told})
    else:
        text = quote(json.dumps(told, ensure_ascii=False))
        response.set_cookie("zg-toast", text, max_age=60, samesite="Lax", secure=request.is_secure())
    return response
