"""A form that is sent with a key takes effect once: the same key gives the same answer (reliability G2.4)."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _
from psycopg.types.json import Jsonb

from zhanggui.checkout.models import Submit
from zhanggui.journal.actions import action
from zhanggui.kit.actor import Actor
from zhanggui.kit.prepared import ask
from zhanggui.kit.refusals import Refused
from zhanggui.kit.sealed import trace
from zhanggui.shops.models import Setting
from zhanggui.shops.policies import policy

LONGEST_KEY = 64


class KeyTaken(Refused):
    """The key was sent before with another body."""

    code = "key_taken"


@dataclass(frozen=True, slots=True)
class Sent:
    """A form with its key. `digest`: of the body (`digest_of`); `answer`: what it will give when it takes effect."""

    buyer_id: int
    key: str
    digest: str
    answer: Mapping[str, Any]


def digest_of(body: Any) -> str:
    """A keyed hash of a body of plain values: equal bodies, equal digests, and nothing can be read from it."""
    text = json.dumps(body, ensure_ascii=False, sort_keys=True, default=str)
    return trace(hashlib.sha256(text.encode()).hexdigest(), about="submit").hex()


def once_many(
    forms: Sequence[Sent], *, looked: Sequence[tuple[int, str]] = ()
) -> dict[tuple[int, str], tuple[str, Mapping[str, Any]]]:
    """Claim the keys of forms, in the caller's transaction; gives those that were there: (digest, answer) by buyer and key.

    A form whose key another transaction is just writing waits for it and then gets its answer. Keys are claimed in one
    order, before every other lock. The caller forgets the keys of forms that took no effect (`forget_many`), so that
    only an effect is remembered. `looked`: keys that are only looked up, claiming and waiting for nothing. One
    statement, a second one where a key was there or is only looked up.
    """
    if not forms and not looked:
        return {}
    ordered = sorted({(form.buyer_id, form.key): form for form in forms}.items())
    fresh: set[tuple[Any, ...]] = set()
    if ordered:
        claimed = ask(
            "INSERT INTO checkout_submit (buyer_id, key, digest, answer) "
            "SELECT * FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::jsonb[]) "
            "ON CONFLICT (buyer_id, key) DO NOTHING RETURNING buyer_id, key",
            [
                [buyer for (buyer, _key), _form in ordered],
                [key for (_buyer, key), _form in ordered],
                [form.digest for _pair, form in ordered],
                [Jsonb(dict(form.answer)) for _pair, form in ordered],
            ],
        )
        fresh = set(claimed)
    there = [*(pair for pair, _form in ordered if pair not in fresh), *looked]
    if not there:
        return {}
    rows = ask(
        "SELECT s.buyer_id, s.key, s.digest, s.answer FROM checkout_submit s "
        "JOIN unnest(%s::bigint[], %s::text[]) AS v(buyer, key) ON v.buyer = s.buyer_id AND v.key = s.key",
        [[buyer for buyer, _ in there], [key for _, key in there]],
    )
    return {(row[0], row[1]): (row[2], json.loads(row[3])) for row in rows}


def forget_many(pairs: Sequence[tuple[int, str]]) -> None:
    """Forms that took no effect: their keys may be used again. One statement, none for nothing."""
    if pairs:
        with connection.cursor() as cursor:
            cursor.execute(
                "DELETE FROM checkout_submit s USING unnest(%s::bigint[], %s::text[]) AS v(buyer, key) "
                "WHERE s.buyer_id = v.buyer AND s.key = v.key",
                [[buyer for buyer, _ in pairs], [key for _, key in pairs]],
            )


def once(buyer_id: int, key: str, body: Any, answer: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """For one form: None when it is new (go on), else the answer that was given before. Raises KeyTaken."""
    digest = digest_of(body)
    there = once_many([Sent(buyer_id, key, digest, answer)])
    if not there:
        return None
    seen, given = there[buyer_id, key]
    must_match(seen, digest)
    return given


def must_match(seen: str, digest: str) -> None:
    """Raise KeyTaken when a key comes again with another body."""
    if seen != digest:
        raise KeyTaken(_("这个页面已经提交过别的内容，请刷新页面后再提交。"))


@action
def prune(*, by: Actor, at: datetime) -> int:
    """Forget keys older than the longest that any shop keeps them (72 hours at least); gives how many."""
    name = "checkout.submit_keep_hours"
    kept = list(Setting.objects.filter(name=name).values_list("value", flat=True))
    hours = max([int(policy(name).of_nobody()), *map(int, kept)])
    old = Submit.objects.filter(made_at__lt=at - timedelta(hours=hours))
    return int(old._raw_delete(old.db))
