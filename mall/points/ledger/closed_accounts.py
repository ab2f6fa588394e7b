"""Points of a shopper who closes the account: they are lost, the entries stay."""

from __future__ import annotations

from mall.points.ledger.forfeiting import forfeit
from mall.users.erasing import Eraser

POINTS = Eraser(
    "points",
    forfeit,
    "EXISTS (SELECT 1 FROM points_accounts a WHERE a.user_id = u.id"
    " AND a.available + a.frozen > 0)",
)
