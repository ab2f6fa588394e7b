"""The shopper's inbox over HTTP."""

from __future__ import annotations

from typing import Any

from mall.kernel.db import db
from mall.kernel.http import access
from mall.kernel.http.access import current_shopper
from mall.kernel.http.api import Blueprint
from mall.kernel.http.paging import Page, PageQuery, id_in, page
from mall.messages import inbox
from mall.messages.models import InboxMessage
from mall.messages.schemas import BadgeSchema, InboxPageSchema, ReadAllInput

blp = Blueprint("inbox", __name__, url_prefix="/api/v1/messages/inbox", description="消息中心")


@blp.route("", methods=["GET"])
@access.shopper
@blp.arguments(PageQuery, location="query")
@blp.response(200, InboxPageSchema)
def list_messages(query: dict[str, Any]) -> Page[InboxMessage]:
    """My messages of the last 90 days that WeChat didn't bring, the newest first."""
    found = inbox.messages(
        db.session(),
        current_shopper().user_id,
        before=id_in(query.get("cursor")),
        limit=query["limit"],
    )
    return page(found, query["limit"], lambda row: (row.id,))


@blp.route("/badge", methods=["GET"])
@access.shopper
@blp.response(200, BadgeSchema)
def badge() -> dict[str, int]:
    """How many I haven't read."""
    return {"unread": inbox.unread(db.session(), current_shopper().user_id)}


@blp.route("/<id:inbox_id>/read", methods=["PUT"])
@access.shopper
@blp.response(204)
@blp.fails("message_not_found")
def read_one(inbox_id: int) -> None:
    """I have read this one."""
    inbox.read_one(current_shopper().user_id, inbox_id)


@blp.route("/read", methods=["PUT"])
@access.shopper
@blp.arguments(ReadAllInput)
@blp.response(204)
def read_all(body: dict[str, int]) -> None:
    """I have read all up to this one; what came since stays unread."""
    inbox.read_all(current_shopper().user_id, body["up_to"])
