"""Opening an account at the sandbox: keys for the merchant, and the sandbox told of them through its folder."""

import json
from pathlib import Path

from django.conf import settings

from zhanggui.connect.models import PayAccount
from zhanggui.connect.payment.accounts import ABOUT
from zhanggui.connect.payment.sandbox import keys
from zhanggui.journal import daybook
from zhanggui.journal.actions import action
from zhanggui.kit.actor import Actor
from zhanggui.kit.sealed import seal
from zhanggui.people.powers import Power


def folder() -> Path:
    """Where the sandbox that is started beside the house keeps its things."""
    return Path(settings.HOME) / "sandbox"


@action
def ensure_account(*, by: Actor, merchant_id: int, home: Path | None = None, gateway: str = "") -> PayAccount:
    """The merchant's account at the sandbox; made when there is none. Raises NotAllowed without PAYMENT_SETUP.

    `home`: the sandbox's folder, ours when left out. `gateway`: its /gateway.do, "" for the one beside us.
    """
    by.must(Power.PAYMENT_SETUP)
    row = PayAccount.objects.filter(merchant_id=merchant_id, provider="sandbox", active=True).first()
    if row is not None:
        return row
    place, app, own = home or folder(), f"sandbox{merchant_id:06d}", keys.fresh()
    keys.know(place, app, keys.public_pem(own.public_key()))
    told = {
        "private": keys.private_pem(own),
        "public": keys.public_pem(keys.own(place).public_key()),
    }
    row = PayAccount.objects.create(
        merchant_id=merchant_id,
        provider="sandbox",
        name="沙箱",
        app=app,
        gateway=gateway,
        fee_bp=60,
        sealed=seal(json.dumps(told), about=ABOUT),
    )
    daybook.write(by=by, what="pay_account.opened", on=row, kind="pay_account")
    return row
