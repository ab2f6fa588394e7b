"""Future times by the database's clock, for columns that a sweep reads."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, case, literal
from sqlalchemy.orm import InstrumentedAttribute

from mall.kernel.clock import in_seconds


def spaced(tries: InstrumentedAttribute[int], spacing_s: Sequence[int]) -> ColumnElement[datetime]:
    """From now the n-th of `spacing_s`, by how often it was tried; the last one for ever after."""
    steps = [(tries == n, literal(seconds)) for n, seconds in enumerate(spacing_s)]
    return in_seconds(case(*steps, else_=literal(spacing_s[-1])))
