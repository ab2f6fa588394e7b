"""Invites that wait for nothing: the shop only looks on since, or an event was lost."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import text

from mall.kernel.db import transaction
from mall.kernel.jobs import SWEEP, job
from mall.referral.invites.following import follow
from mall.referral.screening.settings import SHADOW

BATCH = 200
_WAITING = text(
    """
    SELECT i.id, i.binding_id FROM referral_invites i
    JOIN referral_screenings s ON s.binding_id = i.binding_id
    WHERE i.status = 'waiting' AND i.id > :after
      AND (s.status = 'clear' OR (:shadow AND s.status = 'held'))
    ORDER BY i.id LIMIT :batch
    """
)


@job("referral.follow_waiting_invites", retry=SWEEP, cron="*/10 * * * *")
def follow_waiting() -> None:
    """Bring invites that wait, and needn't, to where they should be; a transaction each."""
    after = 0
    while found := _waiting(after):
        for _, binding_id in found:
            with transaction() as session:
                follow(session, binding_id)
        after = found[-1][0]


def _waiting(after: int) -> Sequence[tuple[int, int]]:
    given = {"after": after, "shadow": SHADOW.get(), "batch": BATCH}
    with transaction() as session:
        return [(row.id, row.binding_id) for row in session.execute(_WAITING, given)]
