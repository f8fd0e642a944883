"""What a list verb gives back: one outcome per item; a refused item never hurts the others."""

from collections.abc import Sequence
from dataclasses import dataclass

from zhanggui.kit.refusals import Refused


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one order in a list verb. `result`: done, unchanged or refused."""

    order_id: int
    number: str
    result: str
    message: str = ""
    refusal: Refused | None = None


def only(outcomes: Sequence[Outcome]) -> Outcome:
    """The outcome of a list of one, for the single verbs. Raises its refusal."""
    outcome = outcomes[0]
    if outcome.refusal is not None:
        raise outcome.refusal
    return outcome
