"""Growth rules of promoters, for staff."""

from __future__ import annotations

from typing import Any

from mall.kernel.db import db
from mall.kernel.http import access
from mall.kernel.http.api import Blueprint
from mall.kernel.http.idempotency import idempotent
from mall.referral.growth import ruling
from mall.referral.growth.admin_schemas import (
    GrowthRuleChangeInput,
    GrowthRuleEnabledInput,
    GrowthRuleInput,
    GrowthRuleSchema,
    GrowthRulesSchema,
)
from mall.referral.growth.models import PromoterGrowthRule
from mall.users.figures import figure_names, takes_buying

blp = Blueprint(
    "promoter_growth_admin", __name__, url_prefix="/admin/api/v1", description="推广员成长规则"
)
_ALL = "/promoter-growth-rules"
_ONE = f"{_ALL}/<id:rule_id>"
_NOT_FOUND, _LIMIT = "growth_rule_not_found", "growth_rule_limit"
_WRONG = (
    *("campaign_refused", "campaign_warned", "growth_figure_unknown", "growth_lesson_unknown"),
    "growth_level_invalid",
)


@blp.route(_ALL, methods=["GET"])
@access.staff("promoter:read")
@blp.response(200, GrowthRulesSchema)
def list_rules() -> dict[str, Any]:
    """Every rule, the newest first, and the figures that rules can ask for."""
    figures = [{"name": one, "takes_buying": takes_buying(one)} for one in figure_names()]
    return {"items": ruling.all_rules(db.session()), "figures": figures}


@blp.route(_ALL, methods=["POST"])
@access.staff("promoter:setup")
@idempotent
@blp.arguments(GrowthRuleInput)
@blp.response(201, GrowthRuleSchema)
@blp.fails("growth_rule_limit", *_WRONG)
def create_rule(body: dict[str, Any]) -> PromoterGrowthRule:
    """A further rule."""
    return ruling.rule(db.session(), ruling.create_rule(body))


@blp.route(_ONE, methods=["PUT"])
@access.staff("promoter:setup")
@idempotent
@blp.arguments(GrowthRuleChangeInput)
@blp.response(200, GrowthRuleSchema)
@blp.fails("growth_rule_not_found", "growth_rule_changed", *_WRONG)
def change_rule(body: dict[str, Any], rule_id: int) -> PromoterGrowthRule:
    """Other terms. Who grew by the old ones has grown."""
    ruling.change_rule(rule_id, body)
    return ruling.rule(db.session(), rule_id)


@blp.route(f"{_ONE}/enabled", methods=["PUT"])
@access.staff("promoter:setup")
@blp.arguments(GrowthRuleEnabledInput)
@blp.response(200, GrowthRuleSchema)
@blp.fails("growth_rule_not_found", "growth_rule_limit")
def enable_rule(body: dict[str, bool], rule_id: int) -> PromoterGrowthRule:
    """Pause a rule, or let it go on."""
    ruling.enable_rule(rule_id, body["enabled"])
    return ruling.rule(db.session(), rule_id)
