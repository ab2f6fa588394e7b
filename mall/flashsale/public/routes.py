"""Flash sales in the shop window, and reminders of them."""

from __future__ import annotations

from typing import Any

from flask import Response

from mall.flashsale.public import reminding, view
from mall.flashsale.public.reminding import Reminder
from mall.flashsale.public.schemas import (
    FlashReminderListSchema,
    FlashReminderSchema,
    FlashSessionListSchema,
    OneFlashSessionSchema,
)
from mall.kernel.db import db
from mall.kernel.http import access
from mall.kernel.http.access import current_shopper
from mall.kernel.http.api import Blueprint

blp = Blueprint("flashsale", __name__, url_prefix="/api/v1", description="秒杀")
_SESSION = "/flash-sessions/<id:session_id>"


@blp.route("/flash-sessions", methods=["GET"])
@access.public
@blp.response(200, FlashSessionListSchema)
def list_sessions() -> Response:
    """The sales of today and tomorrow by the shop's day, with the server's time."""
    return _fresh(view.sessions())


@blp.route(_SESSION, methods=["GET"])
@access.public
@blp.response(200, OneFlashSessionSchema)
@blp.fails("flash_session_not_found")
def read_session(session_id: int) -> Response:
    """One sale, with the server's time."""
    return _fresh(view.session(session_id))


@blp.route("/flash-reminders", methods=["GET"])
@access.shopper
@blp.response(200, FlashReminderListSchema)
def list_reminders() -> dict[str, Any]:
    """The sales that I shall be reminded of."""
    return {"session_ids": reminding.mine(db.session(), current_shopper().user_id)}


@blp.route(f"{_SESSION}/reminder", methods=["POST"])
@access.shopper
@blp.response(201, FlashReminderSchema)
@blp.fails("flash_session_not_found", "flash_session_started")
def remind(session_id: int) -> Reminder:
    """Remind me shortly before the start."""
    return reminding.remind(session_id, current_shopper().user_id)


@blp.route(f"{_SESSION}/reminder", methods=["DELETE"])
@access.shopper
@blp.response(204)
def forget(session_id: int) -> None:
    """Don't remind me after all."""
    reminding.forget(session_id, current_shopper().user_id)


def _fresh(body: bytes) -> Response:
    """The time in it is of this moment, so nobody may keep it."""
    response = Response(body, content_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response
