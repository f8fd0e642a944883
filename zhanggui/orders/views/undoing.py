"""Taking one's own last act back."""

from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.views.decorators.http import require_POST

from zhanggui.kit.clock import now
from zhanggui.orders.undoing import take_back
from zhanggui.orders.views.answers import address
from zhanggui.people.http import Request, needs
from zhanggui.people.powers import Power


@require_POST
@needs(Power.ORDER_SEE)
def undoing(request: Request, pk: int) -> HttpResponse:
    """POST /orders/acts/<pk>/undoing/: `pk` is the daybook line of one's own act."""
    order = take_back(by=request.actor, entry_id=pk, at=now())
    if request.headers.get("Accept", "").startswith("application/json"):
        return JsonResponse({"undone": True})
    return HttpResponseRedirect(address(order))
