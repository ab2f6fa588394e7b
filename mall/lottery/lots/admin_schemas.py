"""Shapes of campaigns of lots for staff."""

from __future__ import annotations

from marshmallow import fields, validate

from mall.compliance.schemas import ReviewedInput
from mall.kernel.http.paging import page_schema
from mall.kernel.http.schemas import (
    Id,
    QueryInteger,
    QuerySchema,
    Schema,
    StrictBoolean,
    Text,
    fen,
    whole,
)
from mall.kernel.http.times import Moment
from mall.lottery.desk.schemas import MAX_PRIZES, MAX_REVISION, REASON_MAX
from mall.lottery.lots.schemas import ListedLotCampaignSchema

MAX_COUNT = 10_000
MAX_ENTRIES = 100_000_000
MAX_PICTURES = 9
MAX_PRODUCTS = 200


class LotPrizeInSchema(Schema):
    """Prizes are drawn in this order, `count` of each."""

    name = Text(at_least=1, at_most=40, required=True)
    worth_fen = fen(required=True, metadata={"description": "market price of one"})
    count = whole(1, MAX_COUNT, required=True)
    rule_id = Id(required=True, metadata={"description": "the reward rule it is given under"})


class LotTerms(Schema):
    """All that staff set of a campaign."""

    name = Text(at_least=1, at_most=40, required=True)
    text = Text(at_least=1, at_most=5_000, required=True, metadata={"description": "the rules"})
    starts_at = Moment(required=True)
    ends_at = Moment(required=True, ends=True)
    draws_at = Moment(required=True)
    min_pictures = whole(1, MAX_PICTURES, load_default=1)
    spu_ids = fields.List(Id(), load_default=list, validate=validate.Length(max=MAX_PRODUCTS))
    prizes = fields.List(
        fields.Nested(LotPrizeInSchema),
        required=True,
        validate=validate.Length(min=1, max=MAX_PRIZES),
    )


class LotCampaignInSchema(LotTerms):
    """A new draft."""


class LotDraftInSchema(LotTerms):
    replaces = whole(1, MAX_REVISION, required=True)


class LotPublicationSchema(ReviewedInput):
    replaces = whole(
        1, MAX_REVISION, required=True, metadata={"description": "the revision that was read"}
    )


class LotCancelSchema(Schema):
    reason = Text(at_least=1, at_most=REASON_MAX, required=True, metadata={"description": "public"})


class StaffListedLotCampaignSchema(ListedLotCampaignSchema):
    revision = fields.Integer(required=True)


class StaffLotCampaignSchema(StaffListedLotCampaignSchema):
    """A campaign for staff. `wins`, `given` and `refused` count its prizes."""

    terms = fields.Nested(LotTerms, required=True)
    paused = fields.Boolean(required=True)
    costs_fen = fields.List(fields.Integer(), required=True)
    published_at = fields.AwareDateTime(required=True, allow_none=True)
    drawn_at = fields.AwareDateTime(required=True, allow_none=True)
    canceled_at = fields.AwareDateTime(required=True, allow_none=True)
    cancel_reason = fields.String(required=True)
    commitment = fields.String(required=True, allow_none=True)
    digest = fields.String(required=True, allow_none=True)
    took_part = fields.Integer(required=True, allow_none=True)
    wins = fields.Integer(required=True)
    given = fields.Integer(required=True)
    refused = fields.Integer(required=True)


class LotPauseSchema(Schema):
    paused = StrictBoolean(required=True)


class LotPreviewQuery(QuerySchema):
    entries = QueryInteger(
        at_least=0,
        at_most=MAX_ENTRIES,
        load_default=None,
        allow_none=True,
        metadata={"description": "which take part, by expectation; enough for all by default"},
    )


class LotPreviewSchema(Schema):
    prizes = fields.Integer(required=True, metadata={"description": "all units"})
    expected_fen = fields.Integer(required=True)
    worst_fen = fields.Integer(required=True, metadata={"description": "all are won"})


StaffListedLotCampaignPageSchema = page_schema(StaffListedLotCampaignSchema)
