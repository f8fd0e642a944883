"""How a person reads the results of rows; a room may `name` its own."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as N_

RESULTS: dict[str, str] = {
    "new": N_("新增"),
    "changed": N_("有变化"),
    "unchanged": N_("无变化"),
    "refused": N_("被拒绝"),
    "done": N_("成功"),
    "undone": N_("已撤回"),
    "skipped": N_("跳过"),
    "failed": N_("出错"),
}


def name(result: str, label: str) -> None:
    """Name a result of one's own jobs; the label is a message id."""
    RESULTS[result] = label


def label_of(result: str) -> str:
    """A result as a person reads it."""
    return _(RESULTS[result]) if result in RESULTS else result
