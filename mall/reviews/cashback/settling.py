"""Bringing a show to where it should be: given, lapsed, taken back.

What has to be done follows from the show, its review and its grant, read under the lock of its
ground. So it may be done at any time and again. Lock order: the ground, the show, the grant, the
reward rule, the account's payouts.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from mall.kernel.db import transaction
from mall.kernel.failpoints import around_commit
from mall.reviews.cashback import metrics
from mall.reviews.cashback.models import COLLECTING, GIVEN, GONE, LAPSED, OPEN, CashbackShow
from mall.reviews.cashback.opening import ground_of
from mall.reviews.cashback.reviews import is_gone, read, stands
from mall.reviews.cashback.scoring import counts_of, score
from mall.reviews.cashback.settings import HOLD_FROM, STAFF_RELEASE
from mall.rewards.confirming import confirm_for
from mall.rewards.grounds import lock_ground
from mall.rewards.models import RewardGrant
from mall.rewards.reversing import reverse
from mall.rewards.states import OPEN as OPEN_GRANTS
from mall.rewards.states import PENDING

SETTLE_JOB = "reviews.settle_cashback"


def settle(show_id: int) -> None:
    """Give, end or take back what a show was promised, as everything stands now."""
    with transaction() as session:
        around_commit(session, "cashback.before_settle_commit", "cashback.after_settle_commit")
        settle_in(session, show_id)


def settle_in(session: Session, show_id: int) -> None:
    """`settle` in the caller's transaction, which settles nothing else."""
    show = lock_show(session, show_id)
    if show is None:
        return
    review: Any = read(session, show.review_id)
    if is_gone(review) or show.grant_status not in OPEN_GRANTS:
        _take_back(session, show)
    elif show.status in OPEN and review.user_id is None:  # the writer closed the account
        end(session, show, GONE, cause="account_closed")
    elif show.status == COLLECTING and show.ends_at <= show.now:
        end(session, show, LAPSED, cause="cashback_lapsed")
    elif show.status in OPEN and show.likes == show.needed and show.hold_until <= show.now:
        if show.scored_at is None:
            show = _scored(session, show)
        if review.settled_at is not None and stands(review) and _is_released(show):
            _give(session, show)


def lock_show(session: Session, show_id: int) -> Any | None:
    """The show with its grant's status, locked with its ground until the commit."""
    review_id = session.scalar(select(CashbackShow.review_id).where(CashbackShow.id == show_id))
    if review_id is None:
        return None
    lock_ground(session, ground_of(review_id))
    return _read(session, show_id)


def end(session: Session, show: Any, status: str, *, cause: str, **values: Any) -> None:
    """An open show comes to nothing: its place in the budget is free again."""
    reverse(session, show.grant_id, cause=cause)
    _move(session, show, status, **values)


def _take_back(session: Session, show: Any) -> None:
    """What wasn't given never is; what was given and not paid isn't paid; what was paid is owed."""
    if show.status in OPEN or (show.status == GIVEN and show.grant_status in OPEN_GRANTS):
        end(session, show, GONE, cause="review_gone")


def _is_released(show: Any) -> bool:
    if show.decided_at is not None:
        return True
    return not STAFF_RELEASE.get() and show.score < HOLD_FROM.get()


def _give(session: Session, show: Any) -> None:
    """A granter's refusal stays with the grant (`refused_rewards`) and is tried again."""
    if show.grant_status == PENDING:
        for one in confirm_for(session, ground_of(show.review_id), cause="cashback_reached"):
            if one.refusal is not None:
                return
    _move(session, show, GIVEN, given_at=func.clock_timestamp())


def _scored(session: Session, show: Any) -> Any:
    points, reasons = score(counts_of(session, show.id))
    _set(session, show.id, score=points, reasons=reasons, scored_at=func.clock_timestamp())
    return _read(session, show.id)


def _read(session: Session, show_id: int) -> Any:
    return session.execute(
        select(
            *CashbackShow.__table__.c,
            RewardGrant.status.label("grant_status"),
            func.clock_timestamp().label("now"),
        )
        .join(RewardGrant, RewardGrant.id == CashbackShow.grant_id)
        .where(CashbackShow.id == show_id)
        .with_for_update(of=CashbackShow, key_share=True)
    ).one()


def _move(session: Session, show: Any, status: str, **values: Any) -> None:
    _set(session, show.id, status=status, changed_at=func.clock_timestamp(), **values)
    metrics.SHOWS.labels(status).inc()


def _set(session: Session, show_id: int, **values: Any) -> None:
    session.execute(
        update(CashbackShow)
        .where(CashbackShow.id == show_id)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
