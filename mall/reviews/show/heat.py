"""What the hot sort goes by.

heat = log10(1 + likes) + seconds of `featured_at` since 1970 / 45,000

This is the hot rank that Reddit published with its source (r2/lib/db/_sorts.pyx), with likes
where Reddit has votes. Ten times the likes weigh as much as 12.5 hours of freshness. Heat doesn't
change by time alone, so it is stored and an index gives a list from a point on. Stars aren't in it.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Float, cast, func
from sqlalchemy.sql.elements import ColumnElement, SQLColumnExpression

SECONDS_FOR_TENFOLD = 45_000


def heat_of(
    likes: SQLColumnExpression[int], featured_at: SQLColumnExpression[Any]
) -> ColumnElement[float]:
    """The heat of an entry, as SQL."""
    return cast(func.log(1 + likes), Float(53)) + cast(
        func.extract("epoch", featured_at) / SECONDS_FOR_TENFOLD, Float(53)
    )
