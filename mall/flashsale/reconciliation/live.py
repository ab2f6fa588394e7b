"""The sales under way: which items the gate and the worker have to do with now."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from mall.flashsale.gate.keys import GateLocation


@dataclass(frozen=True, slots=True)
class LiveItem:
    """An item whose units are off the shelf, until a little after its session is settled.

    `left` are units that may still be sold, by PostgreSQL; `unsold` is what the gate's
    `left` and `queued` sum up to when nothing is on its way.
    """

    item_id: int
    session_id: int
    session_limited: bool
    splits: int
    state: str
    epoch: int
    left: int

    @property
    def where(self) -> GateLocation:
        return GateLocation(self.item_id, self.session_id, self.session_limited, self.splits)


_LIVE = text(
    """
    SELECT i.id, i.session_id, s.limit_per_user IS NOT NULL AS limited, i.splits, s.state,
        s.epoch, i.stock - i.sold - i.returned AS left
    FROM flash_sessions s JOIN flash_items i ON i.session_id = s.id
    WHERE s.armed_at IS NOT NULL
      AND (s.settled_at IS NULL OR s.settled_at > clock_timestamp() - interval '10 minutes')
    ORDER BY i.id
    """
)


def live_items(session: Session) -> list[LiveItem]:
    """The items of every session that is armed and not yet settled.

    Those that were settled a few minutes ago are among them: a ticket whose worker died may
    still wait there to be told how it ended.
    """
    return [
        LiveItem(
            row.id, row.session_id, row.limited, row.splits, row.state, row.epoch, int(row.left)
        )
        for row in session.execute(_LIVE)
    ]
