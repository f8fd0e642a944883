"""The sandbox's files: its own key pair, made at first start, and the public keys of the merchants it knows."""

import os
import re
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateKey,
    RSAPublicKey,
    generate_private_key,
)

_APP = re.compile(r"[0-9A-Za-z_-]{1,64}")


def fresh() -> RSAPrivateKey:
    """A new key of 2048 bits."""
    return generate_private_key(65537, 2048)


def private_pem(key: RSAPrivateKey) -> str:
    """The key as a PEM file."""
    kind = serialization.PrivateFormat.TraditionalOpenSSL
    return key.private_bytes(serialization.Encoding.PEM, kind, serialization.NoEncryption()).decode()


def public_pem(key: RSAPublicKey) -> str:
    """The key as a PEM file."""
    kind = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_bytes(serialization.Encoding.PEM, kind).decode()


def own(home: Path) -> RSAPrivateKey:
    """The sandbox's own key; made when there is none. Two processes at once agree on one."""
    place = home / "provider.pem"
    if not place.exists():
        home.mkdir(parents=True, exist_ok=True)
        _keep(place, private_pem(fresh()))
    key = serialization.load_pem_private_key(place.read_bytes(), None)
    if not isinstance(key, RSAPrivateKey):
        raise TypeError("provider.pem is no RSA key")
    return key


def know(home: Path, app: str, public: str) -> None:
    """Let the sandbox know a merchant's public key."""
    if not _APP.fullmatch(app):
        raise ValueError("app id")
    folder = home / "apps"
    folder.mkdir(parents=True, exist_ok=True)
    waiting = folder / f".{app}.{os.getpid()}"
    waiting.write_text(public)
    waiting.replace(folder / f"{app}.pem")


def known(home: Path, app: str) -> RSAPublicKey | None:
    """The merchant's public key."""
    if not _APP.fullmatch(app):
        return None
    try:
        key = serialization.load_pem_public_key((home / "apps" / f"{app}.pem").read_bytes())
    except OSError:
        return None
    return key if isinstance(key, RSAPublicKey) else None


def _keep(place: Path, text: str) -> None:
    waiting = place.with_name(f".{place.name}.{os.getpid()}")
    waiting.touch(0o600)
    waiting.write_text(text)
    try:
        os.link(waiting, place)  # the first one wins
    except FileExistsError:
        pass
    finally:
        waiting.unlink()
