"""The video of a product."""

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from zhanggui.catalog.actions import filming
from zhanggui.catalog.models import Listing
from zhanggui.catalog.views.found import product_of
from zhanggui.catalog.views.products import pictures_page
from zhanggui.kit import pictures, videos
from zhanggui.kit.clock import now
from zhanggui.kit.refusals import Invalid, NotAllowed, Refused
from zhanggui.kit.toasts import toast
from zhanggui.kit.uploads import MIB, takes_files
from zhanggui.people.http import Request, needs
from zhanggui.people.powers import Power

MB = 1024 * 1024


@takes_files(256 * MIB)
@needs(Power.CATALOG_EDIT)
@require_POST
def put(request: Request, pk: int) -> HttpResponse:
    """POST /goods/<id>/video/: `video`, with its `poster` when there is one; a refused one leaves nothing."""
    product = product_of(request, pk)
    for shop_id in Listing.objects.filter(product=product).values_list("shop_id", flat=True):
        request.actor.must(Power.CATALOG_EDIT, shop_id=shop_id)
    kept, poster = None, ""
    try:
        if "video" not in request.FILES:
            raise Invalid(_("请选择视频"), "video")
        kept = videos.keep(request.FILES["video"], most=filming.most_mb(product, at=now()) * MB)
        if "poster" in request.FILES:
            poster = pictures.keep(request.FILES["poster"]).name
        filming.put(by=request.actor, product=product, kept=kept, picture=poster, at=now())
    except Refused as trouble:
        if kept is not None:
            videos.drop(kept.name)
        pictures.drop(poster)
        if isinstance(trouble, NotAllowed):
            raise
        return pictures_page(request, product_of(request, pk), refusal=trouble, status=trouble.status)
    return toast(request, redirect("catalog:pictures", pk), _("已上传视频"))


@needs(Power.CATALOG_EDIT)
@require_POST
def removal(request: Request, pk: int) -> HttpResponse:
    """POST /goods/<id>/video/removal/."""
    filming.remove(by=request.actor, product=product_of(request, pk), at=now())
    return toast(request, redirect("catalog:pictures", pk), _("已去掉视频"))
