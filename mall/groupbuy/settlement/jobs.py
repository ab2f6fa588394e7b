"""Jobs of settlement: one a member, and a sweep for those that a lost job left."""

from __future__ import annotations

import time

import structlog
from sqlalchemy import text

from mall.groupbuy.settlement.carrying_out import carry_out
from mall.groupbuy.settlement.undecided import undecided
from mall.groupbuy.teams.moving import CARRY_OUT, CLOSE_UNPAID
from mall.kernel.db import transaction
from mall.kernel.jobs import PATIENT, SWEEP, job
from mall.payments.closing import enqueue_closing

BATCH = 100
BUDGET_S = 50.0
_log = structlog.get_logger("mall.groupbuy")
# A job is given some time; one that failed is tried at longer and longer intervals.
_OVERDUE = text(
    f"""
    SELECT m.id FROM groupbuy_members m
    WHERE m.due IS NOT NULL AND m.id > :after
      AND m.due_since < clock_timestamp() - make_interval(mins => 2 * least(m.due_tries + 1, 60))
      AND NOT (m.due = 'settle' AND {undecided("m.order_id")})
    ORDER BY m.id LIMIT :batch
    """  # noqa: S608 - a condition of our own
)
_TO_CARRY_OUT = """
    SELECT FROM groupbuy_members
    WHERE due IS NOT NULL AND due_since < now() - interval '2 minutes'
"""
_UNPAID = text(
    """
    SELECT m.order_id FROM groupbuy_members m JOIN orders o ON o.id = m.order_id
    WHERE m.team_id = :team_id AND m.seat AND m.paid_at IS NULL AND o.status = 'unpaid'
    ORDER BY m.order_id
    """
)


@job(CARRY_OUT, retry=PATIENT)
def carry_out_member(*, member_id: int) -> None:
    """Release, rebate or refund one member's order, as is due; twice is once."""
    carry_out(member_id)


@job("groupbuy.carry_out_overdue", retry=SWEEP, cron="* * * * * */30", look=_TO_CARRY_OUT)
def carry_out_overdue() -> None:
    """Do what lost jobs left. One that fails keeps no other waiting."""
    deadline, after = time.monotonic() + BUDGET_S, 0
    while time.monotonic() < deadline:
        with transaction() as session:
            found = session.scalars(_OVERDUE, {"after": after, "batch": BATCH}).all()
        for member_id in found:
            try:
                carry_out(member_id)
            except Exception:
                _log.exception("a member's order isn't settled", member_id=member_id)
        if len(found) < BATCH:
            return
        after = found[-1]


@job(CLOSE_UNPAID)
def close_unpaid(*, team_id: int) -> None:
    """Close the unpaid orders of a team whose end was decided; payments asks WeChat first."""
    with transaction() as session:
        unpaid = session.scalars(_UNPAID, {"team_id": team_id}).all()
        enqueue_closing(session, unpaid, "groupbuy_team_over")
