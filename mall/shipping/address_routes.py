"""Another address for an order: the routes of staff, and of the shopper."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from mall.kernel.http import access
from mall.kernel.http.api import Blueprint
from mall.kernel.http.schemas import Id, Schema, StrictBoolean, Text
from mall.shipping.readdressing import Readdressing, change_address, change_own_address
from mall.users.schemas import AddressInSchema

blp = Blueprint("order_addresses", __name__, url_prefix="/api/v1", description="修改订单地址")
admin_blp = Blueprint(
    "order_addresses_admin", __name__, url_prefix="/admin/api/v1", description="修改订单地址"
)
MAX_REASON = 200
_REFUSED = ("address_fixed", "address_not_needed", "undeliverable", "freight_dearer")


class ReaddressInput(AddressInSchema):
    """The whole address, as it shall be."""

    class Meta(Schema.Meta):
        exclude = ("is_default",)

    reason = Text(at_least=1, at_most=MAX_REASON, required=True)
    accept_dearer_freight = StrictBoolean(
        load_default=False, metadata={"description": "the shop pays the difference"}
    )
    dry_run = StrictBoolean(load_default=False)


class OwnAddressInput(Schema):
    address_id = Id(required=True)
    dry_run = StrictBoolean(load_default=False)


class ReaddressingSchema(Schema):
    """What the freight rules ask there; what the order costs stays as it is."""

    order_no = fields.String(required=True)
    region_names = fields.String(required=True)
    freight_fen = fields.Integer(
        required=True, metadata={"description": "of the rules, when it was placed"}
    )
    new_freight_fen = fields.Integer(required=True)
    dearer_fen = fields.Integer(required=True)
    changed = fields.Boolean(
        required=True, metadata={"description": "false in a dry run, and for the same address"}
    )


@admin_blp.route("/orders/<string:order_no>/address", methods=["PUT"])
@access.staff("order:address")
@admin_blp.arguments(ReaddressInput)
@admin_blp.response(200, ReaddressingSchema)
@admin_blp.fails("order_not_found", *_REFUSED, "unknown_region", "order_state")
@admin_blp.fails("pickup_point_unavailable")
def readdress(body: dict[str, Any], order_no: str) -> Readdressing:
    """Send an order elsewhere, before anything of it leaves. `dry_run` says what it means."""
    return change_address(order_no, **body)


@blp.route("/orders/<string:order_no>/address", methods=["PUT"])
@access.shopper
@blp.arguments(OwnAddressInput)
@blp.response(200, ReaddressingSchema)
@blp.fails("order_not_found", "not_found", *_REFUSED, "order_state", "pickup_point_unavailable")
def readdress_own(body: dict[str, Any], order_no: str) -> Readdressing:
    """Send one of my orders to another of my addresses, where freight isn't dearer."""
    user_id = access.current_shopper().user_id
    return change_own_address(user_id, order_no, body["address_id"], dry_run=body["dry_run"])
