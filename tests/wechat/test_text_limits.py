"""Values of subscribe messages, by the prefix of their keys."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mall.wechat.text_limits import limited_value


@pytest.mark.parametrize(
    ("key", "value", "sent"),
    [
        ("thing1", "雪糕", "雪糕"),
        ("thing1", "长" * 20, "长" * 20),
        ("thing1", "长" * 21, "长" * 19 + "…"),
        ("thing12", "😀" * 11, "😀" * 9 + "…"),
        ("thing1", "  a\n\tb  ", "a b"),
        ("thing1", "", "无"),
        ("character_string2", "订单 T2024-1!", "T2024-1!"),
        ("character_string2", "x" * 40, "x" * 32),
        ("character_string2", "全中文", "-"),
        ("letter3", "a" * 40, "a" * 32),
        ("phrase4", "已发货，请查收哦", "已发货请查"),
        ("phrase4", "OK", "无"),
        ("name5", "欧阳" * 8, "欧阳" * 5),
        ("name5", "a" * 30, "a" * 20),
        ("car_number6", "粤B12345678", "粤B123456"),
        # Cut, these would be wrong rather than short.
        ("amount7", "￥12345678901.00", "￥12345678901.00"),
        ("time8", "2024年5月1日 12:00", "2024年5月1日 12:00"),
        ("number9", "1" * 40, "1" * 40),
        ("unheard_of1", "x" * 99, "x" * 99),
        ("number9", " ", "-"),
    ],
)
def test_a_value(key: str, value: str, sent: str) -> None:
    assert limited_value(key, value) == sent


@given(st.sampled_from(["thing1", "phrase2", "name3", "character_string4"]), st.text())
def test_never_empty_and_never_long(key: str, value: str) -> None:
    limit = {"thing1": 20, "phrase2": 5, "name3": 20, "character_string4": 32}[key]
    assert 1 <= len(limited_value(key, value)) <= limit
