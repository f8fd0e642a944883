"""One-time codes (TOTP, RFC 6238) and recovery codes: pure functions on values."""

import hmac
import secrets
from datetime import datetime

import pyotp
import segno

from zhanggui.kit.sealed import trace

STEP_SECONDS = 30
_LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"


def new_secret() -> str:
    """A fresh secret of 160 bits, in base 32."""
    return pyotp.random_base32()


def address_of(secret: str, work_no: str) -> str:
    """The otpauth: address that the person's app reads from the picture."""
    return pyotp.TOTP(secret).provisioning_uri(name=work_no, issuer_name="掌柜")


def picture(address: str) -> str:
    """The address as an inline SVG picture without scripts and styles."""
    code = segno.make(address, error="m")
    return str(code.svg_inline(scale=5, border=3, dark="#000", light="#fff", svgclass="qr", lineclass=None))


def matching_step(code: str, secret: str, *, at: datetime, after: int) -> int | None:
    """The time step a code belongs to: the present one or a neighbour, and later than `after`, the step that
    was used last, so that a code works once (G8.3). None when it fits nowhere.
    """
    digits = code.replace(" ", "")
    present = int(at.timestamp()) // STEP_SECONDS
    totp = pyotp.TOTP(secret)
    found = None
    for step in (present - 1, present, present + 1):
        if hmac.compare_digest(totp.generate_otp(step).encode(), digits.encode()) and step > after:
            found = step
    return found


def new_recovery_codes(many: int = 10) -> list[str]:
    """Codes to keep on paper, about 59 bits each: "ABCDE-FGHJK-MN"."""
    raw = ["".join(secrets.choice(_LETTERS) for _ in range(12)) for _ in range(many)]
    return [f"{code[:4]}-{code[4:8]}-{code[8:]}" for code in raw]


def recovery_hash(code: str) -> str:
    """What of a recovery code is stored: a keyed hash, whatever dashes, spaces and case it is typed with."""
    bare = "".join(letter for letter in code.upper() if letter.isalnum())
    return trace(bare, about="recovery code").hex()
