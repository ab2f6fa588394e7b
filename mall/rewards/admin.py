"""Rewards for staff: rules, sending, taking back."""

from __future__ import annotations

from typing import Any

from flask import Response

from mall.approvals.answers import approval_answer
from mall.approvals.schemas import ApprovalAskedSchema
from mall.kernel.db import transaction
from mall.kernel.http import access
from mall.kernel.http.api import Blueprint
from mall.kernel.http.idempotency import idempotent
from mall.kernel.http.paging import Page, PageQuery, id_in, page
from mall.rewards import commands, queries
from mall.rewards.approving import SendAsked, send_or_ask
from mall.rewards.granters import GIVING
from mall.rewards.models import RewardRule
from mall.rewards.queries import GrantView
from mall.rewards.schemas import (
    GrantQuery,
    GrantsOfRuleQuery,
    RewardGrantDetailSchema,
    RewardGrantPageSchema,
    RewardRuleInSchema,
    RewardRulePageSchema,
    RewardRuleSchema,
    SendSchema,
    SentSchema,
)
from mall.rewards.sending import Outcome

blp = Blueprint("rewards_admin", __name__, url_prefix="/admin/api/v1", description="奖励管理")
_WRONG_RULE = ("reward_unknown", "reward_not_priced", "campaign_refused")


@blp.route("/reward-rules", methods=["GET"])
@access.staff("reward:read")
@blp.arguments(PageQuery, location="query")
@blp.response(200, RewardRulePageSchema)
def list_rules(query: dict[str, Any]) -> Page[RewardRule]:
    """Rules, newest first."""
    with transaction() as session:
        found = queries.rules(session, before=id_in(query.get("cursor")), limit=query["limit"])
    return page(found, query["limit"], lambda row: [row.id])


@blp.route("/reward-rules", methods=["POST"])
@access.staff("reward:write")
@idempotent
@blp.arguments(RewardRuleInSchema)
@blp.response(201, RewardRuleSchema)
@blp.fails("campaign_warned", *_WRONG_RULE)
def create_rule(body: dict[str, Any]) -> RewardRule:
    """Compose a reward, with its budget and daily cap."""
    return commands.create_rule(**body)


@blp.route("/reward-rules/<id:rule_id>", methods=["GET"])
@access.staff("reward:read")
@blp.response(200, RewardRuleSchema)
@blp.fails("reward_rule_not_found")
def read_rule(rule_id: int) -> RewardRule:
    """One rule, with what of its budget is used."""
    with transaction() as session:
        return queries.rule(session, rule_id)


@blp.route("/reward-rules/<id:rule_id>", methods=["PUT"])
@access.staff("reward:write")
@blp.arguments(RewardRuleInSchema)
@blp.response(200, RewardRuleSchema)
@blp.fails("reward_rule_not_found", "reward_budget_too_small", "reward_unit_fixed")
@blp.fails("campaign_warned", *_WRONG_RULE)
def change_rule(body: dict[str, Any], rule_id: int) -> RewardRule:
    """Change a rule; what it gave stays given."""
    return commands.change_rule(rule_id, **body)


@blp.route("/reward-rules/<id:rule_id>/grants", methods=["POST"])
@access.staff("reward:write")
@idempotent
@blp.arguments(SendSchema)
@blp.response(201, SentSchema)
@blp.alt_response(202, schema=ApprovalAskedSchema)
@blp.fails("reward_rule_not_found", "approval_pending")
def send(body: dict[str, Any], rule_id: int) -> dict[str, list[Outcome]] | Response:
    """Reward shoppers for an event. Each gets it once, however often it is sent.

    Above the shop's limit (`rewards.approval_above_fen`) another staff member approves first:
    the answer is 202 with the approval's id.
    """
    made = send_or_ask(rule_id, body["event"], body["user_ids"])
    if isinstance(made, SendAsked):
        return approval_answer(made.approval_id)
    return {"items": made}


@blp.route("/reward-rules/<id:rule_id>/grants", methods=["GET"])
@access.staff("reward:read")
@blp.arguments(GrantsOfRuleQuery, location="query")
@blp.response(200, RewardGrantPageSchema)
@blp.fails("reward_rule_not_found")
def list_grants_of_rule(query: dict[str, Any], rule_id: int) -> Page[GrantView]:
    """What a rule gave or promised, newest first."""
    return _grants(query, rule_id=rule_id)


@blp.route("/reward-grants", methods=["GET"])
@access.staff("reward:read")
@blp.arguments(GrantQuery, location="query")
@blp.response(200, RewardGrantPageSchema)
@blp.fails("reward_rule_not_found")
def list_grants(query: dict[str, Any]) -> Page[GrantView]:
    """Grants of a shopper, of a ground, or that could not be given; newest first."""
    return _grants(query, ground=query.get("ground"), refused=query["refused"])


@blp.route("/reward-grants/<id:grant_id>", methods=["GET"])
@access.staff("reward:read")
@blp.response(200, RewardGrantDetailSchema)
@blp.fails("reward_grant_not_found")
def read_grant(grant_id: int) -> GrantView:
    """One grant with its history."""
    with transaction() as session:
        return queries.grant(session, grant_id)


@blp.route("/reward-grants/<id:grant_id>/confirmation", methods=["POST"])
@access.staff("reward:write")
@blp.response(204)
@blp.fails("reward_grant_not_found", "reward_not_refused", hooks=(GIVING,))
def confirm(grant_id: int) -> None:
    """Give what was due and could not be given then."""
    commands.give_refused(grant_id)


@blp.route("/reward-grants/<id:grant_id>/reversal", methods=["POST"])
@access.staff("reward:write")
@blp.response(204)
@blp.fails("reward_grant_not_found")
def reverse(grant_id: int) -> None:
    """Take back what a grant gave, as far as it isn't used; cancel a pending one."""
    commands.take_back(grant_id)


def _grants(query: dict[str, Any], **more: Any) -> Page[GrantView]:
    with transaction() as session:
        found = queries.grants(
            session,
            user_id=query.get("user_id"),
            before=id_in(query.get("cursor")),
            limit=query["limit"],
            **more,
        )
    return page(found, query["limit"], lambda row: [row.id])
