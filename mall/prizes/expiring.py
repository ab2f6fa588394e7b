"""Prizes that nobody claimed in time are for sale again; their shoppers are reminded before."""

from __future__ import annotations

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from mall.kernel.db import transaction
from mall.kernel.events import publish
from mall.kernel.failpoints import around_commit
from mall.messages.sending import send_soon
from mall.prizes import metrics
from mall.prizes.claims import lock_claim, release
from mall.prizes.events import PrizeExpired
from mall.prizes.messages import PRIZE_DUE, ref_of
from mall.prizes.models import WAITING, PrizeClaim
from mall.prizes.settings import REMIND_DAYS

BATCH = 200
ANY_DUE = "SELECT FROM prize_claims WHERE state = 'waiting_address' AND claim_by <= now()"
_EXPIRE = text(
    """
    UPDATE prize_claims
    SET state = 'expired', claim_by = least(claim_by, t.now), changed_at = t.now
    FROM (SELECT clock_timestamp() AS now) t
    WHERE id = :claim_id AND state = 'waiting_address' AND (claim_by <= t.now OR :at_once)
    RETURNING id
    """
)
_REMIND = text(
    """
    WITH due AS (
        SELECT id FROM prize_claims
        WHERE state = 'waiting_address' AND reminded_at IS NULL AND claim_by > clock_timestamp()
          AND claim_by <= clock_timestamp() + make_interval(days => :days)
        ORDER BY claim_by LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED
    )
    UPDATE prize_claims c SET reminded_at = clock_timestamp()
    FROM due WHERE c.id = due.id RETURNING c.id, c.user_id, c.claim_by
    """
)


def expire_due(batch: int = BATCH) -> int:
    """Expire claims whose time is over, each in a transaction of its own; how many were found.
    Safe to repeat, and to kill."""
    with transaction() as session:
        due = session.scalars(
            select(PrizeClaim.id)
            .where(PrizeClaim.state == WAITING, PrizeClaim.claim_by <= func.clock_timestamp())
            .order_by(PrizeClaim.claim_by)
            .limit(batch)
        ).all()
    for claim_id in due:
        with transaction() as session:
            around_commit(session, "prizes.before_expiry_commit", "prizes.after_expiry_commit")
            expire(session, claim_id)
    return len(due)


def expire(session: Session, claim_id: int, *, at_once: bool = False) -> bool:
    """A claim whose time is over (or is now) ends, and whoever gave it is told; False when it isn't
    so, or doesn't wait any more."""
    claim = lock_claim(session, claim_id)
    if not session.execute(_EXPIRE, {"claim_id": claim_id, "at_once": at_once}).all():
        return False
    release(session, claim)
    metrics.PRIZES.labels("expired").inc()
    assert claim.grant_id is not None
    publish(
        session,
        PrizeExpired(
            claim_id=claim_id,
            user_id=claim.user_id,
            sku_id=claim.sku_id,
            units=claim.left,
            grant_id=claim.grant_id,
        ),
    )
    return True


def expire_all_of(session: Session, user_id: int) -> None:
    """What a shopper who has left could still claim is over at once."""
    waiting = session.execute(
        select(PrizeClaim.id, PrizeClaim.sku_id)
        .where(PrizeClaim.user_id == user_id, PrizeClaim.state == WAITING)
        .order_by(PrizeClaim.id)
        .with_for_update(key_share=True)
    ).all()
    # All claims are locked; their SKUs follow in ascending order.
    for row in sorted(waiting, key=lambda one: (one.sku_id, one.id)):
        expire(session, row.id, at_once=True)


def remind_next() -> bool:
    """Remind one shopper of a prize whose time is over soon, once a deadline; False when none is
    left."""
    with transaction() as session:
        row = session.execute(_REMIND, {"days": REMIND_DAYS.get()}).one_or_none()
        if row is None:
            return False
        send_soon(session, PRIZE_DUE.name, ref_of(row), row.user_id, good_until=row.claim_by)
        return True
