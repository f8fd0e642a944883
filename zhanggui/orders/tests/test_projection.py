"""From many marks to one flag and one memo: pure functions (C1, requirements 1.7)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cast import NOON
from zhanggui.orders.marks import Kind
from zhanggui.orders.projection import MEMO_BYTES, Rules, fit, outward_text, project, size


@dataclass
class M:
    """A mark as the projection sees it."""

    id: int
    kind: str
    text: str = ""
    flag: int = 0
    at: datetime = NOON


def test_the_kinds_come_in_the_order_of_c1():
    marks = [M(n, str(kind), str(kind), n % 6) for n, kind in enumerate(reversed(Kind), 1)]
    assert project(marks, Rules()).memo == "problem；change；wish；flag；commission；note"


def test_among_equals_the_newest_comes_first():
    older, newer = M(1, "change", "旧", 1), M(2, "change", "新", 3, NOON + timedelta(minutes=1))
    assert project([older, newer], Rules()).flag == 3
    assert project([newer, older], Rules()).memo == "新；旧"


def test_no_marks_project_nothing():
    shown = project([], Rules())
    assert (shown.flag, shown.memo) == (0, "")


def test_a_mark_without_a_flag_leaves_the_flag_to_the_next():
    assert project([M(1, "problem", "破损"), M(2, "commission", "工号1", 2)], Rules()).flag == 2


def test_exactly_a_thousand_bytes_fit_and_one_more_is_cut_with_a_pointer():
    assert fit(["汉" * 500]) == "汉" * 500
    cut = fit(["汉" * 500 + "a"])
    assert size(cut) <= MEMO_BYTES
    assert cut.endswith("（共1条，全文见掌柜）")


def test_the_cut_falls_between_characters():
    for shift in range(4):
        memo = fit(["a" * shift + "汉字" * 400])
        assert size(memo) in (MEMO_BYTES, MEMO_BYTES - 1)
        assert set(memo.split("…")[0].strip("a")) <= {"汉", "字"}


def test_the_most_important_words_survive_the_cut():
    marks = [M(1, "note", "长" * 400), M(2, "problem", "液体漏了", 5), M(3, "note", "话" * 400)]
    shown = project(marks, Rules())
    assert shown.memo.startswith("液体漏了；")
    assert shown.memo.endswith("（共3条，全文见掌柜）")


@pytest.mark.parametrize(
    ("inside", "outside"),
    [
        ("轻放😀谢谢", "轻放□谢谢"),
        ("𠮷野家", "□野家"),
        ("👨‍👩‍👧到了", "□□□到了"),
        ("①㎡", "①㎡"),
        ("ﬁne", "fine"),
        ("零\u200b宽", "零宽"),
    ],
)
def test_characters_that_gbk_lacks_are_replaced_outward_only(inside, outside):
    assert outward_text(inside) == outside
    mark = M(1, "note", inside)
    assert project([mark], Rules()).memo == outside
    assert mark.text == inside


_TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=400)


@given(
    st.lists(st.tuples(st.sampled_from([str(kind) for kind in Kind]), _TEXTS, st.integers(0, 5)), max_size=6)
)
def test_whatever_is_marked_the_platform_can_take_it(parts):
    marks = [M(n, kind, text, flag) for n, (kind, text, flag) in enumerate(parts)]
    shown = project(marks, Rules())
    assert len(shown.memo.encode("gbk")) <= MEMO_BYTES
    assert 0 <= shown.flag <= 5
    assert project(list(reversed(marks)), Rules()) == shown
    # nothing is cut while all of it fits
    if sum(size(text) + 2 for _, text, _ in parts) <= MEMO_BYTES:
        assert all(outward_text(text) in shown.memo for _, text, _ in parts)
