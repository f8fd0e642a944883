"""How the back office looks for one person: language, theme, density."""

from django.utils.translation import gettext as _

from zhanggui.console.who import number_of
from zhanggui.journal.actions import action
from zhanggui.kit.actor import Actor
from zhanggui.kit.refusals import Invalid
from zhanggui.people.models import Staff

CHOICES: dict[str, tuple[str, ...]] = {
    "language": ("zh-hans", "en"),
    "theme": ("light", "dark", "system"),
    "density": ("compact", "cosy"),
}


@action
def choose_looks(*, by: Actor, looks: dict[str, str]) -> None:
    """Keep what a person chose for itself. Raises Invalid for anything that is not a choice. One statement.

    No daybook line: nobody else is concerned.
    """
    check_looks(looks)
    if looks:
        Staff.objects.filter(pk=number_of(by)).update(**looks)


def check_looks(looks: dict[str, str]) -> None:
    """Raises Invalid unless every value is one of the choices."""
    for name, value in looks.items():
        if value not in CHOICES.get(name, ()):
            raise Invalid(_("没有这个选项"), name)
