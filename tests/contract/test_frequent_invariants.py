"""What is asked every ten minutes reads what is recent, by an index: no table that grows whole."""

from __future__ import annotations

from flask import Flask

from mall.doctor.checking import RECENT, statement_of
from mall.kernel.invariants import INVARIANTS
from tests.support.plans import huge_tables, read_whole

SOMETIMES = {
    "I7k": "a row for each first order in a team that waits for its payment",
}
"""Of these it hangs on the planner whether there was another way."""
KNOWN = {
    "I11e": "jobs that were done are forgotten after a day",
    "I18c": "a row for each who was ever in debt, or has payouts",
    "I28e": "a row for each account that was closed in the last months",
    "I41c": "codes are forgotten some nights after they expired",
    "I61b": "codes are forgotten some nights after they expired",
}
"""Checks that read a table whole, with why that may be."""


def test_no_frequent_check_reads_a_table_that_grows_whole(app: Flask) -> None:
    asked = {
        code: statement_of(one, RECENT)
        for code, one in INVARIANTS.items(app).items()
        if one.find is None
    }
    with huge_tables():
        whole = {code: found for code, one in asked.items() if (found := read_whole([(one, None)]))}
    assert whole.keys() - SOMETIMES.keys() == KNOWN.keys(), whole
