"""Where the installation keeps its data: ZHANGGUI_HOME, else the user's data folder."""

import os
from pathlib import Path

import platformdirs


def home() -> Path:
    """The data folder, made if it is missing (mode 0700 for what lies inside is set where it is written)."""
    named = os.environ.get("ZHANGGUI_HOME")
    folder = (
        Path(named).expanduser() if named else Path(platformdirs.user_data_dir("zhanggui", appauthor=False))
    )
    folder = folder.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    return folder
