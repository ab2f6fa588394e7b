"""What staff do about leaderboards: make one, change it before it starts, stop it.

Whoever changes one holds a lock that all changes share, so that the limit holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.orm import Session

from mall.compliance.reviewing import review
from mall.kernel.db import db_now, transaction
from mall.referral.leaderboard.describing import describe
from mall.referral.leaderboard.errors import (
    LeaderboardChanged,
    LeaderboardLimit,
    LeaderboardRuleUnknown,
    LeaderboardStarted,
    LeaderboardStopped,
    LeaderboardTimesInvalid,
)
from mall.referral.leaderboard.models import Leaderboard, LeaderboardPrize
from mall.referral.leaderboard.terms import LeaderboardView, leaderboard, not_over
from mall.rewards.models import RewardRule
from mall.staff.audit import record

Terms = Mapping[str, Any]
MAX_OPEN = 10
"""Leaderboards that may run or wait at once: each invite looks at all of them."""
FIXED_BEFORE = timedelta(minutes=1)
"""So long before its start one can't be changed any more: a change that was begun is over when
the first invite counts."""
LONGEST = timedelta(days=366)
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('referral leaderboards', 0))")
_SAVED = ("name", "text", "period", "wait_h")


def create_leaderboard(terms: Terms) -> LeaderboardView:
    """A new leaderboard; without `starts_at` it starts now.

    Raises LeaderboardTimesInvalid, LeaderboardRuleUnknown, LeaderboardLimit, CampaignRefused,
    CampaignWarned.
    """
    with transaction() as session:
        session.execute(_LOCK)
        if len(not_over(session)) >= MAX_OPEN:
            raise LeaderboardLimit
        made: int = session.execute(
            insert(Leaderboard).values(_values(session, terms)).returning(Leaderboard.id)
        ).scalar_one()
        return _save(session, made, terms, "create")


def change_leaderboard(leaderboard_id: int, terms: Terms) -> LeaderboardView:
    """Other terms for one that hasn't started. `replaces` is the version that staff have seen.

    Raises LeaderboardNotFound, LeaderboardChanged, LeaderboardStopped, LeaderboardStarted, and as
    create_leaderboard.
    """
    with transaction() as session:
        session.execute(_LOCK)
        before = leaderboard(session, leaderboard_id)
        if before.version != terms["replaces"]:
            raise LeaderboardChanged(param="replaces")
        if before.stopped_at is not None:
            raise LeaderboardStopped
        if before.starts_at <= db_now(session) + FIXED_BEFORE:
            raise LeaderboardStarted
        session.execute(
            update(Leaderboard)
            .where(Leaderboard.id == leaderboard_id)
            .values(_values(session, terms) | {"version": before.version + 1})
        )
        session.execute(
            delete(LeaderboardPrize).where(LeaderboardPrize.leaderboard_id == leaderboard_id)
        )
        return _save(session, leaderboard_id, terms, "update")


def stop_leaderboard(leaderboard_id: int, reason: str) -> LeaderboardView:
    """Count no further invites. The period under way is frozen at its time, and its prizes are
    given for what had counted. Again changes nothing. Raises LeaderboardNotFound."""
    with transaction() as session:
        session.execute(_LOCK)
        stopped = session.scalar(
            update(Leaderboard)
            .where(Leaderboard.id == leaderboard_id, Leaderboard.stopped_at.is_(None))
            .values(stopped_at=func.clock_timestamp(), stop_reason=reason)
            .returning(Leaderboard.id)
        )
        if stopped is not None:
            _record(session, "stop", leaderboard_id, {"reason": reason})
        return leaderboard(session, leaderboard_id)


def _values(session: Session, terms: Terms) -> dict[str, Any]:
    starts_at, ends_at = _times(session, terms)
    values = {name: terms[name] for name in _SAVED}
    return {**values, "starts_at": starts_at, "ends_at": ends_at}


def _times(session: Session, terms: Terms) -> tuple[datetime, datetime]:
    now = db_now(session)
    starts_at, ends_at = terms["starts_at"] or now, terms["ends_at"]
    if starts_at < now:
        raise LeaderboardTimesInvalid(param="starts_at")
    if not starts_at < ends_at <= starts_at + LONGEST:
        raise LeaderboardTimesInvalid(param="ends_at")
    return starts_at, ends_at


def _save(session: Session, leaderboard_id: int, terms: Terms, verb: str) -> LeaderboardView:
    prizes = _prizes(session, leaderboard_id, terms["prizes"])
    if prizes:
        session.execute(insert(LeaderboardPrize), prizes)
    saved = leaderboard(session, leaderboard_id)
    facts = describe(session, saved)
    review(session, facts, saved.version, accept_warnings=terms["accept_warnings"])
    after = {name: getattr(saved, name) for name in (*_SAVED, "starts_at", "ends_at", "version")}
    _record(session, verb, leaderboard_id, {**after, "prizes": prizes})
    return saved


def _prizes(
    session: Session, leaderboard_id: int, wanted: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """The rows of the prizes, with what their rules give now."""
    ids = {prize["rule_id"] for prize in wanted}
    query = select(RewardRule.id, RewardRule.name, RewardRule.reward)
    rules = {row.id: row for row in session.execute(query.where(RewardRule.id.in_(ids)))}
    if rules.keys() != ids:
        raise LeaderboardRuleUnknown(param="prizes")
    return [
        {
            **prize,
            "leaderboard_id": leaderboard_id,
            "name": rules[prize["rule_id"]].name,
            "reward": rules[prize["rule_id"]].reward,
        }
        for prize in wanted
    ]


def _record(session: Session, verb: str, leaderboard_id: int, after: Terms) -> None:
    record(
        session,
        action=f"leaderboard.{verb}",
        target_type="referral_leaderboard",
        target_id=leaderboard_id,
        after=after,
    )
