"""Red packets (S0-10..16): issues, what stands of each, grants by nick, taking back for a forbidden act."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from zhanggui.kit.clock import day_begins, now
from zhanggui.kit.numbers import whole
from zhanggui.kit.refusals import Refused
from zhanggui.kit.sealed import masked_nick
from zhanggui.kit.toasts import toast
from zhanggui.people.http import Request, attempt, needs, show_refusal
from zhanggui.people.powers import Power
from zhanggui.promotions import starters
from zhanggui.promotions.actions import red_packets as verbs
from zhanggui.promotions.forms import GrantForm, IssueForm, RevokeForm
from zhanggui.promotions.models import RedPacketIssue
from zhanggui.promotions.queries import pages
from zhanggui.promotions.queries.buyers import buyers_named, no_such
from zhanggui.promotions.states import ForbiddenAct
from zhanggui.promotions.views.frame import frame, said_all

PARTS = (
    ("left", "未用"),
    ("held", "占用"),
    ("used", "已用"),
    ("expired", "过期"),
    ("revoked", "已收回"),
)


@needs(Power.OFFER_SEE)
@require_GET
def index(request: Request) -> HttpResponse:
    """GET /offers/red-packets/?after=: the issues, the newest first."""
    after = whole(request.GET.get("after", ""))
    rows = pages.issues_visible_to(request.actor).order_by("-pk")
    if after is not None:
        rows = rows.filter(pk__lt=after)
    found = list(rows[: pages.PAGE + 1])
    shops = {shop.pk: shop.code for shop in pages.shops_of(request.actor)}
    context = frame(request, "promotions:red-packets") | {
        "rows": [
            {"issue": row, "shops": [shops[pk] for pk in row.shop_ids if pk in shops], "state": _state(row)}
            for row in found[: pages.PAGE]
        ],
        "after": str(found[pages.PAGE - 1].pk) if len(found) > pages.PAGE else "",
        "may_grant": request.actor.can_somewhere(Power.RED_PACKET_GRANT),
    }
    return render(request, "promotions/red_packets.html", context)


@needs(Power.RED_PACKET_GRANT)
@require_http_methods(["GET", "POST"])
def new(request: Request) -> HttpResponse:
    """GET, POST /offers/red-packets/new/"""
    shops = pages.own_shops_of(request.actor, Power.RED_PACKET_GRANT)
    if request.method == "GET":
        form = IssueForm(initial=_fresh(request), shops=shops)
        return _new_page(request, form, 200)
    form = IssueForm(request.POST, shops=shops)
    refusal: Refused | None = None
    if form.is_valid():
        typed = form.cleaned_data
        made, refusal = attempt(
            verbs.issue,
            by=request.actor,
            merchant_id=typed["shops"][0].merchant_id,
            name=typed["name"],
            budget_fen=typed["budget"],
            good_from=typed["good_from"],
            good_until=typed["good_until"],
            shop_ids=[shop.pk for shop in typed["shops"]],
            house=typed["house"],
            at=now(),
        )
        if made is not None:
            answer = redirect("promotions:red-packet-issue", made.pk)
            said = _("已建好，要另一个人批准后才能发") if made.waits else _("已建好，可以发放了")
            return toast(request, answer, said)
    return _new_page(request, form, show_refusal(form, refusal))


@needs(Power.OFFER_SEE)
@require_GET
def issue(request: Request, pk: int) -> HttpResponse:
    """GET /offers/red-packets/<id>/?part=&after=: what stands, and the packets behind each number."""
    return _page(request, _found(request, pk), GrantForm())


@needs(Power.OFFER_APPROVE)
@require_POST
def approval(request: Request, pk: int) -> HttpResponse:
    """POST /offers/red-packets/<id>/approval/: the second person for an issue above the limit."""
    verbs.approve(by=request.actor, row=_found(request, pk), at=now())
    return toast(request, redirect("promotions:red-packet-issue", pk), _("已批准"))


@needs(Power.RED_PACKET_GRANT)
@require_POST
def grants(request: Request, pk: int) -> HttpResponse:
    """POST /offers/red-packets/<id>/grants/: to buyers by their nicks, once for each buyer and reason."""
    row = _found(request, pk)
    form = GrantForm(request.POST)
    refusal: Refused | None = None
    if form.is_valid():
        typed = form.cleaned_data
        ids, unknown = buyers_named(row.merchant_id, row.shop_ids, typed["nicks"])
        if unknown:
            form.add_error("nicks", no_such(unknown))
        else:
            asked = [verbs.Grant(f"{typed['ref']}:{buyer}", buyer, typed["amount"]) for buyer in ids.values()]
            outcomes, refusal = attempt(verbs.grant_many, by=request.actor, row=row, grants=asked, at=now())
            if outcomes is not None:
                return _granted(request, pk, outcomes)
            if refusal is not None:
                form.add_error(None, refusal.message)
    return _page(request, row, form, status=refusal.status if refusal else 422)


@needs(Power.RED_PACKET_GRANT)
@require_POST
def revocations(request: Request, pk: int) -> HttpResponse:
    """POST /offers/red-packets/<id>/revocations/: what is unused of the ticked packets, for one of the four acts."""
    row = _found(request, pk)
    asked = [number for text in request.POST.getlist("packets") if (number := whole(text)) is not None]
    known = list(row.packets.filter(pk__in=asked[:500]).values_list("pk", flat=True))
    form = RevokeForm(request.POST, packets=known, reasons=ForbiddenAct.choices)
    if not form.is_valid():
        return _page(request, row, GrantForm(), revoke=form, status=422)
    many, refusal = attempt(
        verbs.revoke_many,
        by=request.actor,
        packet_ids=form.cleaned_data["packets"],
        reason=form.cleaned_data["reason"],
        at=now(),
    )
    if refusal is not None:
        form.add_error(None, refusal.message)
        return _page(request, row, GrantForm(), revoke=form, status=refusal.status)
    answer = redirect("promotions:red-packet-issue", pk)
    return toast(request, answer, _("收回了 %(n)s 个红包") % {"n": many})


@needs(Power.RED_PACKET_GRANT)
@require_POST
def stop(request: Request, pk: int) -> HttpResponse:
    """POST /offers/red-packets/<id>/stop/: nothing more is granted; what was granted stays good."""
    row = _found(request, pk)
    reason = request.POST.get("reason", "").replace("\0", "")
    verbs.stop(by=request.actor, row=row, reason=reason, at=now())
    return toast(request, redirect("promotions:red-packet-issue", pk), _("已停止发放"))


def _granted(request: Request, pk: int, outcomes: dict[str, int | None]) -> HttpResponse:
    given = sum(1 for packet in outcomes.values() if packet is not None)
    short = len(outcomes) - given
    said = _("发了 %(n)s 个，24 小时内到账") % {"n": given}
    if short:
        said = _("发了 %(n)s 个；预算不够，有 %(m)s 个没有发") % {"n": given, "m": short}
    return toast(request, redirect("promotions:red-packet-issue", pk), said, bad=bool(short))


def _found(request: Request, pk: int) -> RedPacketIssue:
    return get_object_or_404(pages.issues_visible_to(request.actor), pk=pk)


def _fresh(request: Request) -> dict[str, Any]:
    """A new issue: the next 11-11, when it comes from the starter."""
    first: dict[str, Any] = {"house": "1"}
    starter = starters.named(request.GET.get("starter", ""))
    if starter is not None and not starter.kind:
        begins = day_begins(starters.double_eleven(now()))
        first |= {
            "name": _(starter.label),
            "good_from": begins,
            "good_until": begins.replace(hour=23, minute=59),
        }
    return first


def _state(row: RedPacketIssue) -> tuple[str, str]:
    at = now()
    if row.stopped_at is not None:
        return "stopped", _("已停止发放")
    if row.waits:
        return "review", _("等第二个人批准")
    if at > row.good_until:
        return "ended", _("已过期")
    return ("scheduled", _("待开始")) if at < row.good_from else ("live", _("可用"))


def _new_page(request: Request, form: IssueForm, status: int) -> HttpResponse:
    context = frame(request, "promotions:red-packets") | {"form": form}
    return render(request, "promotions/red_packet_new.html", context, status=status)


def _may_approve(request: Request, row: RedPacketIssue) -> bool:
    can = request.actor.can
    if not row.shop_ids:
        return can(Power.OFFER_APPROVE)
    return all(can(Power.OFFER_APPROVE, shop) for shop in row.shop_ids)


def _page(
    request: Request,
    row: RedPacketIssue,
    form: GrantForm,
    *,
    revoke: RevokeForm | None = None,
    status: int = 200,
) -> HttpResponse:
    part = request.GET.get("part", "")
    found = pages.packets_of(row, part=part, after=whole(request.GET.get("after", "")))
    sums = pages.issue_sums(row)
    may = (
        all(request.actor.can(Power.RED_PACKET_GRANT, shop) for shop in row.shop_ids)
        if row.shop_ids
        else request.actor.can(Power.RED_PACKET_GRANT)
    )
    shops = {shop.pk: shop.code for shop in pages.shops_of(request.actor)}
    context = frame(request, "promotions:red-packets") | {
        "issue": row,
        "state": _state(row),
        "shops": [shops[pk] for pk in row.shop_ids if pk in shops],
        "sums": sums,
        "parts": [(code, label, sums[code]) for code, label in PARTS],
        "part": part if part in pages.PARTS else "",
        "packets": [(packet, masked_nick(packet.buyer.nick)) for packet in found[: pages.PAGE]],
        "after": str(found[pages.PAGE - 1].pk) if len(found) > pages.PAGE else "",
        "may_grant": may and row.stopped_at is None and not row.waits,
        "may_stop": may and row.stopped_at is None,
        "may_approve": row.waits and row.asked_by != request.actor.staff_id and _may_approve(request, row),
        "may_revoke": may,
        "form": form,
        "revoke": revoke,
        "reasons": ForbiddenAct.choices,
        "changes": said_all(pages.changes_of("red_packet_issue", row.pk)),
    }
    return render(request, "promotions/red_packet.html", context, status=status)
