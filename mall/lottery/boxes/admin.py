"""Blind boxes for staff: what a lottery's tickets are sold as, and how that goes."""

from __future__ import annotations

from typing import Any

from mall.kernel.db import transaction
from mall.kernel.http import access
from mall.kernel.http.api import Blueprint
from mall.kernel.http.idempotency import idempotent
from mall.lottery.boxes import queries
from mall.lottery.boxes.binding import bind_box, change_box
from mall.lottery.boxes.queries import Row
from mall.lottery.boxes.schemas import BoxInSchema, StaffBoxSchema

blp = Blueprint("box_admin", __name__, url_prefix="/admin/api/v1", description="盲盒管理")
_BOX = "/lotteries/<id:lottery_id>/box"
_FIXED = ("lottery_not_found", "lottery_not_published", "lottery_over", "box_started")


@blp.route(_BOX, methods=["GET"])
@access.staff("lottery:read")
@blp.response(200, StaffBoxSchema)
@blp.fails("box_not_found")
def read_box(lottery_id: int) -> Row:
    """A box with what was sold, opened and given back."""
    return _shown(lottery_id)


@blp.route(_BOX, methods=["POST"])
@access.staff("lottery:publish")
@idempotent
@blp.arguments(BoxInSchema)
@blp.response(201, StaffBoxSchema)
@blp.fails(
    *(*_FIXED, "box_bound", "box_drawn_by_teams", "box_table_invalid", "boxes_gone"),
    *("sku_unknown", "box_sku_in_flash_sale"),
)
def bind(body: dict[str, Any], lottery_id: int) -> Row:
    """Sell the tickets of a published lottery as blind boxes, before its start."""
    bind_box(lottery_id, **body)
    return _shown(lottery_id)


@blp.route(_BOX, methods=["PUT"])
@access.staff("lottery:publish")
@idempotent
@blp.arguments(BoxInSchema)
@blp.response(200, StaffBoxSchema)
@blp.fails(*_FIXED, "box_not_found", "sku_unknown", "box_sku_in_flash_sale")
def change(body: dict[str, Any], lottery_id: int) -> Row:
    """Another SKU or cap, before the start; nothing changes after it."""
    change_box(lottery_id, **body)
    return _shown(lottery_id)


def _shown(lottery_id: int) -> Row:
    with transaction() as session:
        return queries.staff_box(session, lottery_id)
