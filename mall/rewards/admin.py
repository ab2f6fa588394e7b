"""Rewards for staff: rules, sending, taking back."""

from __future__ import annotations

from typing import Any

from mall.kernel.db import transaction
from mall.kernel.http import access
from mall.kernel.http.api import Blueprint
from mall.kernel.http.idempotency import idempotent
from mall.kernel.http.paging import Page, PageQuery, id_in, page
from mall.kernel.http.schemas import ErrorSchema
from mall.rewards import commands, queries
from mall.rewards.commands import Outcome
from mall.rewards.models import RewardGrant, RewardRule
from mall.rewards.schemas import (
    GrantQuery,
    RewardGrantPageSchema,
    RewardRuleInSchema,
    RewardRulePageSchema,
    RewardRuleSchema,
    SendSchema,
    SentSchema,
)

blp = Blueprint("rewards_admin", __name__, url_prefix="/admin/api/v1", description="奖励管理")


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
@blp.alt_response(422, schema=ErrorSchema, description="reward_unknown")
def create_rule(body: dict[str, Any]) -> RewardRule:
    """Compose a reward, with its budget and daily cap."""
    return commands.create_rule(**body)


@blp.route("/reward-rules/<id:rule_id>", methods=["GET"])
@access.staff("reward:read")
@blp.response(200, RewardRuleSchema)
@blp.alt_response(404, schema=ErrorSchema, description="reward_rule_not_found")
def read_rule(rule_id: int) -> RewardRule:
    """One rule, with how often it was granted."""
    with transaction() as session:
        return queries.rule(session, rule_id)


@blp.route("/reward-rules/<id:rule_id>", methods=["PUT"])
@access.staff("reward:write")
@blp.arguments(RewardRuleInSchema)
@blp.response(200, RewardRuleSchema)
@blp.alt_response(404, schema=ErrorSchema, description="reward_rule_not_found")
@blp.alt_response(409, schema=ErrorSchema, description="reward_budget_too_small")
@blp.alt_response(422, schema=ErrorSchema, description="reward_unknown")
def change_rule(body: dict[str, Any], rule_id: int) -> RewardRule:
    """Change a rule; what it gave stays given."""
    return commands.change_rule(rule_id, **body)


@blp.route("/reward-rules/<id:rule_id>/grants", methods=["POST"])
@access.staff("reward:write")
@idempotent
@blp.arguments(SendSchema)
@blp.response(201, SentSchema)
@blp.alt_response(404, schema=ErrorSchema, description="reward_rule_not_found")
def send(body: dict[str, Any], rule_id: int) -> dict[str, list[Outcome]]:
    """Reward shoppers for an event. Each gets it once, however often it is sent."""
    return {"items": commands.send(rule_id, body["event"], body["user_ids"])}


@blp.route("/reward-rules/<id:rule_id>/grants", methods=["GET"])
@access.staff("reward:read")
@blp.arguments(GrantQuery, location="query")
@blp.response(200, RewardGrantPageSchema)
@blp.alt_response(404, schema=ErrorSchema, description="reward_rule_not_found")
def list_grants(query: dict[str, Any], rule_id: int) -> Page[RewardGrant]:
    """What a rule gave, newest first."""
    with transaction() as session:
        found = queries.grants(
            session,
            rule_id,
            user_id=query.get("user_id"),
            before=id_in(query.get("cursor")),
            limit=query["limit"],
        )
    return page(found, query["limit"], lambda row: [row.id])


@blp.route("/reward-grants/<id:grant_id>/reversal", methods=["POST"])
@access.staff("reward:write")
@blp.response(204)
@blp.alt_response(404, schema=ErrorSchema, description="reward_grant_not_found")
def reverse(grant_id: int) -> None:
    """Take back what a grant gave, as far as it isn't used."""
    commands.take_back(grant_id)
