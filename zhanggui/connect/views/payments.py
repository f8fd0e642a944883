"""Payment providers: their notices come in here; their accounts, bills and parked notices are shown here."""

from typing import Any

from django import forms
from django.db.models import Exists, F, OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from zhanggui.checkout.models import Payment
from zhanggui.connect.models import PayAccount, PayBill, PayDifference, PayNotice
from zhanggui.connect.payment import billing, inbox, ports, setting_up
from zhanggui.connect.payment.accounts import opened
from zhanggui.connect.payment.words import PROVIDERS
from zhanggui.kit.actor import system
from zhanggui.kit.clock import now
from zhanggui.kit.refusals import NotFound, Refused
from zhanggui.kit.toasts import toast
from zhanggui.people.http import Request, anybody, attempt, needs, show_refusal
from zhanggui.people.powers import Power
from zhanggui.shops.models import Merchant

MOST_BYTES = 65_536
_LIST = 100


@anybody
@csrf_exempt
@require_POST
def notify(request: HttpRequest, provider: str) -> HttpResponse:
    """POST /notify/<provider>/: a provider tells of a payment. Checked, stored once, answered; acted on afterwards."""
    try:
        desk = ports.provider(provider)
    except KeyError:
        raise NotFound(_("没有这样的页面。")) from None
    at, by = now(), system("支付通知", "api")
    try:
        if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES:
            return HttpResponse(status=413)
        heard, answer = desk.read_notice(ports.Incoming(request.body, request.META, at))
        inbox.receive(by=by, heard=heard, at=at)
    except ports.BadNotice as trouble:
        inbox.refuse(by=by, provider=provider, reason=trouble.reason, at=at)
        answer = desk.sorry()
    return HttpResponse(answer.body, status=answer.status, content_type=answer.kind)


class AccountForm(forms.Form):
    """An account; the fields of its keys depend on the provider, and secrets are never filled in."""

    name = forms.CharField(max_length=60)
    app = forms.RegexField(r"^[0-9A-Za-z_-]{4,64}$", strip=True)
    gateway = forms.CharField(max_length=200, required=False)
    fee_bp = forms.IntegerField(min_value=0, max_value=1000)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False, initial=1)

    def __init__(self, *given: Any, provider: str, fresh: bool, **named: Any) -> None:
        super().__init__(*given, **named)
        self.fields["name"].label = _("名称")
        self.fields["app"].label = _("商户号") if provider == "wechat" else _("应用号（appid）")
        self.fields["gateway"].label = _("网关地址")
        self.fields["gateway"].help_text = _("一般留空，使用官方网关。")
        self.fields["fee_bp"].label = _("费率（万分之）")
        self.fields["fee_bp"].help_text = _("合同约定的手续费率，用于核对账单。")
        self.asked = setting_up.KEYS.get(provider, ())
        for key in self.asked:
            hint = _(key.hint) if key.hint else ""
            if key.secret and not fresh:
                hint = _("已保存，不再显示；留空表示不改。")
            self.fields[f"key_{key.name}"] = forms.CharField(
                label=_(key.label),
                help_text=hint,
                required=key.needed and (fresh or not key.secret),
                max_length=8000,
                widget=forms.Textarea(attrs={"rows": 4, "autocomplete": "off", "spellcheck": "false"})
                if key.long
                else forms.TextInput(attrs={"autocomplete": "off"}),
            )

    def given(self) -> dict[str, Any]:
        """What the verbs ask for."""
        typed = self.cleaned_data
        return {
            "name": typed["name"],
            "app": typed["app"],
            "gateway": typed["gateway"],
            "fee_bp": typed["fee_bp"],
            "keys": {key.name: typed.get(f"key_{key.name}", "") for key in self.asked},
        }

    def refuse(self, refusal: Refused | None) -> int:
        """Show a refusal beside its field."""
        field = getattr(refusal, "field", "")
        if refusal is not None and f"key_{field}" in self.fields:
            refusal.field = f"key_{field}"  # type: ignore[attr-defined]
        return show_refusal(self, refusal)


@needs(Power.PAYMENT_SETUP)
@require_GET
def accounts(request: Request) -> HttpResponse:
    """GET /payments/accounts/: the accounts, in use and closed."""
    request.actor.must(Power.PAYMENT_SETUP)
    rows = PayAccount.objects.order_by("-active", "provider", "pk")[:_LIST]
    about = {
        "rows": [(row, PROVIDERS.get(row.provider, row.provider)) for row in rows],
        "kinds": [(code, PROVIDERS[code]) for code in setting_up.KEYS],
    }
    return render(request, "connect/pay_accounts.html", about)


@needs(Power.PAYMENT_SETUP)
@require_http_methods(["GET", "POST"])
def new(request: Request, provider: str) -> HttpResponse:
    """GET, POST /payments/accounts/new/<provider>/: open an account."""
    request.actor.must(Power.PAYMENT_SETUP)
    if provider not in setting_up.KEYS:
        raise NotFound(_("没有这样的页面。"))
    merchants = Merchant.objects.order_by("pk")
    form = AccountForm(
        request.POST or None,
        provider=provider,
        fresh=True,
        initial={"fee_bp": 60, "name": _(PROVIDERS[provider])},
    )
    refusal: Refused | None = None
    if request.method == "POST" and form.is_valid():
        picked = str(request.POST.get("merchant", ""))
        merchant = next((row for row in merchants if str(row.pk) == picked), None) or merchants.first()
        if merchant is None:
            raise NotFound(_("还没有商家。"))
        _done, refusal = attempt(
            setting_up.open_account,
            by=request.actor,
            merchant_id=merchant.pk,
            provider=provider,
            **form.given(),
        )
        if refusal is None:
            return toast(request, redirect("connect:pay-accounts"), _("已开通。"))
    status = 200 if request.method == "GET" else form.refuse(refusal)
    about = {"form": form, "label": PROVIDERS[provider], "merchants": merchants, "fresh": True}
    return render(request, "connect/pay_account.html", about, status=status)


@needs(Power.PAYMENT_SETUP)
@require_http_methods(["GET", "POST"])
def account(request: Request, pk: int) -> HttpResponse:
    """GET, POST /payments/accounts/<id>/: one account; its secrets can be replaced, never read."""
    request.actor.must(Power.PAYMENT_SETUP)
    row = get_object_or_404(PayAccount, pk=pk)
    shown = {
        "name": row.name,
        "app": row.app,
        "gateway": row.gateway,
        "fee_bp": row.fee_bp,
        "version": row.version,
    }
    kept = opened(row).keys if not row.emptied_at else {}
    shown |= {
        f"key_{k.name}": kept.get(k.name, "") for k in setting_up.KEYS.get(row.provider, ()) if not k.secret
    }
    form = AccountForm(request.POST or None, provider=row.provider, fresh=False, initial=shown)
    refusal: Refused | None = None
    if request.method == "POST" and form.is_valid():
        version = form.cleaned_data["version"] or 0
        _done, refusal = attempt(
            setting_up.change_account, by=request.actor, row=row, version=version, **form.given()
        )
        if refusal is None:
            return toast(request, redirect("connect:pay-accounts"), _("已保存。"))
    status = 200 if request.method == "GET" else form.refuse(refusal)
    about = {"form": form, "row": row, "label": PROVIDERS.get(row.provider, row.provider)}
    return render(request, "connect/pay_account.html", about, status=status)


@needs(Power.PAYMENT_SETUP)
@require_POST
def closing(request: Request, pk: int) -> HttpResponse:
    """POST /payments/accounts/<id>/closing/: take no more payments through it."""
    request.actor.must(Power.PAYMENT_SETUP)
    row = get_object_or_404(PayAccount, pk=pk)
    _done, refusal = attempt(setting_up.close_account, by=request.actor, row=row, at=now())
    if refusal is None:
        row.refresh_from_db()
        said = (
            _("已停用，密钥已销毁。")
            if row.emptied_at
            else _("已停用，不再开新的支付；以前开出的还会到账、查询和退款。")
        )
        return toast(request, redirect("connect:pay-accounts"), said)
    answer = redirect("connect:pay-accounts")
    return toast(request, answer, refusal.message, bad=True)


@needs(Power.PAYMENT_SETUP)
@require_POST
def emptying(request: Request, pk: int) -> HttpResponse:
    """POST /payments/accounts/<id>/emptying/: destroy the keys of a closed account before their time."""
    request.actor.must(Power.PAYMENT_SETUP)
    row = get_object_or_404(PayAccount, pk=pk)
    _done, refusal = attempt(setting_up.empty_account, by=request.actor, row=row, at=now())
    if refusal is None:
        return toast(request, redirect("connect:pay-accounts"), _("密钥已销毁。"))
    return toast(request, redirect("connect:pay-account", pk=pk), refusal.message, bad=True)


@needs(Power.PAYMENT_SEE)
@require_GET
def bills(request: Request) -> HttpResponse:
    """GET /payments/bills/?state=open: the compared days, newest first; those with open differences, or all."""
    request.actor.must(Power.PAYMENT_SEE)
    only_open = request.GET.get("state") == "open"
    found = PayBill.objects.order_by("-day", "provider")
    if only_open:
        found = found.filter(
            Exists(PayDifference.objects.filter(bill=OuterRef("pk"), settled_at__isnull=True))
        )
    rows = list(found[:_LIST])
    left: dict[int, int] = {}
    for pk in PayDifference.objects.filter(bill__in=rows, settled_at__isnull=True).values_list(
        "bill_id", flat=True
    ):
        left[pk] = left.get(pk, 0) + 1
    about = {
        "rows": [(row, PROVIDERS.get(row.provider, row.provider), left.get(row.pk, 0)) for row in rows],
        "open": billing.open_differences(),
        "only_open": only_open,
        "parked": PayNotice.objects.filter(state=PayNotice.State.PARKED).count(),
    }
    return render(request, "connect/pay_bills.html", about)


@needs(Power.PAYMENT_SEE)
@require_GET
def bill(request: Request, pk: int) -> HttpResponse:
    """GET /payments/bills/<id>/: in what one day's bill and our books differ."""
    request.actor.must(Power.PAYMENT_SEE)
    return _bill_page(request, pk)


@needs(Power.PAYMENT_SETTLE)
@require_POST
def settlement(request: Request, pk: int) -> HttpResponse:
    """POST /payments/differences/<id>/settlement/: `note` says what it is; do=stray books money that came unseen."""
    request.actor.must(Power.PAYMENT_SETTLE)
    row = get_object_or_404(PayDifference, pk=pk)
    note = request.POST.get("note", "")[:200]
    verb = billing.book_extra if request.POST.get("do") == "stray" else billing.settle
    _done, refusal = attempt(verb, by=request.actor, difference_id=row.pk, note=note, at=now())
    if refusal is None:
        return redirect("connect:pay-bill", pk=row.bill_id)
    return _bill_page(request, row.bill_id, refusal=refusal, status=refusal.status)


@needs(Power.PAYMENT_SEE)
@require_GET
def notices(request: Request) -> HttpResponse:
    """GET /payments/notices/?state=parked: what providers told last, parked ones first."""
    request.actor.must(Power.PAYMENT_SEE)
    return _notices_page(request)


@needs(Power.PAYMENT_SETTLE)
@require_POST
def notice_settlement(request: Request, pk: int) -> HttpResponse:
    """POST /payments/notices/<id>/settlement/: `note` says what a parked notice without money of its own is."""
    request.actor.must(Power.PAYMENT_SETTLE)
    row = get_object_or_404(PayNotice, pk=pk)
    note = request.POST.get("note", "")[:200]
    _done, refusal = attempt(inbox.settle, by=request.actor, notice_id=row.pk, note=note, at=now())
    if refusal is None:
        return toast(request, redirect("connect:pay-notices"), _("已处理。"))
    return _notices_page(request, refusal=refusal, status=refusal.status)


def _notices_page(request: Request, *, refusal: Refused | None = None, status: int = 200) -> HttpResponse:
    state = request.GET.get("state", "")
    rows = list(PayNotice.objects.filter(state=PayNotice.State.PARKED).order_by("-pk")[:_LIST])
    if state != "parked":
        rows += PayNotice.objects.exclude(state=PayNotice.State.PARKED).order_by("-pk")[:_LIST]
    money = inbox.money_of([row for row in rows if row.state == PayNotice.State.PARKED])
    known = set(
        Payment.objects.filter(number__in=[row.number for row in rows]).values_list("number", flat=True)
    )
    about = {
        "rows": [
            (row, PROVIDERS.get(row.provider, row.provider), money.get(row.pk), row.number in known)
            for row in rows
        ],
        "state": state,
        "may_settle": request.actor.can(Power.PAYMENT_SETTLE),
        "refusal": refusal,
    }
    return render(request, "connect/pay_notices.html", about, status=status)


def _bill_page(
    request: Request, pk: int, *, refusal: Refused | None = None, status: int = 200
) -> HttpResponse:
    row = get_object_or_404(PayBill, pk=pk)
    differences = list(row.differences.order_by(F("settled_at").asc(nulls_first=True), "number", "pk")[:500])
    known = set(
        Payment.objects.filter(number__in=[one.number for one in differences]).values_list(
            "number", flat=True
        )
    )
    about = {
        "bill": row,
        "label": PROVIDERS.get(row.provider, row.provider),
        "differences": differences,
        "known": known,
        "may_settle": request.actor.can(Power.PAYMENT_SETTLE),
        "refusal": refusal,
    }
    return render(request, "connect/pay_bill.html", about, status=status)
