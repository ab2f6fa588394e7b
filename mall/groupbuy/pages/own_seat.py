"""A shopper's own seat of a team, and what each tier means for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from mall.groupbuy.orders.terms import Terms
from mall.groupbuy.settlement.difference import difference_fen
from mall.groupbuy.teams.models import GroupTeam
from mall.groupbuy.teams.states import FORMING

_SEAT = text(
    """
    SELECT m.order_id, m.seat, m.sku_id, m.units, m.unit_price_fen, m.paid_at, m.difference_fen,
        m.due, o.order_no, o.status AS order_status, o.payable_fen, o.refunded_fen, o.expires_at
    FROM groupbuy_members m JOIN orders o ON o.id = m.order_id
    WHERE m.team_id = :team_id AND m.user_id = :user_id AND (m.seat OR m.paid_at IS NOT NULL)
    ORDER BY m.seat DESC, m.id DESC LIMIT 1
    """
)


@dataclass(frozen=True, slots=True)
class OwnSeat:
    """The order of a seat that a shopper has (`seat`), or had and paid. Amounts in fen."""

    order_id: int
    seat: bool
    sku_id: int
    units: int
    unit_price_fen: int
    paid_at: datetime | None
    difference_fen: int
    due: str | None
    order_no: str
    order_status: str
    payable_fen: int
    refunded_fen: int
    expires_at: datetime

    def shown(self, team: GroupTeam) -> dict[str, Any]:
        """The seat as its owner sees it."""
        is_unpaid = self.order_status == "unpaid"
        leaves = is_unpaid or (team.status == FORMING and team.verdict is None)
        return {
            "order_no": self.order_no,
            "order_status": self.order_status,
            "has_seat": self.seat,
            "sku_id": self.sku_id,
            "units": self.units,
            "unit_price_fen": self.unit_price_fen,
            "payable_fen": self.payable_fen,
            "paid_at": self.paid_at,
            "pay_before": self.expires_at if is_unpaid else None,
            "refunded_fen": self.refunded_fen,
            "difference_fen": self.difference_fen,
            "can_leave": self.seat and leaves,
        }


def own_seat(session: Session, team_id: int, user_id: int) -> OwnSeat | None:
    """A shopper's seat; one that was given up only while there is none."""
    row = session.execute(_SEAT, {"team_id": team_id, "user_id": user_id}).first()
    return None if row is None else OwnSeat(*row)


def tiers_for_me(
    session: Session, terms: Terms, mine: OwnSeat | None, settled_size: int | None
) -> list[dict[str, Any]]:
    """Each tier with its prices; for who has a seat, what the order costs there in the end, and
    what of it comes back, as settling would count it now. Of a settled team only the tier that
    was reached says so: what did come back."""
    return [
        {
            "size": size,
            "prices": [
                {"sku_id": sku_id, "price_fen": terms.tiers.price_at(sku_id, size)}
                for sku_id in sorted(terms.tiers.prices)
            ],
            **_for_me(session, terms, mine, size, settled_size),
        }
        for size in terms.tiers.sizes
    ]


def _for_me(
    session: Session, terms: Terms, mine: OwnSeat | None, size: int, settled_size: int | None
) -> dict[str, Any]:
    if mine is None or not mine.seat or settled_size not in (None, size):
        return {"my_payable_fen": None, "my_back_fen": None}
    back_fen = mine.difference_fen
    # What is due is counted by the job that gives it back.
    if terms.gives_difference and (settled_size is None or mine.due == "settle"):
        per_unit_fen = mine.unit_price_fen - terms.tiers.price_at(mine.sku_id, size)
        back_fen = difference_fen(session, mine.order_id, per_unit_fen)
    return {"my_payable_fen": mine.payable_fen - back_fen, "my_back_fen": back_fen}
