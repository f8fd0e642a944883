"""The conflict finder as background work, for shops whose offers make too many carts for a page."""

from datetime import datetime

from zhanggui.jobs.actions.running import Beat
from zhanggui.jobs.models import Job
from zhanggui.jobs.registry import runner
from zhanggui.promotions.queries import conflicts
from zhanggui.shops.models import Shop

KIND = "promotions.conflicts"
_EVERY = 200


@runner(KIND)
def find_conflicts(job: Job, beat: Beat) -> None:
    """Search one shop's offers; the findings stand in the job's counts. It changes nothing, so a run that was
    killed simply begins again."""
    shop = Shop.objects.get(pk=job.order["shop"])
    at = datetime.fromisoformat(job.order["at"])
    found = conflicts.setting(shop, at=at, also=job.order.get("offer"))
    total = max(1, len(found.carts) * len(found.moments))
    beat.tick(total=total, done=0)

    def tick(done: int) -> None:
        if done % _EVERY == 0:
            beat.tick(done=done)

    findings = conflicts.search(found, tick=tick)
    beat.tick(done=total, counts={"found": len(findings), "findings": conflicts.dump(findings)})
