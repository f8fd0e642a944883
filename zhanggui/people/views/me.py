"""One's own account: password, second factor, sessions."""

import base64
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from zhanggui.kit.clock import days, now
from zhanggui.kit.refusals import Refused
from zhanggui.kit.sealed import seal, unseal
from zhanggui.people import actors, devices, forms, queries, twofactor
from zhanggui.people.actions import sessions, two_factor
from zhanggui.people.actions.entry import confirm_password
from zhanggui.people.actions.staff import change_own_password
from zhanggui.people.http import Request, attempt, needs, say_when, show_refusal
from zhanggui.people.sessions import address_of, begin

ENROL = "enrol"
_ABOUT = "enrolment"


@needs("", even_owing=True)
@never_cache
@require_GET
def me(request: Request) -> HttpResponse:
    """GET /me/: the account on one page."""
    return _page(request)


@needs("", even_owing=True)
@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "POST"])
def password(request: Request) -> HttpResponse:
    """GET, POST /me/password/: change one's own password; every other session ends."""
    owed = request.owes == actors.PASSWORD
    if request.method == "GET":
        return render(request, "people/password.html", {"form": forms.NewPassword(), "owed": owed})
    form = forms.NewPassword(request.POST)
    refusal: Refused | None = None
    if form.is_valid():
        refusal = _password_refused(request, form.cleaned_data["old"], field="old")
        if refusal is None:
            _done, refusal = attempt(
                change_own_password, by=request.actor, staff=request.user, **form.cleaned_data, at=now()
            )
        if refusal is None:
            return begin(request, request.user, redirect("/" if owed else "people:me"), quietly=True)
    status = show_refusal(form, refusal)
    return say_when(
        render(request, "people/password.html", {"form": form, "owed": owed}, status=status), refusal
    )


@needs("", even_owing=True)
@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "POST"])
def second_factor(request: Request) -> HttpResponse:
    """GET, POST /me/two-factor/: set up one-time codes, or look after them."""
    staff = request.user
    if staff.two_factor_sealed is not None:
        return render(request, "people/two_factor_on.html", _caring(request))
    form = forms.Code(request.POST or None)
    refusal: Refused | None = None
    if request.method == "POST" and form.is_valid():
        codes, refusal = attempt(
            two_factor.turn_on,
            by=request.actor,
            staff=staff,
            secret=_secret(request),
            code=form.cleaned_data["code"],
            at=now(),
        )
        if codes is not None:
            request.session.pop(ENROL, None)
            return render(request, "people/recovery_codes.html", {"codes": codes})
    secret = _secret(request)
    about = {
        "form": form,
        "owed": request.owes == actors.TWO_FACTOR,
        "secret": " ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        "picture": twofactor.picture(twofactor.address_of(secret, staff.work_no)),
    }
    status = 200 if request.method == "GET" else show_refusal(form, refusal)
    return render(request, "people/two_factor.html", about, status=status)


@needs("")
@sensitive_post_parameters()
@never_cache
@require_POST
def recovery_codes(request: Request) -> HttpResponse:
    """POST /me/two-factor/recovery-codes/: new ones instead of the old."""
    form = forms.Password(request.POST)
    refusal: Refused | None = None
    if form.is_valid():
        refusal = _password_refused(request, form.cleaned_data["password"])
        if refusal is None:
            codes, refusal = attempt(
                two_factor.renew_recovery_codes, by=request.actor, staff=request.user, **form.cleaned_data
            )
            if codes is not None:
                return render(request, "people/recovery_codes.html", {"codes": codes})
    status = show_refusal(form, refusal)
    answer = render(request, "people/two_factor_on.html", _caring(request, renew=form), status=status)
    return say_when(answer, refusal)


@needs("")
@sensitive_post_parameters()
@require_POST
def two_factor_ending(request: Request) -> HttpResponse:
    """POST /me/two-factor/ending/: turn one-time codes off."""
    form = forms.Password(request.POST)
    refusal: Refused | None = None
    if form.is_valid():
        refusal = _password_refused(request, form.cleaned_data["password"])
        if refusal is None:
            _done, refusal = attempt(
                two_factor.turn_off, by=request.actor, staff=request.user, **form.cleaned_data
            )
        if refusal is None:
            return redirect("people:me")
    status = show_refusal(form, refusal)
    answer = render(request, "people/two_factor_on.html", _caring(request, off=form), status=status)
    return say_when(answer, refusal)


@needs("")
@require_POST
def visit_ending(request: Request, visit: int) -> HttpResponse:
    """POST /me/visits/<id>/ending/: end one of one's own sessions."""
    row = get_object_or_404(queries.visits_of(request.user), pk=visit)
    sessions.end_visit(by=request.actor, visit=row)
    return redirect("people:me")


@needs("")
@require_POST
def visits_ending(request: Request) -> HttpResponse:
    """POST /me/visits/ending/: end all of one's sessions but this one."""
    sessions.end_visits(by=request.actor, staff=request.user)
    return begin(request, request.user, redirect("people:me"), quietly=True)


def _password_refused(request: Request, password: str, field: str = "password") -> Refused | None:
    _done, refusal = attempt(
        confirm_password,
        staff=request.user,
        password=password,
        address=address_of(request),
        token=devices.token_of(request),
        at=now(),
        field=field,
    )
    return refusal


def _page(request: Request) -> HttpResponse:
    staff = request.user
    about = {
        "visits": list(queries.visits_of(staff)),
        "here": request.session.session_key,
        "tries": queries.tries_of(staff, since=now() - days(30)),
        "holdings": queries.holdings(staff),
    }
    return render(request, "people/me.html", about)


def _caring(request: Request, **forms_given: Any) -> dict[str, Any]:
    return {
        "left": len(request.user.recovery_codes),
        "renew": forms.Password(prefix=None),
        "off": forms.Password(auto_id="off_%s"),
        "why_not": "" if not _demanded(request) else _("您的角色要求两步验证，不能关闭。"),
        **forms_given,
    }


def _demanded(request: Request) -> bool:
    return request.user.grants.filter(role__two_factor=True).exists()


def _secret(request: Request) -> str:
    """The secret on offer: one per session until it is used, so that going back shows the same picture."""
    kept = request.session.get(ENROL)
    if kept:
        return unseal(base64.b64decode(kept), about=_ABOUT)
    secret = twofactor.new_secret()
    request.session[ENROL] = base64.b64encode(seal(secret, about=_ABOUT)).decode()
    return secret
