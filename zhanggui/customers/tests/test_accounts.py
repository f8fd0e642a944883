"""Registering and signing in: who gets in, who does not, and what it tells to whom."""

import pytest
from django.contrib.auth import hashers

from tests.cast import NOON, merchant
from zhanggui.customers import lockout, rules
from zhanggui.customers.actions import accounts
from zhanggui.customers.models import Account, Buyer, Try
from zhanggui.customers.tests.cast import PASSWORD, PHONES, buyer
from zhanggui.journal.models import Entry
from zhanggui.kit.refusals import Invalid
from zhanggui.people.rules import TooMany

pytestmark = pytest.mark.django_db
PHONE = PHONES["小鱼"]


def tried(password=PASSWORD, *, phone=PHONE, address="203.0.113.9", token="", at=NOON, merchant_id=0):
    return accounts.sign_in(
        merchant_id=merchant_id or merchant().pk,
        phone=phone,
        password=password,
        address=address,
        token=token,
        at=at,
    )


def register(phone=PHONE, password=PASSWORD, nick="", merchant_id=0):
    return accounts.register(
        merchant_id=merchant_id or merchant().pk,
        phone=phone,
        password=password,
        nick=nick,
        address="203.0.113.9",
        at=NOON,
    )


def attack(many, addresses=200):
    checked = 0
    for number in range(many):
        try:
            tried("wrong", address=f"198.51.100.{number % addresses}")
        except Invalid:
            checked += 1
        except TooMany:
            pass
    return checked


def test_a_registered_buyer_signs_in_however_the_number_is_written():
    person = register(nick="江边小鱼")
    assert tried(phone="+86 138-0013-8001").buyer == person
    assert (person.nick, person.platform) == ("江边小鱼", "own")


def test_no_number_stands_in_the_clear_in_table_or_daybook():
    account = register().account
    assert PHONE.encode() not in bytes(account.sealed_phone)
    assert account.masked_phone == "138****8001"
    assert account.password != PASSWORD
    entry = Entry.objects.get(what="buyer.registered")
    assert PHONE not in f"{entry.actor} {entry.change} {entry.reason}"


def test_who_chooses_no_nick_gets_one_that_tells_nothing():
    nick = register().nick
    assert nick.startswith("用户")
    assert PHONE[-4:] not in nick


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"phone": "12345"}, "phone"),
        ({"password": "short1"}, "password"),
        ({"password": "password123"}, "password"),
        ({"password": "1" + PHONE}, "password"),
        ({"nick": "x"}, "nick"),
        ({"nick": "加我13800138001"}, "nick"),
        ({"nick": "<b>小鱼"}, "nick"),
    ],
)
def test_what_does_not_fit_is_refused_beside_its_field_and_nobody_is_made(given, field):
    with pytest.raises(Invalid) as refusal:
        register(**given)
    assert refusal.value.field == field
    assert not Buyer.objects.exists()
    assert not Account.objects.exists()


def test_a_number_has_one_account_per_merchant():
    register()
    with pytest.raises(Invalid) as refusal:
        register(nick="另一条鱼")
    assert refusal.value.field == "phone"
    assert not Buyer.objects.filter(nick="另一条鱼").exists()
    other = merchant("海边商贸")
    assert register(merchant_id=other.pk).merchant_id == other.pk
    with pytest.raises(Invalid):
        tried("not-this-one", merchant_id=other.pk)


def test_a_nick_that_a_platform_buyer_has_is_not_his_account():
    """A buyer of an imported order keeps his row: nobody gets it by choosing the same nick."""
    Buyer.objects.create(merchant_id=merchant().pk, platform="own", nick="江边小鱼")
    with pytest.raises(Invalid) as refusal:
        register(nick="江边小鱼")
    assert refusal.value.field == "nick"
    assert not Account.objects.exists()


@pytest.mark.parametrize("case", ["right", "wrong", "unknown", "disabled"])
def test_every_question_costs_one_hash_and_the_same_statements(case, monkeypatch, django_assert_num_queries):
    """Time tells nothing: the same work for unknown numbers, disabled accounts and wrong passwords."""
    person, house = buyer(), merchant().pk
    if case == "disabled":
        Account.objects.update(disabled_at=NOON)
    hashes, encode = [], hashers.MD5PasswordHasher.encode

    def counted(self, password, salt, *more):
        hashes.append(1)
        return encode(self, password, salt, *more)

    monkeypatch.setattr(hashers.MD5PasswordHasher, "encode", counted)
    said, given = None, "13911112222" if case == "unknown" else PHONE
    # the browser, savepoint, two locks, two counts, the place, release, the account; right: it is given back
    with django_assert_num_queries(10 if case == "right" else 9):
        try:
            assert (
                tried(PASSWORD if case != "wrong" else "wrong", phone=given, merchant_id=house).buyer
                == person
            )
        except Invalid as refusal:
            said = refusal.message
    assert len(hashes) == 1
    assert said == (None if case == "right" else "手机号或密码不对。")


def test_strangers_share_one_budget_over_all_their_addresses():
    buyer()
    assert attack(60) == rules.STRANGER_TRIES
    with pytest.raises(TooMany):
        tried()


def test_the_victim_gets_in_on_a_known_browser_meanwhile():
    person = buyer()
    accounts.remember(buyer=person, token="t" * 40, label="Chrome", at=NOON)
    attack(60)
    assert tried(token="t" * 40).buyer == person


def test_without_the_browsers_own_budget_the_victim_would_be_locked_out(monkeypatch):
    """The control: the guard removed, the wrong thing does happen."""
    accounts.remember(buyer=buyer(), token="t" * 40, label="Chrome", at=NOON)
    attack(60)
    monkeypatch.setattr("zhanggui.customers.lockout.known", lambda *a: None)
    with pytest.raises(TooMany):
        tried(token="t" * 40)


def test_a_browser_of_another_buyer_is_a_stranger_here():
    buyer()
    accounts.remember(buyer=buyer("小虾"), token="t" * 40, label="Chrome", at=NOON)
    attack(60)
    with pytest.raises(TooMany):
        tried(token="t" * 40)


def test_a_refused_try_writes_nothing_and_hashes_nothing(monkeypatch):
    buyer()
    attack(40)
    written = Try.objects.count()
    monkeypatch.setattr(hashers.MD5PasswordHasher, "encode", lambda *a, **k: pytest.fail("hashed"))
    with pytest.raises(TooMany):
        tried()
    assert Try.objects.count() == written


def test_new_accounts_from_one_address_come_to_an_end():
    for number in range(rules.REGISTERS):
        register(phone=f"1370000{number:04}")
    with pytest.raises(TooMany):
        register(phone="13700009999")
    assert Account.objects.count() == rules.REGISTERS


def test_a_changed_password_raises_the_epoch_and_a_wrong_old_one_counts():
    person = buyer()
    with pytest.raises(Invalid):
        accounts.change_password(
            buyer=person, old="wrong", new="new-river-lamp", address="-", token="", at=NOON
        )
    assert Try.objects.filter(ok=False, step="password").count() == 1
    before = person.account.epoch
    after = accounts.change_password(
        buyer=person, old=PASSWORD, new="new-river-lamp", address="-", token="", at=NOON
    )
    assert after.epoch == before + 1
    assert tried("new-river-lamp").buyer == person


def test_pressing_for_coupons_comes_to_an_end_for_one_buyer_only():
    for _ in range(rules.CLAIMS):
        lockout.count_claim(buyer_id=1, address="-", at=NOON)
    with pytest.raises(TooMany):
        lockout.count_claim(buyer_id=1, address="other", at=NOON)
    lockout.count_claim(buyer_id=2, address="-", at=NOON)
    lockout.count_claim(buyer_id=1, address="-", at=NOON + rules.WINDOW)
