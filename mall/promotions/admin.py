"""Promotions as the staff runs them, and their preview of prices."""

from __future__ import annotations

from typing import Any

from mall.kernel.db import db
from mall.kernel.http import access
from mall.kernel.http.api import Blueprint
from mall.kernel.http.idempotency import idempotent
from mall.kernel.http.paging import Page, id_in, page
from mall.promotions import commands, queries
from mall.promotions.previewing import PricePreview, preview_price
from mall.promotions.queries import PromotionView
from mall.promotions.schemas import (
    GiftStockInput,
    PauseInput,
    PricePreviewInput,
    PricePreviewSchema,
    PromotionInput,
    PromotionPageSchema,
    PromotionQuery,
    PromotionSchema,
)

blp = Blueprint(
    "promotions_admin", __name__, url_prefix="/admin/api/v1", description="促销活动管理"
)
_ONE = "/promotions/<id:promotion_id>"
_REFUSED = ("goods_unknown", "promotion_times", "campaign_refused")


@blp.route("/promotions", methods=["GET"])
@access.staff("promotion:read")
@blp.arguments(PromotionQuery, location="query")
@blp.response(200, PromotionPageSchema)
def list_promotions(query: dict[str, Any]) -> Page[PromotionView]:
    """Promotions, the newest first."""
    rows = queries.promotions(
        db.session(),
        state=query.get("state"),
        before=id_in(query.get("cursor")),
        limit=query["limit"],
    )
    return page(rows, query["limit"], lambda row: (row.id,))


@blp.route("/promotions", methods=["POST"])
@access.staff("promotion:write")
@idempotent
@blp.arguments(PromotionInput)
@blp.response(201, PromotionSchema)
@blp.fails(*_REFUSED, "campaign_warned")
def create(body: dict[str, Any]) -> PromotionView:
    """A new promotion."""
    return queries.promotion(db.session(), commands.create_promotion(body))


@blp.route(_ONE, methods=["GET"])
@access.staff("promotion:read")
@blp.response(200, PromotionSchema)
@blp.fails("promotion_not_found")
def read(promotion_id: int) -> PromotionView:
    """One promotion, with what its budget has left."""
    return queries.promotion(db.session(), promotion_id)


@blp.route(_ONE, methods=["PUT"])
@access.staff("promotion:write")
@blp.arguments(PromotionInput)
@blp.response(200, PromotionSchema)
@blp.fails("promotion_not_found", "promotion_started", "campaign_warned", *_REFUSED)
def change(body: dict[str, Any], promotion_id: int) -> PromotionView:
    """Other terms, before it starts."""
    commands.change_promotion(promotion_id, body)
    return queries.promotion(db.session(), promotion_id)


@blp.route(_ONE, methods=["DELETE"])
@access.staff("promotion:write")
@blp.response(204)
@blp.fails("promotion_not_found", "promotion_started")
def remove(promotion_id: int) -> None:
    """Forget it, before it starts."""
    commands.delete_promotion(promotion_id)


@blp.route(f"{_ONE}/pause", methods=["PUT"])
@access.staff("promotion:write")
@blp.arguments(PauseInput)
@blp.response(200, PromotionSchema)
@blp.fails("promotion_not_found", "promotion_over", "promotion_budget_spent")
def pause(body: dict[str, Any], promotion_id: int) -> PromotionView:
    """Pause it, or let it go on."""
    commands.pause_promotion(promotion_id, body["paused"])
    return queries.promotion(db.session(), promotion_id)


@blp.route(f"{_ONE}/gift-stock", methods=["PUT"])
@access.staff("promotion:write")
@blp.arguments(GiftStockInput)
@blp.response(200, PromotionSchema)
@blp.fails("promotion_not_found", "promotion_over", "promotion_has_no_gift", "gifts_given")
def gift_stock(body: dict[str, Any], promotion_id: int) -> PromotionView:
    """How many units of its gift it may give in all."""
    commands.set_gift_stock(promotion_id, body["gift_stock"])
    return queries.promotion(db.session(), promotion_id)


@blp.route(f"{_ONE}/end", methods=["POST"])
@access.staff("promotion:write")
@blp.response(200, PromotionSchema)
@blp.fails("promotion_not_found", "promotion_not_started")
def end(promotion_id: int) -> PromotionView:
    """End a started one now."""
    commands.end_promotion(promotion_id)
    return queries.promotion(db.session(), promotion_id)


@blp.route("/price-previews", methods=["POST"])
@access.staff("promotion:read")
@blp.arguments(PricePreviewInput)
@blp.response(200, PricePreviewSchema)
@blp.fails("sku_unknown", "coupon_not_found", "amount_too_large", "coupon_not_usable")
def price_preview(body: dict[str, Any]) -> PricePreview:
    """What a cart would cost a shopper at a moment, and what the shop keeps. Nothing is kept."""
    wanted = {line["sku_id"]: line["quantity"] for line in body["lines"]}
    return preview_price(
        wanted, body["at"], body["user_id"], body["floor_margin_bp"], body["choices"]
    )
