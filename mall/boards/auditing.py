"""The digest of frozen ranks, and what an auditor does with it.

The digest is the SHA-256, in hex, of UTF-8 lines that each end with a line feed: first
`kind|ref|starts_at|ends_at`, then `rank|member|score|reached_at` for each rank from 1. Moments are
microseconds since 1970 (UTC). docs/boards.md shows it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from mall.boards.models import Board
from mall.boards.ranking import board
from mall.kernel.clock import to_microseconds
from mall.kernel.db import db, transaction
from mall.kernel.prepared import PreparedStatement

BATCH = 10_000
_RESULTS = PreparedStatement(
    """
    SELECT rank, member_id, score, reached_at FROM board_results
    WHERE board_id = :board_id AND rank > :after ORDER BY rank LIMIT :batch
    """
)
# The ranks once more, from the facts alone.
_FROM_FACTS = text(
    """
    SELECT row_number() OVER (ORDER BY f.score DESC, f.reached_at, f.member_id) AS rank,
           f.member_id, f.score, f.reached_at
    FROM (
        SELECT member_id, CAST(sum(amount) AS bigint) AS score, max(at) AS reached_at
        FROM board_facts WHERE board_id = :board_id AND amount <> 0 GROUP BY member_id
    ) f
    JOIN board_scores s ON s.board_id = :board_id AND s.member_id = f.member_id
    WHERE f.score > 0 AND s.excluded_for IS NULL
    ORDER BY 1
    """
)


@dataclass(frozen=True, slots=True)
class Audit:
    """What was kept at the freezing, and what comes out now: of the frozen rows, of the facts."""

    kept: str
    of_results: str
    of_facts: str

    @property
    def holds(self) -> bool:
        return self.kept == self.of_results == self.of_facts


def audit(board_id: int) -> Audit | None:
    """Compute the digest of a closed board anew, twice; None while it isn't closed.

    Raises BoardNotFound.
    """
    with transaction() as session:
        found = board(session, board_id)
        if found.digest is None:
            return None
        of_results, _ = digest_of_results(session, found)
        streamed = session.connection().execution_options(yield_per=BATCH)
        of_facts, _ = digest(found, streamed.execute(_FROM_FACTS, {"board_id": board_id}))
        return Audit(found.digest, of_results, of_facts)


def digest_of_results(session: Session, found: Any) -> tuple[str, int]:
    """The digest of the frozen rows of a board, and how many there are."""
    return digest(found, _results(session, found.id))


def digest(found: Any, rows: Iterable[Any]) -> tuple[str, int]:
    """The digest of rows in the order of their ranks, and how many there are."""
    period = (to_microseconds(found.starts_at), to_microseconds(found.ends_at))
    hashed = hashlib.sha256(f"{found.kind}|{found.ref}|{period[0]}|{period[1]}\n".encode())
    count = 0
    for row in rows:
        moment = to_microseconds(row.reached_at)
        hashed.update(f"{row.rank}|{row.member_id}|{row.score}|{moment}\n".encode())
        count += 1
    return hashed.hexdigest(), count


def closed_boards(after: int) -> list[int]:
    """Ids of closed boards above `after`, ascending."""
    query = select(Board.id).where(Board.id > after, Board.digest.is_not(None)).order_by(Board.id)
    return list(db.session.scalars(query))


def _results(session: Session, board_id: int) -> Iterator[Any]:
    after = 0
    while rows := _RESULTS.rows(session, board_id=board_id, after=after, batch=BATCH):
        yield from rows
        after = rows[-1].rank
