"""What can't be seen isn't kept, and nothing else is lost."""

from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mall.kernel.seen_text import as_seen, seen_length

FORMAT = [chr(n) for n in range(sys.maxunicode + 1) if unicodedata.category(chr(n)) == "Cf"]


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("\u200b\u2060", ""),
        ("\u3164\u2800\u00a0\u3000", ""),
        ("张\u202e三", "张三"),
        ("\u202d138 0000 1234\u202c", "138 0000 1234"),
        ("\ufeff山竹家\u200b ", "山竹家"),
        ("e\u0301", "é"),
        ("a\u200db", "ab"),
        ("👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"),
        ("🏃🏽\u200d♀️ 跑", "🏃🏽\u200d♀️ 跑"),
        ("❤️\u200d🔥", "❤️\u200d🔥"),
        ("第一行\n  第二行", "第一行\n  第二行"),
    ],
)
def test_as_it_is_seen(written: str, kept: str) -> None:
    assert as_seen(written) == kept


def test_no_mark_of_format_is_kept() -> None:
    assert [hex(ord(mark)) for mark in FORMAT if as_seen(f"山{mark}竹") != "山竹"] == []


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_twice_is_once_and_only_hidden_marks_go(text: str) -> None:
    once = as_seen(text)
    assert as_seen(once) == once
    assert seen_length(once) <= len(once)
    composed = unicodedata.normalize("NFC", text)
    lost = set(composed) - set(once)
    assert all(
        unicodedata.category(c) == "Cf"
        or c.isspace()
        or c in "\u034f\u115f\u1160\u3164\uffa0\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800"
        for c in lost
    )


@pytest.mark.parametrize(
    ("text", "seen"), [("山 竹", 2), ("e\u0301x", 2), ("\u0301", 0), ("，。", 2)]
)
def test_only_what_is_seen_counts(text: str, seen: int) -> None:
    assert seen_length(text) == seen
