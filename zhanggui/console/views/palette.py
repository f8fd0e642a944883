"""The command palette: every page one may open, with its key, found by words, pinyin or initials."""

from django.http import HttpResponse, JsonResponse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as N_
from django.views.decorators.http import require_GET

from zhanggui.kit import menu
from zhanggui.kit.pinyin import sounds
from zhanggui.people.http import Request, needs

ACTS = (
    ("theme", "dark", N_("切换为深色"), ""),
    ("theme", "light", N_("切换为浅色"), ""),
    ("theme", "system", N_("外观跟随系统"), ""),
    ("density", "compact", N_("紧凑密度"), ""),
    ("density", "cosy", N_("舒适密度"), ""),
    ("fold", "", N_("收起或展开导航"), ""),
    ("jobs", "", N_("打开任务抽屉"), ""),
    ("keys", "", N_("快捷键"), "?"),
)


@needs("")
@require_GET
def palette(request: Request) -> HttpResponse:  # GET /palette/?q=
    text = request.GET.get("q", "").strip()[:80]
    if text:
        found = [
            {"label": hit.label, "detail": hit.detail, "url": hit.url}
            for hit in menu.answers_for(request.actor, text)
        ]
        return JsonResponse({"found": found})
    items = [
        _item(
            link.entry.label,
            link.entry.words,
            url=link.url,
            keys=link.entry.keys,
            where=_(link.entry.section) if link.entry.section else "",
        )
        for link in menu.links(request.actor)
    ]
    items += [_item(label, act, act=act, value=value, keys=keys) for act, value, label, keys in ACTS]
    answer = JsonResponse({"items": items})
    answer["Cache-Control"] = "private, no-store"
    return answer


def _item(label: str, words: str, **also: str) -> dict[str, str]:
    """One line: shown in the reader's language, found in both."""
    pinyin, initials = sounds(label)
    with translation.override("en"):
        english = _(label)
    return {
        "label": _(label),
        "pinyin": pinyin,
        "initials": initials,
        "words": f"{label} {english} {words}",
    } | also
