"""A buyer comes in and goes out: signing in, registering, the password, and the page that is his own."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from zhanggui.checkout.actions.auctioned import waiting_of
from zhanggui.customers import sessions
from zhanggui.customers.actions import accounts
from zhanggui.customers.http import BuyerRequest, buyer_of, merchant_of, needs_buyer
from zhanggui.customers.models import Account
from zhanggui.kit.clock import now
from zhanggui.kit.refusals import NotFound, Refused
from zhanggui.people import devices
from zhanggui.people.http import attempt, say_when, show_refusal
from zhanggui.people.sessions import address_of
from zhanggui.storefront import cart_kept
from zhanggui.storefront.forms_buying import NewPassword, Register, SignIn
from zhanggui.storefront.going import back
from zhanggui.storefront.http import window
from zhanggui.storefront.queries import buying
from zhanggui.storefront.saying import show, tell


@window
@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "POST"])
def sign_in(request: Any) -> HttpResponse:
    """GET, POST /buyer/sign-in/?next=: number and password; back to where one was, with the cart one had."""
    where = _onward(request)
    if request.method == "GET":
        if buyer_of(request) is not None:
            return redirect(where)
        return show(request, "storefront/account/sign_in.html", {"form": SignIn(), "next": where})
    form = SignIn(request.POST)
    refusal: Refused | None = None
    if form.is_valid():
        account, refusal = attempt(
            accounts.sign_in,
            merchant_id=_merchant(request, where),
            **form.cleaned_data,
            address=address_of(request),
            token=devices.token_of(request),
            at=now(),
        )
        if account is not None:
            return _admit(request, account, where)
    return _again(request, "storefront/account/sign_in.html", form, refusal, where)


@window
@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "POST"])
def register(request: Any) -> HttpResponse:
    """GET, POST /buyer/register/?next=: a new account, and in at once."""
    where = _onward(request)
    if request.method == "GET":
        if buyer_of(request) is not None:
            return redirect(where)
        return show(request, "storefront/account/register.html", {"form": Register(), "next": where})
    form = Register(request.POST)
    refusal: Refused | None = None
    if form.is_valid():
        buyer, refusal = attempt(
            accounts.register,
            merchant_id=_merchant(request, where),
            **form.cleaned_data,
            address=address_of(request),
            at=now(),
        )
        if buyer is not None:
            return _admit(request, buyer.account, where)
    return _again(request, "storefront/account/register.html", form, refusal, where)


@require_POST
@window
@needs_buyer
def sign_out(request: BuyerRequest) -> HttpResponse:
    """POST /buyer/sign-out/: the buyer's session ends; a staff session in the same browser stays."""
    sessions.leave(request)
    return redirect("storefront:plaza")


@require_GET
@window
@needs_buyer
def mine(request: BuyerRequest) -> HttpResponse:
    """GET /my/: the buyer's own page. Ten statements."""
    return show(
        request,
        "storefront/account/mine.html",
        {
            "here": "my",
            "buyer": request.buyer,
            "counts": buying.counts(request.buyer, at=now()),
            "won": waiting_of(request.buyer, at=now()),
        },
    )


@require_http_methods(["GET", "POST"])
@window
@needs_buyer
@sensitive_post_parameters()
def password(request: BuyerRequest) -> HttpResponse:
    """GET, POST /my/password/: every other session ends at once, this one goes on under a new key."""
    form = NewPassword(request.POST or None)
    refusal: Refused | None = None
    if request.method == "POST" and form.is_valid():
        account, refusal = attempt(
            accounts.change_password,
            buyer=request.buyer,
            **form.cleaned_data,
            address=address_of(request),
            token=devices.token_of(request),
            at=now(),
        )
        if account is not None:
            answer = sessions.begin(request, account, redirect("storefront:my"))
            tell(request, _("密码已改好。"))
            return answer
    status = show_refusal(form, refusal) if request.method == "POST" else 200
    answer = show(request, "storefront/account/password.html", {"form": form, "here": "my"}, status=status)
    return say_when(answer, refusal)


def _admit(request: Any, account: Account, where: str) -> HttpResponse:
    """In, with the lines that were put into the cart before."""
    kept = cart_kept.lines_of(request)
    answer = sessions.begin(request, account, redirect(where))
    cart_kept.merge(buyer=account.buyer, lines=kept, at=now())
    cart_kept.recount(request, account.buyer)
    return answer


def _again(request: Any, page: str, form: Any, refusal: Refused | None, where: str) -> HttpResponse:
    status = show_refusal(form, refusal)
    return say_when(show(request, page, {"form": form, "next": where}, status=status), refusal)


def _merchant(request: Any, where: str) -> int:
    merchant_id = merchant_of(request, where)
    if merchant_id is None:
        raise NotFound(_("还没有开门的店铺。"))
    return merchant_id


def _onward(request: Any) -> str:
    """Where to go afterwards: the page that was asked for, if it is one of ours, else the buyer's own."""
    return back(request, reverse("storefront:my"))
