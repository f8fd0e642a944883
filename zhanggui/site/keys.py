"""The installation's keys: made once, kept in keys.json of the data folder (or given in ZHANGGUI_KEYS).

Losing them loses every sealed name, phone and address: `backup` copies them, `doctor` checks them.
"""

import base64
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Keys:
    """`sealing`: (id, 32 bytes), the first one seals, all of them open. `tracing`: key of the hashes."""

    secret: str
    sealing: list[tuple[int, bytes]]
    tracing: bytes


def load(home: Path) -> Keys:
    """Read the keys, making them at the first start. Two processes at once end with the same keys."""
    given = os.environ.get("ZHANGGUI_KEYS")
    if given:
        return _read(given)
    path = home / "keys.json"
    if not path.exists():
        fresh = json.dumps(
            {
                "secret": secrets.token_urlsafe(50),
                "sealing": {"1": base64.b64encode(secrets.token_bytes(32)).decode()},
                "tracing": base64.b64encode(secrets.token_bytes(32)).decode(),
            },
            indent=1,
        )
        draft = home / f".keys-{os.getpid()}-{secrets.token_hex(4)}"
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(fresh)
        try:
            os.link(draft, path)  # fails when another process was first, and then its keys hold
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return _read(path.read_text())


def _read(text: str) -> Keys:
    values = json.loads(text)
    sealing = [(int(number), base64.b64decode(key)) for number, key in values["sealing"].items()]
    return Keys(values["secret"], sorted(sealing, reverse=True), base64.b64decode(values["tracing"]))
