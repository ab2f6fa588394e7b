"""The check-in of a shopper."""

from __future__ import annotations

from datetime import date
from typing import Any

from mall.kernel.db import transaction
from mall.kernel.http import access
from mall.kernel.http.access import current_shopper
from mall.kernel.http.api import Blueprint
from mall.kernel.http.idempotency import idempotent
from mall.missions.checkin import queries
from mall.missions.checkin.buying import buy_card
from mall.missions.checkin.checking_in import check_in
from mall.missions.checkin.making_up import make_up
from mall.missions.checkin.queries import CheckInView, MakeUpView, StateView
from mall.missions.checkin.reminding import drop_reminder, set_reminder
from mall.missions.checkin.schemas import (
    BuyCardSchema,
    CalendarQuery,
    CalendarSchema,
    CheckInSchema,
    CheckInStateSchema,
    MakeUpInSchema,
    MakeUpStateSchema,
    ReminderSchema,
)

blp = Blueprint("missions", __name__, url_prefix="/api/v1", description="签到")


@blp.route("/check-in", methods=["POST"])
@access.shopper
@blp.response(200, CheckInSchema)
@blp.fails("check_in_closed")
def press() -> CheckInView:
    """Check in for today. Again says the first, with what it gave."""
    return check_in(current_shopper().user_id)


@blp.route("/check-in", methods=["GET"])
@access.shopper
@blp.response(200, CheckInStateSchema)
def show_state() -> StateView:
    """Where I stand: streak, cycle, and the rewards of the cycle."""
    with transaction() as session:
        return queries.state(session, current_shopper().user_id)


@blp.route("/check-in/make-ups", methods=["POST"])
@access.shopper
@blp.arguments(MakeUpInSchema)
@blp.response(200, CheckInSchema)
@blp.fails("check_in_closed", "make_up_nothing_yet", "make_up_too_far", "make_up_limit")
@blp.fails("make_up_no_card")
def make_up_day(body: dict[str, date]) -> CheckInView:
    """Make up a missed day by a card. Again says the first, and takes no further card."""
    return make_up(current_shopper().user_id, body["day"])


@blp.route("/check-in/cards", methods=["POST"])
@access.shopper
@idempotent
@blp.arguments(BuyCardSchema)
@blp.response(200, MakeUpStateSchema)
@blp.fails("make_up_card_not_sold", "make_up_card_price_changed", "make_up_card_limit")
@blp.fails("points_short", "account_closed")
def buy_make_up_card(body: dict[str, int]) -> MakeUpView:
    """Buy a make-up card for points, at the price that was seen."""
    return buy_card(current_shopper().user_id, body["points"])


@blp.route("/check-in/reminder", methods=["PUT"])
@access.shopper
@blp.arguments(ReminderSchema)
@blp.response(204)
@blp.fails("check_in_reminder_quiet")
def choose_reminder(body: dict[str, int]) -> None:
    """Remind me at this hour, on days without a check-in. The client asks for the prompt."""
    set_reminder(current_shopper().user_id, body["hour"])


@blp.route("/check-in/reminder", methods=["DELETE"])
@access.shopper
@blp.response(204)
def stop_reminder() -> None:
    """Remind me no more."""
    drop_reminder(current_shopper().user_id)


@blp.route("/check-in/calendar", methods=["GET"])
@access.shopper
@blp.arguments(CalendarQuery, location="query")
@blp.response(200, CalendarSchema)
def show_calendar(query: dict[str, date | None]) -> dict[str, Any]:
    """The days of a month on which I checked in."""
    with transaction() as session:
        first = query["first"] or queries.today(session).replace(day=1)
        days = queries.calendar(session, current_shopper().user_id, first)
    return {"month": f"{first:%Y-%m}", "days": days}
