"""Shapes of withdrawals. Amounts in fen."""

from __future__ import annotations

from marshmallow import fields, validate

from mall.kernel.http.paging import PageQuery, page_schema
from mall.kernel.http.schemas import Id, Schema, StrictBoolean, fen, whole
from mall.kernel.money import MAX_FEN
from mall.payouts.schemas import ReasonInput
from mall.referral.withdrawals.errors import NotAPromoter, PromoterBlocked, WithdrawalDebt
from mall.referral.withdrawals.models import STATUSES

HINDRANCES = (NotAPromoter.code, PromoterBlocked.code, WithdrawalDebt.code)


class WithdrawalSchema(Schema):
    """Commission that was asked for.

    `payable_fen` is `amount_fen` less `fee_fen`. While `approved`, the payout named `payout_no` is
    asked for (`PUT /api/v1/payouts/{no}/transfer`), or staff pay it by hand. `failed`, `canceled`
    and `refused`: the commission is available again. `reason` is why staff refused or cancelled it.
    """

    number = fields.String(required=True)
    status = fields.String(required=True, validate=validate.OneOf(STATUSES))
    amount_fen = fen(required=True)
    fee_fen = fen(required=True)
    payable_fen = fen(required=True)
    payout_no = fields.String(required=True, allow_none=True)
    payout_status = fields.String(required=True, allow_none=True)
    reason = fields.String(required=True, allow_none=True, attribute="told_reason")
    error = fields.String(required=True, allow_none=True)
    created_at = fields.AwareDateTime(required=True)
    ended_at = fields.AwareDateTime(required=True, allow_none=True)


WithdrawalPageSchema = page_schema(WithdrawalSchema)


class WithdrawalQuery(PageQuery):
    status = fields.String(validate=validate.OneOf(STATUSES))


class TermsSchema(Schema):
    """`hindered_by` is the code with which a withdrawal would be refused now, whatever its amount.
    `by_transfer`: by WeChat; else staff pay by hand."""

    available_fen = fen(required=True)
    held_fen = fen(required=True)
    debt_fen = fen(required=True)
    min_fen = fen(required=True)
    max_fen = fen(required=True)
    fee_bp = fields.Integer(required=True)
    left_today = fields.Integer(required=True)
    left_today_fen = fen(required=True)
    by_transfer = fields.Boolean(required=True)
    hindered_by = fields.String(required=True, allow_none=True, validate=validate.OneOf(HINDRANCES))


class WithdrawInput(Schema):
    amount_fen = whole(1, MAX_FEN, required=True)


class StaffWithdrawalSchema(WithdrawalSchema):
    """`debt_fen` is what the promoter owes the shop now: above zero nothing is approved or paid.

    `reason` is that of the decision, whatever it was; `cancel_reason` that of cancelling by staff.
    """

    user_id = Id(required=True)
    debt_fen = fen(required=True)
    reason = fields.String(required=True, allow_none=True)
    cancel_reason = fields.String(required=True, allow_none=True)
    decided_by = fields.String(required=True, allow_none=True, attribute="decider")
    decided_at = fields.AwareDateTime(required=True, allow_none=True)


StaffWithdrawalPageSchema = page_schema(StaffWithdrawalSchema)


class StaffWithdrawalQuery(WithdrawalQuery):
    user_id = Id()


class WithdrawalDecisionInput(ReasonInput):
    """The promoter reads the `reason` of a refusal."""

    approve = StrictBoolean(required=True)
