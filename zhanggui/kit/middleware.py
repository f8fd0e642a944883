"""Turns a refusal that no view caught into the page or fragment a person can read."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from zhanggui.kit.refusals import Refused


class RefusalMiddleware:
    """A Refused raised in a view becomes an answer with its status, its sentence and its code.

    A fragment's refusal is shown above the page's content and replaces nothing: what was typed stays.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer a refusal; anything else goes on to be a server error."""
        if not isinstance(exception, Refused):
            return None
        if request.headers.get("Accept", "").startswith("application/json"):
            return JsonResponse(
                {"code": exception.code, "message": exception.message}, status=exception.status
            )
        if request.headers.get("HX-Request"):
            answer = render(
                request, "kit/refusal.html#sentence", {"refusal": exception}, status=exception.status
            )
            answer["HX-Retarget"] = "#refusals"
            answer["HX-Reswap"] = "innerHTML show:top"
            return answer
        return render(request, "kit/refusal.html", {"refusal": exception}, status=exception.status)
