"""The sheet of keys."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_noop as N_
from django.views.decorators.http import require_GET

from zhanggui.kit import menu
from zhanggui.people.http import Request, needs

EVERYWHERE = (
    ("Ctrl K", N_("命令面板：页面、操作、订单")),
    ("?", N_("这张快捷键表")),
    ("/", N_("到搜索框")),
    ("u", N_("撤销上一步（也可 Ctrl Z）")),
    ("Esc", N_("关闭、返回")),
)
LISTS = (
    ("j / k", N_("下一行 / 上一行")),
    ("x", N_("选中这一行")),
    ("Shift x", N_("连选到这一行")),
    ("Enter", N_("打开这一行")),
)


@needs("")
@require_GET
def sheet(request: Request) -> HttpResponse:  # GET /keys/
    going = [link for link in menu.links(request.actor) if link.entry.keys]
    template = "console/keys.html#sheet" if request.headers.get("HX-Request") else "console/keys.html"
    return render(request, template, {"everywhere": EVERYWHERE, "lists": LISTS, "going": going})
