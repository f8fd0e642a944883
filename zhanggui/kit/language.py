"""Chinese first: a page is Chinese unless the person chose otherwise; the browser's wish does not count."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

COOKIE = "zg-language"


def language_of(request: HttpRequest) -> str:
    """The person's choice, else what this browser chose before signing in, else Chinese."""
    chosen = getattr(getattr(request, "user", None), "language", "") or request.COOKIES.get(COOKIE, "")
    return chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


class LanguageMiddleware:
    """Speaks the reader's language for the whole request. Stands behind the ActorMiddleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with translation.override(language_of(request)):
            response = self.get_response(request)
            response.headers.setdefault("Content-Language", translation.get_language() or "")
            return response
