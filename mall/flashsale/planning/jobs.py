"""What happens to sessions by themselves: arming, ending, settling, reminding."""

from __future__ import annotations

from datetime import timedelta

import structlog
from sqlalchemy import update

from mall.flashsale.errors import SessionNotFound, SessionNotIn
from mall.flashsale.models import DRAFT, FlashSession
from mall.flashsale.planning import running
from mall.flashsale.reconciliation import gate_state
from mall.kernel import jobs
from mall.kernel.db import transaction
from mall.kernel.errors import MallError
from mall.kernel.redis import RedisError

PATIENCE = timedelta(minutes=5)
"""How long a session that is over waits for its last tickets before its rest goes back."""

_TO_ARM = """
    SELECT FROM flash_sessions
    WHERE state = 'draft' AND ready AND settled_at IS NULL AND ends_at > now()
      AND starts_at - make_interval(secs => warm_up_s) <= now()
"""
_TO_END = """
    SELECT FROM flash_sessions
    WHERE settled_at IS NULL AND (ends_at <= now() AND state <> 'draft'
        OR state IN ('ended', 'aborted'))
"""

log = structlog.get_logger("mall.flashsale")


@jobs.job("flashsale.gate")
def bring_gate(session_id: int) -> None:
    """Bring the gate to the session's state, should the step's own process have failed."""
    gate_state.synchronize(session_id)


@jobs.job("flashsale.arm_ready", retry=jobs.SWEEP, cron="* * * * * */10", look=_TO_ARM)
def arm_ready() -> None:
    """Arm the drafts that staff marked ready, ahead of their start.

    One that can't be armed keeps the reason, which staff see, and is tried again.
    """
    with transaction() as session:
        due = running.due_to_arm(session)
    for session_id in due:
        try:
            running.arm(session_id)
        except (SessionNotFound, SessionNotIn):
            continue
        except MallError as fault:
            log.error("flash session can't be armed", session_id=session_id, code=fault.code)
            _keep_error(session_id, fault)


@jobs.job("flashsale.end", retry=jobs.SWEEP, cron="* * * * * */10", look=_TO_END)
def end() -> None:
    """End sessions whose time is over, and put the rest of those that are done on the shelf."""
    with transaction() as session:
        due = running.due_to_end(session)
    for session_id in due:
        running.end_if_due(session_id)
    with transaction() as session:
        waiting = running.waiting_to_settle(session, PATIENCE)
    for session_id, out_of_patience in waiting.items():
        if _all_tickets_ended(session_id) or out_of_patience:
            running.settle(session_id)


def _all_tickets_ended(session_id: int) -> bool:
    try:
        return gate_state.all_tickets_ended(session_id)
    except RedisError:
        return False


def _keep_error(session_id: int, fault: MallError) -> None:
    with transaction() as session:
        session.execute(
            update(FlashSession)
            .where(FlashSession.id == session_id, FlashSession.state == DRAFT)
            .values(arm_error=f"{fault.code}: {fault.message}")
        )
