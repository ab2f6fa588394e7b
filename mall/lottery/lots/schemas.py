"""Shapes of campaigns of lots for shoppers and for everybody."""

from __future__ import annotations

from marshmallow import fields, validate

from mall.kernel.http.paging import page_schema
from mall.kernel.http.schemas import Id, Schema, Text
from mall.lottery.draws.schemas import NONCE_MAX, NONCE_MIN
from mall.lottery.lots.states import STATES


class ListedLotCampaignSchema(Schema):
    id = Id(required=True)
    name = fields.String(required=True)
    state = fields.String(required=True, validate=validate.OneOf(STATES))
    starts_at = fields.AwareDateTime(required=True)
    ends_at = fields.AwareDateTime(required=True, metadata={"description": "of entering"})
    draws_at = fields.AwareDateTime(required=True)
    entered = fields.Integer(required=True, metadata={"description": "entries so far"})


class LotPrizeSchema(Schema):
    name = fields.String(required=True)
    worth_fen = fields.Integer(required=True)
    count = fields.Integer(required=True)


class LotCampaignSchema(ListedLotCampaignSchema):
    """A campaign with all that is needed to draw its lots again once `secret` is public."""

    text = fields.String(required=True)
    min_pictures = fields.Integer(required=True)
    spu_ids = fields.List(
        Id(), required=True, metadata={"description": "products that take part; none: all"}
    )
    prizes = fields.List(fields.Nested(LotPrizeSchema), required=True)
    canonical = fields.String(required=True, metadata={"description": "the terms as JSON"})
    digest = fields.String(required=True, metadata={"description": "SHA-256 of `canonical`"})
    commitment = fields.String(required=True, metadata={"description": "SHA-256 of the secret"})
    secret = fields.String(required=True, allow_none=True)
    entries_digest = fields.String(required=True, allow_none=True)
    took_part = fields.Integer(required=True, allow_none=True)
    drawn_at = fields.AwareDateTime(required=True, allow_none=True)
    cancel_reason = fields.String(required=True)


class LotEntryInSchema(Schema):
    review_id = Id(required=True)
    nonce = Text(
        at_least=NONCE_MIN,
        at_most=NONCE_MAX,
        required=True,
        validate=validate.Regexp(r"[0-9A-Za-z_-]+\Z"),
        metadata={"description": "random characters that the client makes"},
    )


class LotEntrySchema(Schema):
    """An entry as everybody sees it. `took_part` is null until the lots are drawn."""

    number = fields.Integer(required=True)
    alias = fields.String(required=True)
    nonce = fields.String(required=True)
    took_part = fields.Boolean(required=True, allow_none=True)
    created_at = fields.AwareDateTime(required=True)


class OwnLotEntrySchema(LotEntrySchema):
    """My entry, and what it won: `prize` is null while it won nothing."""

    review_id = Id(required=True)
    review_status = fields.String(required=True)
    place = fields.Integer(required=True, allow_none=True)
    prize = fields.String(required=True, allow_none=True)
    refusal = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "why the prize could not be given yet"},
    )


class LotWinnerSchema(Schema):
    place = fields.Integer(required=True)
    number = fields.Integer(required=True, metadata={"description": "of the entry"})
    alias = fields.String(required=True)
    nickname = fields.String(required=True)
    prize = fields.String(required=True)


ListedLotCampaignPageSchema = page_schema(ListedLotCampaignSchema)
LotEntryPageSchema = page_schema(LotEntrySchema)
LotWinnerPageSchema = page_schema(LotWinnerSchema)
