"""Known browsers: a cookie of the browser's own, by which its users stay out of the lock-out of strangers."""

import hashlib
import secrets
from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from zhanggui.people.models import Device, Staff

_YEAR = 365 * 24 * 3600
_SYSTEMS = (
    ("HarmonyOS", "HarmonyOS"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)
_BROWSERS = (
    ("MicroMessenger", "WeChat"),
    ("Edg/", "Edge"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)


def cookie_name() -> str:
    """The cookie's name; bound to this host alone where the house is served over https."""
    return "__Host-zg-device" if settings.SESSION_COOKIE_SECURE else "zg-device"


def token_of(request: HttpRequest) -> str:
    """The browser's token, or "" when it has none that could be ours."""
    token = request.COOKIES.get(cookie_name(), "")
    return token if 20 <= len(token) <= 100 else ""


def hash_of(token: str) -> bytes:
    """What of a token is stored. The token is random, so a plain hash is enough."""
    return hashlib.sha256(token.encode()).digest()


def known(work_no: str, token: str) -> Device | None:
    """The device row if this person has signed in on this browser before. One statement, always."""
    return Device.objects.filter(staff__work_no__iexact=work_no, token_hash=hash_of(token)).first()


def remember(staff: Staff, token: str, *, label: str, at: datetime) -> str:
    """Note that the person signed in on this browser; gives the token its cookie must carry. One statement."""
    token = token or secrets.token_urlsafe(32)
    Device.objects.update_or_create(
        staff=staff,
        token_hash=hash_of(token),
        defaults={"seen_at": at, "label": label},
        create_defaults={"first_at": at, "seen_at": at, "label": label},
    )
    return token


def give_cookie(response: HttpResponse, token: str) -> None:
    """Let the browser keep its token for a year."""
    response.set_cookie(
        cookie_name(),
        token,
        max_age=_YEAR,
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
        path="/",
    )


def label_of(request: HttpRequest) -> str:
    """The browser in words: "Chrome · Windows"."""
    agent = request.headers.get("User-Agent", "")
    browser = next((name for mark, name in _BROWSERS if mark in agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in agent), "")
    return " · ".join(part for part in (browser, system) if part) or "?"
