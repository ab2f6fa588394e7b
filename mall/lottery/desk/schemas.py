"""Shapes of lotteries for staff."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from mall.compliance.schemas import ReviewedInput
from mall.kernel.http.paging import PageQuery, page_schema
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
from mall.lottery.draws.schemas import (
    MAX_POINTS,
    ListedLotterySchema,
    LotteryDrawSchema,
    LotteryPrizeSchema,
    LotteryVersionSchema,
)
from mall.lottery.rules.table import PRIZE_KINDS, REWARD

MAX_PRIZES = 30
MAX_TICKETS = 100_000_000
MAX_WEIGHT = 1_000_000
MAX_GUARANTEE = 1_000
MAX_DAILY = 1_000
MAX_PREVIEW = 1_000_000_000
MAX_REVISION = 1_000_000
REASON_MAX = 200


class LotteryPrizeInSchema(Schema):
    """One line of the table, with either a count or a weight."""

    name = Text(at_least=1, at_most=40, required=True)
    kind = fields.String(load_default=REWARD, validate=validate.OneOf(PRIZE_KINDS))
    worth_fen = fen(load_default=0, metadata={"description": "market price of one"})
    count = whole(1, MAX_TICKETS, load_default=None, allow_none=True)
    weight = whole(0, MAX_WEIGHT, load_default=None, allow_none=True)
    rule_id = Id(
        load_default=None,
        allow_none=True,
        metadata={"description": "the reward rule that it is given under; none for a thank-you"},
    )

    @ma.validates_schema
    def _one_measure(self, data: dict[str, Any], **_: Any) -> None:
        if (data["count"] is None) == (data["weight"] is None):
            raise ma.ValidationError("请填写数量或权重其中之一", "count")


class LotteryGuaranteeInSchema(Schema):
    draws = whole(2, MAX_GUARANTEE, required=True)
    prize = whole(0, MAX_PRIZES - 1, required=True, metadata={"description": "place, from 0"})


class LotteryTerms(Schema):
    """All that staff set of a lottery."""

    name = Text(at_least=1, at_most=40, required=True)
    text = Text(at_least=1, at_most=5_000, required=True, metadata={"description": "the rules"})
    starts_at = Moment(required=True)
    ends_at = Moment(required=True, ends=True)
    tickets = whole(
        1,
        MAX_TICKETS,
        load_default=None,
        allow_none=True,
        metadata={"description": "draws in all; needed where a prize is counted"},
    )
    prizes = fields.List(
        fields.Nested(LotteryPrizeInSchema),
        required=True,
        validate=validate.Length(min=1, max=MAX_PRIZES),
    )
    guarantee = fields.Nested(LotteryGuaranteeInSchema, load_default=None, allow_none=True)
    daily_draws = whole(1, MAX_DAILY, load_default=None, allow_none=True)
    price_points = whole(1, MAX_POINTS, load_default=None, allow_none=True)
    budget_fen = fen(load_default=None, allow_none=True)


class LotteryInSchema(LotteryTerms):
    """A new draft."""


class LotteryDraftInSchema(LotteryTerms):
    replaces = whole(1, MAX_REVISION, required=True)


class LotteryVersionInSchema(LotteryTerms, ReviewedInput):
    """A further version, in the consumer's favour."""

    replaces = whole(1, MAX_REVISION, required=True)


class LotteryPublicationSchema(ReviewedInput):
    replaces = whole(
        1, MAX_REVISION, required=True, metadata={"description": "the revision that was read"}
    )


class LotteryPauseSchema(Schema):
    paused = StrictBoolean(required=True)


class LotteryEndSchema(Schema):
    reason = Text(at_least=1, at_most=REASON_MAX, required=True, metadata={"description": "public"})


class StaffListedLotterySchema(ListedLotterySchema):
    starts_at = fields.AwareDateTime(required=True, allow_none=True)
    ends_at = fields.AwareDateTime(required=True, allow_none=True)
    revision = fields.Integer(required=True)


StaffListedLotteryPageSchema = page_schema(StaffListedLotterySchema)


class StaffLotterySchema(StaffListedLotterySchema):
    """A lottery for staff: its terms, and what of them is used."""

    terms = fields.Nested(LotteryTerms, required=True)
    drawn = fields.Integer(required=True)
    spent_fen = fields.Integer(required=True)
    costs_fen = fields.List(
        fields.Integer(), required=True, metadata={"description": "of each prize, to the shop"}
    )
    paused = fields.Boolean(required=True)
    published_at = fields.AwareDateTime(required=True, allow_none=True)
    ended_at = fields.AwareDateTime(required=True, allow_none=True)
    end_reason = fields.String(required=True)
    commitment = fields.String(required=True, allow_none=True)
    versions = fields.List(fields.Nested(LotteryVersionSchema), required=True)


class LotteryPreviewQuery(QuerySchema):
    draws = QueryInteger(
        at_least=1,
        at_most=MAX_PREVIEW,
        load_default=1_000,
        metadata={"description": "at most all tickets are taken"},
    )


class LotteryPreviewSchema(Schema):
    """What so many draws may cost, in fen."""

    draws = fields.Integer(required=True)
    expected_fen = fields.Integer(required=True)
    worst_fen = fields.Integer(required=True)
    prizes = fields.List(fields.Nested(LotteryPrizeSchema), required=True)


class LotteryPrizeFigureSchema(Schema):
    """How often a prize was won, beside what its published odds let expect."""

    place = fields.Integer(required=True)
    name = fields.String(required=True)
    won = fields.Integer(required=True)
    guaranteed = fields.Integer(required=True, metadata={"description": "of them by the guarantee"})
    odds_ppm = fields.Integer(required=True, metadata={"description": "published"})
    seen_ppm = fields.Integer(
        required=True, metadata={"description": "drawn so often, before the guarantee"}
    )
    expected = fields.Integer(required=True, metadata={"description": "times, by the odds"})
    cost_fen = fields.Integer(required=True)


class LotteryFiguresSchema(Schema):
    draws = fields.Integer(required=True)
    shoppers = fields.Integer(required=True)
    wins = fields.Integer(required=True)
    refused = fields.Integer(
        required=True, metadata={"description": "prizes that could not be given so far"}
    )
    spent_fen = fields.Integer(required=True)
    budget_fen = fields.Integer(required=True, allow_none=True)
    p_value = fields.Float(
        required=True,
        allow_none=True,
        metadata={"description": "of a chi-square test of the draws by weight; none for too few"},
    )
    prizes = fields.List(fields.Nested(LotteryPrizeFigureSchema), required=True)


class StaffDrawQuery(PageQuery):
    user_id = Id()
    refused = fields.Boolean(
        load_default=False, metadata={"description": "only prizes that could not be given"}
    )


class StaffDrawSchema(LotteryDrawSchema):
    user_id = Id(required=True)
    cost_fen = fields.Integer(required=True)
    grant_id = Id(required=True, allow_none=True)


StaffDrawPageSchema = page_schema(StaffDrawSchema)
