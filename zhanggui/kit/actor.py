"""Who does it. An actor is passed to every verb by name; there is no ambient current user."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from zhanggui.kit.refusals import NotAllowed

EVERYWHERE = 0
"""Key of the powers that hold in every shop."""


@dataclass(frozen=True, slots=True)
class Actor:
    """A person or a part of the system that acts.

    `powers`: power codes by shop id; under EVERYWHERE those that hold in all shops. `source` tells the
    daybook where the act came from: "web" (the house's pages), "shopfront" (the buyers' pages), "import", "timer", "cli",
    "demo", "api".
    """

    name: str
    staff_id: int | None = None
    work_no: str = ""
    department: str = ""
    powers: Mapping[int, frozenset[str]] = field(default_factory=dict)
    source: str = "web"
    almighty: bool = False
    address: str = ""

    def can(self, power: str, shop_id: int = EVERYWHERE) -> bool:
        """Whether the actor has the power in that shop (EVERYWHERE asks for it in all shops)."""
        if self.almighty or power in self.powers.get(EVERYWHERE, frozenset()):
            return True
        return shop_id != EVERYWHERE and power in self.powers.get(shop_id, frozenset())

    def can_somewhere(self, power: str) -> bool:
        """Whether the actor has the power in at least one shop."""
        return self.almighty or any(power in held for held in self.powers.values())

    def must(self, power: str, *, shop_id: int = EVERYWHERE) -> None:
        """Raise NotAllowed, naming the missing power, unless the actor has it in that shop."""
        if not self.can(power, shop_id):
            raise NotAllowed(
                _("您没有「%(power)s」的权限，请找店长或管理员开通。") % {"power": power_name(power)}
            )

    def shops_with(self, power: str) -> set[int] | None:
        """The ids of the shops where the actor has the power; None stands for every shop."""
        if self.can(power):
            return None
        return {shop for shop, held in self.powers.items() if power in held}


_NAMES: dict[str, str] = {}


def name_powers(pairs: Iterable[tuple[str, str]]) -> None:
    """Teach the refusal sentence the powers' names (called once by `people`, which owns the vocabulary)."""
    _NAMES.update(pairs)


def power_name(power: str) -> str:
    """The name a person reads for a power code, in the reader's language."""
    return str(_(_NAMES.get(power, power)))


def system(name: str, source: str) -> Actor:
    """The house itself acting: a timer, an import, the command line of the machine's owner."""
    return Actor(name=name, source=source, almighty=True)
