"""Seats of teams: what they cost, opening a team, joining one, leaving it."""

from __future__ import annotations

from typing import Any

from mall.groupbuy.orders.choice import Choice, Joining
from mall.groupbuy.orders.leaving import leave_team
from mall.groupbuy.orders.matching import match_for, take_any_seat
from mall.groupbuy.orders.placing import SeatPlaced, Wanted, take_seat
from mall.groupbuy.orders.quoting import SeatQuote, full_quote
from mall.groupbuy.orders.recommending import opening
from mall.groupbuy.orders.schemas import (
    AnySeatInput,
    GroupQuoteInput,
    GroupQuoteSchema,
    JoinTeamInput,
    OpenTeamInput,
    SeatPlacedSchema,
)
from mall.groupbuy.teams.queries import team_id_of
from mall.kernel.db import db
from mall.kernel.http import access
from mall.kernel.http.access import current_shopper
from mall.kernel.http.api import Blueprint
from mall.kernel.http.idempotency import idempotent

blp = Blueprint("groupbuy", __name__, url_prefix="/api/v1/group-buy", description="拼团")
TEAM = "/teams/<team_code>"
_GOODS = ("group_sku_not_included", "sku_unknown", "not_found")
_PRICED = ("sku_off_shelf", "amount_too_large")
_PLACED = (
    *("price_changed", *_PRICED, "nothing_to_pay", "undeliverable", "out_of_stock"),
    *("group_sold_out", "group_units_limit", "request_in_flight"),
)
_OPENED = ("group_activity_not_open", "group_teams_limit", "group_customers_only")
_JOINED = (
    *("group_team_full", "group_team_over", "group_team_unpaid", "group_member_already"),
    "group_new_only",
)


@blp.route("/quotes", methods=["POST"])
@access.shopper
@blp.arguments(GroupQuoteInput)
@blp.response(200, GroupQuoteSchema)
@blp.fails("group_activity_not_found", "group_team_not_found", *_GOODS, *_PRICED)
@blp.fails("group_tier_unknown")
def make_quote(body: dict[str, Any]) -> SeatQuote:
    """What a seat costs, what I pay and get back at each tier, why I can't have it. Nothing is
    kept."""
    user_id = current_shopper().user_id
    return full_quote(user_id, _choice(user_id, body), _wanted(body))


@blp.route("/teams", methods=["POST"])
@access.shopper
@idempotent
@blp.arguments(OpenTeamInput)
@blp.response(201, SeatPlacedSchema)
@blp.fails("group_activity_not_found", *_GOODS, *_OPENED, *_PLACED, "group_tier_unknown")
@blp.fails("account_closed", "group_team_not_found")
def open_team(body: dict[str, Any]) -> SeatPlaced:
    """Open a team at the total that was shown. Others can join once I have paid."""
    user_id = current_shopper().user_id
    choice = opening(db.session(), user_id, body["activity_id"], body["tier_set_id"], body["size"])
    return take_seat(user_id, choice, _wanted(body), **_agreed(body))


@blp.route(f"{TEAM}/orders", methods=["POST"])
@access.shopper
@idempotent
@blp.arguments(JoinTeamInput)
@blp.response(201, SeatPlacedSchema)
@blp.fails("group_team_not_found", *_GOODS, *_JOINED, *_PLACED, "account_closed")
@blp.fails("group_activity_not_found", "group_tier_unknown")
def join_team(body: dict[str, Any], team_code: str) -> SeatPlaced:
    """Join a team at the total that was shown: the seat is mine until it is to be paid."""
    choice = Joining(team_id_of(db.session(), team_code))
    return take_seat(current_shopper().user_id, choice, _wanted(body), **_agreed(body))


@blp.route("/activities/<id:activity_id>/seats", methods=["POST"])
@access.shopper
@idempotent
@blp.arguments(AnySeatInput)
@blp.response(201, SeatPlacedSchema)
@blp.fails("group_activity_not_found", *_GOODS, *_OPENED, "group_new_only", *_PLACED)
@blp.fails("group_tier_unknown", "account_closed", "group_team_not_found")
def take_a_seat(body: dict[str, Any], activity_id: int) -> SeatPlaced:
    """Join whatever team is nearest to be formed, the next when it became full meanwhile; open
    one when there is none (`opened`)."""
    return take_any_seat(
        current_shopper().user_id,
        activity_id,
        _wanted(body),
        tier_set_id=body["tier_set_id"],
        size=body["size"],
        **_agreed(body),
    )


@blp.route(f"{TEAM}/departure", methods=["POST"])
@access.shopper
@blp.response(204)
@blp.fails("group_team_not_found", "group_not_member", "group_team_stands", "order_already_paid")
@blp.fails("order_not_cancellable")
def leave(team_code: str) -> None:
    """Leave a team that isn't formed: a paid order is refunded in full, an unpaid one closed, at
    the latest when WeChat says that it can't be paid any more."""
    leave_team(current_shopper().user_id, team_id_of(db.session(), team_code))


def _choice(user_id: int, body: dict[str, Any]) -> Choice:
    session = db.session()
    if "team_code" in body:
        return Joining(team_id_of(session, body["team_code"]))
    place = (body["activity_id"], body["tier_set_id"], body["size"])
    return match_for(user_id, *place) if body["match"] else opening(session, user_id, *place)


def _wanted(body: dict[str, Any]) -> Wanted:
    return Wanted(body["sku_id"], body["units"], body["address_id"], body["choices"])


def _agreed(body: dict[str, Any]) -> dict[str, Any]:
    return {name: body[name] for name in ("expected_payable_fen", "remark")}
