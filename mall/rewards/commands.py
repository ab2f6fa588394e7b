"""What staff do with rules and with single grants. Each change leaves an audit row."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mall.compliance.reviewing import keep_verdict, review
from mall.kernel.db import transaction
from mall.rewards import confirming, granters, reversing
from mall.rewards.describing import describe
from mall.rewards.errors import (
    RewardBudgetTooSmall,
    RewardGrantNotFound,
    RewardNotRefused,
    RewardRuleNotFound,
    RewardUnitFixed,
)
from mall.rewards.granters import read_reward
from mall.rewards.models import FEN, RewardGrant, RewardRule
from mall.staff.audit import record

BY_STAFF = "staff"
"""The cause in the history of what staff did by hand; the audit trail says who."""


def create_rule(*, accept_warnings: bool = False, **values: Any) -> RewardRule:
    """A new rule, by the fields of `RewardRuleInSchema`.

    Raises RewardUnknown, RewardNotPriced, CampaignRefused, CampaignWarned.
    """
    with transaction() as session:
        _check_reward(session, values)
        rule = session.scalars(insert(RewardRule).values(**values).returning(RewardRule)).one()
        _review(session, rule, accept_warnings)
        _record(session, "create", rule.id, None, values)
        return rule


def change_rule(rule_id: int, *, accept_warnings: bool = False, **values: Any) -> RewardRule:
    """Change a rule; what it gave stays given. A new budget counts what is given from now on.

    Raises RewardRuleNotFound, RewardUnitFixed, RewardBudgetTooSmall, and what create_rule
    raises.
    """
    with transaction() as session:
        # Not FOR UPDATE: that would wait for every open grant, whose foreign key shares the row.
        old = session.execute(
            select(*RewardRule.__table__.c)
            .where(RewardRule.id == rule_id)
            .with_for_update(key_share=True)
        ).one_or_none()
        if old is None:
            raise RewardRuleNotFound
        _check_reward(session, values)
        if values["budget_unit"] != old.budget_unit:
            raise RewardUnitFixed(param="budget_unit")
        if values["budget"] is not None and values["budget"] < old.used:
            raise RewardBudgetTooSmall(param="budget")
        rule = session.scalars(
            update(RewardRule)
            .where(RewardRule.id == rule_id)
            .values(**values, version=old.version + 1)
            .returning(RewardRule)
            .execution_options(populate_existing=True)
        ).one()
        _review(session, rule, accept_warnings)
        _record(session, "update", rule_id, {key: old._mapping[key] for key in values}, values)
        return rule


def take_back(grant_id: int) -> None:
    """Reverse or cancel a grant; doing it again changes nothing. Raises RewardGrantNotFound."""
    with transaction() as session:
        done = reversing.reverse(session, grant_id, cause=BY_STAFF)
        if done is not None:
            after = {
                "parts": [
                    {"kind": part.kind, "taken_back": part.taken, "debt": part.debt}
                    for part in done.parts
                ]
            }
            _record_grant(session, "reverse", grant_id, after)


def give_refused(grant_id: int) -> None:
    """Give what was due and could not be given, by hand.

    Raises RewardGrantNotFound, RewardNotRefused, and what the granter still refuses.
    """
    with transaction() as session:
        grant = session.execute(
            select(RewardGrant.refusal).where(RewardGrant.id == grant_id).with_for_update()
        ).one_or_none()
        if grant is None:
            raise RewardGrantNotFound
        if grant.refusal is None:
            raise RewardNotRefused
        confirming.confirm(session, grant_id, cause=BY_STAFF)
        _record_grant(session, "confirm", grant_id, {"refusal": grant.refusal})


def _check_reward(session: Session, values: dict[str, Any]) -> None:
    reward = read_reward(values["reward"])
    granters.check(session, reward)
    if values["budget_unit"] == FEN:
        granters.costs_fen(session, reward)


def _review(session: Session, rule: RewardRule, accept_warnings: bool) -> None:
    if rule.enabled:
        review(session, describe(rule), rule.version, accept_warnings=accept_warnings)
    else:
        keep_verdict(session, describe(rule), rule.version)


def _record(
    session: Session, verb: str, rule_id: int, before: dict[str, Any] | None, after: dict[str, Any]
) -> None:
    record(
        session,
        action=f"reward_rule.{verb}",
        target_type="reward_rule",
        target_id=rule_id,
        before=before,
        after=after,
    )


def _record_grant(session: Session, verb: str, grant_id: int, after: dict[str, Any]) -> None:
    record(
        session,
        action=f"reward.{verb}",
        target_type="reward_grant",
        target_id=grant_id,
        after=after,
    )
