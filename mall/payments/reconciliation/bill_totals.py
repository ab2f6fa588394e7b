"""A day's totals on both sides: where they differ, some finding says why."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from mall.payments.reconciliation.differences import KEPT, moments
from mall.payments.reconciliation.finding_codes import CODES
from mall.payments.reconciliation.models import SUBJECTS, TOTALS

_WRITE_TOTALS = text(
    f"""
    INSERT INTO reconciliation_findings AS found
        (day, run, kind, subject, code, number, theirs_fen, ours_fen)
    VALUES (:day, :run, :kind, :subject, :code, :number, :theirs_fen, :ours_fen)
    {KEPT}
    """  # noqa: S608
)
_TOTALS = text(
    """
    SELECT
        count(*) FILTER (WHERE subject = 'payment') AS their_payments,
        COALESCE(sum(amount_fen) FILTER (WHERE subject = 'payment'), 0)::bigint
            AS their_payments_fen,
        count(*) FILTER (WHERE subject = 'refund') AS their_refunds,
        COALESCE(sum(amount_fen) FILTER (WHERE subject = 'refund'), 0)::bigint
            AS their_refunds_fen
    FROM bill_lines WHERE day = :day AND run = :run
    """
)
_OUR_PAYMENTS = text(
    """
    SELECT count(*) AS our_payments, COALESCE(sum(amount_fen), 0)::bigint AS our_payments_fen
    FROM payment_attempts WHERE success_at >= :since AND success_at < :until
    """
)
_OUR_REFUNDS = text(
    """
    SELECT count(*) AS our_refunds, COALESCE(sum(amount_fen), 0)::bigint AS our_refunds_fen
    FROM (
        SELECT COALESCE(r.amount_fen, old.amount_fen) AS amount_fen
        FROM (
            SELECT DISTINCT number FROM bill_lines
            WHERE day = :day AND run = :run AND subject = 'refund'
        ) b
        LEFT JOIN refunds r ON r.out_refund_no = b.number
        LEFT JOIN refunds old ON r.id IS NULL AND old.refund_no
            IN (b.number, regexp_replace(b.number, 'G[1-9][0-9]*$', ''))
        WHERE r.id IS NOT NULL OR old.id IS NOT NULL
      UNION ALL
        SELECT ours_fen FROM reconciliation_findings
        WHERE day = :day AND run = :run AND subject = 'refund' AND kind = 'ours_only'
    ) of_the_day
    """
)
_EXPLAINED = text(
    """
    SELECT COALESCE(sum(COALESCE(theirs_fen, 0) - COALESCE(ours_fen, 0)), 0)::bigint
    FROM reconciliation_findings
    WHERE day = :day AND run = :run AND subject = :subject AND code = ANY(:codes)
      AND resolution IS DISTINCT FROM :repaired
    """
)


def totals(session: Session, day: date, run: int) -> dict[str, Any]:
    """The day on both sides, by what this run found."""
    values = moments(day, run)
    statements = (_TOTALS, _OUR_PAYMENTS, _OUR_REFUNDS)
    return {
        name: value
        for statement in statements
        for name, value in session.execute(statement, values).mappings().one().items()
    }


def write_totals(
    session: Session, day: date, run: int, counted: Mapping[str, int], repaired: str
) -> None:
    """Where the totals of a subject differ by more than this run's findings explain, that is a
    finding of its own. It stays resolved while both totals are the same."""
    codes = [name for name, code in CODES.items() if code.in_totals]
    for subject in SUBJECTS:
        theirs_fen, ours_fen = counted[f"their_{subject}s_fen"], counted[f"our_{subject}s_fen"]
        given = {"day": day, "run": run, "subject": subject, "codes": codes, "repaired": repaired}
        if theirs_fen - ours_fen == session.scalar(_EXPLAINED, given):
            continue
        session.execute(
            _WRITE_TOTALS,
            {
                **{"day": day, "run": run, "subject": subject, "number": TOTALS},
                **{"kind": CODES["totals_differ"].kind, "code": "totals_differ"},
                **{"theirs_fen": theirs_fen, "ours_fen": ours_fen},
            },
        )
