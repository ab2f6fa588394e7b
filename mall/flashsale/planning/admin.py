"""Flash sales for staff: planning, running, watching."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from mall.flashsale.planning import copying, figures, queries, running, sessions, slots
from mall.flashsale.planning.schemas import (
    FlashAbortInput,
    FlashCopyInput,
    FlashFiguresSchema,
    FlashItemInput,
    FlashItemListSchema,
    FlashItemSchema,
    FlashReadyInput,
    FlashSessionInput,
    FlashSessionPageSchema,
    FlashSessionQuery,
    FlashSessionSchema,
    FlashSlotInput,
    FlashSlotListSchema,
    FlashSlotSchema,
)
from mall.kernel.db import db, transaction
from mall.kernel.http import access
from mall.kernel.http.api import Blueprint
from mall.kernel.http.idempotency import idempotent
from mall.kernel.http.paging import Page, decode_cursor, page

blp = Blueprint("flashsale_admin", __name__, url_prefix="/admin/api/v1", description="秒杀管理")
_SLOT = "/flash-slots/<id:slot_id>"
_SESSION = "/flash-sessions/<id:session_id>"
_ITEM = "/flash-items/<id:item_id>"
_NO_SLOT, _NO_SESSION = "flash_slot_not_found", "flash_session_not_found"
_PLANNED = (
    *("flash_session_not_draft", "flash_sessions_overlap", "flash_first_orders_overlap"),
    "campaign_warned",
)
_TIMES = ("flash_slot_taken", "flash_session_over")
_WRONG_ITEM = (
    *("flash_sku_unknown", "flash_price_not_lower", "flash_contents_missing"),
    *("flash_first_order_terms", "flash_split_with_session_limit", "campaign_refused"),
    "flash_sku_sold_otherwise",
)


@blp.route("/flash-slots", methods=["GET"])
@access.staff("flash:read")
@blp.response(200, FlashSlotListSchema)
def list_slots() -> dict[str, Any]:
    """The daily times, by the clock."""
    return {"items": queries.slots(db.session())}


@blp.route("/flash-slots", methods=["POST"])
@access.staff("flash:write")
@idempotent
@blp.arguments(FlashSlotInput)
@blp.response(201, FlashSlotSchema)
@blp.fails("flash_slots_overlap")
def create_slot(body: dict[str, Any]) -> dict[str, Any]:
    """A new daily time."""
    return {"id": slots.create_slot(**body), **body}


@blp.route(_SLOT, methods=["PUT"])
@access.staff("flash:write")
@blp.arguments(FlashSlotInput)
@blp.response(200, FlashSlotSchema)
@blp.fails("flash_slot_not_found", "flash_slots_overlap", "flash_slot_in_use")
def change_slot(body: dict[str, Any], slot_id: int) -> dict[str, Any]:
    """Change a daily time; when it runs stands while sessions use it."""
    slots.change_slot(slot_id, **body)
    return {"id": slot_id, **body}


@blp.route(_SLOT, methods=["DELETE"])
@access.staff("flash:write")
@blp.response(204)
@blp.fails("flash_slot_not_found", "flash_slot_in_use")
def delete_slot(slot_id: int) -> None:
    """Delete a daily time that no session ever used."""
    slots.delete_slot(slot_id)


@blp.route("/flash-sessions", methods=["GET"])
@access.staff("flash:read")
@blp.arguments(FlashSessionQuery, location="query")
@blp.response(200, FlashSessionPageSchema)
def list_sessions(query: dict[str, Any]) -> Page[Row[Any]]:
    """Sessions, newest first."""
    after = decode_cursor(query.get("cursor"), [int])
    rows = queries.sessions(
        db.session(),
        state=query.get("state"),
        before=after[0] if after else None,
        limit=query["limit"],
    )
    return page(rows, query["limit"], lambda row: [row.id])


@blp.route("/flash-sessions", methods=["POST"])
@access.staff("flash:write")
@idempotent
@blp.arguments(FlashSessionInput)
@blp.response(201, FlashSessionSchema)
@blp.fails("flash_slot_not_found", *_TIMES, "flash_first_orders_overlap", "campaign_warned")
@blp.fails("flash_session_too_long", "flash_first_order_terms", "campaign_refused")
@blp.fails("flash_sessions_overlap")
def create_session(body: dict[str, Any]) -> Row[Any]:
    """A new draft, in a slot of a day or at a time of its own."""
    with transaction() as session:
        return queries.session_of(session, sessions.create_session(**body))


@blp.route(_SESSION, methods=["GET"])
@access.staff("flash:read")
@blp.response(200, FlashSessionSchema)
@blp.fails("flash_session_not_found")
def read_session(session_id: int) -> Row[Any]:
    """One session."""
    return queries.session_of(db.session(), session_id)


@blp.route(_SESSION, methods=["PUT"])
@access.staff("flash:write")
@blp.arguments(FlashSessionInput)
@blp.response(200, FlashSessionSchema)
@blp.fails("flash_session_not_found", "flash_slot_not_found", *_PLANNED, *_TIMES, *_WRONG_ITEM)
@blp.fails("flash_session_too_long", "flash_stock_short")
def change_session(body: dict[str, Any], session_id: int) -> Row[Any]:
    """Change a draft."""
    sessions.change_session(session_id, **body)
    return queries.session_of(db.session(), session_id)


@blp.route(_SESSION, methods=["DELETE"])
@access.staff("flash:write")
@blp.response(204)
@blp.fails("flash_session_not_found", "flash_session_not_draft")
def delete_session(session_id: int) -> None:
    """Delete a draft with its items."""
    sessions.delete_session(session_id)


@blp.route(f"{_SESSION}/copies", methods=["POST"])
@access.staff("flash:write")
@idempotent
@blp.arguments(FlashCopyInput)
@blp.response(201, FlashSessionSchema)
@blp.fails("flash_session_not_found", "flash_slot_not_found", *_TIMES, *_PLANNED, *_WRONG_ITEM)
@blp.fails("flash_session_too_long", "flash_stock_short")
def copy_session(body: dict[str, Any], session_id: int) -> Row[Any]:
    """The same sale on another day: a new draft."""
    with transaction() as session:
        return queries.session_of(session, copying.copy_session(session_id, **body))


@blp.route(f"{_SESSION}/readiness", methods=["PUT"])
@access.staff("flash:write")
@blp.arguments(FlashReadyInput)
@blp.response(200, FlashSessionSchema)
@blp.fails("flash_session_not_found", "flash_session_not_draft", "flash_stock_short")
@blp.fails("flash_sku_sold_otherwise")
def set_ready(body: dict[str, Any], session_id: int) -> Row[Any]:
    """Announce a draft and let it arm itself ahead of its start, or not."""
    sessions.set_ready(session_id, body["ready"])
    return queries.session_of(db.session(), session_id)


@blp.route(f"{_SESSION}/arming", methods=["POST"])
@access.staff("flash:write")
@idempotent
@blp.response(200, FlashSessionSchema)
@blp.fails("flash_session_not_found", "flash_session_state", "flash_session_over")
@blp.fails("flash_session_empty", "flash_item_not_for_sale", "out_of_stock", *_WRONG_ITEM)
def arm(session_id: int) -> Row[Any]:
    """Take the items' stock off the shelf and load the gate, which opens at the start."""
    with transaction() as session:
        running.arm(session_id)
        return queries.session_of(session, session_id)


@blp.route(f"{_SESSION}/pause", methods=["POST"])
@access.staff("flash:write")
@blp.response(200, FlashSessionSchema)
@blp.fails("flash_session_not_found", "flash_session_state")
def pause(session_id: int) -> Row[Any]:
    """Let nobody in for now."""
    running.pause(session_id)
    return queries.session_of(db.session(), session_id)


@blp.route(f"{_SESSION}/pause", methods=["DELETE"])
@access.staff("flash:write")
@blp.response(200, FlashSessionSchema)
@blp.fails("flash_session_not_found", "flash_session_state")
def resume(session_id: int) -> Row[Any]:
    """Let shoppers in again."""
    running.resume(session_id)
    return queries.session_of(db.session(), session_id)


@blp.route(f"{_SESSION}/abort", methods=["POST"])
@access.staff("flash:write")
@idempotent
@blp.arguments(FlashAbortInput)
@blp.response(200, FlashSessionSchema)
@blp.fails("flash_session_not_found", "flash_session_state")
def abort(body: dict[str, Any], session_id: int) -> Row[Any]:
    """End it at once: unpaid orders are closed, paid ones refunded or kept."""
    with transaction() as session:
        running.abort(session_id, body["paid"])
        return queries.session_of(session, session_id)


@blp.route(f"{_SESSION}/figures", methods=["GET"])
@access.staff("flash:read")
@blp.response(200, FlashFiguresSchema)
@blp.fails("flash_session_not_found")
def read_figures(session_id: int) -> dict[str, Any]:
    """How it goes, live: units admitted, ordered, paid, released, left."""
    return figures.of_session(session_id)


@blp.route(f"{_SESSION}/items", methods=["GET"])
@access.staff("flash:read")
@blp.response(200, FlashItemListSchema)
@blp.fails("flash_session_not_found")
def list_items(session_id: int) -> dict[str, Any]:
    """The items of a session, in their order."""
    return {"items": queries.items(db.session(), session_id)}


@blp.route(f"{_SESSION}/items", methods=["POST"])
@access.staff("flash:write")
@idempotent
@blp.arguments(FlashItemInput)
@blp.response(201, FlashItemSchema)
@blp.fails("flash_session_not_found", *_PLANNED, "flash_item_twice", "flash_session_full")
@blp.fails(*_WRONG_ITEM, "flash_stock_short")
def add_item(body: dict[str, Any], session_id: int) -> Row[Any]:
    """Put a SKU into a draft."""
    with transaction() as session:
        return queries.item(session, sessions.add_item(session_id, **body))


@blp.route(_ITEM, methods=["PUT"])
@access.staff("flash:write")
@blp.arguments(FlashItemInput)
@blp.response(200, FlashItemSchema)
@blp.fails("flash_item_not_found", *_PLANNED, "flash_item_twice", *_WRONG_ITEM, "flash_stock_short")
def change_item(body: dict[str, Any], item_id: int) -> Row[Any]:
    """Change an item of a draft."""
    sessions.change_item(item_id, **body)
    return queries.item(db.session(), item_id)


@blp.route(_ITEM, methods=["DELETE"])
@access.staff("flash:write")
@blp.response(204)
@blp.fails("flash_item_not_found", "flash_session_not_draft")
def remove_item(item_id: int) -> None:
    """Take an item out of a draft."""
    sessions.remove_item(item_id)
