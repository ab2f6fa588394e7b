"""How mall and model are compared: every team, seat, order, unit and fen of one activity."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from mall.doctor.checking import statement_of
from mall.kernel.db import transaction
from mall.kernel.invariants import INVARIANTS
from mall.kernel.prepared import PreparedStatement
from tests.groupbuy.books import FOR_EVER, Seat, Team
from tests.groupbuy.hands import Hands
from tests.groupbuy.model import Group

TEAMS = PreparedStatement(
    """
    SELECT t.id, t.status, t.verdict, t.reserved, t.paid, t.filled, t.seats_left, t.missing,
        t.leader_id, t.tier_size, t.expires_at,
        (SELECT count(*) FROM groupbuy_members m WHERE m.team_id = t.id AND m.seat) AS seats,
        (SELECT coalesce(sum(f.seats), 0) FROM groupbuy_fills f WHERE f.team_id = t.id) AS fills
    FROM groupbuy_teams t WHERE t.activity_id = :activity_id ORDER BY t.id
    """
)
SEATS = PreparedStatement(
    """
    SELECT m.id, m.user_id, m.units, m.unit_price_fen, m.seat, m.released, m.due,
        m.difference_fen, m.paid_at IS NOT NULL AS is_paid, o.status,
        o.hold_reason IS NOT NULL AS is_held, o.payable_fen, o.paid_fen, o.freight_fen,
        o.refunding_fen, o.refunded_fen AS arrived_fen, o.freight_refunded_fen, l.quantity,
        l.refunded_quantity, l.refunded_fen, l.rebated_fen, l.shipped_quantity,
        l.restocked_quantity, o.expires_at,
        (SELECT coalesce(sum(r.amount_fen), 0) FROM refunds r
         WHERE r.order_id = o.id AND r.kind = 'late_payment') AS late_fen
    FROM groupbuy_members m JOIN orders o ON o.id = m.order_id
    JOIN order_lines l ON l.order_id = o.id
    WHERE m.activity_id = :activity_id ORDER BY m.id
    """
)
STOCK = PreparedStatement(
    """
    SELECT s.sellable, s.reserved, s.sold, k.stock, k.sold AS of_activity_sold,
        a.status = 'ended' AS is_ended, a.stock_returned_at IS NOT NULL AS is_returned
    FROM groupbuy_skus k JOIN stocks s ON s.sku_id = k.sku_id
    JOIN groupbuy_activities a ON a.id = k.activity_id WHERE k.activity_id = :activity_id
    """
)
SHOPPERS = PreparedStatement(
    "SELECT user_id, units FROM groupbuy_shoppers WHERE activity_id = :activity_id"
)
OF_BOOKS = re.compile(r"I(3|5|6|7|8|13|14|15)[a-z]?")
"""Invariants of stock, payments, orders, teams, refunds and holds: none asks for a clock."""


@cache
def books() -> PreparedStatement:
    """The rows that break an invariant of orders, teams, stock or money. Planned once."""
    asked = [one for code, one in INVARIANTS.items().items() if OF_BOOKS.fullmatch(code)]
    return PreparedStatement(
        " UNION ALL ".join(
            f"SELECT '{one.code}' AS code, CAST(to_jsonb(r) AS text) AS row"
            f" FROM ({statement_of(one, None)}) r"
            for one in asked
        )
    )


def check_books() -> None:
    """Fail with what breaks one of these invariants, in whatever example."""
    with transaction() as session:
        broken = books().rows(session)
    assert not broken, broken


def compare(group: Group, hands: Hands) -> None:
    """Fail where the mall has something else than the model."""
    with transaction() as session:
        of = {"activity_id": hands.activity_id}
        teams, seats = TEAMS.rows(session, **of), SEATS.rows(session, **of)
        stock, shoppers = STOCK.first(session, **of), SHOPPERS.rows(session, **of)
    _alike("teams", map(_team, teams), [_of_team(team, hands) for team in group.teams])
    _alike("seats", map(_seat, seats), [_of_seat(seat, hands) for seat in group.seats])
    ours = group.stock
    _alike(
        "stock",
        [{"stock": tuple(stock or ())}],
        [
            {
                "stock": (
                    *(ours.sellable, ours.reserved, ours.sold),
                    *(ours.of_activity, ours.of_activity_sold),
                    *(group.is_ended, group.is_returned),
                )
            }
        ],
    )
    of_shoppers = {hands.place.buyers[who].user_id: units for who, units in group.units_of.items()}
    _alike("shoppers", [{row.user_id: row.units for row in shoppers}], [of_shoppers])


def _alike(what: str, mall: Iterable[dict[Any, Any]], model: Sequence[dict[Any, Any]]) -> None:
    """Each row must have the same values; what differs is named."""
    rows = list(mall)
    assert len(rows) == len(model), f"{len(rows)} {what} in the mall, {len(model)} in the model"
    for number, (row, told) in enumerate(zip(rows, model, strict=True)):
        differs = {
            name: f"{row.get(name)} in the mall, {told.get(name)} in the model"
            for name in {*row, *told}
            if row.get(name) != told.get(name)
        }
        assert not differs, f"{what} {number}: {differs}"


def _team(row: Any) -> dict[str, Any]:
    assert row.seats == row.reserved + row.paid
    assert row.fills == row.filled
    return {
        "status": row.status,
        "verdict": row.verdict,
        "seats": (row.reserved, row.paid, row.filled, row.seats_left, row.missing),
        "leader": row.leader_id,
        "tier_size": row.tier_size or 0,
        "expires_at": row.expires_at,
    }


def _of_team(team: Team, hands: Hands) -> dict[str, Any]:
    missing = max(0, team.min_size - team.reserved - team.paid - team.filled)
    return {
        "status": team.status,
        "verdict": team.verdict,
        "seats": (team.reserved, team.paid, team.filled, team.seats_left, missing),
        "leader": hands.place.buyers[team.leader].user_id,
        "tier_size": team.tier_size,
        "expires_at": _moment(team.expires_at, hands),
    }


def _moment(minute: int, hands: Hands) -> datetime | None:
    return None if minute == FOR_EVER else hands.moment(minute)


def _seat(row: Any) -> dict[str, Any]:
    return {
        "id": row.id,
        "shopper": row.user_id,
        "price": (row.unit_price_fen, row.payable_fen, row.freight_fen),
        "seat": (row.seat, row.released, row.due),
        "order": (row.status, row.is_held, row.is_paid, row.expires_at),
        "paid": row.paid_fen,
        "refunds": (row.refunding_fen, row.arrived_fen, row.late_fen),
        "of the line": (row.refunded_fen, row.rebated_fen, row.freight_refunded_fen),
        "difference": row.difference_fen,
        "units": (row.units, row.quantity, row.refunded_quantity),
        "gone": (row.shipped_quantity, row.restocked_quantity),
    }


def _of_seat(seat: Seat, hands: Hands) -> dict[str, Any]:
    freight_back_fen = seat.freight_fen - seat.freight_left_fen
    return {
        "id": seat.number,
        "shopper": hands.place.buyers[seat.shopper].user_id,
        "price": (seat.unit_price_fen, seat.payable_fen, seat.freight_fen),
        "seat": (seat.has_seat, seat.is_released, seat.due),
        "order": (seat.status, seat.is_held, seat.is_paid, _moment(seat.expires_at, hands)),
        "paid": seat.payable_fen if seat.is_paid else 0,
        "refunds": (seat.pending_fen, seat.arrived_fen, seat.late_fen),
        "of the line": (seat.refunded_fen, seat.rebated_fen, freight_back_fen),
        "difference": seat.difference_fen,
        "units": (seat.units, seat.units, seat.units - seat.kept),
        "gone": (seat.shipped, seat.restocked),
    }
