"""Shoppers, for staff."""

from __future__ import annotations

from typing import Any

from mall.kernel.http import access
from mall.kernel.http.api import Blueprint
from mall.kernel.http.paging import Page, id_in, page
from mall.users import schemas, shoppers
from mall.users.listing import ShopperFilter

blp = Blueprint("users_admin", __name__, url_prefix="/admin/api/v1", description="用户查询与停用")


@blp.route("/shoppers", methods=["GET"])
@access.staff("shopper:read")
@blp.arguments(schemas.ShopperQuery, location="query")
@blp.response(200, schemas.ShopperPageSchema)
def list_shoppers(query: dict[str, Any]) -> Page[shoppers.ShopperView]:
    """Shoppers, newest first, phones masked; the look is audited."""
    before, limit = id_in(query.pop("cursor", None)), query.pop("limit")
    found = shoppers.listed(ShopperFilter(**query), before=before, limit=limit)
    return page(found, limit, lambda view: [view.id])


@blp.route("/shoppers/lookups", methods=["POST"])
@access.staff("shopper:read")
@blp.arguments(schemas.ShopperLookupSchema)
@blp.response(200, schemas.ShopperListSchema)
def find_shoppers(body: dict[str, str]) -> dict[str, Any]:
    """The shoppers who verified a phone; the look-up is audited.

    A POST, since addresses are kept in logs and histories.
    """
    return {"items": shoppers.find_by_phone(body["phone"])}


@blp.route("/shoppers/<id:user_id>", methods=["GET"])
@access.staff("shopper:read")
@blp.response(200, schemas.ShopperSchema)
@blp.fails("not_found")
def get_shopper(user_id: int) -> shoppers.ShopperView:
    """One shopper; the look is audited."""
    return shoppers.look_at(user_id)


@blp.route("/shoppers/<id:user_id>/phone", methods=["GET"])
@access.staff("shopper:phone")
@blp.response(200, schemas.PhoneSchema)
@blp.fails("not_found")
def open_phone(user_id: int) -> dict[str, str | None]:
    """A shopper's phone in clear; that it was opened is put on record."""
    return {"phone": shoppers.open_phone(user_id)}


@blp.route("/shoppers/<id:user_id>/block", methods=["PUT"])
@access.staff("shopper:write")
@blp.arguments(schemas.BlockSchema)
@blp.response(200, schemas.ShopperSchema)
@blp.fails("not_found")
def block_shopper(body: dict[str, str], user_id: int) -> shoppers.ShopperView:
    """Log a shopper out everywhere and refuse further logins."""
    return shoppers.block(user_id, body["reason"])


@blp.route("/shoppers/<id:user_id>/block", methods=["DELETE"])
@access.staff("shopper:write")
@blp.response(200, schemas.ShopperSchema)
@blp.fails("not_found")
def unblock_shopper(user_id: int) -> shoppers.ShopperView:
    """Let a shopper log in again."""
    return shoppers.unblock(user_id)
