"""What must always hold of leaderboards of invites."""

from __future__ import annotations

from mall.kernel.invariants import Invariant
from mall.referral.leaderboard.counting import MISCOUNTED

INVARIANTS = (
    Invariant(
        "I69",
        "an open leaderboard counts each qualified invite of its period, and no other one",
        MISCOUNTED.format(
            of_board="true",
            of_invite="i.changed_at >= :since AND i.changed_at < now() - interval '10 minutes'",
        ),
    ),
)
