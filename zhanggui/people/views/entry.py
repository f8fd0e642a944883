"""Signing in and out."""

from datetime import timedelta
from typing import Any

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from zhanggui.kit.clock import now
from zhanggui.kit.refusals import Refused
from zhanggui.people import devices, forms
from zhanggui.people.actions import entry
from zhanggui.people.auth import Backend
from zhanggui.people.http import Request, anybody, attempt, needs, say_when, show_refusal
from zhanggui.people.models import Staff
from zhanggui.people.sessions import address_of, begin, leave, onward

HALF = "half"
_HALF_LIVES = timedelta(minutes=10)


@anybody
@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "POST"])
def sign_in(request: Any) -> HttpResponse:
    """GET, POST /sign-in/: work number and password."""
    if request.method == "GET":
        if request.actor is not None:
            return redirect(onward(request))
        return render(request, "people/sign_in.html", {"form": forms.Entry(), "next": onward(request)})
    form = forms.Entry(request.POST)
    refusal: Refused | None = None
    if form.is_valid():
        staff, refusal = attempt(
            entry.prove_password,
            **form.cleaned_data,
            address=address_of(request),
            token=devices.token_of(request),
            at=now(),
        )
        if staff is not None:
            return _admit_or_ask(request, staff)
    return _again(request, "people/sign_in.html", form, refusal)


@anybody
@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "POST"])
def code(request: Any) -> HttpResponse:
    """GET, POST /sign-in/code/: the second step."""
    staff = _half_in(request)
    if staff is None:
        return redirect("people:sign-in")
    leaders = staff.two_factor_sealed is None
    if request.method == "GET":
        return render(
            request, "people/code.html", {"form": forms.Code(), "next": onward(request), "leaders": leaders}
        )
    form = forms.Code(request.POST)
    refusal: Refused | None = None
    if form.is_valid():
        _nothing, refusal = attempt(
            entry.prove_code,
            staff=staff,
            code=form.cleaned_data["code"],
            address=address_of(request),
            token=devices.token_of(request),
            at=now(),
        )
        if refusal is None:
            del request.session[HALF]
            return begin(request, staff, redirect(onward(request)))
    return _again(request, "people/code.html", form, refusal, leaders=leaders)


@needs("", even_owing=True)
@require_POST
def sign_out(request: Request) -> HttpResponse:
    """POST /sign-out/: the session ends here and in the database."""
    entry.note_leaving(by=request.actor, session_key=str(request.session.session_key))
    logout(request)
    response = redirect("people:sign-in")
    response["Clear-Site-Data"] = '"cache"'
    return response


def _admit_or_ask(request: HttpRequest, staff: Staff) -> HttpResponse:
    if not entry.asks_for_code(staff):
        return begin(request, staff, redirect(onward(request)))
    leave(request)
    request.session[HALF] = {
        "staff": staff.pk,
        "proof": staff.get_session_auth_hash(),
        "until": (now() + _HALF_LIVES).timestamp(),
    }
    where = onward(request)
    return redirect(reverse("people:code") + (f"?{urlencode({'next': where})}" if where != "/" else ""))


def _half_in(request: HttpRequest) -> Staff | None:
    """The person who has given the password in this session a moment ago, if nothing changed since."""
    half = request.session.get(HALF)
    if not half or half["until"] < now().timestamp():
        return None
    staff = Backend().get_user(half["staff"])
    if staff is None or not constant_time_compare(half["proof"], staff.get_session_auth_hash()):
        return None
    return staff


def _again(request: HttpRequest, page: str, form: Any, refusal: Refused | None, **more: Any) -> HttpResponse:
    status = show_refusal(form, refusal)
    answer = render(request, page, {"form": form, "next": onward(request), **more}, status=status)
    return say_when(answer, refusal)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The page for a form that did not come from us, or was kept open too long."""
    refusal = Refused(_("页面已过期，请刷新后再提交一次。"))
    return render(
        request, "kit/refusal.html", {"refusal": {"message": refusal.message, "status": 403}}, status=403
    )
