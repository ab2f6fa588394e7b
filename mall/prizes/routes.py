"""Prizes for shoppers."""

from __future__ import annotations

from typing import Any

from mall.kernel.db import db
from mall.kernel.http import access
from mall.kernel.http.access import current_shopper
from mall.kernel.http.api import Blueprint
from mall.kernel.http.idempotency import idempotent
from mall.kernel.http.paging import Page, PageQuery, id_in, page
from mall.orders.placing import Placed
from mall.prizes import queries
from mall.prizes.claiming import claim
from mall.prizes.schemas import (
    OrderPrizeInput,
    PrizeOrderedSchema,
    PrizePageSchema,
    PrizeSchema,
)

blp = Blueprint("prizes", __name__, url_prefix="/api/v1", description="实物奖品")
_ONE = "/prizes/<id:prize_id>"


@blp.route("/prizes", methods=["GET"])
@access.shopper
@blp.arguments(PageQuery, location="query")
@blp.response(200, PrizePageSchema)
def list_prizes(query: dict[str, Any]) -> Page[Any]:
    """My prizes, the newest first."""
    before, limit = id_in(query.get("cursor")), query["limit"]
    found = queries.prizes(db.session(), current_shopper().user_id, before, limit)
    return page(found, limit, lambda row: [row.PrizeClaim.id])


@blp.route(_ONE, methods=["GET"])
@access.shopper
@blp.response(200, PrizeSchema)
@blp.fails("prize_not_found")
def read_prize(prize_id: int) -> Any:
    """One of my prizes."""
    return queries.prize(db.session(), current_shopper().user_id, prize_id)


@blp.route(f"{_ONE}/order", methods=["POST"])
@access.shopper
@idempotent
@blp.arguments(OrderPrizeInput)
@blp.response(201, PrizeOrderedSchema)
@blp.fails("prize_not_found", "prize_state_conflict", "prize_claim_over", "not_found")
@blp.fails("undeliverable", "account_closed", "nothing_to_pay", "out_of_stock", "price_changed")
@blp.fails("sku_off_shelf", "sku_unknown")
def order_prize(body: dict[str, int], prize_id: int) -> Placed:
    """Send my prize to this address, for nothing."""
    return claim(current_shopper().user_id, prize_id, body["address_id"])
