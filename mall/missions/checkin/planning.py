"""What staff do about the check-in: a new plan. Cycles that have begun keep theirs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mall.compliance.reviewing import review
from mall.kernel.db import transaction
from mall.missions.checkin.describing import describe
from mall.missions.checkin.errors import CheckInPlanChanged, CheckInRuleUnknown
from mall.missions.checkin.models import CheckInPlan
from mall.rewards.errors import RewardRuleNotFound
from mall.rewards.queries import rule as rule_of
from mall.staff.audit import record


def make_plan(
    *,
    name: str,
    days: int | None,
    rewards: Sequence[Mapping[str, Any]],
    replaces: int,
    accept_warnings: bool = False,
) -> CheckInPlan:
    """A new version of the plan, in force for cycles that begin from now on.

    `replaces` is the version that staff have seen, 0 for the first plan. What the rules give is
    copied: a rule's later change reaches cycles only with a further version.
    Raises CheckInRuleUnknown, CheckInPlanChanged, CampaignRefused, CampaignWarned.
    """
    with transaction() as session:
        newest = session.scalar(select(func.coalesce(func.max(CheckInPlan.version), 0)))
        if newest != replaces:
            raise CheckInPlanChanged(param="replaces")
        values = {"name": name, "days": days, "rewards": _snapshot(session, rewards)}
        made = session.scalars(
            insert(CheckInPlan)
            .values(version=replaces + 1, **values)
            .on_conflict_do_nothing(constraint="pk_check_in_plans")
            .returning(CheckInPlan)
        ).one_or_none()
        if made is None:  # somebody else was faster
            raise CheckInPlanChanged(param="replaces")
        review(session, describe(made), made.version, accept_warnings=accept_warnings)
        record(
            session,
            action="check_in_plan.create",
            target_type="check_in_plan",
            target_id=made.version,
            after=values,
        )
        return made


def _snapshot(session: Session, rewards: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    kept = []
    for one in rewards:
        try:
            rule = rule_of(session, one["rule_id"])
        except RewardRuleNotFound as unknown:
            raise CheckInRuleUnknown(param="rewards") from unknown
        kept.append(
            {
                "kind": one["kind"],
                "at": one["at"],
                "rule_id": str(rule.id),
                "name": rule.name,
                "reward": rule.reward,
            }
        )
    return kept
