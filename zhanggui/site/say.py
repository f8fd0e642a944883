"""The command line's own words, Chinese first, in English where LANG says so.

Both texts stand side by side in the code and need no catalogue: what says that the installation is broken must
not depend on the installation.
"""

import os


def english() -> bool:
    """Whether the person at the terminal reads English (LC_ALL, LC_MESSAGES or LANG begins with "en")."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name)
        if value:
            return value.lower().startswith("en")
    return False


def say(chinese: str, english_text: str) -> str:
    """The text in the language of the person at the terminal."""
    return english_text if english() else chinese
