"""What staff do about missions: make one, save a further version, pause it or let it go on.

Whoever changes a mission locks the board's row, so checks that look at other missions hold.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from marshmallow import ValidationError
from sqlalchemy import func, insert, literal_column, select, text, update
from sqlalchemy.orm import Session

from mall.compliance.reviewing import review
from mall.kernel.db import after_commit, db_now, transaction
from mall.kernel.errors import ValidationFailed
from mall.missions.board.describing import describe, quantity_of
from mall.missions.board.errors import (
    MissionChainInvalid,
    MissionChanged,
    MissionFigureUnknown,
    MissionFixed,
    MissionLimit,
    MissionNotFound,
    MissionOutOfReach,
    MissionRuleUnknown,
    MissionTimesInvalid,
    MissionTriggerUnknown,
)
from mall.missions.board.in_use import expire_in_use
from mall.missions.board.models import Mission, MissionVersion
from mall.missions.board.periods import CAMPAIGN, LONGEST_DAYS
from mall.missions.board.triggers import SUM, TRIGGERS, Trigger
from mall.rewards.models import RewardRule
from mall.staff.audit import record
from mall.users.figures import figure_names

Terms = Mapping[str, Any]
MAX_ENABLED = 200
"""Missions that may be enabled at once: a shopper's list and each event look at all of them."""
FIXED = ("trigger", "period", "hidden")
_LOCK_BOARD = text(
    "INSERT INTO mission_board (id, revision)"
    " VALUES (1, CAST(CAST(pg_current_xact_id() AS text) AS bigint))"
    " ON CONFLICT (id) DO UPDATE SET revision = excluded.revision"
)


def create_mission(terms: Terms) -> int:
    """A new mission: its id.

    Raises what staff wrote wrongly (`errors.py`), MissionLimit, CampaignRefused, CampaignWarned.
    """
    with transaction() as session:
        _lock_board(session)
        if terms["enabled"]:
            _must_have_room(session)
        checked = _checked(session, terms, None)
        fixed = {name: terms[name] for name in FIXED}
        mission_id = session.execute(
            insert(Mission).values(**fixed, enabled=terms["enabled"]).returning(Mission.id)
        ).scalar_one()
        _save(session, mission_id, 1, checked, terms)
        _audit(session, "create", mission_id, after={**fixed, **checked.values})
        return mission_id


def change_mission(mission_id: int, terms: Terms) -> None:
    """A further version, for periods that shoppers begin from now on; what is in progress goes on
    under its own. `replaces` is the version that staff have seen.

    Raises MissionNotFound, MissionChanged, MissionFixed, and as create_mission.
    """
    with transaction() as session:
        _lock_board(session)
        mission = _mission(session, mission_id)
        if mission.version != terms["replaces"]:
            raise MissionChanged(param="replaces")
        for name in FIXED:
            if getattr(mission, name) != terms[name]:
                raise MissionFixed(param=name)
        checked = _checked(session, terms, mission_id)
        version = mission.version + 1
        _set(session, mission_id, version=version)
        _save(session, mission_id, version, checked, terms)
        _audit(session, "update", mission_id, after=checked.values)


def enable_mission(mission_id: int, enabled: bool) -> None:
    """Let a mission go on, or pause it. Saying so again changes nothing.

    Raises MissionNotFound, MissionLimit.
    """
    with transaction() as session:
        _lock_board(session)
        before = _mission(session, mission_id).enabled
        if before == enabled:
            return
        if enabled:
            _must_have_room(session)
        _set(session, mission_id, enabled=enabled)
        verb = "enable" if enabled else "pause"
        _audit(session, verb, mission_id, after={"enabled": enabled})


def _lock_board(session: Session) -> None:
    session.execute(_LOCK_BOARD)
    after_commit(session, expire_in_use)


def _mission(session: Session, mission_id: int) -> Mission:
    found = session.scalar(
        select(Mission).where(Mission.id == mission_id).execution_options(populate_existing=True)
    )
    if found is None:
        raise MissionNotFound
    return found


def _set(session: Session, mission_id: int, **values: Any) -> None:
    session.execute(
        update(Mission)
        .where(Mission.id == mission_id)
        .values(**values)
        .execution_options(synchronize_session=False)
    )


def _must_have_room(session: Session) -> None:
    enabled = session.scalar(select(func.count()).where(Mission.enabled)) or 0
    if enabled >= MAX_ENABLED:
        raise MissionLimit


def _save(session: Session, mission_id: int, version: int, checked: _Checked, terms: Terms) -> None:
    session.execute(
        insert(MissionVersion).values(
            mission_id=mission_id,
            version=version,
            created_at=literal_column("clock_timestamp()"),
            **checked.values,
        )
    )
    quantity = quantity_of(session, terms["rule_ids"])
    campaign = describe(mission_id, checked.trigger, checked.values, quantity)
    review(session, campaign, version, accept_warnings=terms["accept_warnings"])


@dataclass(frozen=True, slots=True)
class _Checked:
    """The trigger, and the columns of a version."""

    trigger: Trigger
    values: dict[str, Any]


def _checked(session: Session, terms: Terms, mission_id: int | None) -> _Checked:
    trigger = TRIGGERS.get(terms["trigger"])
    if trigger is None:
        raise MissionTriggerUnknown(param="trigger")
    _check_measure(trigger, terms)
    _check_times(session, terms)
    _check_chain(session, terms["requires_id"], mission_id)
    known = figure_names()
    if any(one["figure"] not in known for one in terms["audience"]):
        raise MissionFigureUnknown(param="audience")
    names = (
        *("name", "text", "measure", "target", "at_once", "audience", "requires_id"),
        *("starts_at", "ends_at", "position"),
    )
    values = {
        **{name: terms[name] for name in names},
        "filters": _filters(session, trigger, terms["filters"]),
        "rewards": _rewards(session, terms["rule_ids"]),
    }
    return _Checked(trigger, values)


def _check_measure(trigger: Trigger, terms: Terms) -> None:
    measure = trigger.measure(terms["measure"])
    if measure is None:
        raise MissionTriggerUnknown(param="measure")
    longest = LONGEST_DAYS.get(terms["period"])
    if measure.counting != SUM and longest is not None and terms["target"] > longest:
        raise MissionOutOfReach(param="target")


def _check_times(session: Session, terms: Terms) -> None:
    starts_at, ends_at = terms["starts_at"], terms["ends_at"]
    if terms["period"] == CAMPAIGN and (starts_at is None or ends_at is None):
        raise MissionTimesInvalid(param="starts_at" if starts_at is None else "ends_at")
    now = db_now(session)
    if ends_at is not None and ends_at <= max(starts_at or now, now):
        raise MissionTimesInvalid(param="ends_at")


def _check_chain(session: Session, requires_id: int | None, mission_id: int | None) -> None:
    """The missions before this one are there, and this one isn't among them."""
    newest = select(MissionVersion.requires_id).join(
        Mission,
        (Mission.id == MissionVersion.mission_id) & (Mission.version == MissionVersion.version),
    )
    before = requires_id
    while before is not None:
        row = session.execute(newest.where(Mission.id == before)).one_or_none()
        if row is None or before == mission_id:
            raise MissionChainInvalid(param="requires_id")
        before = row.requires_id


def _filters(session: Session, trigger: Trigger, given: Terms) -> dict[str, Any]:
    """What staff wrote, as the trigger's filters read it."""
    kept = {}
    for name, value in given.items():
        known = trigger.filter(name)
        if known is None:
            raise MissionTriggerUnknown(param=f"filters.{name}")
        try:
            kept[name] = known.field().deserialize(value)
        except ValidationError as wrong:
            raise ValidationFailed(param=f"filters.{name}") from wrong
        known.check(session, kept[name])
    return kept


def _rewards(session: Session, rule_ids: Sequence[int]) -> list[dict[str, Any]]:
    """What the rules give now, by ascending rule."""
    rules = session.scalars(
        select(RewardRule)
        .where(RewardRule.id.in_(rule_ids))
        .order_by(RewardRule.id)
        .execution_options(populate_existing=True)
    ).all()
    if len(rules) != len(rule_ids):
        raise MissionRuleUnknown(param="rule_ids")
    return [{"rule_id": str(rule.id), "name": rule.name, "reward": rule.reward} for rule in rules]


def _audit(session: Session, verb: str, mission_id: int, after: Terms) -> None:
    record(
        session,
        action=f"mission.{verb}",
        target_type="mission",
        target_id=mission_id,
        after=after,
    )
