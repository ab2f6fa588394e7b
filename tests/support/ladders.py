"""Ladders for tests, made as staff would make them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import text

from mall.kernel.db import db_now, transaction
from mall.referral.ladders.admin_schemas import LadderInSchema
from mall.referral.ladders.defining import create_campaign
from tests.support.bringing import points_rule

ADMIN = "/admin/api/v1/ladder-campaigns"


def from_now(**after: int) -> str:
    """A moment so long after now, as JSON: `from_now(days=3)`."""
    with transaction() as session:
        return (db_now(session) + timedelta(**after)).isoformat()


def rung(side: str, threshold: int, rule_id: int, times: int = 1) -> dict[str, Any]:
    """The JSON of a rung."""
    return {"side": side, "threshold": threshold, "times": times, "rule_id": str(rule_id)}


def terms(*rungs: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The JSON of a campaign that starts at once and runs for thirty days."""
    return {
        "name": "邀新有礼",
        "ends_at": from_now(days=30),
        "rungs": list(rungs),
        "accept_warnings": True,
        **more,
    }


def ladder(*rungs: dict[str, Any], **more: Any) -> int:
    """A campaign that runs: its id. Without rungs one invitee gives the inviter points."""
    if not rungs and more.get("mode", "ladder") == "ladder":
        rungs = (rung("inviter", 1, points_rule()),)
    made = create_campaign(LadderInSchema().load(terms(*rungs, **more)))
    _an_hour_ago(made.id)
    return made.id


def _an_hour_ago(campaign_id: int) -> None:
    """As if the campaign had begun an hour ago: what tests date back falls into it."""
    with transaction() as session:
        session.execute(text("SET LOCAL session_replication_role = replica"))
        session.execute(
            text(
                "UPDATE ladder_versions SET starts_at = starts_at - interval '1 hour'"
                " WHERE campaign_id = :id"
            ),
            {"id": campaign_id},
        )
