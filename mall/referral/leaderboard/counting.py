"""Bringing the boards to where an invite says they are. Again changes nothing.

The invite is read anew under its lock, so events may come late, twice, and in any order. Lock
order: the invite, then as `put_fact` locks, board by board in ascending order.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mall.boards.counting import Fact, boards_with, put_fact
from mall.boards.errors import BoardNotOpen
from mall.boards.opening import Period, open_board
from mall.kernel.clock import to_microseconds
from mall.kernel.db import db, transaction
from mall.referral.invites.events import InviteChanged
from mall.referral.invites.models import ReferralInvite
from mall.referral.invites.states import QUALIFIED
from mall.referral.leaderboard import metrics
from mall.referral.leaderboard.models import LeaderboardPeriod
from mall.referral.leaderboard.terms import LeaderboardView, counting_at

KIND = "referral_invites"
BATCH = 500
# What of a period's invites isn't counted, and what is counted and isn't an invite of the period.
MISCOUNTED = f"""
    SELECT i.id AS invite_id FROM boards b
    JOIN referral_leaderboard_periods p ON p.board_id = b.id
    JOIN referral_leaderboards l ON l.id = p.leaderboard_id
    JOIN referral_invites i ON i.status = 'qualified'
        AND i.qualified_at >= b.starts_at
        AND i.qualified_at < least(b.ends_at, l.stopped_at)
    WHERE b.kind = '{KIND}' AND b.status = 'open' AND {{of_board}} AND {{of_invite}}
      AND NOT EXISTS (
          SELECT FROM board_facts f
          WHERE f.key = 'invite:' || i.id AND f.board_id = b.id AND f.amount = 1
            AND f.member_id = i.inviter_id AND f.at = i.qualified_at)
    UNION ALL
    SELECT i.id FROM boards b
    JOIN board_facts f ON f.board_id = b.id AND f.amount <> 0
    JOIN referral_invites i ON f.key = 'invite:' || i.id
    WHERE b.kind = '{KIND}' AND b.status = 'open' AND {{of_board}} AND {{of_invite}}
      AND (i.status <> 'qualified' OR i.qualified_at <> f.at)
"""  # noqa: S608
_MISCOUNTED = text(MISCOUNTED.format(of_board="b.id = :board_id", of_invite="true") + " LIMIT :n")


def hear_invite(session: Session, event: InviteChanged) -> None:
    """An invite came to count, or counts no more."""
    count_invite(session, event.invite_id)


def count_invite(session: Session, invite_id: int) -> None:
    """See that an invite counts in each period that it belongs to, and in no other one. A period
    whose ranks are frozen stays as it is."""
    invite = session.scalars(
        select(ReferralInvite)
        .where(ReferralInvite.id == invite_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one()
    key, at = f"invite:{invite.id}", invite.qualified_at
    wanted: set[int] = set()
    if invite.status == QUALIFIED and at is not None:
        found = (_board_at(session, one, at) for one in counting_at(session, at))
        wanted = {board_id for board_id in found if board_id is not None}
    counted = boards_with(session, KIND, key)
    for board_id in sorted(wanted | counted):
        fact = Fact(key, int(board_id in wanted), at or invite.changed_at)
        try:
            put_fact(session, board_id, invite.inviter_id, fact)
        except BoardNotOpen:
            metrics.LATE_INVITES.inc((board_id in wanted) != (board_id in counted))


def catch_up(board_id: int) -> None:
    """Count what of a period hasn't been counted yet, before its ranks are frozen."""
    while True:
        with transaction() as session:
            found = session.scalars(_MISCOUNTED, {"board_id": board_id, "n": BATCH}).all()
        for invite_id in found:
            with transaction() as session:
                count_invite(session, invite_id)
        if len(found) < BATCH:
            return


def open_periods() -> None:
    """The board of each period that has begun, so that shoppers see it before the first invite."""
    with transaction() as session:
        now = session.scalars(text("SELECT clock_timestamp()")).one()
        for one in counting_at(session, now):
            _board_at(session, one, now)
    db.session.rollback()


def _board_at(session: Session, view: LeaderboardView, moment: datetime) -> int | None:
    """The board of the period that a moment falls in; the first call opens it."""
    period = view.counts(moment)
    if period is None:
        return None
    known = session.scalar(
        select(LeaderboardPeriod.board_id).where(
            LeaderboardPeriod.leaderboard_id == view.id, LeaderboardPeriod.starts_at == period[0]
        )
    )
    if known is not None:
        return known
    board_id = open_board(
        session,
        KIND,
        f"{view.id}:{to_microseconds(period[0])}",
        Period(*period, period[1] + view.wait),
        [one.as_promised() for one in view.prizes],
    )
    session.execute(
        insert(LeaderboardPeriod)
        .values(leaderboard_id=view.id, starts_at=period[0], board_id=board_id)
        .on_conflict_do_nothing()
    )
    return board_id
