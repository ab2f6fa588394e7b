"""Staff let a show's cash go, or refuse it, each with a trail."""

from __future__ import annotations

from sqlalchemy import func, update

from mall.kernel.db import transaction
from mall.messages.sending import send_soon
from mall.reviews.cashback.errors import CashbackNotWaiting, CashbackShowNotFound
from mall.reviews.cashback.message import CASHBACK
from mall.reviews.cashback.models import OPEN, REFUSED, CashbackShow
from mall.reviews.cashback.settling import end, lock_show, settle_in
from mall.staff.audit import record

RELEASE, REFUSE = "release", "refuse"
DECISIONS = (RELEASE, REFUSE)


def decide(staff_id: int, show_id: int, decision: str, reason: str) -> None:
    """Release a show that has its likes, or refuse one that hasn't been given, for a reason that
    its writer reads. What is released is given once its hold is over and its order settled.
    The same again changes nothing.

    Raises CashbackShowNotFound, CashbackNotWaiting.
    """
    with transaction() as session:
        show = lock_show(session, show_id)
        if show is None:
            raise CashbackShowNotFound
        if show.status == REFUSED and decision == REFUSE:
            return
        if show.status not in OPEN or (decision == RELEASE and show.reached_at is None):
            raise CashbackNotWaiting
        if decision == RELEASE and show.decided_at is not None:
            return
        decided = {"decided_at": func.clock_timestamp(), "decided_by": staff_id, "reason": reason}
        if decision == REFUSE:
            end(session, show, REFUSED, cause="cashback_refused", **decided)
            send_soon(session, CASHBACK.name, f"{show_id}:{REFUSED}", show.user_id)
        else:
            session.execute(
                update(CashbackShow)
                .where(CashbackShow.id == show_id)
                .values(**decided)
                .execution_options(synchronize_session=False)
            )
        record(
            session,
            action=f"cashback_show.{decision}",
            target_type="cashback_show",
            target_id=show_id,
            before={"status": show.status, "score": show.score},
            after={"reason": reason},
        )
        if decision == RELEASE:
            settle_in(session, show_id)
