"""Who is asking: puts the signed-in person and the actor on every request."""

import hmac
import time
from collections.abc import Callable

from django.contrib.auth import get_user
from django.http import HttpRequest, HttpResponse

from zhanggui.kit.clock import now
from zhanggui.people.actors import present
from zhanggui.people.devices import hash_of, token_of
from zhanggui.people.models import Staff, Visit

DEVICE = "device"
"""Key of the session: the hash of the browser it began in. A cookie copied to another browser opens nothing."""
_TOUCH_SECONDS = 60
_touched: dict[str, float] = {}


class ActorMiddleware:
    """Sets `request.user` (Staff or None), `request.actor` (Actor or None) and `request.owes`.

    The person and the grants are read fresh at every request (three statements with the session), so a
    disabled account, a changed password, a raised epoch and a withdrawn role all hold at once (G6.4).
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        staff = person_of(request)
        request.user = staff  # type: ignore[assignment]
        request.actor, request.owes = None, ""  # type: ignore[attr-defined]
        if staff is not None:
            here = present(staff, address=request.META.get("REMOTE_ADDR", ""))
            request.actor, request.owes = here.actor, here.owes  # type: ignore[attr-defined]
            _touch(request.session.session_key)
        return self.get_response(request)


def person_of(request: HttpRequest) -> Staff | None:
    """The person whose session this is, if it still holds and is used in the browser it began in."""
    user = get_user(request)
    if not isinstance(user, Staff) or not user.is_active:
        return None
    began_in = request.session.get(DEVICE)
    if began_in and not hmac.compare_digest(began_in, hash_of(token_of(request)).hex()):
        return None
    return user


def _touch(session_key: str | None) -> None:
    """Note when a session was last used: at most once a minute and process."""
    moment = time.monotonic()
    if session_key is None or moment - _touched.get(session_key, -1e9) < _TOUCH_SECONDS:
        return
    if len(_touched) > 5000:
        _touched.clear()
    _touched[session_key] = moment
    Visit.objects.filter(session_key=session_key).update(seen_at=now())
