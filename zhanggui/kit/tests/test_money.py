"""Amounts as people write them: what is read, and what a short text must never become."""

import pytest

from zhanggui.kit.money import parse_yuan
from zhanggui.kit.refusals import Unreadable


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("12", 1200),
        ("12.5", 1250),
        ("12.50", 1250),
        ("12.500", 1250),
        ("12.", 1200),
        (".5", 50),
        ("0", 0),
        ("-0.01", -1),
        ("+3", 300),
        ("¥1,234.50", 123450),
        ("￥１，２３４．５", 123450),
        (" 12.00元 ", 1200),
        ("1,234,567,890,123", 123456789012300),
        ("9999999999999.99", 999999999999999),
    ],
)
def test_amounts_that_are_read(text, fen):
    assert parse_yuan(text) == fen


@pytest.mark.parametrize(
    "text",
    [
        "1e999999",
        "1E5",
        "1e-2",
        "-1e999999999999",
        "1_0",
        "٣",
        "१२",
        "NaN",
        "sNaN",
        "Infinity",
        "",
        ".",
        "-",
        "0.001",
        "12,34",
        "1,2345",
        ",123",
        "1 2",
        "0x10",
        "--1",
        "10000000000000",
        "1" * 5000,
        "Ⅷ",
        "10²",
        "²",
    ],
)
def test_everything_else_is_unreadable(text):
    with pytest.raises(Unreadable):
        parse_yuan(text)
