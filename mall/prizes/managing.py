"""What staff do with prizes: put a deadline off, cancel a claim. Each leaves an audit row."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import update

from mall.kernel.db import db_now, transaction
from mall.prizes.claims import lock_claim
from mall.prizes.errors import PrizeDeadlineInvalid, PrizeStateConflict
from mall.prizes.models import WAITING, PrizeClaim
from mall.prizes.taking_back import end_claim
from mall.staff.audit import record

AT_MOST = timedelta(days=365)


def extend(claim_id: int, until: datetime) -> None:
    """Put the deadline of a prize that waits off; its shopper is reminded anew.

    Raises PrizeNotFound, PrizeStateConflict, PrizeDeadlineInvalid.
    """
    with transaction() as session:
        claim = lock_claim(session, claim_id)
        if claim.state != WAITING:
            raise PrizeStateConflict
        now, before = db_now(session), claim.claim_by
        if not max(before, now) < until <= now + AT_MOST:
            raise PrizeDeadlineInvalid(param="until")
        session.execute(
            update(PrizeClaim)
            .where(PrizeClaim.id == claim_id)
            .values(claim_by=until, reminded_at=None)
            .execution_options(synchronize_session=False)
        )
        record(
            session,
            action="prize.extend",
            target_type="prize_claim",
            target_id=claim_id,
            before={"claim_by": before},
            after={"claim_by": until},
        )


def cancel(claim_id: int, reason: str) -> None:
    """End a claim of which nothing was sent, for a reason that its shopper reads: the units are for
    sale again, an order is closed.

    Raises PrizeNotFound, PrizeStateConflict.
    """
    with transaction() as session:
        ended = end_claim(session, claim_id, reason)
        if ended is None:
            raise PrizeStateConflict
        record(
            session,
            action="prize.cancel",
            target_type="prize_claim",
            target_id=claim_id,
            after={"reason": reason},
        )
