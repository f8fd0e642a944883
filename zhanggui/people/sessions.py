"""Beginning a session in a request: after a password, after a code, after a change of password."""

from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.utils.http import url_has_allowed_host_and_scheme

from zhanggui.kit.clock import now
from zhanggui.people import devices
from zhanggui.people.actions.entry import note_visit
from zhanggui.people.middleware import DEVICE
from zhanggui.people.models import Staff, Visit

BACKEND = "zhanggui.people.auth.Backend"


def begin(
    request: HttpRequest, staff: Staff, response: HttpResponse, *, quietly: bool = False
) -> HttpResponse:
    """Sign the person in: a fresh session key, bound to this browser, seen in the list of sessions.

    `quietly`: the session goes on under a new key (after a change of password), so no daybook line.
    """
    leave(request)
    label = devices.label_of(request)
    token = devices.remember(staff, devices.token_of(request), label=label, at=now())
    login(request, staff, backend=BACKEND)
    request.session[DEVICE] = devices.hash_of(token).hex()
    request.session.save()
    note_visit(
        staff=staff,
        session_key=str(request.session.session_key),
        address=address_of(request),
        label=label,
        at=now(),
        quietly=quietly,
    )
    devices.give_cookie(response, token)
    return response


def leave(request: HttpRequest) -> None:
    """End the session that this browser still has, if any, with its line in the list of sessions: who signs
    in gets a key of their own, also where somebody is signed in already. Two statements.
    """
    key = request.session.session_key
    if key:
        Visit.objects.filter(session_key=key).delete()
    request.session.flush()


def address_of(request: HttpRequest) -> str:
    """The network address of the other end."""
    return str(request.META.get("REMOTE_ADDR", ""))[:64]


def onward(request: HttpRequest) -> str:
    """Where to go after signing in: the page that was asked for, if it is one of ours, else home."""
    wanted = request.POST.get("next") or request.GET.get("next") or "/"
    ours = wanted.startswith("/") and url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if ours else "/"
