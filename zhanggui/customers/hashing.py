"""The buyers' gate before password hashes (`people.hashing`): their crowd at the door costs the staff nothing."""

from contextlib import AbstractContextManager

from zhanggui.people.hashing import AT_ONCE, MOST_WAITING, Gate

_gate = Gate(AT_ONCE, MOST_WAITING)


def turn() -> AbstractContextManager[None]:
    """A place to make or check one hash in: `with turn(): …`. Raises TooMany."""
    return _gate.turn()
