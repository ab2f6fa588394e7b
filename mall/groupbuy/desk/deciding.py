"""The open teams of an activity that staff ended get their verdicts, batch by batch.

No team is opened any more, so each batch makes fewer of those without a verdict; a job that is
begun anew goes on where the last one stopped. Only teams are locked here.
"""

from __future__ import annotations

import json

import structlog
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from mall.groupbuy.desk.by_hand import STAFF
from mall.groupbuy.desk.ending import DECIDE
from mall.groupbuy.desk.models import FORM as FORM_TEAMS
from mall.groupbuy.desk.models import GroupEnding
from mall.groupbuy.teams.moving import decide
from mall.groupbuy.teams.states import FAIL, FORM, OPEN_SQL, Cause
from mall.kernel.clock import in_seconds
from mall.kernel.db import transaction
from mall.kernel.failpoints import around_commit
from mall.kernel.jobs import SWEEP, job

BATCH = 500
LOST_AFTER_S = 60
_TO_DECIDE = f"""
    SELECT FROM groupbuy_endings
    WHERE done_at IS NULL AND created_at < now() - interval '{LOST_AFTER_S} s'
"""
_log = structlog.get_logger("mall.groupbuy")
_UNDECIDED = text(
    f"""
    SELECT t.id, said.decision FROM groupbuy_teams t
    CROSS JOIN LATERAL (
        SELECT coalesce(CAST(:exceptions AS jsonb) ->> CAST(t.id AS text), :decision) AS decision
    ) said
    WHERE t.activity_id = :activity_id AND t.status IN {OPEN_SQL} AND t.verdict IS NULL
      AND (said.decision = 'form'
        OR said.decision = 'refund' AND t.status IN ('opening', 'forming'))
    ORDER BY t.id LIMIT :batch FOR NO KEY UPDATE OF t
    """  # noqa: S608 - words of our own
)


@job(DECIDE)
def decide_open_teams(*, ending_id: int) -> None:
    """Give every open team its verdict; twice is once."""
    while _decide_batch(ending_id):
        pass


@job("groupbuy.decide_overdue", retry=SWEEP, cron="* * * * * */30", look=_TO_DECIDE)
def decide_overdue() -> None:
    """Do what lost jobs left."""
    with transaction() as session:
        overdue = session.scalars(
            select(GroupEnding.id)
            .where(
                GroupEnding.done_at.is_(None), GroupEnding.created_at < in_seconds(-LOST_AFTER_S)
            )
            .order_by(GroupEnding.id)
        ).all()
    for ending_id in overdue:
        decide_open_teams(ending_id=ending_id)


def _decide_batch(ending_id: int) -> bool:
    """Whether there may be more."""
    with transaction() as session:
        around_commit(session, "groupbuy.before_verdicts_commit", "groupbuy.after_verdicts_commit")
        ending = session.get_one(GroupEnding, ending_id, populate_existing=True)
        if ending.done_at is not None:
            return False
        count = _decide(session, ending)
        if count < BATCH:
            session.execute(
                update(GroupEnding)
                .where(GroupEnding.id == ending_id)
                .values(done_at=text("clock_timestamp()"))
            )
            _log.info("group activity's teams decided", activity_id=ending.activity_id)
        return count == BATCH


def _decide(session: Session, ending: GroupEnding) -> int:
    values = {
        "activity_id": ending.activity_id,
        "decision": ending.decision,
        "exceptions": json.dumps(ending.exceptions),
        "batch": BATCH,
    }
    found = session.execute(_UNDECIDED, values).all()
    cause = Cause(STAFF, ending.reason, ending.staff_id)
    formed = [team.id for team in found if team.decision == FORM_TEAMS]
    decide(session, formed, FORM, cause)
    decide(session, [team.id for team in found if team.decision != FORM_TEAMS], FAIL, cause)
    return len(found)
