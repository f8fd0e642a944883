"""Who is asking: puts the signed-in person and the actor on every request."""

from collections.abc import Callable

from django.contrib.auth import get_user
from django.http import HttpRequest, HttpResponse

from zhanggui.people.actors import actor_of


class ActorMiddleware:
    """Sets `request.user` (Staff or None) and `request.actor` (Actor or None)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = get_user(request)  # type: ignore[arg-type]
        signed_in = user.is_authenticated and user.is_active
        request.user = user if signed_in else None  # type: ignore[assignment]
        request.actor = (  # type: ignore[attr-defined]
            actor_of(user, address=request.META.get("REMOTE_ADDR", "")) if signed_in else None  # type: ignore[arg-type]
        )
        return self.get_response(request)
