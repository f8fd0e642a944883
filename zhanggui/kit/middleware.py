"""Turns a refusal that no view caught into the page or fragment a person can read."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from zhanggui.kit.refusals import Refused


class RefusalMiddleware:
    """A Refused raised in a view becomes an answer with its status, its sentence and its code."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer a refusal; anything else goes on to be a server error."""
        if not isinstance(exception, Refused):
            return None
        template = "kit/refusal.html#sentence" if request.headers.get("HX-Request") else "kit/refusal.html"
        return render(request, template, {"refusal": exception}, status=exception.status)
