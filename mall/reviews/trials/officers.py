"""The shoppers with the best record of trials, and the offer to become a promoter.

Staff see each record beside what the shop asks for, and offer; joining stays the shopper's own
free application, on the promoters' page.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mall.kernel.db import transaction
from mall.messages.sending import send_soon
from mall.reviews.trials.applying import is_barred
from mall.reviews.trials.errors import TrialRecordThin
from mall.reviews.trials.messages import TRIAL_OFFERED
from mall.reviews.trials.models import TrialOfficer, TrialPromoterOffer
from mall.reviews.trials.settings import OFFERED_TEMPLATE, OFFICER_DONE, OFFICER_LATE
from mall.staff.audit import record
from mall.users.queries import hold_open_account

# What isn't in the record is counted for a page alone.
_BEST = text(
    """
    SELECT r.user_id, r.done, r.late, r.overdue, w.videos, w.helpful, u.nickname,
        o.created_at AS offered_at
    FROM trial_officers r
    JOIN users u ON u.id = r.user_id AND u.closed_at IS NULL
    LEFT JOIN trial_promoter_offers o ON o.user_id = r.user_id
    CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE v.video IS NOT NULL) AS videos,
            coalesce(sum(v.helpful), 0) AS helpful
        FROM trial_applications a JOIN reviews v ON v.id = a.review_id
        WHERE a.user_id = r.user_id AND a.status = 'done'
    ) w
    WHERE r.done > 0
      AND (- r.done, r.user_id) > (- CAST(:after_done AS bigint), CAST(:after_user_id AS bigint))
    ORDER BY - r.done, r.user_id LIMIT :most
    """
)
_FROM_THE_TOP = (2**62, 0)


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What the shop asks of a record: trials done at least, late or overdue ones at most."""

    done: int
    late: int

    def met_by(self, row: Any) -> bool:
        return bool(row.done >= self.done and row.late + row.overdue <= self.late)


def thresholds() -> Thresholds:
    """As the settings say now."""
    return Thresholds(OFFICER_DONE.get(), OFFICER_LATE.get())


def best(session: Session, after: tuple[int, int] | None, limit: int) -> list[dict[str, Any]]:
    """Records, the most trials first, each with whether it `meets` the thresholds. `after`: done
    and shopper of the last one before."""
    done, user_id = after or _FROM_THE_TOP
    asked = thresholds()
    values = {"after_done": done, "after_user_id": user_id, "most": limit + 1}
    return [{**row._mapping, "meets": asked.met_by(row)} for row in session.execute(_BEST, values)]


def offer(staff_id: int, user_id: int) -> datetime:
    """Offer a shopper to become a promoter, once: when it was. They are told, with the page of the
    application. Raises TrialRecordThin, AccountClosed."""
    with transaction() as session:
        hold_open_account(session, user_id)
        row = _record_of(session, user_id)
        if row is None or not thresholds().met_by(row):
            raise TrialRecordThin
        made = session.execute(
            insert(TrialPromoterOffer)
            .values(
                user_id=user_id,
                staff_id=staff_id,
                done=row.done,
                late=row.late,
                overdue=row.overdue,
            )
            .on_conflict_do_nothing()
            .returning(TrialPromoterOffer.created_at)
        ).scalar_one_or_none()
        if made is None:
            return offered_at(session, user_id) or session.scalars(select(func.now())).one()
        send_soon(session, TRIAL_OFFERED.name, str(user_id), user_id)
        record(
            session,
            action="trial.offer_promoter",
            target_type="shopper",
            target_id=user_id,
            after={"done": row.done, "late": row.late, "overdue": row.overdue},
        )
        return made


def offered_at(session: Session, user_id: int) -> datetime | None:
    """When staff made a shopper the offer; None if they didn't."""
    return session.scalar(
        select(TrialPromoterOffer.created_at).where(TrialPromoterOffer.user_id == user_id)
    )


def own_record(session: Session, user_id: int) -> dict[str, Any]:
    """A shopper's own record, and the offer if one was made."""
    row = _record_of(session, user_id)
    offered = offered_at(session, user_id)
    return {
        "done": row.done if row else 0,
        "late": row.late if row else 0,
        "overdue": row.overdue if row else 0,
        "barred": is_barred(session, user_id),
        "promoter_offered_at": offered,
        "promoter_page": OFFERED_TEMPLATE.get().page_for() if offered else None,
    }


def _record_of(session: Session, user_id: int) -> TrialOfficer | None:
    """None for who has neither done a trial nor failed to."""
    return session.scalar(
        select(TrialOfficer)
        .where(TrialOfficer.user_id == user_id)
        .execution_options(populate_existing=True)
    )
