"""Activities of group-buy, for staff."""

from __future__ import annotations

from typing import Any

from mall.groupbuy.activities import queries, saving, simulating, starting
from mall.groupbuy.activities.queries import ActivityView
from mall.groupbuy.activities.schemas import (
    GroupActivityInput,
    GroupActivityPageSchema,
    GroupActivityQuery,
    GroupActivitySchema,
    GroupCopyInput,
    GroupStartInput,
)
from mall.groupbuy.activities.simulating import Simulation
from mall.groupbuy.activities.simulating_schemas import (
    GroupSimulationInput,
    GroupSimulationQuery,
    GroupSimulationSchema,
)
from mall.kernel.db import db
from mall.kernel.http import access
from mall.kernel.http.api import Blueprint
from mall.kernel.http.idempotency import idempotent
from mall.kernel.http.paging import Page, id_in, page

blp = Blueprint(
    "group_activities_admin", __name__, url_prefix="/admin/api/v1", description="拼团活动管理"
)
_ALL = "/group-activities"
_ONE = f"{_ALL}/<id:activity_id>"
_LATE = ("group_activity_over", "campaign_warned")
_NOT_DRAFT = ("group_activity_not_draft", *_LATE)
_TIERS = ("group_sizes_wrong", "group_prices_not_falling", "group_prices_missing")
_WRONG = (
    *(*_TIERS, "group_price_not_lower", "group_set_dearer", "group_sets_wrong"),
    *("group_sku_foreign", "group_stock_too_small", "group_leader_price_too_high"),
    *("group_stacks_wrong", "group_pay_time_too_long", "group_limits_wrong"),
    *("group_fill_too_many", "group_rule_unknown", "campaign_refused"),
)


@blp.route(_ALL, methods=["GET"])
@access.staff("groupbuy:read")
@blp.arguments(GroupActivityQuery, location="query")
@blp.response(200, GroupActivityPageSchema)
def list_activities(query: dict[str, Any]) -> Page[ActivityView]:
    """Activities, newest first."""
    found = queries.activities(
        db.session(),
        status=query.get("status"),
        spu_id=query.get("spu_id"),
        before=id_in(query.get("cursor")),
        limit=query["limit"],
    )
    return page(found, query["limit"], lambda view: [view.activity.id])


@blp.route(_ALL, methods=["POST"])
@access.staff("groupbuy:write")
@idempotent
@blp.arguments(GroupActivityInput)
@blp.response(201, GroupActivitySchema)
@blp.fails("sku_unknown", *_LATE, *_WRONG)
def create(body: dict[str, Any]) -> ActivityView:
    """A new draft: nothing is set aside yet."""
    return queries.activity(db.session(), saving.create_activity(body))


@blp.route(_ONE, methods=["GET"])
@access.staff("groupbuy:read")
@blp.response(200, GroupActivitySchema)
@blp.fails("group_activity_not_found")
def read(activity_id: int) -> ActivityView:
    """One activity."""
    return queries.activity(db.session(), activity_id)


@blp.route(_ONE, methods=["PUT"])
@access.staff("groupbuy:write")
@blp.arguments(GroupActivityInput)
@blp.response(200, GroupActivitySchema)
@blp.fails("group_activity_not_found", "sku_unknown", *_NOT_DRAFT, *_WRONG)
def change(body: dict[str, Any], activity_id: int) -> ActivityView:
    """Change a draft."""
    saving.change_activity(activity_id, body)
    return queries.activity(db.session(), activity_id)


@blp.route(_ONE, methods=["DELETE"])
@access.staff("groupbuy:write")
@blp.response(204)
@blp.fails("group_activity_not_found", "group_activity_not_draft")
def delete(activity_id: int) -> None:
    """Delete a draft."""
    saving.delete_activity(activity_id)


@blp.route(f"{_ONE}/copies", methods=["POST"])
@access.staff("groupbuy:write")
@idempotent
@blp.arguments(GroupCopyInput)
@blp.response(201, GroupActivitySchema)
@blp.fails("group_activity_not_found", "sku_unknown", *_LATE, *_WRONG)
def copy(body: dict[str, Any], activity_id: int) -> ActivityView:
    """The same terms at another time: a new draft."""
    return queries.activity(db.session(), saving.copy_activity(activity_id, **body))


@blp.route(f"{_ONE}/start", methods=["POST"])
@access.staff("groupbuy:write")
@idempotent
@blp.arguments(GroupStartInput)
@blp.response(200, GroupActivitySchema)
@blp.fails("group_activity_not_found", "sku_unknown", *_NOT_DRAFT, "group_windows_cross")
@blp.fails("out_of_stock", *_WRONG)
def start(body: dict[str, Any], activity_id: int) -> ActivityView:
    """Fix the terms for good and set the stock aside."""
    starting.start_activity(activity_id, **body)
    return queries.activity(db.session(), activity_id)


@blp.route(f"{_ONE}/simulation", methods=["GET"])
@access.staff("groupbuy:read")
@blp.arguments(GroupSimulationQuery, location="query")
@blp.response(200, GroupSimulationSchema)
@blp.fails("group_activity_not_found", "group_prices_missing", "group_prices_not_falling")
@blp.fails("group_sizes_wrong", "sku_unknown")
def simulate_saved(query: dict[str, Any], activity_id: int) -> Simulation:
    """What a saved activity brings at each tier, at today's prices and costs."""
    return simulating.simulate_saved(db.session(), activity_id, query["freight_fen"])


@blp.route(f"{_ALL}/simulations", methods=["POST"])
@access.staff("groupbuy:read")
@blp.arguments(GroupSimulationInput)
@blp.response(200, GroupSimulationSchema)
@blp.fails("sku_unknown", *_TIERS)
def simulate(body: dict[str, Any]) -> Simulation:
    """What a plan would bring at each tier. Nothing is kept."""
    return simulating.simulate(db.session(), body, body["freight_fen"])
