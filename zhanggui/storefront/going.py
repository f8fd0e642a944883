"""Where a buyer goes after a form: back to the page that sent it, as long as that is one of ours."""

from typing import Any

from django.utils.http import url_has_allowed_host_and_scheme


def ours(wanted: str) -> bool:
    """Whether this is a path of this house: it begins with exactly one "/", names no host and no scheme."""
    return (
        wanted.startswith("/")
        and not wanted.startswith("//")
        and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    )


def back(request: Any, otherwise: str, *, name: str = "next") -> str:
    """The path that the form (else the address) asks to go to, or `otherwise` when it is not one of ours."""
    wanted = request.POST.get(name) or request.GET.get(name) or ""
    return wanted if ours(wanted) else otherwise
