"""Reads of screening, for staff."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from mall.referral.bindings.models import Binding
from mall.referral.screening.models import Screening
from mall.referral.screening.scoring import LABELS

# By tens of the score; the last takes 90 to 100.
_SUMMARY = text(
    """
    SELECT least(s.score / 10, 9) * 10 AS from_score,
           count(*) FILTER (WHERE s.status = 'waiting') AS waiting,
           count(*) FILTER (WHERE s.status = 'clear') AS clear,
           count(*) FILTER (WHERE s.status = 'held') AS held,
           count(*) FILTER (WHERE s.status = 'void') AS void,
           CAST(sum(count(*) FILTER (WHERE s.status <> 'waiting'))
               OVER (ORDER BY least(s.score / 10, 9) DESC) AS bigint) AS reaching
    FROM referral_screenings s
    WHERE s.created_at >= now() - make_interval(days => :days)
    GROUP BY least(s.score / 10, 9) ORDER BY least(s.score / 10, 9)
    """
)


def summary(session: Session, days: int) -> Sequence[Any]:
    """How the scores of the bindings of so many days are spread, and what a threshold would
    hold: of those who have bought, how many reach a score or more."""
    return session.execute(_SUMMARY, {"days": days}).all()


def screenings(
    session: Session,
    *,
    status: str | None = None,
    inviter_id: int | None = None,
    from_score: int = 0,
    before: int | None = None,
    limit: int,
) -> Sequence[dict[str, Any]]:
    """Bindings with how they stand, newest first, one more than `limit`; the reasons of each score
    as a list, what weighs most first."""
    query = (
        select(
            *Screening.__table__.c,
            Binding.inviter_id,
            Binding.invitee_id,
            Binding.bound_at,
        )
        .join(Binding, Binding.id == Screening.binding_id)
        .where(Screening.score >= from_score)
        .order_by(Screening.binding_id.desc())
        .limit(limit + 1)
    )
    if status is not None:
        query = query.where(Screening.status == status)
    if inviter_id is not None:
        query = query.where(Binding.inviter_id == inviter_id)
    if before is not None:
        query = query.where(Screening.binding_id < before)
    rows = session.execute(query).mappings()
    return [{**row, "reasons": _listed(row["reasons"])} for row in rows]


def _listed(reasons: Mapping[str, int]) -> list[dict[str, Any]]:
    return [
        {"name": name, "label": LABELS[name], "points": points}
        for name, points in sorted(reasons.items(), key=lambda one: -one[1])
    ]
