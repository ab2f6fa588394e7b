"""Shapes of teams for staff. Amounts in fen, times left in seconds by the server's clock."""

from __future__ import annotations

from marshmallow import fields, validate

from mall.groupbuy.desk.queries import STATES
from mall.kernel.http.paging import PageQuery, page_schema
from mall.kernel.http.schemas import Id, QueryInteger, Schema, Text

FILLED = {"description": "by the shop: no shoppers, and never shown as such"}
MAX_REASON = 200


class GroupReasonInput(Schema):
    """Why; other staff read it in the history and in the audit."""

    reason = Text(at_least=1, at_most=MAX_REASON, required=True)


class StaffGroupTeamQuery(PageQuery):
    state = fields.String(
        validate=validate.OneOf(STATES),
        metadata={"description": "a status; due_soon: open teams, the first to expire first"},
    )
    activity_id = Id()
    leader_id = Id()
    within_min = QueryInteger(
        at_least=1, at_most=10_080, load_default=120, metadata={"description": "of due_soon"}
    )


class StaffGroupTeamSchema(Schema):
    """A team. `missing`: seats until it is formed; `seats_left`: seats that can be taken."""

    id = Id(required=True)
    code = fields.String(required=True)
    activity_id = Id(required=True)
    activity_name = fields.String(required=True)
    leader_id = Id(required=True)
    status = fields.String(required=True)
    verdict = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "form, fail: how it ends once no order is unpaid"},
    )
    sizes = fields.List(fields.Integer(), required=True)
    min_size = fields.Integer(required=True)
    max_size = fields.Integer(required=True)
    reserved = fields.Integer(required=True, metadata={"description": "by unpaid orders"})
    paid = fields.Integer(required=True)
    filled = fields.Integer(required=True, metadata=FILLED)
    missing = fields.Integer(required=True)
    seats_left = fields.Integer(required=True)
    tier_size = fields.Integer(required=True, allow_none=True)
    created_at = fields.AwareDateTime(required=True)
    expires_at = fields.AwareDateTime(required=True, allow_none=True)
    formed_at = fields.AwareDateTime(required=True, allow_none=True)
    closed_at = fields.AwareDateTime(required=True, allow_none=True)
    time_left_s = fields.Integer(
        required=True, allow_none=True, metadata={"description": "null: over, or not yet opened"}
    )


StaffGroupTeamPageSchema = page_schema(StaffGroupTeamSchema)


class GroupTeamStepSchema(Schema):
    from_status = fields.String(required=True, allow_none=True)
    to_status = fields.String(required=True)
    cause = fields.String(required=True)
    reason = fields.String(required=True, allow_none=True)
    staff_id = Id(required=True, allow_none=True)
    staff = fields.String(required=True, allow_none=True)
    created_at = fields.AwareDateTime(required=True)


class GroupFillSchema(Schema):
    """Seats that the shop filled; without staff: at the team's end, as its activity says."""

    seats = fields.Integer(required=True)
    staff_id = Id(required=True, allow_none=True)
    staff = fields.String(required=True, allow_none=True)
    created_at = fields.AwareDateTime(required=True)


class StaffGroupMemberSchema(Schema):
    """A member and their order. `due`: what is to be done with the order next."""

    id = Id(required=True)
    team_id = Id(required=True)
    user_id = Id(required=True)
    is_leader = fields.Boolean(required=True)
    order_no = fields.String(required=True)
    order_status = fields.String(required=True)
    sku_id = Id(required=True)
    units = fields.Integer(required=True)
    unit_price_fen = fields.Integer(required=True)
    seat = fields.Boolean(required=True, metadata={"description": "false: left, or closed"})
    is_new = fields.Boolean(required=True, allow_none=True)
    payable_fen = fields.Integer(required=True)
    paid_fen = fields.Integer(required=True)
    refunding_fen = fields.Integer(required=True)
    refunded_fen = fields.Integer(required=True)
    difference_fen = fields.Integer(
        required=True, metadata={"description": "given back for the tier that was reached"}
    )
    created_at = fields.AwareDateTime(required=True)
    paid_at = fields.AwareDateTime(required=True, allow_none=True)
    left_at = fields.AwareDateTime(required=True, allow_none=True)
    due = fields.String(
        required=True, allow_none=True, metadata={"description": "release, settle, refund"}
    )
    due_since = fields.AwareDateTime(required=True, allow_none=True)
    due_tries = fields.Integer(required=True)
    due_error = fields.String(required=True, allow_none=True)


StaffGroupMemberPageSchema = page_schema(StaffGroupMemberSchema)


class GroupTeamDetailSchema(Schema):
    team = fields.Nested(StaffGroupTeamSchema, required=True)
    mode = fields.String(required=True, attribute="team.mode")
    members = fields.List(
        fields.Nested(StaffGroupMemberSchema),
        required=True,
        metadata={"description": "the first 100, also those who left"},
    )
    history = fields.List(fields.Nested(GroupTeamStepSchema), required=True)
    fills = fields.List(fields.Nested(GroupFillSchema), required=True)


class GroupRefundQuery(PageQuery):
    older_min = QueryInteger(
        at_least=0,
        at_most=1_000_000,
        load_default=10,
        metadata={"description": "only those made so many minutes ago or more"},
    )


class GroupRefundSchema(Schema):
    """A refund that group-buy caused and that hasn't arrived; tried again as any refund."""

    refund_no = fields.String(required=True)
    cause = fields.String(required=True)
    status = fields.String(required=True)
    amount_fen = fields.Integer(required=True)
    reason = fields.String(required=True)
    error = fields.String(required=True, allow_none=True)
    order_no = fields.String(required=True)
    member_id = Id(required=True)
    team_id = Id(required=True)
    user_id = Id(required=True)
    created_at = fields.AwareDateTime(required=True)
    tried_at = fields.AwareDateTime(required=True, allow_none=True)


GroupRefundPageSchema = page_schema(GroupRefundSchema)
