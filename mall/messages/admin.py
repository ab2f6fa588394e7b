"""Subscribe messages as the staff sees them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from mall.kernel.db import db
from mall.kernel.http import access
from mall.kernel.http.api import Blueprint
from mall.kernel.http.paging import Page, decode_cursor, page, page_schema
from mall.messages import retrying
from mall.messages.models import Message
from mall.messages.schemas import MessageQuery, MessageSchema

blp = Blueprint("messages_admin", __name__, url_prefix="/admin/api/v1", description="订阅消息记录")
REFUSED = (
    *("message_not_failed", "no_allowance_left", "message_template_missing"),
    *("marketing_cap_reached", "marketing_opted_out", "message_stale"),
)


@blp.route("/messages", methods=["GET"])
@access.staff("message:read")
@blp.arguments(MessageQuery, location="query")
@blp.response(200, page_schema(MessageSchema))
def list_messages(query: dict[str, Any]) -> Page[Message]:
    """Messages to shoppers, the newest first."""
    wanted = select(Message).order_by(Message.id.desc()).limit(query["limit"] + 1)
    for name in ("status", "purpose", "kind", "user_id"):
        if name in query:
            wanted = wanted.where(getattr(Message, name) == query[name])
    cursor = decode_cursor(query.get("cursor"), [int])
    if cursor:
        wanted = wanted.where(Message.id < cursor[0])
    rows = db.session.scalars(wanted).all()
    return page(rows, query["limit"], lambda row: (row.id,))


@blp.route("/messages/<id:message_id>/retry", methods=["POST"])
@access.staff("message:write")
@blp.response(204)
@blp.fails("message_not_found", *REFUSED)
def retry(message_id: int) -> None:
    """Send a message that failed once more. Marketing may have to wait."""
    retrying.retry(message_id)
