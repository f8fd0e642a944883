"""The video of a product: one, put there, replaced, taken away."""

from datetime import datetime

from zhanggui.catalog.actions.guarding import claim, must_edit, tell
from zhanggui.catalog.models import Listing, Product, Video
from zhanggui.journal.actions import action
from zhanggui.journal.daybook import write
from zhanggui.kit.actor import Actor
from zhanggui.kit.clock import day_of
from zhanggui.kit.videos import KeptVideo
from zhanggui.shops.policies import policy, value


def most_mb(product: Product, *, at: datetime) -> int:
    """How large its video may be, in MB, in the strictest of the shops that list it. Two statements a shop at most."""
    listings = Listing.objects.filter(product=product).select_related("shop").defer("words")
    told = [int(value("catalog.video_mb", listing.shop, day_of(at))) for listing in listings]
    return min(told, default=int(policy("catalog.video_mb").of_nobody()))


@action
def put(*, by: Actor, product: Product, kept: KeptVideo, picture: str, at: datetime) -> Video:
    """Give the product this video; one it had is gone from the page. `picture`: name of a kept picture shown before it
    plays, "" for the first main picture. Raises NotAllowed. Six statements.
    """
    listings = must_edit(by, product)
    fresh = claim(product, None)
    told = {"name": kept.name, "size": kept.size, "picture": picture}
    video, made = Video.objects.update_or_create(product=fresh, defaults=told)
    fresh.version += 1
    fresh.save(update_fields=["version"])
    write(
        by=by,
        what="video.put",
        on=fresh,
        shop_id=listings[0].shop_id if listings else None,
        change={"version": [fresh.version - 1, fresh.version], "video": [not made, True]},
    )
    tell(fresh, listings)
    return video


@action
def remove(*, by: Actor, product: Product, at: datetime) -> None:
    """Take the product's video away; nothing happens when there is none. Raises NotAllowed. Six statements."""
    listings = must_edit(by, product)
    fresh = claim(product, None)
    gone, _rows = Video.objects.filter(product=fresh).delete()
    if not gone:
        return
    fresh.version += 1
    fresh.save(update_fields=["version"])
    write(
        by=by,
        what="video.removed",
        on=fresh,
        shop_id=listings[0].shop_id if listings else None,
        change={"version": [fresh.version - 1, fresh.version], "video": [True, False]},
    )
    tell(fresh, listings)
