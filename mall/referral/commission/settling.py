"""Lines settle: N days after their order has, when the invitation is clear.

A batch locks lines with their orders and skips what others hold, so several workers share the
work; then it locks the accounts by ascending promoter. What has to wait is looked at again later,
or when a fact comes (`keeping`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from mall.kernel.db import int_array, transaction
from mall.kernel.failpoints import around_commit
from mall.kernel.prepared import PreparedStatement
from mall.referral.commission import accounts
from mall.referral.commission.accounts import Change
from mall.referral.commission.clearing import Verdict, judge
from mall.referral.commission.kinds import SETTLE
from mall.referral.commission.metrics import FEN
from mall.referral.commission.reversing import void_lines

BATCH = 1_000
AGAIN_AFTER_H = 6
"""When a line that waits is looked at again, in hours. A fact that ends its wait comes first."""
# The clock is read once, so that the index of due lines is used.
_DUE = PreparedStatement(
    """
    SELECT l.id, l.promoter_id, l.amount_fen - l.reversed_fen AS left_fen, l.binding_id,
        l.upper_binding_id
    FROM commission_lines l JOIN orders o ON o.id = l.order_id
    WHERE l.status = 'pending' AND l.look_at <= (SELECT clock_timestamp())
    ORDER BY l.look_at, l.id LIMIT :most FOR UPDATE OF l, o SKIP LOCKED
    """
)
_SETTLE = PreparedStatement(
    """
    UPDATE commission_lines SET status = 'settled', settled_at = clock_timestamp(), waits = NULL
    WHERE id = ANY(CAST(CAST(:line_ids AS text) AS bigint[])) AND status = 'pending'
    """
)
_WAIT = PreparedStatement(
    """
    UPDATE commission_lines
    SET waits = :why, look_at = clock_timestamp() + make_interval(hours => CAST(:hours AS int))
    WHERE id = ANY(CAST(:line_ids AS bigint[])) AND status = 'pending'
    """
)


def settle_batch(most: int = BATCH) -> int:
    """Settle up to `most` lines that are due; how many were looked at."""
    with transaction() as session:
        around_commit(session, "commission.before_settle", "commission.after_settle")
        rows = _DUE.rows(session, most=most)
        if rows:
            _act(session, rows)
        return len(rows)


def _act(session: Session, rows: Sequence[Any]) -> None:
    known = accounts.lock_some(session, [row.promoter_id for row in rows])
    verdicts = judge(session, rows)
    ready = [row for row in rows if verdicts[row.id].is_clear]
    if ready:
        _settle(session, ready, known)
    others: dict[Verdict, list[int]] = {}
    for row in rows:
        if not verdicts[row.id].is_clear:
            others.setdefault(verdicts[row.id], []).append(row.id)
    for verdict, line_ids in others.items():
        if verdict.void:
            void_lines(session, line_ids, verdict.void)
        else:
            ids = int_array(line_ids)
            _WAIT.rows(session, line_ids=ids, why=verdict.waits, hours=AGAIN_AFTER_H)


def _settle(session: Session, ready: Sequence[Any], known: Mapping[int, Any]) -> None:
    """Pending money becomes available, and pays debts first. `known` are the locked accounts."""
    _SETTLE.rows(session, line_ids=int_array(row.id for row in ready))
    last = accounts.write_some(
        session,
        SETTLE,
        [(row.promoter_id, f"line:{row.id}", Change(-row.left_fen, row.left_fen)) for row in ready],
    )
    for promoter_id, entry_id in last.items():
        if known[promoter_id].debt_fen:
            accounts.pay_debt(session, promoter_id, entry_id)
    FEN.labels("settled").inc(sum(row.left_fen for row in ready))
