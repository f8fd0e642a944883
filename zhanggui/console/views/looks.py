"""One's own looks. Before signing in they live in cookies, afterwards with the person."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from zhanggui.console.actions.looks import CHOICES, check_looks, choose_looks
from zhanggui.kit.language import COOKIE
from zhanggui.people.http import Request, anybody

_COOKIES = {"language": COOKIE, "theme": "zg-theme", "density": "zg-density"}
_YEAR = 365 * 24 * 3600


@anybody
@require_POST
def create(request: Request) -> HttpResponse:  # POST /looks/
    looks = {name: request.POST[name] for name in CHOICES if name in request.POST}
    if request.actor is None:
        check_looks(looks)
    else:
        choose_looks(by=request.actor, looks=looks)
    quiet = request.headers.get("X-Quiet") == "1"
    answer = HttpResponse(status=204) if quiet else HttpResponseRedirect(_back(request))
    for name, value in looks.items():
        answer.set_cookie(_COOKIES[name], value, max_age=_YEAR, samesite="Lax", secure=request.is_secure())
    return answer


def _back(request: HttpRequest) -> str:
    wished = request.POST.get("next", "")
    return wished if url_has_allowed_host_and_scheme(wished, allowed_hosts=None) else "/"
