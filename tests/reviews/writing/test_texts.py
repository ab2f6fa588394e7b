"""What can't be seen is taken out of a text."""

from __future__ import annotations

import pytest

from mall.reviews.writing.texts import visible


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("好\u200b评\u200c\ufeff", "好评"),
        ("\u202e评好\u202c", "评好"),
        ("a\u2066b\u2069", "ab"),
        ("加\u200d微\u200d信", "加微信"),
        ("\u200b\u3164\u00ad", ""),
        (
            "家\U0001f468\u200d\U0001f469\u200d\U0001f467人",
            "家\U0001f468\u200d\U0001f469\u200d\U0001f467人",
        ),
        ("\u2764\ufe0f\u200d\U0001f525", "\u2764\ufe0f\u200d\U0001f525"),
        ("a\U000e0041b", "ab"),
        ("  两 行\n很好 ", "两 行\n很好"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
    ],
)
def test_visible(given: str, shown: str) -> None:
    assert visible(given) == shown
