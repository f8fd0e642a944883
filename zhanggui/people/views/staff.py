"""Staff and sub-accounts, for those who lead."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from zhanggui.kit import menu
from zhanggui.kit.clock import days, now
from zhanggui.kit.numbers import whole
from zhanggui.kit.refusals import Invalid, Refused
from zhanggui.people import forms, queries
from zhanggui.people.actions import grants as granting
from zhanggui.people.actions import sessions
from zhanggui.people.actions import staff as verbs
from zhanggui.people.actors import actor_of
from zhanggui.people.http import Request, attempt, needs, show_refusal
from zhanggui.people.leading import must_lead
from zhanggui.people.models import Department, Grant, Role, Staff
from zhanggui.people.powers import Power
from zhanggui.people.scopes import all_scopes

_A_PAGE = 100


@needs(Power.STAFF_SEE)
@require_GET
def index(request: Request) -> HttpResponse:
    """GET /staff/: everybody one may see, filtered."""
    chosen = {name: request.GET.get(name, "").strip()[:40] for name in ("q", "department", "state", "role")}
    people = queries.filtered(
        queries.visible_to(request.actor),
        text=chosen["q"],
        department=chosen["department"],
        state=chosen["state"],
        role=whole(chosen["role"]),
    )
    page = Paginator(people, _A_PAGE).get_page(request.GET.get("page"))
    about = {
        "page": page,
        "chosen": chosen,
        "filtered": any(chosen.values()),
        "departments": Department.choices,
        "roles": Role.objects.order_by("-is_owner", "pk"),
        "scopes": {scope.id: scope.code for scope in all_scopes()},
        "may_edit": request.actor.can_somewhere(Power.STAFF_EDIT),
    }
    return render(request, "people/staff.html", about)


@needs(Power.STAFF_EDIT)
@never_cache
@require_http_methods(["GET", "POST"])
def new(request: Request) -> HttpResponse:
    """GET, POST /staff/new/: add a person; the one-time password is shown once."""
    form = forms.NewPerson(request.POST or None)
    everywhere = request.actor.can(Power.STAFF_EDIT)
    mains = Staff.objects.filter(main__isnull=True, is_active=True).order_by("work_no")
    form.fields["main"].widget.choices = [
        ("", _("无（本身就是主账号）")),
        *((person.pk, str(person)) for person in mains),
    ]
    if not everywhere:
        del form.fields["main"]
    refusal: Refused | None = None
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        main = given.pop("main", None)
        fresh, refusal = attempt(
            verbs.add_staff, by=request.actor, **given, main=mains.filter(pk=main).first() if main else None
        )
        if fresh is not None:
            return _once(request, fresh.staff, password=fresh.password)
    status = 200 if request.method == "GET" else show_refusal(form, refusal)
    return render(request, "people/staff_new.html", {"form": form}, status=status)


@needs(Power.STAFF_SEE)
@require_GET
def person(request: Request, pk: int) -> HttpResponse:
    """GET /staff/<id>/: one person: details, grants, sessions, tries."""
    return _person(request, _seen(request, pk))


@needs(Power.STAFF_SEE)
@require_GET
def preview(request: Request, pk: int) -> HttpResponse:
    """GET /staff/<id>/preview/: what this person may see and do, read-only (以某人身份预览)."""
    staff = _seen(request, pk)
    them = actor_of(staff)
    about = {
        "person": staff,
        "holdings": queries.holdings(staff),
        "entries": [
            entry
            for entry in menu.entries()
            if entry.section and (not entry.power or them.can_somewhere(entry.power))
        ],
    }
    return render(request, "people/preview.html", about)


@needs(Power.STAFF_EDIT)
@require_POST
def details(request: Request, pk: int) -> HttpResponse:
    """POST /staff/<id>/details/: name and department."""
    staff = _seen(request, pk)
    form = forms.PersonEdit(request.POST)
    refusal: Refused | None = None
    if form.is_valid():
        _done, refusal = attempt(verbs.edit_staff, by=request.actor, staff=staff, **form.cleaned_data)
        if refusal is None:
            return redirect("people:person", pk=staff.pk)
    status = show_refusal(form, refusal)
    return _person(request, staff, status=status, details=form)


@needs(Power.STAFF_EDIT)
@require_POST
def disabling(request: Request, pk: int) -> HttpResponse:
    """POST /staff/<id>/disabling/: close the account at once."""
    return _done(request, pk, verbs.disable, reason=request.POST.get("reason", "")[:200])


@needs(Power.STAFF_EDIT)
@require_POST
def enabling(request: Request, pk: int) -> HttpResponse:
    """POST /staff/<id>/enabling/: open the account again."""
    return _done(request, pk, verbs.enable)


@needs(Power.STAFF_EDIT)
@never_cache
@require_POST
def password(request: Request, pk: int) -> HttpResponse:
    """POST /staff/<id>/password/: a new one-time password, shown once."""
    staff = _seen(request, pk)
    made, refusal = attempt(verbs.reset_password, by=request.actor, staff=staff)
    if made is None:
        return _person(request, staff, refusal=refusal)
    return _once(request, staff, password=made)


@needs(Power.STAFF_EDIT)
@never_cache
@require_POST
def two_factor(request: Request, pk: int) -> HttpResponse:
    """POST /staff/<id>/two-factor/: `want` "reset" (a lost telephone) or "demand"."""
    staff = _seen(request, pk)
    if request.POST.get("want") == "demand":
        return _done(request, pk, verbs.demand_two_factor)
    made, refusal = attempt(verbs.reset_two_factor, by=request.actor, staff=staff)
    if made is None:
        return _person(request, staff, refusal=refusal)
    return _once(request, staff, code=made)


@needs(Power.STAFF_EDIT)
@require_POST
def grants(request: Request, pk: int) -> HttpResponse:
    """POST /staff/<id>/grants/: give a role in a shop or in all."""
    staff = _seen(request, pk)
    form = forms.GrantForm(request.POST)
    role = Role.objects.filter(pk=form.cleaned_data["role"]).first() if form.is_valid() else None
    if role is None:
        return _person(request, staff, refusal=Invalid(_("请选择角色和店铺。")))
    return _done(request, pk, granting.give, role=role, shop_id=form.cleaned_data["shop"])


@needs(Power.STAFF_EDIT)
@require_POST
def withdrawal(request: Request, pk: int, grant: int) -> HttpResponse:
    """POST /staff/<id>/grants/<id>/withdrawal/: take a role away."""
    staff = _seen(request, pk)
    row = get_object_or_404(Grant.objects.select_related("staff", "role"), pk=grant, staff=staff)
    _nothing, refusal = attempt(granting.withdraw, by=request.actor, grant=row)
    return redirect("people:person", pk=pk) if refusal is None else _person(request, staff, refusal=refusal)


@needs(Power.STAFF_EDIT)
@require_POST
def visits_ending(request: Request, pk: int) -> HttpResponse:
    """POST /staff/<id>/visits/ending/: end all sessions of a person (force log-out)."""
    return _done(request, pk, sessions.end_visits)


@needs(Power.STAFF_EDIT)
@require_POST
def visit_ending(request: Request, pk: int, visit: int) -> HttpResponse:
    """POST /staff/<id>/visits/<id>/ending/: end one session of a person."""
    staff = _seen(request, pk)
    row = get_object_or_404(queries.visits_of(staff).select_related("staff"), pk=visit)
    _nothing, refusal = attempt(sessions.end_visit, by=request.actor, visit=row)
    return redirect("people:person", pk=pk) if refusal is None else _person(request, staff, refusal=refusal)


def _seen(request: Request, pk: int) -> Staff:
    return get_object_or_404(queries.visible_to(request.actor).select_related("main"), pk=pk)


def _done(request: Request, pk: int, verb: Any, **given: Any) -> HttpResponse:
    """Run a verb on a person and go back to the person's page, with the refusal on it if there was one."""
    staff = _seen(request, pk)
    _nothing, refusal = attempt(verb, by=request.actor, staff=staff, **given)
    return redirect("people:person", pk=pk) if refusal is None else _person(request, staff, refusal=refusal)


def _person(
    request: Request, staff: Staff, *, refusal: Refused | None = None, status: int = 200, details: Any = None
) -> HttpResponse:
    _nothing, no_lead = attempt(must_lead, by=request.actor, staff=staff)
    may_edit = request.actor.can_somewhere(Power.STAFF_EDIT)
    about = {
        "person": staff,
        "refusal": refusal,
        "details": details
        or forms.PersonEdit(
            initial={"name": staff.name, "department": staff.department, "version": staff.version}
        ),
        "grants": staff.grants.select_related("role").order_by("shop_id", "role__name"),
        "scopes": {scope.id: scope for scope in all_scopes()},
        "grantable": queries.scopes_with(request.actor, Power.STAFF_EDIT),
        "everywhere": request.actor.can(Power.STAFF_EDIT),
        "roles": Role.objects.order_by("-is_owner", "pk"),
        "visits": list(queries.visits_of(staff)),
        "tries": queries.tries_of(staff, since=now() - days(30)),
        "sub_accounts": staff.sub_accounts.order_by("work_no"),
        "may_lead": may_edit and no_lead is None,
        "may_grant": may_edit and request.actor.staff_id != staff.pk,
        "why_not": no_lead.message if no_lead and may_edit else "",
    }
    return render(request, "people/person.html", about, status=refusal.status if refusal else status)


def _once(request: Request, staff: Staff, *, password: str = "", code: str = "") -> HttpResponse:
    """A secret that is shown this one time."""
    about = {
        "person": staff,
        "password": password,
        "code": code,
        "onward": reverse("people:person", args=[staff.pk])
        if queries.visible_to(request.actor).filter(pk=staff.pk).exists()
        else reverse("people:staff"),
    }
    return render(request, "people/once.html", about)
