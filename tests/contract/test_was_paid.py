"""Whether an order was paid is what `paid_at` says, nowhere whether its amount is above zero.

A free order is paid and its `paid_fen` is 0. Code that asks for the amount instead would never
ship a free order, never give its coupon back, and count its shopper as one who hasn't bought;
and who is a new customer is asked in one place (`orders.customers`), which says so in words.
"""

from __future__ import annotations

import re

import pytest

from tests.conftest import ROOT

AMOUNT_FOR_STATE = re.compile(
    r"\bpaid_fen\b\s*(?:>=?|<=?|<>|!=|==?)\s*[01]\b"
    r"|(?:\b(?:if|and|or|not)\s+|\bbool\()[\w.]*\bpaid_fen\b\s*(?::|\)|$|\band\b|\bor\b)",
    re.IGNORECASE | re.MULTILINE,
)


@pytest.mark.parametrize(
    "line",
    [
        "WHERE o.paid_fen > 0",
        "AND paid_fen = 0)",
        "Order.paid_fen != 0,",
        "o.paid_fen >= 1",
        "if order.paid_fen:",
        "x = not order.paid_fen",
        "bool(order.paid_fen)",
    ],
)
def test_the_pattern_finds_it(line: str) -> None:
    assert AMOUNT_FOR_STATE.search(line)


@pytest.mark.parametrize(
    "line",
    [
        "left = Order.paid_fen - 1",
        "o.refunded_fen = o.paid_fen",
        "repaid_fen > 0",
        "sum(Order.paid_fen)",
    ],
)
def test_it_finds_nothing_else(line: str) -> None:
    assert not AMOUNT_FOR_STATE.search(line)


def test_no_amount_stands_for_was_paid() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {hit.group()}"
        for path in sorted((ROOT / "mall").rglob("*.py"))
        for hit in AMOUNT_FOR_STATE.finditer(path.read_text())
    ]
    assert found == []
