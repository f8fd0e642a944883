"""A buyer's page, and the sentence that the last act left for it: kept in the buyer's session, so it needs no script."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

_KEY = "said"


def tell(request: Any, message: str, *, bad: bool = False) -> None:
    """Leave a sentence for the next page this buyer sees."""
    request.shopping[_KEY] = [message, bad]


def show(request: Any, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """The page, with what was left to say (once)."""
    said = None
    if request.shopping.session_key and _KEY in request.shopping:
        message, bad = request.shopping.pop(_KEY)
        said = {"message": message, "bad": bad}
    return render(request, template, {"said": said, **context}, status=status)
