"""The gate looks again at a shop's products when the shop changes what it wants of them (docs/laws/publishing.md).

What stands at a listing ("troubles") was found by the rules of then. A new forbidden word makes old drafts unfit and
an allowed one makes them fit, so all of the shop's listings are examined again in the background. Nothing is taken off
a shelf: what is unfit there stands in the job's result and in the list under 有问题, for a person to decide.
"""

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from zhanggui.catalog import gate
from zhanggui.catalog.models import Listing
from zhanggui.catalog.queries.goods import GATE_POLICIES, dossiers, rules_of
from zhanggui.jobs.actions.opening import open_job, start
from zhanggui.jobs.actions.running import Beat, record_outcomes
from zhanggui.jobs.models import Job, Outcome
from zhanggui.jobs.registry import runner
from zhanggui.kit.actor import Actor
from zhanggui.kit.bells import ring
from zhanggui.kit.clock import database_now, day_of
from zhanggui.shops.models import Setting, Shop

KIND = "goods.gate"
PIECE = 200


def look_again(*, by: Actor, shop: Shop, since: date) -> Job | None:
    """Examine a shop's listings again by the rules that hold from a day on; None while such a job already waits.

    Gives the job, begun in the background. Six statements.
    """
    with transaction.atomic():
        Shop.objects.select_for_update(no_key=True).get(pk=shop.pk)  # two at once open one
        if Job.objects.filter(kind=KIND, shop_id=shop.pk, state=Job.State.WAITING).exists():
            return None
        job = open_job(
            by=by,
            kind=KIND,
            title=_("商品重新体检：%(shop)s") % {"shop": shop.code},
            order={"since": since.isoformat()},
            shop_id=shop.pk,
        )
        start(job)
    return job


def look_again_due(*, by: Actor, at: datetime) -> int:
    """Open the jobs of settings that were made for a day to come and hold from today on; gives how many. Called each
    hour; each shop and day once. One statement when there is none, else two and those of `look_again`."""
    today = day_of(at)
    due = Setting.objects.filter(name__in=GATE_POLICIES, since=today, shop__closed_at__isnull=True)
    shops = {row.shop_id: row.shop for row in due.select_related("shop") if day_of(row.set_at) < today}
    if not shops:
        return 0
    known = Job.objects.filter(kind=KIND, shop_id__in=sorted(shops), order__since=today.isoformat())
    for shop_id in known.values_list("shop_id", flat=True):
        shops.pop(shop_id or 0, None)
    return sum(look_again(by=by, shop=shop, since=today) is not None for shop in shops.values())


@runner(KIND)
def examine_all(job: Job, beat: Beat) -> None:
    """Examine every listing of the shop, PIECE at a time in the order of their ids; goes on where it was killed.

    What changed stands in the outcomes: refused, with what is wrong now, or changed, when nothing is wrong any more.
    """
    shop = Shop.objects.get(pk=job.shop_id or 0)
    at = database_now()
    rules = rules_of(shop, day_of(at))
    rows = Listing.objects.filter(shop=shop).order_by("pk")
    beat.tick(total=rows.count())
    counts = {"changed": 0, "refused": 0} | dict(job.counts)
    done, place = job.done, job.place
    while True:
        with transaction.atomic():
            piece = list(
                rows.filter(pk__gt=place)
                .select_related("product")
                .defer("words")
                .select_for_update(of=("self",), no_key=True)[:PIECE]
            )
            if not piece:
                break
            told = dossiers(listing.product_id for listing in piece)
            outcomes = []
            for listing in piece:
                failed = gate.failing(gate.examine(told[listing.product_id], rules))
                codes = [check.code for check in failed]
                if codes != listing.troubles:
                    result, message = ("refused", failed[0].said) if failed else ("changed", "")
                    counts[result] += 1
                    outcomes.append(
                        Outcome(row=listing.pk, label=listing.product.code, result=result, message=message)
                    )
                listing.troubles, listing.checked_at = codes, at
            Listing.objects.bulk_update(piece, ["troubles", "checked_at"])
            record_outcomes(job, outcomes)
            done, place = done + len(piece), piece[-1].pk
            beat.tick(done=done, failed=counts["refused"], place=place, counts=counts)
    ring(f"shop:{shop.pk}", "goods")
