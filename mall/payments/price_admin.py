"""Staff's routes for the price of an unpaid order."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from mall.kernel.db import transaction
from mall.kernel.http import access
from mall.kernel.http.api import Blueprint
from mall.kernel.http.schemas import Id, Schema, Text, fen
from mall.orders.prices import PriceChange, PriceView, view_price
from mall.payments.repricing import change_price
from mall.payments.schemas import MAX_REASON

blp = Blueprint(
    "order_prices_admin", __name__, url_prefix="/admin/api/v1", description="未付款订单改价"
)


class LinePriceInput(Schema):
    line_id = Id(required=True)
    payable_fen = fen(required=True, metadata={"description": "for all units of the line"})


def _one_price_each(lines: list[dict[str, int]]) -> None:
    if len({line["line_id"] for line in lines}) != len(lines):
        raise ValidationError("同一商品行只能出现一次")


class PriceInput(Schema):
    """What the shopper shall pay; what is left out stays. At most what the quote said."""

    lines = fields.List(
        fields.Nested(LinePriceInput), validate=[validate.Length(min=1, max=200), _one_price_each]
    )
    goods_payable_fen = fen(metadata={"description": "for all lines, instead of `lines`"})
    freight_fen = fen()
    reason = Text(at_least=1, at_most=MAX_REASON, required=True)

    @validates_schema
    def _something(self, data: dict[str, Any], **_: Any) -> None:
        if "lines" in data and "goods_payable_fen" in data:
            raise ValidationError("商品行与商品应付金额请二选一", "goods_payable_fen")
        if not data.keys() - {"reason"}:
            raise ValidationError("没有要修改的金额", "lines")


class PricedLineSchema(Schema):
    line_id = Id(attribute="id", required=True)
    name = fields.String(required=True)
    spec_text = fields.String(required=True)
    quantity = fields.Integer(required=True)
    quoted_fen = fields.Integer(required=True, metadata={"description": "when it was placed"})
    payable_fen = fields.Integer(required=True, metadata={"description": "now"})


class ChangeSchema(Schema):
    changed_by = fields.String(required=True)
    reason = fields.String(required=True)
    payable_before_fen = fields.Integer(required=True)
    payable_after_fen = fields.Integer(required=True)
    freight_before_fen = fields.Integer(required=True)
    freight_after_fen = fields.Integer(required=True)
    created_at = fields.AwareDateTime(required=True)


class PriceSchema(Schema):
    """What an order costs now, what it cost when it was placed, and who changed it."""

    order_no = fields.String(required=True)
    status = fields.String(required=True)
    lines = fields.List(fields.Nested(PricedLineSchema), attribute="price.lines", required=True)
    goods_payable_fen = fields.Integer(attribute="price.goods_payable_fen", required=True)
    freight_fen = fields.Integer(attribute="price.freight_fen", required=True)
    payable_fen = fields.Integer(attribute="price.payable_fen", required=True)
    quoted_goods_fen = fields.Integer(attribute="price.quoted_goods_fen", required=True)
    quoted_freight_fen = fields.Integer(attribute="price.quoted_freight_fen", required=True)
    quoted_fen = fields.Integer(attribute="price.quoted_fen", required=True)
    changes = fields.List(fields.Nested(ChangeSchema), required=True)


@blp.route("/orders/<string:order_no>/price", methods=["GET"])
@access.staff("order:read")
@blp.response(200, PriceSchema)
@blp.fails("order_not_found")
def show(order_no: str) -> PriceView:
    """What an order costs by line, what it may cost at most, and what staff changed."""
    with transaction() as session:
        return view_price(session, order_no)


@blp.route("/orders/<string:order_no>/price", methods=["PUT"])
@access.staff("order:price")
@blp.arguments(PriceInput)
@blp.response(200, PriceSchema)
@blp.fails("order_not_found", "order_already_paid", "order_not_repriceable", "order_expired")
@blp.fails("order_closing", "payment_under_way", "price_beyond_quote", "price_below_one_fen")
@blp.fails("order_line_unknown", "payment_unavailable", "order_state")
def change(body: dict[str, Any], order_no: str) -> PriceView:
    """Change what an unpaid order costs; the same again changes nothing.

    A payment that the shopper has open is closed at WeChat first; one that was faster counts.
    """
    lines = body.get("lines")
    wanted = PriceChange(
        lines and {line["line_id"]: line["payable_fen"] for line in lines},
        body.get("goods_payable_fen"),
        body.get("freight_fen"),
    )
    change_price(order_no, wanted, by=access.current_staff().username, reason=body["reason"])
    with transaction() as session:
        return view_price(session, order_no)
