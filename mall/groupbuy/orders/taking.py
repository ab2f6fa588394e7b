"""Taking a seat: the team's seat, the activity's units and the member, in one statement.

Each part of it is made only with the part before, which also keeps the order of the locks: the
team, then the row of the activity's SKU. Both stay locked until the commit. One statement instead
of five, since all who join a team wait for its row (row "joining ÷ a plain order" of `make bench`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from mall.groupbuy.activities.openings import share_openings
from mall.groupbuy.errors import GroupActivityNotOpen, GroupMemberAlready, GroupSoldOut
from mall.groupbuy.orders.choice import Joining, Opening
from mall.groupbuy.orders.eligibility import why_no_seat
from mall.groupbuy.orders.terms import Terms
from mall.groupbuy.teams.codes import draw_code
from mall.groupbuy.teams.seats import LAST_CALL_S
from mall.groupbuy.teams.states import OPENING, Cause, note
from mall.kernel.prepared import PreparedStatement

_UNITS_AND_MEMBER = """
    units AS (
        UPDATE groupbuy_skus k SET sold = k.sold + :units
        FROM seat
        WHERE k.activity_id = :activity_id AND k.sku_id = :sku_id AND k.sold + :units <= k.stock
        RETURNING k.sku_id
    ), member AS (
        INSERT INTO groupbuy_members
            (team_id, activity_id, user_id, order_id, sku_id, units, unit_price_fen)
        SELECT seat.team_id, :activity_id, :user_id, :order_id, units.sku_id, :units,
            :unit_price_fen
        FROM seat, units
        ON CONFLICT DO NOTHING RETURNING id
    )
    SELECT team_id, status, EXISTS (SELECT FROM units) AS has_units,
        EXISTS (SELECT FROM member) AS is_member
    FROM seat
"""
_JOIN = PreparedStatement(
    f"""
    WITH seat AS (
        UPDATE groupbuy_teams t SET reserved = t.reserved + 1
        WHERE t.id = :team_id AND t.status IN ('forming', 'formed') AND t.verdict IS NULL
          AND t.seats_left > 0
          AND t.expires_at > clock_timestamp() + make_interval(secs => {LAST_CALL_S})
        RETURNING t.id AS team_id, t.status
    ), {_UNITS_AND_MEMBER}
    """  # noqa: S608 - SQL of our own
)
_OPEN = PreparedStatement(
    f"""
    WITH activity AS (
        SELECT id FROM groupbuy_activities
        WHERE id = :activity_id AND status = 'started'
          AND clock_timestamp() >= starts_at AND clock_timestamp() < ends_at
    ), seat AS (
        INSERT INTO groupbuy_teams
            (code, activity_id, tier_set_id, leader_id, sizes, min_size, max_size, reserved)
        SELECT CAST(:code AS text), id, :tier_set_id, :user_id, CAST(:sizes AS smallint[]),
            :min_size, :max_size, 1
        FROM activity
        RETURNING id AS team_id, status
    ), {_UNITS_AND_MEMBER}
    """  # noqa: S608 - SQL of our own
)


@dataclass(frozen=True, slots=True)
class Seat:
    """A seat that was taken, and the status of its team."""

    team_id: int
    status: str


def take_seat(session: Session, terms: Terms, member: dict[str, Any]) -> Seat:
    """Take a seat and its units for a `member` (`user_id`, `order_id`, `sku_id`, `units`,
    `unit_price_fen`).

    Raises what `eligibility` says, GroupActivityNotOpen, GroupSoldOut, GroupMemberAlready; the
    caller's transaction is rolled back then.
    """
    choice = terms.choice
    if isinstance(choice, Joining):
        taken = _join(session, choice.team_id, {"activity_id": terms.activity_id, **member})
    else:
        taken = _open(session, choice, terms, member)
    if not taken.has_units:
        raise GroupSoldOut
    if not taken.is_member:
        raise GroupMemberAlready
    return Seat(taken.team_id, taken.status)


def _join(session: Session, team_id: int, member: dict[str, Any]) -> Any:
    taken = _JOIN.first(session, team_id=team_id, **member)
    if taken is None:
        raise why_no_seat(session, team_id)
    return taken


def _open(session: Session, choice: Opening, terms: Terms, member: dict[str, Any]) -> Any:
    share_openings(session, choice.activity_id)
    taken = _OPEN.first(
        session,
        code=draw_code(),
        activity_id=choice.activity_id,
        tier_set_id=choice.tier_set_id,
        sizes=list(terms.tiers.sizes),
        min_size=terms.tiers.min_size,
        max_size=terms.tiers.max_size,
        **member,
    )
    if taken is None:
        raise GroupActivityNotOpen
    note(session, taken.team_id, None, OPENING, Cause("placed"))
    return taken
