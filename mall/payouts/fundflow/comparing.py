"""A day's fund-flow bill against our transfers, in SQL: memory stays flat.

A transfer belongs to the day on which it succeeded by WeChat's clock; near midnight the bill may
have it a day later, so what ended in a day's last minutes is missing only when the next day's
bill doesn't have it either. A transfer that a bill has, with its amount or another, is marked with
that bill's day: once. What the bill says was paid and came back on the same day is nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from mall.kernel.clock import day_start
from mall.kernel.db import raw_connection
from mall.payments.reconciliation.bill_lines import LONG_TIMEOUT
from mall.wechat.gateway import FundFlowBill

NEAR_MIDNIGHT = timedelta(minutes=10)
RIGHT_NOW = "再次对账后一致"
_TABLE = text(
    "CREATE TEMPORARY TABLE fund_flow_lines (number text, fen bigint, is_transfer boolean)"
    " ON COMMIT DROP"
)
_COPY = "COPY fund_flow_lines (number, fen, is_transfer) FROM STDIN"
_INDEX = text("CREATE INDEX ON fund_flow_lines (number)")
_UNMARK = text("UPDATE payout_transfers SET billed_on = NULL WHERE billed_on = :day")
_THEIRS = """
    WITH theirs AS (
        SELECT number, sum(fen)::bigint AS fen, bool_or(is_transfer) AS is_transfer
        FROM fund_flow_lines GROUP BY number HAVING sum(fen) <> 0
    )
"""
_MARK = text(
    _THEIRS  # noqa: S608
    + """
    UPDATE payout_transfers t SET billed_on = :day FROM theirs
    WHERE t.out_bill_no = theirs.number AND t.status = 'succeeded' AND t.billed_on IS NULL
    """
)
_WRITE = text(
    _THEIRS  # noqa: S608
    + """
    , found AS (
        SELECT CASE WHEN t.status = 'succeeded' AND t.billed_on = :day THEN 'amount'
                    ELSE 'extra' END AS kind,
            x.number, x.fen AS theirs_fen, t.amount_fen AS ours_fen
        FROM theirs x LEFT JOIN payout_transfers t ON t.out_bill_no = x.number
        WHERE (x.is_transfer OR t.id IS NOT NULL)
          AND NOT coalesce(t.status = 'succeeded' AND t.billed_on = :day
                           AND t.amount_fen = x.fen, false)
      UNION ALL
        SELECT 'missing', t.out_bill_no, NULL, t.amount_fen FROM payout_transfers t
        WHERE t.status = 'succeeded' AND t.billed_on IS NULL
          AND t.wechat_ended_at >= :since AND t.wechat_ended_at < :until
    ), written AS (
        INSERT INTO fund_flow_findings AS old (day, kind, number, theirs_fen, ours_fen)
        SELECT :day, kind, number, theirs_fen, ours_fen FROM found
        ON CONFLICT (day, number) DO UPDATE SET
            kind = excluded.kind, theirs_fen = excluded.theirs_fen, ours_fen = excluded.ours_fen,
            (resolved_at, resolution, resolved_by) = (
                SELECT old.resolved_at, old.resolution, old.resolved_by
                WHERE old.resolved_by IS NOT NULL
                  AND (old.kind, old.theirs_fen, old.ours_fen)
                    IS NOT DISTINCT FROM (excluded.kind, excluded.theirs_fen, excluded.ours_fen))
        RETURNING number
    )
    UPDATE fund_flow_findings SET resolved_at = clock_timestamp(), resolution = :right_now
    WHERE day = :day AND resolved_at IS NULL AND number NOT IN (SELECT number FROM found)
    """
)
_UNHEARD = text(
    """
    SELECT t.id FROM fund_flow_findings f JOIN payout_transfers t ON t.out_bill_no = f.number
    WHERE f.day = :day AND f.kind = 'extra' AND f.resolved_at IS NULL AND t.ended_at IS NULL
    """
)
_TOTALS = text(
    _THEIRS  # noqa: S608
    + """
    SELECT x.their_transfers, x.their_fen, o.our_transfers, o.our_fen FROM (
        SELECT count(*) AS their_transfers, coalesce(sum(fen), 0)::bigint AS their_fen
        FROM theirs WHERE is_transfer
    ) x, (
        SELECT count(*) AS our_transfers, coalesce(sum(amount_fen), 0)::bigint AS our_fen
        FROM payout_transfers WHERE status = 'succeeded' AND (
            billed_on = :day
            OR billed_on IS NULL AND wechat_ended_at >= :since AND wechat_ended_at < :until)
    ) o
    """
)


@dataclass(frozen=True, slots=True)
class Comparison:
    """The day's totals on both sides, and our transfers that the bill has paid but whose end we
    haven't heard of."""

    totals: dict[str, int]
    unheard: list[int]


def compare(session: Session, bill: FundFlowBill) -> Comparison:
    """Write the findings of a day anew. What a member of staff resolved stays so while its facts
    are the same. Raises WechatUnknown for a bill that can't be read."""
    session.execute(LONG_TIMEOUT)
    session.execute(_TABLE)
    with raw_connection(session).cursor() as cursor, cursor.copy(_COPY) as copy:
        for row in bill.rows():
            fen = -row.amount_fen if row.is_income else row.amount_fen
            copy.write_row((row.number, fen, row.is_transfer))
    session.execute(_INDEX)
    values = _moments(bill.day)
    for statement in (_UNMARK, _MARK, _WRITE):
        session.execute(statement, values)
    totals = session.execute(_TOTALS, values).mappings().one()
    return Comparison(dict(totals), list(session.scalars(_UNHEARD, values)))


def _moments(day: date) -> dict[str, object]:
    return {
        "day": day,
        "since": day_start(day) - NEAR_MIDNIGHT,
        "until": day_start(day + timedelta(days=1)) - NEAR_MIDNIGHT,
        "right_now": RIGHT_NOW,
    }
