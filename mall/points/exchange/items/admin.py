"""Items of the points mall, for staff."""

from __future__ import annotations

from typing import Any

from mall.kernel.db import db
from mall.kernel.http import access
from mall.kernel.http.api import Blueprint
from mall.kernel.http.idempotency import idempotent
from mall.kernel.http.paging import Page, id_in, page
from mall.points.exchange.items import queries, saving
from mall.points.exchange.items.queries import ItemView
from mall.points.exchange.items.schemas import (
    ExchangeItemInput,
    ExchangeItemPageSchema,
    ExchangeItemQuery,
    ExchangeItemSchema,
    ExchangeStockInput,
    ExchangeSwitchInput,
)

blp = Blueprint(
    "exchange_items_admin", __name__, url_prefix="/admin/api/v1", description="积分商城管理"
)
_ONE = "/exchange-items/<id:item_id>"
_UNKNOWN = ("exchange_rule_unknown", "exchange_figure_unknown", "exchange_cash_too_high")


@blp.route("/exchange-items", methods=["GET"])
@access.staff("exchange:read")
@blp.arguments(ExchangeItemQuery, location="query")
@blp.response(200, ExchangeItemPageSchema)
def list_items(query: dict[str, Any]) -> Page[ItemView]:
    """Items, newest first."""
    found = queries.items(
        db.session(),
        kind=query.get("kind"),
        ended=query.get("ended"),
        before=id_in(query.get("cursor")),
        limit=query["limit"],
    )
    return page(found, query["limit"], lambda row: [row.item.id])


@blp.route("/exchange-items", methods=["POST"])
@access.staff("exchange:write")
@idempotent
@blp.arguments(ExchangeItemInput)
@blp.response(201, ExchangeItemSchema)
@blp.fails("sku_unknown", "campaign_warned", *_UNKNOWN, "campaign_refused")
def create(body: dict[str, Any]) -> ItemView:
    """A new item, without stock."""
    return queries.item(db.session(), saving.create_item(body))


@blp.route(_ONE, methods=["GET"])
@access.staff("exchange:read")
@blp.response(200, ExchangeItemSchema)
@blp.fails("exchange_item_not_found")
def read(item_id: int) -> ItemView:
    """One item, with all its prices."""
    return queries.item(db.session(), item_id)


@blp.route(_ONE, methods=["PUT"])
@access.staff("exchange:write")
@blp.arguments(ExchangeItemInput)
@blp.response(200, ExchangeItemSchema)
@blp.fails("exchange_item_not_found", "sku_unknown", "exchange_item_ended", "exchange_item_fixed")
@blp.fails("campaign_warned", *_UNKNOWN, "campaign_refused")
def change(body: dict[str, Any], item_id: int) -> ItemView:
    """Other terms, for exchanges from now on."""
    saving.change_item(item_id, body)
    return queries.item(db.session(), item_id)


@blp.route(f"{_ONE}/stock", methods=["PUT"])
@access.staff("exchange:write")
@blp.arguments(ExchangeStockInput)
@blp.response(200, ExchangeItemSchema)
@blp.fails("exchange_item_not_found", "exchange_item_ended", "exchange_stock_too_small")
@blp.fails("exchange_stock_is_codes", "out_of_stock")
def set_stock(body: dict[str, Any], item_id: int) -> ItemView:
    """How many units it has in all; goods are set aside of the SKU's stock."""
    saving.set_stock(item_id, body["stock"])
    return queries.item(db.session(), item_id)


@blp.route(f"{_ONE}/offer", methods=["PUT"])
@access.staff("exchange:write")
@blp.arguments(ExchangeSwitchInput)
@blp.response(200, ExchangeItemSchema)
@blp.fails("exchange_item_not_found", "exchange_item_ended")
def switch(body: dict[str, Any], item_id: int) -> ItemView:
    """On offer, or not for now."""
    saving.switch_item(item_id, body["enabled"])
    return queries.item(db.session(), item_id)


@blp.route(f"{_ONE}/end", methods=["POST"])
@access.staff("exchange:write")
@blp.response(200, ExchangeItemSchema)
@blp.fails("exchange_item_not_found")
def end(item_id: int) -> ItemView:
    """End it for good: what wasn't exchanged is given back."""
    saving.end_item(item_id)
    return queries.item(db.session(), item_id)
