"""A buyer's addresses."""

from dataclasses import asdict
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from zhanggui.checkout.actions.auctioned import place_waiting
from zhanggui.customers import queries
from zhanggui.customers.acting import as_actor
from zhanggui.customers.actions import addresses
from zhanggui.customers.addressing import recognise
from zhanggui.customers.http import BuyerRequest, needs_buyer
from zhanggui.customers.whereto import Whereto
from zhanggui.kit.clock import now
from zhanggui.kit.refusals import Refused
from zhanggui.people.http import attempt, show_refusal
from zhanggui.people.sessions import address_of
from zhanggui.storefront import forms_buying as forms
from zhanggui.storefront.going import ours
from zhanggui.storefront.http import window
from zhanggui.storefront.saying import show, tell


@require_GET
@window
@needs_buyer
def index(request: BuyerRequest) -> HttpResponse:
    """GET /my/addresses/: masked. Three statements."""
    rows = queries.addresses(request.buyer)
    return show(request, "storefront/addresses/list.html", {"addresses": rows, "here": "my"})


@require_http_methods(["GET", "POST"])
@window
@needs_buyer
def new(request: BuyerRequest) -> HttpResponse:
    """GET, POST /my/addresses/new/: add one. `recognise` fills the form from what was pasted and saves nothing."""
    if request.method == "POST" and "recognise" not in request.POST:
        form = forms.Whereto(request.POST)
        refusal: Refused | None = None
        if form.is_valid():
            values = dict(form.cleaned_data)
            default = values.pop("default")
            row, refusal = attempt(
                addresses.add,
                by=as_actor(request.buyer, address=address_of(request)),
                buyer=request.buyer,
                whereto=Whereto(**values),
                default=default,
                at=now(),
            )
            if row is not None:
                tell(request, _("地址已保存。"))
                if place_waiting(by=as_actor(request.buyer), buyer=request.buyer, at=now()):
                    tell(request, _("您拍下的商品已生成订单，请按时付款。"))
                return redirect(_back(request, row.key))
        return _form(request, form, status=show_refusal(form, refusal))
    return _form(request, _recognised(request))


@require_http_methods(["GET", "POST"])
@window
@needs_buyer
def edit(request: BuyerRequest, key: str) -> HttpResponse:
    """GET, POST /my/addresses/<key>/: the one place where the owner sees it in the clear."""
    row, clear = queries.address(request.buyer, key)
    if request.method == "POST" and "recognise" not in request.POST:
        form = forms.Whereto(request.POST)
        refusal: Refused | None = None
        if form.is_valid():
            values = dict(form.cleaned_data)
            default = values.pop("default")
            done, refusal = attempt(
                addresses.change,
                by=as_actor(request.buyer, address=address_of(request)),
                buyer=request.buyer,
                key=key,
                whereto=Whereto(**values),
                default=default,
                version=_number(request.POST.get("version", "")),
                at=now(),
            )
            if done is not None:
                tell(request, _("地址已保存。"))
                return redirect(_back(request, key))
        return _form(request, form, row=row, status=show_refusal(form, refusal))
    if request.method == "POST":
        return _form(request, _recognised(request), row=row)
    initial = {name: value for name, value in asdict(clear).items() if name != "region"}
    return _form(request, forms.Whereto(initial=initial | {"default": row.is_default}), row=row)


@require_POST
@window
@needs_buyer
def drop(request: BuyerRequest, key: str) -> HttpResponse:
    """POST /my/addresses/<key>/removal/."""
    by = as_actor(request.buyer, address=address_of(request))
    addresses.drop(by=by, buyer=request.buyer, key=key, at=now())
    tell(request, _("地址已删除。"))
    return redirect("storefront:addresses")


@require_POST
@window
@needs_buyer
def default(request: BuyerRequest, key: str) -> HttpResponse:
    """POST /my/addresses/<key>/default/."""
    by = as_actor(request.buyer, address=address_of(request))
    addresses.use_default(by=by, buyer=request.buyer, key=key, at=now())
    return redirect("storefront:addresses")


def _recognised(request: Any) -> forms.Whereto:
    """The form with what could be told apart in the pasted text.

    A person's address is one thing: what the text does not name stays empty, so that no part of an earlier paste or of
    the address being edited goes to somebody else. Only whether it is the default stays, and all of it where nothing
    was pasted.
    """
    if request.method != "POST":
        return forms.Whereto()
    text = request.POST.get("text", "")
    typed = {name: request.POST.get(name, "") for name in forms.Whereto.base_fields}
    found = {name: value for name, value in asdict(recognise(text)).items() if name in typed}
    return forms.Whereto(initial=typed | found if text.strip() else typed)


def _form(request: Any, form: forms.Whereto, *, row: Any = None, status: int = 200) -> HttpResponse:
    context = {
        "form": form,
        "pasted": forms.Pasted(initial={"text": request.POST.get("text", "")}, auto_id="paste_%s"),
        "row": row,
        "back": request.POST.get("back") or request.GET.get("back", ""),
        "recognised": "recognise" in request.POST,
        "here": "my",
    }
    return show(request, "storefront/addresses/form.html", context, status=status)


def _back(request: Any, key: str) -> str:
    """To the page that sent one here (the checkout: with the new address chosen), else to the list."""
    back = request.POST.get("back", "")
    if back.startswith("/checkout/") and ours(back):
        return f"{back}{'&' if '?' in back else '?'}address={key}"
    return "/my/addresses/"


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0
