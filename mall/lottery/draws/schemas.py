"""Shapes of lotteries for shoppers and for everybody."""

from __future__ import annotations

from marshmallow import fields, validate

from mall.kernel.http.paging import page_schema
from mall.kernel.http.schemas import Id, Schema, StrictBoolean, Text, fen, whole
from mall.lottery.campaigns.states import STATES
from mall.lottery.chances.buying import MOST
from mall.lottery.rules.table import PRIZE_KINDS

MAX_POINTS = 1_000_000
NONCE_MIN, NONCE_MAX = 16, 64


class LotteryPrizeSchema(Schema):
    """A prize of the table, with its odds in the first draw and in the next one."""

    place = fields.Integer(required=True, metadata={"description": "in the table, from 0"})
    name = fields.String(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(PRIZE_KINDS))
    worth_fen = fields.Integer(required=True)
    count = fields.Integer(
        required=True, allow_none=True, metadata={"description": "of a counted prize"}
    )
    left = fields.Integer(required=True, allow_none=True)
    weight = fields.Integer(required=True, allow_none=True)
    odds = fields.String(required=True, metadata={"description": "exact: 3/1000"})
    odds_ppm = fields.Integer(required=True, metadata={"description": "millionths, rounded"})
    next_odds_ppm = fields.Integer(
        required=True, metadata={"description": "of the next draw, as counted prizes go"}
    )


class LotteryGuaranteeSchema(Schema):
    """Of so many draws in a row of a shopper one wins; where none did, the last wins `prize`."""

    draws = fields.Integer(required=True)
    prize = fields.Integer(required=True)


class LotteryVersionSchema(Schema):
    """A published table. `digest` is the SHA-256 of `canonical`, in hexadecimal digits."""

    version = fields.Integer(required=True)
    from_draw = fields.Integer(required=True)
    digest = fields.String(required=True)
    canonical = fields.String(required=True)


class ListedLotterySchema(Schema):
    id = Id(required=True)
    name = fields.String(required=True)
    version = fields.Integer(required=True)
    state = fields.String(required=True, validate=validate.OneOf(STATES))
    starts_at = fields.AwareDateTime(required=True)
    ends_at = fields.AwareDateTime(required=True)


ListedLotteryPageSchema = page_schema(ListedLotterySchema)


class PublicBoxSchema(Schema):
    """What the tickets of a lottery of blind boxes are sold as."""

    sku_id = Id(required=True)
    price_fen = fen(required=True, metadata={"description": "of one"})
    left = fields.Integer(required=True, metadata={"description": "boxes that can be bought now"})
    unopened = fields.Integer(
        required=True, metadata={"description": "boxes that somebody has or is about to pay"}
    )
    daily_boxes = fields.Integer(
        required=True, allow_none=True, metadata={"description": "of a shopper, a shop day"}
    )
    most = fields.Integer(required=True, metadata={"description": "boxes of one order"})
    notice = fields.String(required=True, metadata={"description": "confirmed by `of_age`"})
    return_days = fields.Integer(required=True, metadata={"description": "for unopened boxes"})


class LotterySchema(ListedLotterySchema):
    """What is public of a lottery, from its publishing on."""

    text = fields.String(required=True)
    ended_at = fields.AwareDateTime(required=True, allow_none=True)
    end_reason = fields.String(required=True)
    tickets = fields.Integer(
        required=True, allow_none=True, metadata={"description": "draws in all"}
    )
    drawn = fields.Integer(required=True)
    prizes = fields.List(fields.Nested(LotteryPrizeSchema), required=True)
    box = fields.Nested(
        PublicBoxSchema,
        required=True,
        allow_none=True,
        metadata={"description": "of a lottery of blind boxes"},
    )
    guarantee = fields.Nested(LotteryGuaranteeSchema, required=True, allow_none=True)
    daily_draws = fields.Integer(required=True, allow_none=True)
    price_points = fields.Integer(required=True, allow_none=True)
    budget_fen = fields.Integer(required=True, allow_none=True)
    digest = fields.String(required=True)
    commitment = fields.String(
        required=True, metadata={"description": "SHA-256 of the secret, hexadecimal"}
    )
    secret = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "32 bytes, hexadecimal; none before the end"},
    )
    versions = fields.List(fields.Nested(LotteryVersionSchema), required=True)


class LotteryWinnerSchema(Schema):
    number = fields.Integer(required=True, metadata={"description": "of the draw"})
    nickname = fields.String(required=True, metadata={"description": "masked"})
    prize = fields.String(required=True)
    created_at = fields.AwareDateTime(required=True)


LotteryWinnerPageSchema = page_schema(LotteryWinnerSchema)


class LotteryProofSchema(Schema):
    """The proof row of a draw. `shopper` is an alias of this lottery."""

    number = fields.Integer(required=True)
    version = fields.Integer(required=True)
    shopper = fields.String(required=True)
    nonce = fields.String(required=True)
    random = fields.String(required=True, metadata={"description": "32 bytes, hexadecimal"})
    prize = fields.Integer(required=True, metadata={"description": "place in the table"})
    guaranteed = fields.Boolean(required=True)
    left = fields.List(
        fields.Integer(), required=True, metadata={"description": "of each prize, after it"}
    )


LotteryProofPageSchema = page_schema(LotteryProofSchema)


class LotteryStandingSchema(Schema):
    """Where a shopper stands in a lottery."""

    given = fields.Integer(required=True, metadata={"description": "chances, used first"})
    bought = fields.Integer(required=True, metadata={"description": "returned when left over"})
    boxed = fields.Integer(
        required=True, metadata={"description": "unopened boxes of orders, refunded when left over"}
    )
    drawn = fields.Integer(required=True)
    drawn_today = fields.Integer(required=True)
    until_guarantee = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "draws after which the guarantee has given its prize"},
    )
    shopper = fields.String(
        required=True, allow_none=True, metadata={"description": "my alias in the proof rows"}
    )


class LotteryDrawInSchema(Schema):
    nonce = Text(
        at_least=NONCE_MIN,
        at_most=NONCE_MAX,
        required=True,
        validate=validate.Regexp(r"^[0-9A-Za-z_-]+\Z", error="只能包含字母、数字、-与_"),
        metadata={"description": "the shopper's own part of the randomness: random characters"},
    )


class LotteryDrawSchema(Schema):
    """A draw of a shopper's own."""

    number = fields.Integer(required=True)
    version = fields.Integer(required=True)
    nonce = fields.String(required=True)
    random = fields.String(required=True)
    prize = fields.Integer(required=True, metadata={"description": "place in the table"})
    name = fields.String(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(PRIZE_KINDS))
    guaranteed = fields.Boolean(required=True)
    refusal = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "why the prize isn't given yet; it is tried again"},
    )
    created_at = fields.AwareDateTime(required=True)


LotteryDrawPageSchema = page_schema(LotteryDrawSchema)


class BuyChancesSchema(Schema):
    count = whole(1, MOST, load_default=1)
    points = whole(
        1, MAX_POINTS, required=True, metadata={"description": "of one, as the shopper saw it"}
    )
    of_age = StrictBoolean(
        load_default=False, metadata={"description": "the notice of blind boxes is confirmed"}
    )
