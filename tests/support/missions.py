"""Check-ins for tests."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text

from mall.kernel.db import transaction
from mall.missions.checkin.planning import make_plan
from mall.missions.checkin.schemas import CheckInPlanInSchema
from mall.rewards.commands import create_rule
from mall.rewards.granting import Source, grant
from mall.rewards.schemas import RewardRuleInSchema

PATH = "/api/v1/check-in"
PLANS = "/admin/api/v1/check-in-plans"
COLUMNS = {
    "check_in_cycles": ("first_day", "last_day"),
    "check_ins": ("day",),
    "check_in_states": ("last_day",),
}


def plan(days: int | None = 7, *rewards: tuple[str, int | None, int], replaces: int = 0) -> int:
    """A plan of (kind, at, rule id): its version."""
    body = {
        "name": "签到有礼",
        "days": days,
        "rewards": [
            {"kind": kind, "at": at, "rule_id": str(rule_id)} for kind, at, rule_id in rewards
        ],
        "replaces": replaces,
    }
    return make_plan(**CheckInPlanInSchema().load(body)).version


def days_pass(count: int = 1) -> None:
    """What was done so far, and what was given for it, is `count` days older.

    In steps over unused days, so that no row meets the place of another.
    """
    date = "CAST(substring(event from '\\d{4}-\\d\\d-\\d\\d') AS date)"
    with transaction() as session:
        for by in ("+ 100000", f"- 100000 - {count}"):
            for table, columns in COLUMNS.items():
                changes = ", ".join(f"{column} = {column} {by}" for column in columns)
                session.execute(text(f"UPDATE {table} SET {changes}"))
            session.execute(
                text(
                    "UPDATE reward_grants SET event = regexp_replace("
                    f"event, '\\d{{4}}-\\d\\d-\\d\\d', CAST({date} {by} AS text))"
                    " WHERE event LIKE 'check_in:%'"
                )
            )


def card_rule(count: int = 1) -> int:
    """A reward rule that gives make-up cards: its id."""
    body = {"name": "补签卡", "reward": [{"kind": "makeup_card", "count": count}]}
    return create_rule(**RewardRuleInSchema().load(body)).id


def give_cards(user_id: int, count: int = 1) -> int:
    """Give a shopper make-up cards: the grant's id."""
    with transaction() as session:
        return grant(session, user_id, Source(card_rule(count), "gift")).id


def given(answer: dict[str, Any]) -> list[str]:
    """What a check-in gave: "streak 3", or with the code of a refusal."""
    return [
        " ".join(str(word) for word in (one["kind"], one["at"], one["code"]) if word is not None)
        for one in answer["rewards"]
    ]
