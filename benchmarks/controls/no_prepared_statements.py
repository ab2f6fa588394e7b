"""The mall whose `PreparedStatement`s are ordinary statements of the session."""

from __future__ import annotations

from typing import Any

from psycopg.types.numeric import Int8
from sqlalchemy import ClauseElement, text
from sqlalchemy.orm import Session

from mall.kernel.prepared import PreparedStatement

_original = PreparedStatement.__init__
_clauses: dict[PreparedStatement, Any] = {}


def _keep(statement: PreparedStatement, clause: ClauseElement | str) -> None:
    _original(statement, clause)
    _clauses[statement] = text(clause) if isinstance(clause, str) else clause


def _rows(statement: PreparedStatement, session: Session, **values: Any) -> list[Any]:
    sent = {name: Int8(v) if type(v) is int else v for name, v in values.items()}
    result: Any = session.execute(_clauses[statement], sent)
    # The result of an ORM query has no such attribute: it always has rows.
    return list(result.all()) if getattr(result, "returns_rows", True) else []


# Before the features are imported: they make their statements then.
PreparedStatement.__init__ = _keep  # type: ignore[assignment, method-assign]
PreparedStatement.rows = _rows  # type: ignore[assignment, method-assign]

from mall.application import create_app  # noqa: E402
from mall.kernel.http.front import Front  # noqa: E402

app = Front(create_app())
