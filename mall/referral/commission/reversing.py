"""What lines paid is taken back: with the money that went back to the buyer, or as a whole.

The order is locked, then the accounts by ascending promoter. What is pending becomes less; of what
has settled the available money is taken, and what is missing is a debt.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from mall.kernel.db import int_array
from mall.kernel.ledger import Reason
from mall.kernel.prepared import PreparedStatement
from mall.referral.commission import accounts
from mall.referral.commission.accounts import Change
from mall.referral.commission.kinds import REVERSE, VOID
from mall.referral.commission.metrics import FEN

_BACK = PreparedStatement(
    """
    WITH back AS (
        SELECT c.id, c.reversed_fen AS before_fen, c.status AS was,
            CAST(least(sum(r.amount_fen), c.base_fen) AS bigint) AS fen
        FROM commission_lines c
        JOIN order_lines l ON l.order_id = c.order_id AND l.position = c.position
        JOIN refund_lines r ON r.order_line_id = l.id
        JOIN refunds f ON f.id = r.refund_id AND f.order_id = :order_id AND f.status = 'succeeded'
        WHERE c.order_id = :order_id AND c.status IN ('pending', 'settled')
        GROUP BY c.id
    )
    UPDATE commission_lines c SET back_fen = b.fen,
        reversed_fen = c.amount_fen - (c.base_fen - b.fen) * c.rate_bp / 10000,
        status = CASE WHEN (c.base_fen - b.fen) * c.rate_bp / 10000 = 0 THEN 'reversed'
            ELSE c.status END
    FROM back b WHERE c.id = b.id AND c.back_fen < b.fen
    RETURNING c.id, c.promoter_id, b.was, c.reversed_fen, c.reversed_fen - b.before_fen AS due_fen
    """
)
_VOID = PreparedStatement(
    """
    WITH open AS (
        SELECT id, status AS was, amount_fen - reversed_fen AS due_fen FROM commission_lines
        WHERE id = ANY(CAST(:line_ids AS bigint[])) AND status IN ('pending', 'settled')
    )
    UPDATE commission_lines c
    SET status = 'void', void_reason = :reason, reversed_fen = c.amount_fen, waits = NULL
    FROM open o WHERE c.id = o.id
    RETURNING c.id, c.promoter_id, o.was, c.reversed_fen, o.due_fen
    """
)


def follow_refunds(session: Session, order_id: int) -> int:
    """Take back the part of what went back to the buyer by now; how many fen."""
    rows = _BACK.rows(session, order_id=order_id)
    return _take(session, REVERSE, rows)


def void_lines(
    session: Session,
    line_ids: Sequence[int],
    reason: str,
    *,
    note: str = "",
    staff_id: int | None = None,
) -> int:
    """These lines pay nothing, also what has settled of them; how many fen were taken back."""
    rows = _VOID.rows(session, line_ids=int_array(line_ids), reason=reason) if line_ids else []
    return _take(session, VOID, rows, note=note, staff_id=staff_id)


def _take(
    session: Session, kind: str, rows: Sequence[Any], *, note: str = "", staff_id: int | None = None
) -> int:
    due = sorted((row for row in rows if row.due_fen), key=lambda row: (row.promoter_id, row.id))
    for row in due:
        account = accounts.lock(session, row.promoter_id)
        change = Change(pending_fen=-row.due_fen)
        if row.was == "settled":
            own_fen = min(row.due_fen, account.available_fen)
            change = Change(available_fen=-own_fen, debt_fen=row.due_fen - own_fen)
        reason = Reason(kind, f"line:{row.id}:{row.reversed_fen}", note, staff_id)
        accounts.write(session, row.promoter_id, reason, change)
    taken_fen: int = sum(row.due_fen for row in due)
    if taken_fen:
        FEN.labels("reversed" if kind == REVERSE else "void").inc(taken_fen)
    return taken_fen
