"""Reads of promoters."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from mall.kernel.db import int_array

_ACTIVE = text(
    """
    SELECT p.user_id, p.level_id FROM promoters p JOIN users u ON u.id = p.user_id
    WHERE p.user_id = ANY(CAST(:user_ids AS bigint[])) AND p.status = 'active'
      AND u.closed_at IS NULL
      AND p.agreement_version >= (
          SELECT coalesce(max(version), 0) FROM promoter_agreements
          WHERE in_force_at <= clock_timestamp()
      )
    """
)


@dataclass(frozen=True, slots=True)
class ActivePromoter:
    """A promoter who is paid now, and their level."""

    user_id: int
    level_id: int


def active_promoter(session: Session, user_id: int) -> ActivePromoter | None:
    """The shopper as a promoter who is paid now: active, with the agreement in force accepted,
    and an account that is open. None for anybody else."""
    return active_promoters(session, [user_id]).get(user_id)


def active_promoters(session: Session, user_ids: Collection[int]) -> dict[int, ActivePromoter]:
    """Those of these shoppers who are paid as promoters now, by their ids, in one read."""
    if not user_ids:
        return {}
    rows = session.execute(_ACTIVE, {"user_ids": int_array(user_ids)})
    return {row.user_id: ActivePromoter(row.user_id, row.level_id) for row in rows}
