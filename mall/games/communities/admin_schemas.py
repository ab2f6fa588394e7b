"""Shapes of communities for staff."""

from __future__ import annotations

from marshmallow import fields, validate

from mall.compliance.schemas import ReviewedInput
from mall.games.communities.kinds import KINDS
from mall.games.communities.schemas import PHRASE_MAX, PHRASE_MIN, GamePartSchema
from mall.games.communities.states import HIDDEN_STATES, STATES
from mall.kernel.http.paging import page_schema
from mall.kernel.http.schemas import (
    Id,
    QueryInteger,
    QuerySchema,
    Schema,
    StrictBoolean,
    Text,
    whole,
)
from mall.kernel.http.times import Moment
from mall.kernel.money import MAX_FEN

MAX_PLACES = 100_000_000
MAX_REVISION = 1_000_000
REASON_MAX = 200
ALL_BP = 10_000


class PublicationSchema(ReviewedInput):
    replaces = whole(
        1, MAX_REVISION, required=True, metadata={"description": "the revision that was read"}
    )


class PauseSchema(Schema):
    paused = StrictBoolean(required=True)


class HiddenCouponTermsSchema(Schema):
    """A reward that hides behind a phrase. Without one, a phrase is drawn."""

    name = Text(at_least=1, at_most=40, required=True)
    phrase = Text(
        at_least=PHRASE_MIN,
        at_most=PHRASE_MAX,
        load_default=None,
        allow_none=True,
        metadata={"description": "spaces and case don't matter"},
    )
    rule_id = Id(required=True)
    starts_at = Moment(required=True)
    ends_at = Moment(required=True, ends=True)
    places = whole(1, MAX_PLACES, required=True)


class HiddenCouponInSchema(HiddenCouponTermsSchema):
    """A new draft."""


class HiddenCouponDraftInSchema(HiddenCouponTermsSchema):
    replaces = whole(1, MAX_REVISION, required=True)


class HiddenCouponSchema(Schema):
    id = Id(required=True)
    name = fields.String(required=True)
    state = fields.String(required=True, validate=validate.OneOf(HIDDEN_STATES))
    phrase = fields.String(required=True)
    rule_id = Id(required=True)
    reward = fields.List(fields.Nested(GamePartSchema), required=True)
    starts_at = fields.AwareDateTime(required=True)
    ends_at = fields.AwareDateTime(required=True)
    places = fields.Integer(required=True)
    used = fields.Integer(required=True)
    revision = fields.Integer(required=True)
    published_at = fields.AwareDateTime(required=True, allow_none=True)
    paused = fields.Boolean(required=True)
    revoked_at = fields.AwareDateTime(required=True, allow_none=True)
    created_at = fields.AwareDateTime(required=True)


HiddenCouponPageSchema = page_schema(HiddenCouponSchema)


class HiddenCouponPreviewQuery(QuerySchema):
    claimed_bp = QueryInteger(
        at_least=0,
        at_most=ALL_BP,
        load_default=ALL_BP,
        metadata={"description": "which share of the places is claimed, by expectation"},
    )


class CommunityCostSchema(Schema):
    """What a hidden coupon or a mission may cost, in fen; none where nobody can say what a part of
    the reward costs."""

    one_fen = fields.Integer(required=True, allow_none=True)
    shoppers = fields.Integer(required=True, metadata={"description": "who get it, at most"})
    expected_fen = fields.Integer(required=True, allow_none=True)
    worst_fen = fields.Integer(required=True, allow_none=True)


class HiddenCouponFiguresSchema(Schema):
    places = fields.Integer(required=True)
    claimed = fields.Integer(required=True)
    left = fields.Integer(required=True)
    taken_back = fields.Integer(required=True, metadata={"description": "of those claimed"})
    cost_fen = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "of those that stand, at most; none without a price"},
    )


class CommunityInSchema(Schema):
    name = Text(at_least=1, at_most=40, required=True)


class CommunitySchema(Schema):
    id = Id(required=True)
    name = fields.String(required=True)
    code = fields.String(required=True)
    closed_at = fields.AwareDateTime(required=True, allow_none=True)
    created_at = fields.AwareDateTime(required=True)


CommunityPageSchema = page_schema(CommunitySchema)


class CommunityMissionTermsSchema(Schema):
    """All that staff set of a mission."""

    name = Text(at_least=1, at_most=40, required=True)
    rules = Text(at_least=1, at_most=2_000, required=True)
    counts = fields.String(required=True, validate=validate.OneOf(tuple(KINDS)))
    target = whole(1, MAX_FEN, required=True)
    rule_id = Id(required=True)
    starts_at = Moment(required=True)
    ends_at = Moment(required=True, ends=True)


class CommunityMissionInSchema(CommunityMissionTermsSchema):
    """A new draft."""


class CommunityMissionDraftInSchema(CommunityMissionTermsSchema):
    replaces = whole(1, MAX_REVISION, required=True)


class CommunityMissionPreviewQuery(QuerySchema):
    shoppers = QueryInteger(
        at_least=0,
        at_most=MAX_PLACES,
        load_default=None,
        allow_none=True,
        metadata={"description": "who take part, by expectation; all members of now by default"},
    )


class CommunityMissionEndSchema(Schema):
    reason = Text(at_least=1, at_most=REASON_MAX, required=True, metadata={"description": "public"})


class StaffCommunityMissionSchema(Schema):
    id = Id(required=True)
    community_id = Id(required=True)
    name = fields.String(required=True)
    rules = fields.String(required=True)
    state = fields.String(required=True, validate=validate.OneOf(STATES))
    counts = fields.String(required=True, validate=validate.OneOf(tuple(KINDS)))
    target = fields.Integer(required=True)
    total = fields.Integer(required=True)
    rule_id = Id(required=True)
    reward = fields.List(fields.Nested(GamePartSchema), required=True)
    starts_at = fields.AwareDateTime(required=True)
    ends_at = fields.AwareDateTime(required=True)
    reached_at = fields.AwareDateTime(required=True, allow_none=True)
    end_reason = fields.String(required=True)
    revision = fields.Integer(required=True)
    published_at = fields.AwareDateTime(required=True, allow_none=True)
    paused = fields.Boolean(required=True)
    created_at = fields.AwareDateTime(required=True)


StaffCommunityMissionPageSchema = page_schema(StaffCommunityMissionSchema)


class CommunityMissionFiguresSchema(Schema):
    members = fields.Integer(required=True)
    took_part = fields.Integer(required=True, metadata={"description": "members who counted"})
    total = fields.Integer(required=True)
    target = fields.Integer(required=True)
    due = fields.Integer(required=True, metadata={"description": "rewards not given so far"})
    given = fields.Integer(required=True)
    refused = fields.Integer(required=True, metadata={"description": "of those that are due"})
