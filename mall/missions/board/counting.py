"""Counting facts: one statement for all missions of a trigger, however many there are.

The shopper's missions are locked (`locking.py`), so what the statement sees is how things are.
A fact is worth something to each mission, once: what is told again changes progress only by
what is different from before. A mission in progress keeps its version to the period's end.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from psycopg.types.json import Jsonb
from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.kernel.clock import shop_day
from mall.kernel.db import int_array
from mall.kernel.events import publish
from mall.kernel.jobs import defer_many
from mall.kernel.prepared import PreparedStatement
from mall.missions.board import metrics
from mall.missions.board.audience import Figures, figures_reader, is_in
from mall.missions.board.definitions import Definition, Definitions, Version
from mall.missions.board.events import MissionCompletionChanged
from mall.missions.board.models import MissionProgress
from mall.missions.board.periods import RECURRING, Period
from mall.missions.board.triggers import STREAK, SUM, Fact, Trigger

SETTLE_JOB = "missions.settle_reward"

# `chosen`: of each mission and period the version that is in progress, or the one that begins.
# Facts may be told in any order, so the one that reached the target is found by when they happened.
_COUNT = PreparedStatement(
    """
    WITH wanted AS (
        SELECT * FROM jsonb_to_recordset(CAST(:wanted AS jsonb)) AS w (
            mission_id bigint, version bigint, period text, target bigint, counting text,
            worth bigint, counts boolean, begins boolean,
            requires bigint, requires_period text, hidden boolean
        )
    ), found AS (
        SELECT w.*, p.id AS progress_id, p.version AS held_version, p.completed_at,
               f.worth AS before, coalesce(f.firm, false) AS was_firm,
               CASE WHEN CAST(:only_grows AS boolean) THEN greatest(w.worth, f.worth)
                    ELSE w.worth END AS now
        FROM wanted w
        LEFT JOIN mission_progress p
            ON p.user_id = :user_id AND p.mission_id = w.mission_id AND p.period = w.period
        LEFT JOIN mission_facts f ON f.progress_id = p.id AND f.key = CAST(:key AS text)
    ), chosen AS (
        SELECT f.*, CASE WHEN counting = 'sum' THEN now - coalesce(before, 0) ELSE 0 END AS more,
               CASE WHEN counting = 'sum'
                    THEN CASE WHEN CAST(:firm AS boolean) THEN now ELSE 0 END
                         - CASE WHEN was_firm THEN before ELSE 0 END
                    ELSE 0 END AS more_firm
        FROM found f
        WHERE CASE
            WHEN progress_id IS NULL THEN begins
                AND (requires IS NULL OR EXISTS (
                    SELECT FROM mission_progress a
                    WHERE a.user_id = :user_id AND a.mission_id = f.requires
                      AND (f.requires_period IS NULL OR a.period = f.requires_period)
                      AND a.completed_at < CAST(:at AS timestamptz)
                ))
                AND (NOT hidden OR EXISTS (
                    SELECT FROM mission_unlocks l
                    WHERE l.user_id = :user_id AND l.mission_id = f.mission_id
                      AND l.created_at <= CAST(:at AS timestamptz)
                ))
            WHEN held_version <> version THEN false
            WHEN before IS NULL
                THEN counts AND (completed_at IS NULL OR CAST(:revocable AS boolean))
            ELSE (before, was_firm) <> (now, CAST(:firm AS boolean))
        END
    ), gone_on AS (
        UPDATE mission_progress p SET
            counted = p.counted + c.more,
            firm = p.firm + c.more_firm,
            last_day = greatest(p.last_day, CAST(:day AS date)),
            completed_at = CASE
                WHEN p.counted + c.more < p.target THEN NULL
                WHEN p.completed_at < CAST(:at AS timestamptz) OR p.counting <> 'sum'
                    THEN p.completed_at
                ELSE (
                    SELECT min(so_far.at) FROM (
                        SELECT t.at, sum(t.worth) OVER (ORDER BY t.at) AS worth FROM (
                            SELECT f.at, f.worth FROM mission_facts f
                            WHERE f.progress_id = p.id AND f.key <> CAST(:key AS text)
                            UNION ALL SELECT CAST(:at AS timestamptz), c.now
                        ) t
                    ) so_far WHERE so_far.worth >= p.target
                ) END,
            completions = p.completions + CAST(
                p.completed_at IS NULL AND p.counted + c.more >= p.target AS integer),
            refusal = CASE WHEN p.counted + c.more >= p.target THEN p.refusal END
        FROM chosen c WHERE p.id = c.progress_id
        RETURNING p.*
    ), begun AS (
        INSERT INTO mission_progress (user_id, mission_id, period, version, target, counting,
                                      counted, firm, last_day, completed_at, completions)
        SELECT :user_id, mission_id, period, version, target, counting, more, more_firm,
               CAST(:day AS date),
               CASE WHEN more >= target THEN CAST(:at AS timestamptz) END,
               CAST(more >= target AS integer)
        FROM chosen WHERE progress_id IS NULL
        RETURNING *
    ), progress AS (
        SELECT * FROM gone_on UNION ALL SELECT * FROM begun
    ), facts AS (
        INSERT INTO mission_facts (progress_id, key, worth, firm, day, at)
        SELECT p.id, CAST(:key AS text), c.now, CAST(:firm AS boolean), CAST(:day AS date),
               CAST(:at AS timestamptz)
        FROM progress p JOIN chosen c USING (mission_id, period)
        ON CONFLICT (progress_id, key) DO UPDATE SET worth = excluded.worth, firm = excluded.firm
    )
    SELECT id, mission_id, version, target, counting, counted, firm, completed_at, rewarded_at,
           pending, refusal, completions
    FROM progress ORDER BY id
    """
)
# Days are counted over the facts of the period: the last days in a row, or the most that there
# were once they are enough.
_RECOUNT = PreparedStatement(
    """
    WITH days AS (
        SELECT f.progress_id, p.counting, f.day, bool_or(f.firm) AS firm,
               f.day - CAST(row_number() OVER (
                   PARTITION BY f.progress_id ORDER BY f.day) AS integer) AS run,
               CASE WHEN bool_or(f.firm) THEN f.day - CAST(row_number() OVER (
                   PARTITION BY f.progress_id, bool_or(f.firm) ORDER BY f.day) AS integer)
               END AS firm_run
        FROM mission_facts f JOIN mission_progress p ON p.id = f.progress_id
        WHERE f.progress_id = ANY(CAST(:ids AS bigint[])) AND f.worth > 0
        GROUP BY f.progress_id, p.counting, f.day
    ), runs AS (
        SELECT progress_id, count(*) AS length, max(day) AS until
        FROM days GROUP BY progress_id, run
    ), firm_runs AS (
        SELECT progress_id, count(*) AS length FROM days WHERE firm
        GROUP BY progress_id, firm_run
    ), recount AS (
        SELECT p.id, p.target,
            CASE WHEN p.counting = 'days'
                THEN (SELECT count(*) FROM days d WHERE d.progress_id = p.id)
                ELSE coalesce(
                    (SELECT max(length) FROM runs r
                     WHERE r.progress_id = p.id AND r.length >= p.target),
                    (SELECT length FROM runs r WHERE r.progress_id = p.id
                     ORDER BY until DESC LIMIT 1), 0) END AS counted,
            CASE WHEN p.counting = 'days'
                THEN (SELECT count(*) FROM days d WHERE d.progress_id = p.id AND d.firm)
                ELSE coalesce(
                    (SELECT max(length) FROM firm_runs r WHERE r.progress_id = p.id), 0)
                END AS firm
        FROM mission_progress p WHERE p.id = ANY(CAST(:ids AS bigint[]))
    )
    UPDATE mission_progress p SET
        counted = r.counted,
        firm = least(r.firm, r.counted),
        completed_at = CASE WHEN r.counted >= r.target
            THEN coalesce(p.completed_at, (
                SELECT max(f.at) FROM mission_facts f WHERE f.progress_id = p.id AND f.worth > 0
            )) END,
        completions = p.completions + CAST(
            p.completed_at IS NULL AND r.counted >= r.target AS integer),
        refusal = CASE WHEN r.counted >= r.target THEN p.refusal END
    FROM recount r WHERE p.id = r.id
    RETURNING p.id, p.mission_id, p.version, p.target, p.counting, p.counted, p.firm,
              p.completed_at, p.rewarded_at, p.pending, p.refusal, p.completions
    """
)


def count_fact(
    session: Session, user_id: int, trigger: Trigger, missions: Definitions, fact: Fact
) -> None:
    """Bring the progress of all missions of a trigger to what a fact is worth now.

    The caller holds `lock_missions_of`. Doing it again changes nothing. Where a reward is due,
    or due back, a job sees to it after the commit.
    """
    figures = figures_reader(session, user_id, fact.adds)
    wanted = [
        row
        for mission in missions.by_trigger.get(trigger.name, ())
        for row in _wanted(mission, trigger, fact, missions, figures)
    ]
    if not wanted:
        return
    changed = _COUNT.rows(
        session,
        user_id=user_id,
        wanted=Jsonb(wanted),
        key=fact.key,
        firm=fact.firm,
        only_grows=trigger.only_grows,
        revocable=trigger.revocable,
        at=fact.at,
        day=shop_day(fact.at),
    )
    if by_days := [row.id for row in changed if row.counting != SUM]:
        recounted = _RECOUNT.rows(session, ids=int_array(by_days))
        changed = [row for row in changed if row.counting == SUM] + recounted
    metrics.COUNTED.labels(trigger.name).inc(len(changed))
    for row in changed:
        if row.completions:  # it is complete, or was
            publish(session, MissionCompletionChanged(user_id, row.id))
    due = {row.id for row in changed if _is_due(row, missions)}
    due |= _opened_by(session, user_id, {row.mission_id for row in changed}, missions)
    if due:
        defer_many(
            session, SETTLE_JOB, [{"progress_id": progress_id} for progress_id in sorted(due)]
        )


def _is_due(row: Any, missions: Definitions) -> bool:
    """Whether the rewards of a progress have to follow it."""
    if row.completed_at is None:
        return row.rewarded_at is not None
    if row.rewarded_at is None:
        version = missions.version(row.mission_id, row.version)
        return version is not None and version.at_once and row.refusal is None
    return bool(row.pending and row.firm >= row.target)


def _opened_by(
    session: Session, user_id: int, changed: set[int], missions: Definitions
) -> set[int]:
    """Completed progress that these missions opened: its rewards stand on them, too."""
    opened = {one for mission_id in changed for one in missions.following.get(mission_id, ())}
    if not opened:
        return set()
    completed = select(MissionProgress.id).where(
        MissionProgress.user_id == user_id,
        MissionProgress.mission_id.in_(opened),
        MissionProgress.completed_at.is_not(None),
    )
    return set(session.scalars(completed))


def _wanted(
    mission: Definition, trigger: Trigger, fact: Fact, missions: Definitions, figures: Figures
) -> Iterator[dict[str, Any]]:
    """What the fact is worth by each version that may be in progress or that may begin."""
    for version in mission.versions:
        if not version.runs_at(fact.at):
            continue
        period = version.period_at(fact.at)
        if not version.may_hold(period):
            continue
        worth = version.worth(fact)
        counts = mission.enabled and worth > 0
        if not counts and not trigger.revocable:
            continue
        begins = counts and version.in_force_at(fact.at) and is_in(version.audience, figures)
        yield {
            "mission_id": mission.id,
            "version": version.version,
            "period": period.key,
            "target": version.target,
            "counting": version.measure.counting,
            "worth": worth,
            "counts": counts,
            "begins": begins,
            "requires": version.requires_id,
            "requires_period": required_period(version, period, missions),
            "hidden": version.hidden,
        }


def required_period(version: Version, period: Period, missions: Definitions) -> str | None:
    """In which period the mission before this one has to be completed: in the same, when both
    recur alike; else in any."""
    before = missions.missions.get(version.requires_id) if version.requires_id else None
    if before is None or not before.versions or version.period not in RECURRING:
        return None
    return period.key if before.versions[-1].period == version.period else None


def shown_counted(counting: str, counted: int, target: int, lapsed: bool) -> int:
    """Progress for people: days in a row that have lapsed are none, and more isn't shown."""
    if counting == STREAK and lapsed and counted < target:
        return 0
    return min(counted, target)


def count_all(
    session: Session, user_id: int, trigger: Trigger, missions: Definitions, facts: Iterable[Fact]
) -> None:
    """`count_fact` for each of these."""
    for fact in facts:
        count_fact(session, user_id, trigger, missions, fact)
