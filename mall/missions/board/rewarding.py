"""The reward of a completed mission: given or promised, confirmed, taken back.

What has to be done follows from the progress alone, so doing it again does nothing. Lock order:
the shopper's missions, then as `grant` locks (the ground, the rules ascending, …). Each
progress has a transaction of its own, so that no two lock rules in different orders.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from mall.kernel.db import transaction
from mall.kernel.errors import MallError
from mall.missions.board import metrics
from mall.missions.board.chains import Chain, chain_before
from mall.missions.board.definitions import Version
from mall.missions.board.locking import lock_missions_of
from mall.missions.board.models import MissionProgress
from mall.rewards.confirming import confirm_for
from mall.rewards.granting import Source, grant
from mall.rewards.locking import lock_to_give
from mall.rewards.reversing import reverse_for
from mall.users.errors import AccountClosed


def settle_reward(progress_id: int) -> None:
    """Bring the rewards of a progress to where they should be: give those that are given at
    once, confirm what was promised when no fact can go any more, take back what was given when
    the target isn't reached any more, or that of a mission before it. A closed account gets
    nothing and keeps what it has."""
    with transaction() as session:
        user_id = session.scalar(
            select(MissionProgress.user_id).where(MissionProgress.id == progress_id)
        )
        if user_id is None:  # erased
            return
        try:
            missions = lock_missions_of(session, user_id)
        except AccountClosed:
            return
        progress = progress_of(session, progress_id)
        if progress is not None:
            version = missions.version(progress.mission_id, progress.version)
            _settle(session, progress, version, chain_before(session, progress, missions))


def progress_of(session: Session, progress_id: int) -> MissionProgress | None:
    """A progress, read afresh."""
    return session.scalar(
        select(MissionProgress)
        .where(MissionProgress.id == progress_id)
        .execution_options(populate_existing=True)
    )


def _settle(
    session: Session, progress: MissionProgress, version: Version | None, chain: Chain
) -> None:
    if progress.completed_at is None or not chain.complete:
        if progress.rewarded_at is not None:
            _take_back(session, progress)
    elif progress.rewarded_at is None:
        if version is not None and version.at_once and progress.refusal is None:
            _try_to_give(session, progress, version, chain)
    elif progress.pending and chain.firm and progress.firm >= progress.target:
        confirm_for(session, ground_of(progress.id), cause="mission_completed")
        _set(session, progress, pending=False)
        metrics.REWARDS.labels("confirmed").inc()


def _take_back(session: Session, progress: MissionProgress) -> None:
    reverse_for(session, ground_of(progress.id), cause="mission_not_completed")
    values: dict[str, Any] = {"rewarded_at": None, "pending": False}
    if progress.completed_at is not None:  # it may be rewarded anew when its chain is whole again
        values["completions"] = progress.completions + 1
    _set(session, progress, **values)
    metrics.REWARDS.labels("taken_back").inc()


def _try_to_give(
    session: Session, progress: MissionProgress, version: Version, chain: Chain
) -> None:
    """A refusal is kept for the shopper and staff to see; the shopper may claim it later."""
    try:
        with session.begin_nested():
            give(session, progress, version, chain)
    except AccountClosed:
        return
    except MallError as refused:
        _set(session, progress, refusal=refused.code)
        metrics.REWARDS.labels("refused").inc()


def give(session: Session, progress: MissionProgress, version: Version, chain: Chain) -> None:
    """Give the reward of a progress that is complete and has none, all of it or nothing.

    It waits when some of the facts may still go, or some of the missions before it. The caller
    holds `lock_missions_of`. Raises what `grant` raises.
    """
    pending = progress.firm < progress.target or not chain.firm
    may_go = version.trigger.revocable or version.requires_id is not None
    ground = ground_of(progress.id) if may_go else None
    if not pending and len(version.rewards) > 1:  # a single grant is in order by itself
        parts = [(progress.user_id, part) for one in version.rewards for part in one.reward]
        lock_to_give(session, parts)
    for one in version.rewards:
        source = Source(one.rule_id, event_of(progress), ground)
        grant(session, progress.user_id, source, one.reward, pending=pending)
    _set(session, progress, rewarded_at=func.clock_timestamp(), pending=pending, refusal=None)
    metrics.REWARDS.labels("promised" if pending else "given").inc()


def ground_of(progress_id: int) -> str:
    """What the rewards of a progress stand on."""
    return f"mission:{progress_id}"


def event_of(progress: MissionProgress) -> str:
    """What they are given for: the mission and its period, and how often it was completed by now
    when that is more than once (the reward of the time before went back)."""
    event = f"mission:{progress.mission_id}:{progress.period}"
    return event if progress.completions == 1 else f"{event}:{progress.completions}"


def _set(session: Session, progress: MissionProgress, **values: Any) -> None:
    session.execute(
        update(MissionProgress)
        .where(MissionProgress.id == progress.id)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
