"""What the simulator remembers: JSON documents in one SQLite file.

A document has a kind, a key and, when it is a piece of work, the time it is due. One
connection behind one re-entrant lock keeps every operation atomic among the threads of
the single server process; the file keeps the memory across a restart.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Doc = dict[str, Any]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS document (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    body TEXT NOT NULL,
    due_at REAL,
    UNIQUE (kind, key)
);
CREATE INDEX IF NOT EXISTS document_due ON document (kind, due_at) WHERE due_at IS NOT NULL;
"""


class Store:
    """Documents by (kind, key). Every method is atomic; `transaction()` groups several."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.RLock()
        self._depth = 0
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=NORMAL")
        self._connection.execute("PRAGMA busy_timeout=5000")
        self._connection.executescript(_SCHEMA)

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, and alone: other threads wait. Nests."""
        with self._lock:
            outermost = self._depth == 0
            if outermost:
                self._connection.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield
            except BaseException:
                if outermost:
                    self._connection.execute("ROLLBACK")
                raise
            else:
                if outermost:
                    self._connection.execute("COMMIT")
            finally:
                self._depth -= 1

    def get(self, kind: str, key: str) -> Doc | None:
        with self._lock:
            row = self._connection.execute(
                "SELECT body FROM document WHERE kind = ? AND key = ?", (kind, key)
            ).fetchone()
        return None if row is None else json.loads(row[0])

    def put(self, kind: str, key: str, doc: Doc, *, due_at: float | None = None) -> None:
        """Insert or replace; a replaced document keeps its place in the order."""
        with self.transaction():
            self._connection.execute(
                "INSERT INTO document (kind, key, body, due_at) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (kind, key)"
                " DO UPDATE SET body = excluded.body, due_at = excluded.due_at",
                (kind, key, json.dumps(doc, ensure_ascii=False), due_at),
            )

    def delete(self, kind: str, key: str) -> bool:
        with self.transaction():
            cursor = self._connection.execute(
                "DELETE FROM document WHERE kind = ? AND key = ?", (kind, key)
            )
            return cursor.rowcount == 1

    def clear(self, kind: str) -> int:
        """Forget every document of a kind; how many there were."""
        with self.transaction():
            cursor = self._connection.execute("DELETE FROM document WHERE kind = ?", (kind,))
            return cursor.rowcount

    def newest(self, kind: str, limit: int = 200) -> list[Doc]:
        return self._bodies(
            "SELECT body FROM document WHERE kind = ? ORDER BY seq DESC LIMIT ?", kind, limit
        )

    def oldest(self, kind: str, limit: int = 1_000_000) -> list[Doc]:
        return self._bodies(
            "SELECT body FROM document WHERE kind = ? ORDER BY seq LIMIT ?", kind, limit
        )

    def count(self, kind: str) -> int:
        with self._lock:
            row = self._connection.execute(
                "SELECT count(*) FROM document WHERE kind = ?", (kind,)
            ).fetchone()
        return int(row[0])

    def due(self, kind: str, now: float, limit: int = 64) -> list[Doc]:
        """Work whose time has come, earliest first."""
        return self._bodies(
            "SELECT body FROM document WHERE kind = ? AND due_at <= ? ORDER BY due_at, seq LIMIT ?",
            kind,
            now,
            limit,
        )

    def next_due(self) -> float | None:
        """When the earliest work of any kind is due; None with nothing waiting."""
        with self._lock:
            row = self._connection.execute(
                "SELECT min(due_at) FROM document WHERE due_at IS NOT NULL"
            ).fetchone()
        return None if row[0] is None else float(row[0])

    def reset(self) -> None:
        """Forget everything."""
        with self.transaction():
            self._connection.execute("DELETE FROM document")

    def _bodies(self, sql: str, *values: object) -> list[Doc]:
        with self._lock:
            rows = self._connection.execute(sql, values).fetchall()
        return [json.loads(row[0]) for row in rows]
