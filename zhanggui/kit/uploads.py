"""Which views take files, and how many bytes a whole request of theirs may have."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

MIB = 1024 * 1024

V = TypeVar("V", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Takes:
    """`most`: bytes of a whole request, asked each time. `refuses`: the view itself answers what is announced as larger."""

    most: Callable[[], int]
    refuses: bool = False


def takes_files(most: int | Callable[[], int], *, refuses: bool = False) -> Callable[[V], V]:
    """Mark a view that takes files; stands above every other decorator. `most`: bytes of a whole request, with room for what
    the view refuses in its own words: what is larger is refused before it is read, in a plain sentence (docs/security.md).
    """

    def mark(view: V) -> V:
        view.takes_files = Takes(most if callable(most) else lambda: most, refuses)  # type: ignore[attr-defined]
        return view

    return mark


def taken_by(view: Any) -> Takes | None:
    """What the view takes; None for one that takes no files."""
    found: Takes | None = getattr(view, "takes_files", None)
    return found
