"""The conflict finder: a shop's offers, or one offer against the others, with the carts that prove each finding."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from zhanggui.jobs.actions.opening import open_job, start
from zhanggui.jobs.models import Job
from zhanggui.kit.clock import now
from zhanggui.kit.numbers import whole
from zhanggui.kit.refusals import NotFound
from zhanggui.people.http import Request, needs
from zhanggui.people.powers import Power
from zhanggui.promotions import wording
from zhanggui.promotions.conflict_job import KIND
from zhanggui.promotions.models import Offer
from zhanggui.promotions.queries import conflicts, pages
from zhanggui.promotions.views.frame import frame
from zhanggui.shops.models import Shop


@needs(Power.OFFER_SEE)
@require_GET
def index(request: Request) -> HttpResponse:
    """GET /offers/conflicts/?shop=&offer=&job=: searched at once when small, else offered as a job."""
    at = now()
    shops = list(pages.shops_of(request.actor))
    offer = _offer(request, request.GET.get("offer", ""))
    shop = _shop(shops, request.GET.get("shop", ""), offer)
    context: dict[str, Any] = frame(request, "promotions:conflicts") | {
        "shops": shops,
        "shop": shop,
        "offer": offer,
        "at": at,
    }
    if shop is None:
        return render(request, "promotions/conflicts.html", context)
    asked = "shop" in request.GET or offer is not None
    job = _job(request, shop) if request.GET.get("job") else None
    found = None
    if job is None:
        found = conflicts.setting(shop, at=at, also=offer.pk if offer else None)
        if not asked or found.size > conflicts.LARGE:
            job = _last(shop, offer)
    if job is not None:
        context |= {"job": job, "last_at": job.ended_at}
        if job.state == Job.State.DONE:
            context |= {
                "shown": _shown(conflicts.load(job.counts.get("findings", [])), shop, at),
                "searched": True,
            }
        return render(request, "promotions/conflicts.html", context)
    found = found or conflicts.setting(shop, at=at, also=offer.pk if offer else None)
    context |= {
        "many_offers": max((len(live) for _at, live in found.moments), default=0),
        "carts": len(found.carts),
    }
    if found.size > conflicts.LARGE:
        context["large"] = True
    elif asked:
        context |= {"shown": _shown(conflicts.search(found), shop, at), "searched": True}
    return render(request, "promotions/conflicts.html", context)


@needs(Power.OFFER_SEE)
@require_POST
def search(request: Request) -> HttpResponse:
    """POST /offers/conflicts/jobs/: search in the background; its page shows the findings when it is done."""
    offer = _offer(request, request.POST.get("offer", ""))
    shops = list(pages.shops_of(request.actor))
    shop = next((row for row in shops if row.code == request.POST.get("shop", "")), None)
    if shop is None:
        raise NotFound(_("没有这家店铺。"))
    order = {"at": now().isoformat(), "shop": shop.pk, "offer": offer.pk if offer else None}
    job = open_job(
        by=request.actor,
        kind=KIND,
        title=_("检查优惠冲突：%(shop)s") % {"shop": shop.code},
        order=order,
        shop_id=shop.pk,
    )
    start(job)
    query = f"?shop={shop.code}&job={job.pk}" + (f"&offer={offer.pk}" if offer else "")
    return redirect(reverse("promotions:conflicts") + query)


def _shown(findings: list[conflicts.Finding], shop: Shop, at: Any) -> list[dict[str, Any]]:
    rows = []
    for one in conflicts.show(findings, shop, at=at):
        rows.append(
            {
                "one": one,
                "carts": [
                    {
                        "cart": cart,
                        "applied": [
                            (one.names.get(done.offer_id, ""), wording.said(done))
                            for done in cart.priced.applied
                        ],
                        "refused": [
                            (one.names.get(no.offer_id, ""), wording.reason(no))
                            for no in cart.priced.refused
                            if no.offer_id in (one.finding.offer, one.finding.other)
                        ],
                    }
                    for cart in (one.first, one.second)
                ],
            }
        )
    return rows


def _offer(request: Request, text: str) -> Offer | None:
    pk = whole(text)
    if pk is None:
        return None
    return pages.visible_to(request.actor).filter(pk=pk).first()


def _shop(shops: list[Shop], code: str, offer: Offer | None) -> Shop | None:
    if code:
        return next((row for row in shops if row.code == code), None)
    if offer is not None:
        return next((row for row in shops if row.pk in offer.shop_ids), None)
    return shops[0] if len(shops) == 1 else None


def _job(request: Request, shop: Shop) -> Job | None:
    pk = whole(request.GET.get("job", ""))
    if pk is None:
        return None
    return Job.objects.filter(pk=pk, kind=KIND, shop_id=shop.pk).first()


def _last(shop: Shop, offer: Offer | None) -> Job | None:
    """The last search of this shop that is done or under way, whoever of the shop asked for it. One statement."""
    over = [Job.State.FAILED, Job.State.CANCELLED]
    rows = Job.objects.filter(kind=KIND, shop_id=shop.pk).exclude(state__in=over).order_by("-pk")[:20]
    wanted = offer.pk if offer else None
    return next((job for job in rows if job.order.get("offer") == wanted), None)
