"""The ledger of commission without its conditions, for controls."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from typing import Any

from sqlalchemy.orm import Session

from mall.kernel.prepared import PreparedStatement

_CONDITION = re.compile(r"AND (pending|available|held|debt)_fen \+ \$\d+ >= 0")


@contextmanager
def careless() -> Iterator[None]:
    """No statement of the ledger asks whether there is enough."""
    rows = PreparedStatement.rows
    known: dict[PreparedStatement, PreparedStatement] = {}

    def careless_rows(statement: PreparedStatement, session: Session, **values: Any) -> list[Any]:
        if "commission_accounts" in statement.sql and statement not in known:
            known[statement] = copy(statement)
            known[statement].sql = _CONDITION.sub("", statement.sql)
        return rows(known.get(statement, statement), session, **values)

    PreparedStatement.rows = careless_rows  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        PreparedStatement.rows = rows  # type: ignore[method-assign]
