"""What every page's frame needs."""

from typing import Any

from django.http import HttpRequest


def frame(request: HttpRequest) -> dict[str, Any]:
    """The actor and the person's looks; no statement."""
    staff = getattr(request, "user", None)
    return {
        "actor": getattr(request, "actor", None),
        "theme": getattr(staff, "theme", "") or "",
        "density": getattr(staff, "density", "") or "",
    }
