"""Phone numbers as they are pasted."""

from __future__ import annotations

import pytest

from mall.kernel.phone_numbers import canonical, read_phone


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("13800001234", "13800001234"),
        (" 138-1234 5678", "13812345678"),
        ("8613812345678", "13812345678"),
        ("\u202d138 0000 1234\u202c", "13800001234"),
        ("+86 138-0000-1234", "13800001234"),
        ("0086 13800001234", "13800001234"),
        ("86 13800001234", "13800001234"),
        ("１３８００００１２３４", "13800001234"),
        ("+８６（138）0000—1234", "13800001234"),
        ("19412345678", "19412345678"),
        ("010-12345678", "010-12345678"),
        ("(0755) 8601 3388", "0755-86013388"),
        ("+86 10 12345678", "010-12345678"),
        ("010-12345678-123", "010-12345678-123"),
        ("01012345678转8", "010-12345678-8"),
        ("400-123-4567", "4001234567"),
        ("+852 6123 4567", "+85261234567"),
        ("00852 6123 4567", "+85261234567"),
        ("+1 (650) 253-0000", "+16502530000"),
    ],
)
def test_a_number_has_one_way_to_be_written(written: str, kept: str) -> None:
    number = read_phone(written)
    assert number is not None
    assert number.written == kept == canonical(written)
    again = read_phone(number.written)
    assert again == number


@pytest.mark.parametrize(
    "written",
    [
        *("", " ", "\u200b", "1", "12345", "1380000123", "138000012345", "12800001234"),
        *("abc", "1380000CALL", "13800001234-5", "+999 123456", "9" * 300, "010-1234"),
        "13800001234 13900001234",
    ],
)
def test_what_is_no_number(written: str) -> None:
    assert read_phone(written) is None


def test_what_cant_be_read_is_kept_as_it_came() -> None:
    """A number that WeChat verified is never refused."""
    assert canonical("+999 12-34") == "+9991234"
