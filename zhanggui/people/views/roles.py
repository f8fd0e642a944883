"""Roles and powers: the matrix, one role, the page of all powers."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from zhanggui.kit.refusals import Refused
from zhanggui.people import forms, queries
from zhanggui.people.actions import roles as verbs
from zhanggui.people.http import Request, attempt, needs, show_refusal
from zhanggui.people.models import Role
from zhanggui.people.powers import Power, sections


@needs(Power.STAFF_SEE)
@require_GET
def index(request: Request) -> HttpResponse:
    """GET /roles/: powers against roles."""
    return _matrix(request)


@needs("")
@require_GET
def powers(request: Request) -> HttpResponse:
    """GET /powers/: every power there is, and who has it. Everybody may know the rules of the house."""
    _roles, rows = queries.matrix()
    return render(request, "people/powers.html", {"rows": rows, "mine": request.actor})


@needs(Power.STAFF_EDIT)
@require_http_methods(["GET", "POST"])
def new(request: Request) -> HttpResponse:
    """GET, POST /roles/new/."""
    form = forms.RoleForm(request.POST or None)
    refusal: Refused | None = None
    if request.method == "POST" and form.is_valid():
        _role, refusal = attempt(verbs.add_role, by=request.actor, **form.cleaned_data)
        if refusal is None:
            return redirect("people:roles")
    status = 200 if request.method == "GET" else show_refusal(form, refusal)
    return _form(request, None, form, status)


@needs(Power.STAFF_EDIT)
@require_http_methods(["GET", "POST"])
def role(request: Request, pk: int) -> HttpResponse:
    """GET, POST /roles/<id>/."""
    row = get_object_or_404(Role, pk=pk)
    refusal: Refused | None = None
    if request.method == "GET":
        names = ("name", "note", "two_factor", "reveals_a_day", "powers", "version")
        return _form(request, row, forms.RoleEdit(initial={name: getattr(row, name) for name in names}), 200)
    form = forms.RoleEdit(request.POST)
    if form.is_valid():
        _done, refusal = attempt(verbs.edit_role, by=request.actor, role=row, **form.cleaned_data)
        if refusal is None:
            return redirect("people:roles")
    return _form(request, row, form, show_refusal(form, refusal))


@needs(Power.STAFF_EDIT)
@require_POST
def removal(request: Request, pk: int) -> HttpResponse:
    """POST /roles/<id>/removal/: remove a role that nobody has."""
    row = get_object_or_404(Role, pk=pk)
    _done, refusal = attempt(verbs.remove_role, by=request.actor, role=row)
    return redirect("people:roles") if refusal is None else _matrix(request, refusal)


def _matrix(request: Request, refusal: Refused | None = None) -> HttpResponse:
    roles, rows = queries.matrix()
    about = {
        "roles": roles,
        "rows": rows,
        "holders": queries.holders_of(roles),
        "may_edit": request.actor.can(Power.STAFF_EDIT),
        "refusal": refusal,
    }
    return render(request, "people/roles.html", about, status=refusal.status if refusal else 200)


def _form(request: Request, row: Role | None, form: Any, status: int) -> HttpResponse:
    held = form["powers"].value() or []
    boxes = [
        (label, [(power, power in held, request.actor.can(power)) for power in listed])
        for label, listed in sections()
    ]
    return render(request, "people/role.html", {"role": row, "form": form, "boxes": boxes}, status=status)
