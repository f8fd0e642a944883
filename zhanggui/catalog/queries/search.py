"""The buyers' search: Chinese words, pinyin, initials, codes, and what was typed a little wrongly.

One statement finds the words; only when nothing is found are the words corrected from the merchant's own terms
(by sound, then by letters), and only when that finds nothing are products shown that hold some of the words.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db import connection
from django.db.models import DateTimeField, ExpressionWrapper, F, Value

from zhanggui.catalog import words
from zhanggui.catalog.models import Listing, ListingSet
from zhanggui.catalog.queries import window
from zhanggui.catalog.words import Asked
from zhanggui.kit.pinyin import sounds

RANKED = 400
"""So many of the best sold of what is found are put in order of relevance; nobody pages further."""
SUGGESTED = 8


class Lexemes(SearchQuery):
    """A tsquery that is taken as it stands, as `words.vector` wrote the other side."""

    def __init__(self, literal: str) -> None:
        super().__init__(literal, config="simple", search_type="raw")
        self.literal = literal

    def as_sql(self, compiler: Any, connection: Any, *args: Any, **also: Any) -> Any:
        """The literal, cast."""
        return "%s::tsquery", [self.literal]


@dataclass(frozen=True, slots=True)
class Found:
    """What a search gave. `corrected`: what was searched instead of what was typed, "" when it was that.

    `some`: nothing holds all of the words, so these hold some of them.
    """

    page: window.Page
    corrected: str = ""
    some: bool = False


def find(
    shop_ids: Iterable[int],
    text: str,
    *,
    at: datetime,
    from_fen: int | None = None,
    to_fen: int | None = None,
    category: int | None = None,
    order: str = "",
    page: int = 1,
    size: int = window.SIZE,
) -> Found:
    """Products on the shelves of these shops that the text names. Three statements; at most nine for a typing error.

    `order`: "" by relevance, else one of `window.ORDERS`. Prices in fen, both included. An empty text gives all.
    """
    shops = sorted(set(shop_ids))
    rows = window.narrowed(
        Listing.objects.filter(shop_id__in=shops).on_shelf(at),
        category=category,
        from_fen=from_fen,
        to_fen=to_fen,
    )
    typed = words.asked(text)
    if not typed and words.clean(text):
        return Found(window.Page([], 1, False, 0))
    if not typed:
        return Found(
            window.cards(rows, order=window.ORDERS.get(order, window.ORDERS["sold"]), page=page, size=size)
        )

    def look(literal: str) -> window.Page:
        kept = rows.filter(words=Lexemes(literal))
        best, ways = _best(kept, order, literal)
        return window.cards(best, order=ways, page=page, size=size, counted=kept)

    found = look(words.query(typed))
    if found.many:
        return Found(found)
    sounding = _sounding(rows, typed)
    if sounding is not None:
        ways = _WALKED.get(order, _WALKED["sold"])
        found = window.cards(sounding, order=ways, page=page, size=size)
        if found.many:
            return Found(found)
    better = corrected(shops, typed)
    if better:
        found = look(words.query(better))
        if found.many:
            return Found(found, corrected=_joined(better))
    if len(typed) > 1:
        telling = [word for word in better or typed if word.chinese or len(word.word) > 1]
        found = look(words.query(telling or typed, any_of=bool(telling)))
        return Found(found, corrected=_joined(better) if better else "", some=bool(found.many))
    return Found(found)


def corrected(shop_ids: Sequence[int], typed: Sequence[Asked]) -> list[Asked]:
    """The words with those that no product holds put right; empty when none can be. One statement.

    A word is put right when a term sounds the same, or its letters differ by one (two from eight letters on).
    """
    wanted = {}
    for word in typed:
        sound = sounds(word.word)[0] or word.word
        if len(sound) >= 3 and not sound.isdigit():
            wanted[word.word] = sound
    whole = "".join(word.word for word in typed)
    if len(typed) > 1 and all(word.chinese for word in typed) and len(whole) <= 8:
        wanted[whole] = sounds(whole)[0]  # the dictionary cuts a wrong word into pieces: 冲|电器
    if not wanted:
        return []
    near = _near(shop_ids, wanted)
    if whole in near and len(typed) > 1:
        return words.asked(near[whole])
    found, changed = [], False
    for word in typed:
        right = near.get(word.word, "")
        if right and right != word.word:
            found += words.asked(right)
            changed = True
        else:
            found.append(word)
    return found if changed else []


def suggest(shop_ids: Iterable[int], text: str, *, at: datetime) -> list[str]:
    """What one may be about to type: terms that begin so (written, in pinyin, in initials), then titles.

    At most SUGGESTED; only what finds something on the shelf. Two or three statements.
    """
    shops, begun = sorted(set(shop_ids)), words.clean(text)[:40]
    if not begun or not shops:
        return []
    like = begun.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    with connection.cursor() as cursor:
        cursor.execute(_SUGGESTED, {"like": like, "shops": shops, "at": at, "most": SUGGESTED})
        found = [row[0] for row in cursor.fetchall()]
    if len(found) < SUGGESTED:
        typed = words.asked(text)
        rows = Listing.objects.filter(shop_id__in=shops).on_shelf(at)
        if typed:
            titles = rows.filter(words=Lexemes(words.query(typed))).order_by("-sold", "pk")
            found += [
                title
                for title in titles.values_list("product__title", flat=True)[: SUGGESTED - len(found)]
                if title not in found
            ]
    return found


def _sounding(rows: ListingSet, typed: Sequence[Asked]) -> ListingSet | None:
    """For one Latin run without blanks: the titles that hold it as they sound ("danhuajiachongdianqi"). One statement.

    Without an order and on its own, so that the trigram index carries it and nothing else.
    """
    if len(typed) != 1 or typed[0].chinese or len(typed[0].word) < 4 or not typed[0].word.isalpha():
        return None
    found = list(rows.filter(initials__contains=typed[0].word).values_list("pk", flat=True)[:RANKED])
    return rows.filter(pk__in=found) if found else None


def _best(rows: ListingSet, order: str, literal: str) -> tuple[ListingSet, tuple[Any, ...]]:
    """The rows to look at and their order. For relevance only the best sold are looked at closely: a frequent word is in
    ten thousands of titles, and each rank reads a tsvector.
    """
    if order in _WALKED:
        return rows, _WALKED[order]
    best = rows.order_by(*_WALKED["sold"]).values("pk")[:RANKED]
    rank = SearchRank(
        F("words"), Lexemes(literal), weights=Value([0.1, 0.2, 0.5, 1.0]), normalization=Value(1)
    )
    return Listing.objects.filter(pk__in=best), (rank.desc(), "-sold", "pk")


_NOTHING = timedelta(0)
_ON = ExpressionWrapper(F("on_at") + _NOTHING, output_field=DateTimeField())
_WALKED: dict[str, tuple[Any, ...]] = {
    "sold": ((F("sold") + 0).desc(), "pk"),
    "new": (_ON.desc(), "pk"),
    "price": ((F("from_fen") + 0).asc(), "pk"),
    "price_down": ((F("from_fen") + 0).desc(), "pk"),
    "liked": ((F("liked") + 0).desc(), "pk"),
}
"""Orders that no index has: else PostgreSQL walks a hundred thousand listings by what they sold to find a few words."""


_NEAR = """
SELECT w.word, t.word, t.sound
FROM unnest(%(words)s::text[], %(sounds)s::text[]) AS w(word, sound)
CROSS JOIN LATERAL (
    SELECT word, sound FROM catalog_term
    WHERE sound %% w.sound AND merchant_id IN (SELECT merchant_id FROM shops_shop WHERE id = ANY(%(shops)s))
    ORDER BY similarity(sound, w.sound) DESC, word LIMIT 12
) t
"""

_SUGGESTED = """
SELECT word FROM (
    SELECT t.word, min(length(t.word)) AS long,
        EXISTS (
            SELECT 1 FROM catalog_listing l
            WHERE l.shop_id = ANY(%(shops)s) AND l.state = 'on' AND l.on_at <= %(at)s
            AND (l.off_at IS NULL OR l.off_at > %(at)s) AND l.words @@ quote_literal(t.word)::tsquery
        ) AS there
    FROM (
        SELECT word FROM (
            (SELECT word, 0 AS way FROM catalog_term WHERE word LIKE %(like)s ORDER BY length(word), word LIMIT 24)
            UNION ALL
            (SELECT word, 1 FROM catalog_term WHERE sound LIKE %(like)s ORDER BY length(sound), word LIMIT 24)
            UNION ALL
            (SELECT word, 2 FROM catalog_term WHERE initials LIKE %(like)s ORDER BY length(initials), word LIMIT 24)
        ) one
    ) t GROUP BY t.word
) s WHERE there ORDER BY long, word LIMIT %(most)s
"""


def _near(shop_ids: Sequence[int], wanted: dict[str, str]) -> dict[str, str]:
    """For every typed word the nearest term, where one is near enough. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            _NEAR, {"words": list(wanted), "sounds": list(wanted.values()), "shops": list(shop_ids)}
        )
        rows = cursor.fetchall()
    best: dict[str, tuple[int, int, str]] = {}
    for typed, term, sound in rows:
        most = 2 if len(wanted[typed]) >= 8 else 1
        off = words.distance(wanted[typed], sound, most)
        key = (off, words.distance(typed, term, 9), term)
        if off <= most and (typed not in best or key < best[typed]):
            best[typed] = key
    return {typed: key[2] for typed, key in best.items()}


def _joined(found: Sequence[Asked]) -> str:
    """The words as a person would write them: Chinese together, a blank beside Latin."""
    said = ""
    for place, word in enumerate(found):
        apart = place and not (word.chinese and found[place - 1].chinese)
        said += (" " if apart else "") + word.word
    return said
