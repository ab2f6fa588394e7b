"""Shapes of purchase tokens, attempts and tickets."""

from __future__ import annotations

from marshmallow import fields, validate

from mall.flashsale.purchase.tokens import DEVICE
from mall.kernel.http.schemas import Id, Schema, quantity


class PurchaseTokenRequest(Schema):
    """The device that the purchase token will be good on; it sends the same as `Flash-Device`."""

    device = fields.String(
        required=True,
        validate=validate.Regexp(
            rf"^{DEVICE.pattern}\Z", error="应为 8 至 64 位字母、数字、- 或 _"
        ),
    )


class IssuedToken(Schema):
    token = fields.String(required=True, data_key="pass", attribute="text")
    expires_at = fields.AwareDateTime(required=True)
    server_time = fields.AwareDateTime(required=True)


class Purchase(Schema):
    """What is bought is in the address; its price is the server's business alone."""

    units = quantity(required=True)
    address_id = Id(required=True)


class Admitted(Schema):
    ticket = fields.String(required=True)
    status = fields.String(required=True, validate=validate.OneOf(["queued"]))


class Ticket(Schema):
    ticket = fields.String(required=True)
    status = fields.String(
        required=True,
        validate=validate.OneOf(["queued", "ordered", "failed", "released", "lost"]),
    )
    order_no = fields.String(required=True, allow_none=True)
    reason = fields.String(
        required=True, allow_none=True, metadata={"description": "why it failed, a stable code"}
    )
