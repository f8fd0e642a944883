"""Chinese texts cut into the words of a dictionary.

The dictionary takes 33 MB: it is opened by the first text a process cuts, not by every process that could.
"""

from collections.abc import Sequence


def words(text: str) -> Sequence[str]:
    """The words of a text in their order, each piece of it once."""
    import rjieba  # noqa: PLC0415

    return list(rjieba.cut(text))


def words_and_parts(text: str) -> Sequence[str]:
    """As `words`, and beside a long word the shorter ones within it: what somebody may look for."""
    import rjieba  # noqa: PLC0415

    return list(rjieba.cut_for_search(text))
