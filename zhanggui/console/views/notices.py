"""What a person should know now, told by the rooms."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from zhanggui.kit import menu
from zhanggui.people.http import Request, needs


@needs("")
@require_GET
def notices(request: Request) -> HttpResponse:  # GET /notices/
    template = "console/notices.html#list" if request.headers.get("HX-Request") else "console/notices.html"
    return render(request, template, {"notices": menu.notices_for(request.actor)})
