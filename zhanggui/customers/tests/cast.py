"""Buyers of our own shops for the tests' stories."""

from typing import Any

from django.contrib.sessions.backends.db import SessionStore
from django.test import Client

from tests.cast import NOON, merchant
from zhanggui.customers.acting import as_actor
from zhanggui.customers.actions import addresses
from zhanggui.customers.actions.accounts import register
from zhanggui.customers.models import Address, Buyer
from zhanggui.customers.sessions import BUYER, EPOCH, MERCHANT, cookie_name
from zhanggui.customers.whereto import Whereto

PASSWORD = "quiet-river-lamp"
PHONES = {"小鱼": "13800138001", "小虾": "13800138002", "小蟹": "13800138003"}


def buyer(nick: str = "小鱼", *, phone: str = "") -> Buyer:
    """A buyer with an account, made at first use. The stories' buyers are 小鱼, 小虾 and 小蟹."""
    found = Buyer.objects.filter(merchant_id=merchant().pk, platform="own", nick=nick).first()
    return found or register(
        merchant_id=merchant().pk,
        phone=phone or PHONES[nick],
        password=PASSWORD,
        nick=nick,
        address="198.51.100.7",
        at=NOON,
    )


def shopping(person: Buyer, client: Client | None = None) -> Client:
    """A browser in which this buyer has signed in."""
    client = client or Client()
    session = SessionStore()
    session[BUYER], session[EPOCH], session[MERCHANT] = person.pk, person.account.epoch, person.merchant_id
    session.save()
    client.cookies[cookie_name()] = session.session_key
    return client


def whereto(**also: Any) -> Whereto:
    """An address in Wuhan."""
    values = {
        "name": "王小明",
        "phone": "13900139000",
        "province": "湖北省",
        "city": "武汉市",
        "district": "洪山区",
        "address": "珞喻路1号",
    }
    return Whereto(**(values | also))


def address(person: Buyer, **also: Any) -> Address:
    """An address that this buyer keeps."""
    return addresses.add(by=as_actor(person), buyer=person, whereto=whereto(**also), at=NOON)
