"""Bringing the reward of one step to where it should be: promised, given, taken back.

What has to be done follows from the invites alone, read under the lock of the step's ground. So it
may be done at any time and again; whoever comes later sees what came before. Each step has a
transaction, and one reward rule, of its own.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import text, update
from sqlalchemy.orm import Session

from mall.kernel.db import transaction
from mall.kernel.errors import MallError
from mall.messages.sending import send_soon
from mall.referral.ladders import metrics
from mall.referral.ladders.arithmetic import GIVEN, NOTHING, PROMISED, Rung, wanted
from mall.referral.ladders.campaigns import campaign as campaign_of
from mall.referral.ladders.counting import invite_of, invites_counted
from mall.referral.ladders.models import INVITER, LadderGrant
from mall.rewards.commands import BY_STAFF
from mall.rewards.confirming import confirm_for
from mall.rewards.granters import read_reward
from mall.rewards.granting import Source, grant
from mall.rewards.grounds import lock_ground
from mall.rewards.reversing import reverse_for
from mall.rewards.states import GRANTED, PENDING

GIVEN_MESSAGE = "ladder_reward"
# `by_staff`: somebody took the newest reward back by hand; it isn't given anew.
_STEP = text(
    """
    SELECT l.id, l.campaign_id, l.position, l.step, l.user_id, l.invite_id, l.attempts, g.status,
        EXISTS (
            SELECT FROM reward_steps s WHERE s.grant_id = g.id AND s.cause = :by_staff
              AND s.to_status IN ('reversed', 'canceled')
        ) AS by_staff
    FROM ladder_grants l LEFT JOIN reward_grants g ON g.id = l.grant_id
    WHERE l.id = :ladder_grant_id
    """
)


def ground_of(ladder_grant_id: int) -> str:
    """What the rewards of a step stand on."""
    return f"ladder:{ladder_grant_id}"


def settle_step(ladder_grant_id: int) -> None:
    """Give, promise or take back the reward of a step, as the invites stand. What a rule refuses
    is kept with its code; who closed the account gets nothing."""
    with transaction() as session:
        settle_in(session, ladder_grant_id)


def settle_in(session: Session, ladder_grant_id: int) -> None:
    """`settle_step` in the caller's transaction, which settles no other step."""
    lock_ground(session, ground_of(ladder_grant_id))
    row = session.execute(
        _STEP, {"ladder_grant_id": ladder_grant_id, "by_staff": BY_STAFF}
    ).one_or_none()
    if row is not None and not row.by_staff:
        _settle(session, row)


def _settle(session: Session, row: Any) -> None:
    rung, place = _place(session, row)
    status = row.status
    if (status == GRANTED and place != GIVEN) or (status == PENDING and place == NOTHING):
        reverse_for(session, ground_of(row.id), cause="ladder_not_reached")
        metrics.REWARDS.labels("taken_back").inc()
        status = None
    if status == PENDING and place == GIVEN:
        _confirm(session, row)
    elif status not in (PENDING, GRANTED) and place != NOTHING:
        _grant(session, row, rung, pending=place == PROMISED)
    elif place == NOTHING:
        _set(session, row.id, refusal=None)


def _place(session: Session, row: Any) -> tuple[Rung, str]:
    """The rung of a step, and where its reward should be."""
    campaign = campaign_of(session, row.campaign_id)
    rung = campaign.rung(row.position)
    if rung.side == INVITER:
        counts = invites_counted(session, row.user_id, campaign)
    else:
        invite = invite_of(session, row.invite_id)
        if invite is None:
            return rung, NOTHING
        counts = invite.orders
    return rung, wanted(rung.needed(row.step), counts)


def _confirm(session: Session, row: Any) -> None:
    """A granter's refusal stays with the grant (`refused_rewards`)."""
    for one in confirm_for(session, ground_of(row.id), cause="ladder_reached"):
        if one.refusal is None:
            _tell(session, one.grant_id, row.user_id)
            metrics.REWARDS.labels("given").inc()


def _grant(session: Session, row: Any, rung: Rung, *, pending: bool) -> None:
    attempt = row.attempts + 1
    source = Source(rung.rule_id, event_of(row, attempt), ground_of(row.id))
    try:
        with session.begin_nested():
            made = grant(session, row.user_id, source, read_reward(rung.reward), pending=pending)
    except MallError as refused:
        _set(session, row.id, refusal=refused.code)
        metrics.REWARDS.labels("refused").inc()
        return
    _set(session, row.id, grant_id=made.id, attempts=attempt, refusal=None)
    if not pending:
        _tell(session, made.id, row.user_id)
    metrics.REWARDS.labels("promised" if pending else "given").inc()


def event_of(row: Any, attempt: int) -> str:
    """What a reward is given for: the step, and how often it was by now when that is more than
    once (the reward of the time before went back)."""
    event = f"ladder:{row.campaign_id}:{row.position}:{row.step}"
    if row.invite_id is not None:
        event = f"{event}:invite:{row.invite_id}"
    return event if attempt == 1 else f"{event}:again:{attempt}"


def _tell(session: Session, grant_id: int, user_id: int) -> None:
    send_soon(session, GIVEN_MESSAGE, str(grant_id), user_id)


def _set(session: Session, ladder_grant_id: int, **values: Any) -> None:
    session.execute(
        update(LadderGrant)
        .where(LadderGrant.id == ladder_grant_id)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
