"""Where a day's bill and our books differ: one statement, read twice a run.

A payment belongs to the day of its success, which WeChat tells us to the second. A refund
belongs to the day on which WeChat accepted it. We only know that this lies between the time
when the refund was written and shortly after WeChat was last asked for it. So a refund that
isn't in the bill is disputed on each of these days, and the time that WeChat names decides
(see `bill_disputes`). The state in a bill is a snapshot: only SUCCESS, which is final, is
compared with ours. A refund that was requested under a new number, after WeChat closed the
old one, is also found by its old number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from mall.kernel.clock import SHOP_ZONE
from mall.payments.reconciliation.finding_codes import CODES
from mall.payments.reconciliation.models import ReconciliationFinding

DISPUTABLE = (
    *("missed_payment", "payment_not_billed"),
    *("missed_refund", "refund_in_doubt", "superseded_refund", "unknown_refund"),
    "refund_not_billed",
)
Key = tuple[str, str]
"""Subject and number."""

_DIFFERENCES = """
    WITH lines AS (
        SELECT *, row_number() OVER (PARTITION BY subject, number ORDER BY line) AS nth
        FROM bill_lines WHERE day = :day AND run = :run
    ), theirs AS (
        SELECT * FROM lines WHERE nth = 1
    ), further AS (
        SELECT subject, number, max(transaction_id) AS transaction_id,
            sum(amount_fen)::bigint AS amount_fen
        FROM lines WHERE nth > 1 GROUP BY subject, number
    ), compared AS (
        SELECT t.subject, t.number, t.transaction_id, a.order_id, t.amount_fen AS theirs_fen,
            CASE WHEN a.transaction_id IS NOT NULL THEN a.amount_fen END AS ours_fen,
            CASE WHEN a.id IS NULL THEN 'unknown_payment'
                 WHEN a.transaction_id IS NULL THEN 'missed_payment'
                 WHEN a.amount_fen <> t.amount_fen THEN 'payment_amount'
                 WHEN a.transaction_id <> t.transaction_id THEN 'payment_transaction' END AS code
        FROM theirs t LEFT JOIN payment_attempts a ON a.out_trade_no = t.number
        WHERE t.subject = 'payment'
      UNION ALL
        SELECT 'payment', a.out_trade_no, a.transaction_id, a.order_id, NULL, a.amount_fen,
            'payment_not_billed'
        FROM payment_attempts a
        WHERE a.success_at >= :since AND a.success_at < :until AND NOT EXISTS (
            SELECT FROM theirs t WHERE t.subject = 'payment' AND t.number = a.out_trade_no)
      UNION ALL
        SELECT t.subject, t.number, t.transaction_id,
            COALESCE(r.order_id, old.order_id, p.order_id), t.amount_fen,
            CASE WHEN r.amount_fen <> t.amount_fen THEN r.amount_fen END,
            CASE WHEN r.id IS NULL AND old.id IS NULL THEN 'unknown_refund'
                 WHEN r.id IS NULL AND t.state <> 'FAIL' THEN 'superseded_refund'
                 WHEN r.id IS NULL THEN NULL
                 WHEN r.amount_fen <> t.amount_fen THEN 'refund_amount'
                 WHEN t.state = 'SUCCESS' AND r.status <> 'succeeded' THEN 'missed_refund'
                 WHEN t.state <> 'FAIL' AND r.status IN ('pending', 'failed', 'canceled')
                     THEN 'refund_in_doubt' END
        FROM theirs t
        LEFT JOIN refunds r ON r.out_refund_no = t.number
        LEFT JOIN refunds old ON r.id IS NULL AND old.refund_no
            IN (t.number, regexp_replace(t.number, 'G[1-9][0-9]*$', ''))
        LEFT JOIN payment_attempts p
            ON r.id IS NULL AND old.id IS NULL AND p.out_trade_no = t.payment_number
        WHERE t.subject = 'refund'
      UNION ALL
        SELECT 'refund', r.out_refund_no, a.transaction_id, r.order_id, NULL, r.amount_fen,
            'refund_not_billed'
        FROM refunds r JOIN payment_attempts a ON a.id = r.attempt_id
        WHERE r.refund_id IS NOT NULL AND r.created_at < :until
          AND r.tried_at >= CAST(:since AS timestamptz) - interval '5 minutes'
          AND NOT EXISTS (
            SELECT FROM theirs t WHERE t.subject = 'refund' AND t.number = r.out_refund_no)
      UNION ALL
        SELECT f.subject, f.number, f.transaction_id, COALESCE(a.order_id, r.order_id),
            f.amount_fen, NULL, f.subject || '_billed_again'
        FROM further f
        LEFT JOIN payment_attempts a ON f.subject = 'payment' AND a.out_trade_no = f.number
        LEFT JOIN refunds r ON f.subject = 'refund' AND r.out_refund_no = f.number
    )
"""
_DISPUTED = text(
    _DIFFERENCES  # noqa: S608
    + """
    SELECT * FROM compared WHERE code = ANY(:disputable) ORDER BY subject, number LIMIT :at_most
    """
)
KEPT = """
    ON CONFLICT ON CONSTRAINT uq_reconciliation_findings_once DO UPDATE SET
        run = excluded.run, code = excluded.code, transaction_id = excluded.transaction_id,
        order_id = excluded.order_id, theirs_fen = excluded.theirs_fen,
        ours_fen = excluded.ours_fen,
        (resolved_at, resolution, resolved_by) = (
            SELECT found.resolved_at, found.resolution, found.resolved_by
            WHERE (found.code, found.theirs_fen, found.ours_fen)
                IS NOT DISTINCT FROM (excluded.code, excluded.theirs_fen, excluded.ours_fen))
    """
"""Written again: what was resolved stays so while its facts are the same."""
_WRITE = text(
    _DIFFERENCES  # noqa: S608
    + """
    , verdicts AS (
        SELECT * FROM unnest(
            CAST(:subjects AS text[]), CAST(:numbers AS text[]), CAST(:verdicts AS text[])
        ) AS v (subject, number, code)
    ), judged AS (
        SELECT c.subject, c.number, c.transaction_id, c.order_id, c.theirs_fen, c.ours_fen,
            COALESCE(v.code, c.code) AS code
        FROM compared c LEFT JOIN verdicts v
            ON v.subject = c.subject AND v.number = c.number AND c.code = ANY(:disputable)
        WHERE c.code IS NOT NULL
    )
    INSERT INTO reconciliation_findings AS found
        (day, run, kind, subject, code, number, transaction_id, order_id, theirs_fen, ours_fen)
    SELECT :day, :run, k.kind, j.subject, j.code, j.number, j.transaction_id, j.order_id,
        j.theirs_fen, j.ours_fen
    FROM judged j
    JOIN unnest(CAST(:codes AS text[]), CAST(:kinds AS text[])) AS k (code, kind) USING (code)
    """
    + KEPT
)
_FORGET = text(
    "DELETE FROM reconciliation_findings WHERE day = :day AND run < :run AND resolved_at IS NULL"
)


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference between the bill and our books."""

    subject: str
    number: str
    transaction_id: str
    order_id: int | None
    theirs_fen: int | None
    ours_fen: int | None
    code: str

    @property
    def key(self) -> Key:
        return self.subject, self.number


def disputed(session: Session, day: date, run: int, at_most: int) -> list[Difference]:
    """The differences that an answer of WeChat may repair or explain."""
    values = {**moments(day, run), "disputable": list(DISPUTABLE), "at_most": at_most}
    return [Difference(*row) for row in session.execute(_DISPUTED, values)]


def write_findings(session: Session, day: date, run: int, verdicts: Mapping[Key, str]) -> None:
    """Replace the day's open findings. A resolved one stays so while its facts are the same.

    `verdicts` take the place of a difference's code; one that isn't a code drops it.
    """
    values = {
        **moments(day, run),
        "subjects": [subject for subject, _ in verdicts],
        "numbers": [number for _, number in verdicts],
        "verdicts": list(verdicts.values()),
        "disputable": list(DISPUTABLE),
        "codes": list(CODES),
        "kinds": [code.kind for code in CODES.values()],
    }
    session.execute(_WRITE, values)


def write_repaired(
    session: Session, day: date, run: int, repaired: Sequence[Difference], resolution: str
) -> None:
    """Keep what the mall repaired itself, as resolved by nobody."""
    for difference in repaired:
        facts = {name: getattr(difference, name) for name in Difference.__slots__}
        session.execute(
            text(
                "DELETE FROM reconciliation_findings WHERE day = :day AND kind = :kind"
                " AND subject = :subject AND number = :number"
            ),
            {**facts, "day": day, "kind": CODES[difference.code].kind},
        )
        session.execute(
            insert(ReconciliationFinding).values(
                **facts,
                day=day,
                run=run,
                kind=CODES[difference.code].kind,
                resolved_at=text("clock_timestamp()"),
                resolution=resolution,
            )
        )


def forget(session: Session, day: date, run: int) -> None:
    """Drop what earlier runs found and this one didn't."""
    session.execute(_FORGET, {"day": day, "run": run})


def moments(day: date, run: int) -> dict[str, Any]:
    """What the statements about a day take."""
    since = datetime.combine(day, time(), SHOP_ZONE)
    until = datetime.combine(day + timedelta(days=1), time(), SHOP_ZONE)
    return {"day": day, "run": run, "since": since, "until": until}
