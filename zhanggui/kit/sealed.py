"""Personal data at rest: sealed with AES-256-GCM, found again through a keyed hash, shown masked.

The keys live in the data folder (or ZHANGGUI_KEYS), never in the database. A sealed value carries the id
of its key, so keys can be changed while old values stay readable.
"""

import hashlib
import hmac
import os
import re
import unicodedata

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

_NONCE = 12
_GAP = r"[-\s.]{0,2}"
_PHONE_IN_TEXT = re.compile(
    rf"(?<!\d)(?:(?:00|\+)?86{_GAP})?(1[3-9]\d){_GAP}\d{{4}}{_GAP}(\d{{4}})(?!\d)"
    rf"|(?<!\d)(0\d{{2,3}})[)）]?{_GAP}\d{{3,4}}{_GAP}(\d{{4}})(?!\d)"
)
_WIDE = str.maketrans("０１２３４５６７８９＋－", "0123456789+-")
_ciphers: dict[bytes, AESGCM] = {}


class Broken(Exception):
    """A sealed value that no key of ours opens: tampered with, or the keys of another installation."""


def seal(text: str, *, about: str) -> bytes:
    """Encrypt a text. `about` names what it belongs to ("receiver") and must be given again to open it."""
    number, key = settings.SEALING_KEYS[0]
    nonce = os.urandom(_NONCE)
    return bytes([number]) + nonce + _cipher(key).encrypt(nonce, text.encode(), about.encode())


def unseal(sealed: bytes | memoryview, *, about: str) -> str:
    """Decrypt what `seal` gave. Raises Broken."""
    raw = bytes(sealed)
    keys = dict(settings.SEALING_KEYS)
    try:
        return _cipher(keys[raw[0]]).decrypt(raw[1 : 1 + _NONCE], raw[1 + _NONCE :], about.encode()).decode()
    except (KeyError, IndexError, InvalidTag):
        raise Broken("the value cannot be opened with this installation's keys") from None


def trace(text: str, *, about: str) -> bytes:
    """A keyed hash (16 bytes) by which equal texts are found without being readable."""
    message = about.encode() + b"\0" + text.encode()
    return hmac.digest(settings.TRACING_KEY, message, hashlib.sha256)[:16]


def clean_phone(text: str) -> str:
    """A phone number reduced to its digits, without the country code: the form that is traced."""
    digits = re.sub(r"\D", "", unicodedata.normalize("NFKC", text))
    return digits[2:] if len(digits) == 13 and digits.startswith("86") else digits


def masked_name(name: str) -> str:
    """张三 -> 张*, 欧阳小明 -> 欧**: the first character, two stars at most."""
    return name[:1] + "*" * min(max(len(name) - 1, 1), 2) if name else ""


def masked_phone(phone: str) -> str:
    """13812345678 -> 138****5678; a landline shows its last four digits."""
    digits = clean_phone(phone)
    if len(digits) == 11 and digits.startswith("1"):
        return f"{digits[:3]}****{digits[-4:]}"
    return f"****{digits[-4:]}" if len(digits) > 4 else "****" if digits else ""


def masked_text(text: str) -> str:
    """A text of people with the phone numbers in it masked: "打 13812345678" -> "打 138****5678".

    Order numbers and waybills stay. It is for what is shown; the text that is kept is another matter.
    """
    return _PHONE_IN_TEXT.sub(lambda m: f"{m[1] or m[3]}****{m[2] or m[4]}", text.translate(_WIDE))


def masked_nick(nick: str) -> str:
    """A buyer's platform name: first character and two stars."""
    return f"{nick[:1]}**" if nick else ""


def _cipher(key: bytes) -> AESGCM:
    if key not in _ciphers:
        _ciphers[key] = AESGCM(key)
    return _ciphers[key]
