"""What shoppers do: ask what a seat costs, open a team, join one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from mall.groupbuy.orders.choice import Choice
from mall.groupbuy.orders.kinds import PARTICIPANT
from mall.groupbuy.orders.terms import Terms, terms_of
from mall.kernel.db import db
from mall.kernel.errors import ValidationFailed
from mall.orders.placing import place_order
from mall.orders.quoting import Preview, preview

_TEAM = text(
    """
    SELECT t.code FROM groupbuy_members m JOIN groupbuy_teams t ON t.id = m.team_id
    JOIN orders o ON o.id = m.order_id WHERE o.order_no = :order_no
    """
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Units of a SKU with a seat, sent to an address. `choices` as of a quote."""

    sku_id: int
    units: int = 1
    address_id: int | None = None
    choices: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SeatPlaced:
    """A seat that waits to be paid until `expires_at`. `opened`: of a team that it opened."""

    team_code: str
    opened: bool
    order_no: str
    status: str
    payable_fen: int
    expires_at: datetime


def quote_seat(user_id: int, choice: Choice, wanted: Wanted) -> tuple[Terms, Preview]:
    """What a seat costs now. Nothing is kept. Raises what `terms_of` and `preview` say."""
    terms = terms_of(db.session(), choice)
    shown = preview(
        user_id,
        {wanted.sku_id: wanted.units},
        wanted.address_id,
        _choices(choice, wanted),
        terms.kind,
    )
    return terms, shown


def take_seat(
    user_id: int, choice: Choice, wanted: Wanted, *, expected_payable_fen: int, remark: str = ""
) -> SeatPlaced:
    """Open a team, or join one, with an order of this SKU at the total (fen) that was shown.

    The seat is held until it is paid or its time is up: that of the activity, at most the team's
    end. Raises what `terms_of` and `place_order` say, GroupActivityNotOpen, GroupTeamFull,
    GroupTeamOver, GroupTeamUnpaid, GroupMemberAlready, GroupNewOnly, GroupCustomersOnly,
    GroupUnitsLimit, GroupTeamsLimit, GroupSoldOut; then nothing has changed.
    """
    terms = terms_of(db.session(), choice)
    placed = place_order(
        user_id,
        {wanted.sku_id: wanted.units},
        wanted.address_id,
        expected_payable_fen,
        remark,
        choices=_choices(choice, wanted),
        kind=terms.kind,
        pay_until=terms.pay_until,
    )
    code = terms.team_code or _code_of(db.session(), placed.order_no)
    return SeatPlaced(
        code, terms.opens, placed.order_no, placed.status, placed.payable_fen, placed.expires_at
    )


def _code_of(session: Session, order_no: str) -> str:
    code: str = session.execute(_TEAM, {"order_no": order_no}).scalar_one()
    return code


def _choices(choice: Choice, wanted: Wanted) -> dict[str, str]:
    if PARTICIPANT in wanted.choices:
        raise ValidationFailed("没有这项选择", param="choices")
    return {**wanted.choices, **choice.as_choices()}
