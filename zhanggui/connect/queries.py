"""What pages and imports ask of this room."""

from zhanggui.connect.layouts.layout import Layout


def preset_layouts() -> list[Layout]:
    """The saved presets as layouts, newest first. One statement."""
    return []
