"""A buyer's account in our own shops: registering, signing in, changing the password, disabling.

Registering and signing in are not `@action`: a try that fails must stay counted, so its row commits before
the refusal is raised, and there is no actor before somebody has come in.
"""

from datetime import datetime

from django.contrib.auth.hashers import check_password, make_password
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from zhanggui.customers import lockout, rules
from zhanggui.customers.acting import as_actor
from zhanggui.customers.hashing import turn
from zhanggui.customers.models import Account, Browser, Buyer
from zhanggui.journal.actions import action
from zhanggui.journal.daybook import write
from zhanggui.kit.actor import Actor
from zhanggui.kit.refusals import Invalid, NotFound
from zhanggui.kit.sealed import masked_phone, seal, trace
from zhanggui.people.devices import hash_of
from zhanggui.people.rules import TooMany, check_password_rules
from zhanggui.shops.models import Platform

_ABOUT = "phone"
SEALED_AS = "account"


def register(
    *, merchant_id: int, phone: str, password: str, nick: str = "", address: str, at: datetime
) -> Buyer:
    """A new buyer with an account. `address`: the network's, for the daybook and the budget.

    Raises Invalid: no mobile number, a weak password, a nick that is taken, a number that has an account;
    TooMany. One password hash; eight statements.
    """
    phone, wanted = rules.phone_of(phone), rules.nick_of(nick)
    check_password_rules(password, work_no=phone, name=wanted)
    with turn():
        lockout.count(step=lockout.REGISTER, address=address, most=rules.REGISTERS, at=at)
        hashed = make_password(password)
    try:
        with transaction.atomic():
            buyer = _new_buyer(merchant_id, wanted, chosen=bool(nick.strip()))
            Account.objects.create(
                buyer=buyer,
                merchant_id=merchant_id,
                sealed_phone=seal(phone, about=SEALED_AS),
                phone_trace=trace(phone, about=_ABOUT),
                masked_phone=masked_phone(phone),
                password=hashed,
                made_at=at,
            )
            write(by=as_actor(buyer, address=address), what="buyer.registered", on=buyer)
    except IntegrityError as trouble:
        if "account_phone_once" not in str(trouble):
            raise
        raise Invalid(_("这个手机号已经注册过，请直接登录。"), "phone") from None
    return buyer


def _new_buyer(merchant_id: int, nick: str, *, chosen: bool) -> Buyer:
    buyer, made = Buyer.objects.get_or_create(merchant_id=merchant_id, platform=Platform.OWN, nick=nick)
    if made:
        return buyer
    if chosen:
        raise Invalid(_("这个昵称已经有人用了，请换一个。"), "nick")
    return _new_buyer(merchant_id, rules.nick_of(""), chosen=False)


def sign_in(
    *, merchant_id: int, phone: str, password: str, address: str, token: str, at: datetime
) -> Account:
    """The account that this number and password open.

    `token`: the browser's own, "" if it has none. The same sentence and the same work for an unknown number, a
    wrong password and a disabled account. Raises Invalid, TooMany. One password hash, nine statements.
    """
    found = trace(rules.phone_of(phone), about=_ABOUT)
    browser = lockout.known(found, merchant_id, token)
    about = trace(f"{merchant_id} {found.hex()}", about="account tries")
    place = lockout.claim(about=about, address=address, browser_id=browser, at=at)
    account = (
        Account.objects.select_related("buyer").filter(merchant_id=merchant_id, phone_trace=found).first()
    )
    if account is None:
        _checked(password, "", place)  # the same work: time tells nothing
        raise Invalid(_("手机号或密码不对。"), "password")
    if not _checked(password, account.password, place) or account.disabled_at is not None:
        raise Invalid(_("手机号或密码不对。"), "password")
    lockout.passed(place)
    return account


def _checked(password: str, hashed: str, place: int) -> bool:
    """Whether the password is right, when it is our turn to look; who is sent away has not tried. Raises TooMany."""
    try:
        with turn():
            if not hashed:
                make_password(password)
                return False
            return check_password(password, hashed)
    except TooMany:
        lockout.passed(place)
        raise


def remember(*, buyer: Buyer, token: str, label: str, at: datetime) -> None:
    """Note that the buyer signed in on this browser. One or two statements."""
    Browser.objects.update_or_create(
        buyer=buyer, token_hash=hash_of(token), defaults={"seen_at": at, "label": label[:120]}
    )


def change_password(*, buyer: Buyer, old: str, new: str, address: str, token: str, at: datetime) -> Account:
    """Change one's own password: every other session ends at once (the epoch is raised).

    A wrong old one counts as a wrong one at the door does. Raises Invalid, TooMany. Two password hashes.
    """
    account = Account.objects.select_related("buyer").get(pk=buyer.pk)
    phone_trace = bytes(account.phone_trace)
    about = trace(f"{account.merchant_id} {phone_trace.hex()}", about="account tries")
    browser = lockout.known(phone_trace, account.merchant_id, token)
    place = lockout.claim(about=about, address=address, browser_id=browser, at=at)
    if not _checked(old, account.password, place):
        raise Invalid(_("现在的密码不对。"), "old")
    lockout.passed(place)
    check_password_rules(new, work_no="", name=buyer.nick, field="new")
    with turn():
        hashed = make_password(new)
    with transaction.atomic():
        Account.objects.filter(pk=buyer.pk).update(password=hashed, epoch=F("epoch") + 1)
        write(by=as_actor(buyer, address=address), what="buyer.password_changed", on=buyer)
    account.refresh_from_db()
    return account


@action
def disable(*, by: Actor, buyer_id: int, reason: str, at: datetime) -> None:
    """Disable an account: its sessions end at their next request. Raises NotFound. Two statements."""
    done = Account.objects.filter(pk=buyer_id, disabled_at__isnull=True).update(
        disabled_at=at, epoch=F("epoch") + 1
    )
    if not done:
        raise NotFound(_("没有这个账号，或它已停用。"))
    write(by=by, what="buyer.disabled", kind="buyer", object_id=buyer_id, reason=reason)
