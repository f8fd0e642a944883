"""Saved views of one person: list, save, rename and share, delete, count."""

from urllib.parse import urlsplit

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from zhanggui.console import queries
from zhanggui.console.actions.views import change_view, delete_view, kept_query, save_view
from zhanggui.console.models import SavedView
from zhanggui.kit import menu
from zhanggui.kit.numbers import whole
from zhanggui.kit.refusals import Refused
from zhanggui.kit.toasts import toast
from zhanggui.people.http import Request, needs
from zhanggui.people.models import Role


@needs("")
@require_http_methods(["GET", "POST"])
def views(request: Request) -> HttpResponse:  # GET, POST /views/
    """The page of all one's views; as a fragment (?page=orders:list) the chips above a list; POST saves one."""
    page = request.GET.get("page", "")
    if request.method == "POST":
        try:
            view = save_view(
                by=request.actor,
                page=request.POST.get("page", ""),
                name=request.POST.get("name", ""),
                query=request.POST.get("query", ""),
                role=_role(request),
            )
        except Refused as refusal:
            return _page(request, refusal=refusal, status=refusal.status)
        answer = redirect(queries.address_of(view))
        return toast(request, answer, _("已保存视图「%(name)s」") % {"name": view.name})
    if page and request.headers.get("HX-Request"):
        rows = [(view, queries.address_of(view)) for view in queries.views_for(request.actor, page)]
        query = kept_query(_query_of(request.headers.get("HX-Current-URL", "")))
        context = {
            "views": rows,
            "page": page,
            "query": query,
            "roles": queries.roles_to_share(request.actor),
        }
        return render(request, "console/views.html#chips", context)
    return _page(request)


@needs("")
@require_POST
def change(request: Request, pk: int) -> HttpResponse:  # POST /views/<pk>/
    view = _mine(request, pk)
    try:
        change_view(by=request.actor, view=view, name=request.POST.get("name", ""), role=_role(request))
    except Refused as refusal:
        return _page(request, refusal=refusal, at=pk, status=refusal.status)
    return toast(request, redirect("console:views"), _("已保存"))


@needs("")
@require_POST
def delete(request: Request, pk: int) -> HttpResponse:  # POST /views/<pk>/deletion/
    view = _mine(request, pk)
    delete_view(by=request.actor, view=view)
    return toast(request, redirect("console:views"), _("已删除视图「%(name)s」") % {"name": view.name})


@needs("")
@require_GET
def count(request: Request, pk: int) -> HttpResponse:  # GET /views/<pk>/count/
    view = _mine(request, pk)
    try:
        many = menu.count_of(view.page, request.actor, view.query)
    except Refused:
        many = None
    return HttpResponse("" if many is None else f"{many:,}")


def _query_of(address: str) -> str:
    try:
        return urlsplit(address).query
    except ValueError:  # "http://[" is no address
        return ""


def _mine(request: Request, pk: int) -> SavedView:
    return get_object_or_404(queries.views_for(request.actor), pk=pk)


def _role(request: Request) -> Role | None:
    wished = whole(request.POST.get("role", ""))
    return None if wished is None else get_object_or_404(Role, pk=wished)


def _page(
    request: Request, *, refusal: Refused | None = None, at: int = 0, status: int = 200
) -> HttpResponse:
    rows = [(view, queries.address_of(view)) for view in queries.views_for(request.actor)]
    context = {"views": rows, "roles": queries.roles_to_share(request.actor), "refusal": refusal, "at": at}
    return render(request, "console/views.html", context, status=status)
