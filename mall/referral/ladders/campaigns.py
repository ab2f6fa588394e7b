"""Reads of campaigns with their rungs: by id, not over, or counting an invite of a moment."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, or_, select, tuple_
from sqlalchemy.orm import Session

from mall.referral.ladders.arithmetic import Rung
from mall.referral.ladders.errors import LadderNotFound
from mall.referral.ladders.models import LadderCampaign, LadderRung, LadderVersion
from mall.referral.ladders.rules_text import rules_text

PLANNED, RUNNING, OVER = "planned", "running", "over"
STATES = (PLANNED, RUNNING, OVER)


@dataclass(frozen=True, slots=True)
class CampaignView:
    """A version of a campaign with its rungs. It counts invites from `starts_at` until `until`."""

    id: int
    version: int
    name: str
    text: str
    mode: str
    state: str
    starts_at: datetime
    ends_at: datetime
    stopped_at: datetime | None
    stop_reason: str | None
    created_at: datetime
    rungs: tuple[Rung, ...]

    @property
    def until(self) -> datetime:
        """Invites from this moment on don't count: the end, or when it was stopped before."""
        return self.ends_at if self.stopped_at is None else min(self.ends_at, self.stopped_at)

    @property
    def rules(self) -> tuple[str, ...]:
        """What shoppers read."""
        return rules_text(self.starts_at, self.ends_at, self.rungs)

    def rung(self, position: int) -> Rung:
        """One of its rungs."""
        return next(rung for rung in self.rungs if rung.position == position)


def _newest() -> Select[Any]:
    return _versions().where(LadderVersion.version == LadderCampaign.version)


def _versions() -> Select[Any]:
    return select(
        LadderCampaign.id,
        LadderCampaign.stopped_at,
        LadderCampaign.stop_reason,
        func.clock_timestamp().label("now"),
        *(column for column in LadderVersion.__table__.c if column.name != "campaign_id"),
    ).join(LadderVersion, LadderVersion.campaign_id == LadderCampaign.id)


def campaign(session: Session, campaign_id: int) -> CampaignView:
    """A campaign by its newest version. Raises LadderNotFound."""
    found = _read(session, _newest().where(LadderCampaign.id == campaign_id))
    if not found:
        raise LadderNotFound
    return found[0]


def campaigns(session: Session, *, before: int | None, limit: int) -> list[CampaignView]:
    """Campaigns, newest first, older than id `before`; one more than `limit`, for paging."""
    query = _newest().order_by(LadderCampaign.id.desc()).limit(limit + 1)
    if before is not None:
        query = query.where(LadderCampaign.id < before)
    return _read(session, query)


def versions(
    session: Session, campaign_id: int, *, before: int | None, limit: int
) -> list[CampaignView]:
    """The versions of a campaign, newest first; one more than `limit`. Raises LadderNotFound."""
    campaign(session, campaign_id)
    query = (
        _versions()
        .where(LadderCampaign.id == campaign_id)
        .order_by(LadderVersion.version.desc())
        .limit(limit + 1)
    )
    if before is not None:
        query = query.where(LadderVersion.version < before)
    return _read(session, query)


def campaigns_not_over(session: Session) -> list[CampaignView]:
    """Those that run or wait for their start, the first to start first."""
    query = _newest().where(
        LadderCampaign.stopped_at.is_(None), LadderVersion.ends_at > func.clock_timestamp()
    )
    return _read(session, query.order_by(LadderVersion.starts_at, LadderCampaign.id))


def campaigns_at(session: Session, moment: datetime) -> list[CampaignView]:
    """Those that count an invite of this moment."""
    query = _newest().where(
        LadderVersion.starts_at <= moment,
        LadderVersion.ends_at > moment,
        or_(LadderCampaign.stopped_at.is_(None), LadderCampaign.stopped_at > moment),
    )
    return _read(session, query.order_by(LadderCampaign.id))


def campaigns_of(session: Session, campaign_ids: Iterable[int]) -> list[CampaignView]:
    """These, by their newest versions, newest first."""
    wanted = list(campaign_ids)
    if not wanted:
        return []
    query = _newest().where(LadderCampaign.id.in_(wanted))
    return _read(session, query.order_by(LadderCampaign.id.desc()))


def _read(session: Session, query: Select[Any]) -> list[CampaignView]:
    rows = session.execute(query).all()
    rungs = _rungs(session, [(row.id, row.version) for row in rows])
    return [
        CampaignView(
            id=row.id,
            version=row.version,
            name=row.name,
            text=row.text,
            mode=row.mode,
            state=_state(row),
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            stopped_at=row.stopped_at,
            stop_reason=row.stop_reason,
            created_at=row.created_at,
            rungs=tuple(rungs.get((row.id, row.version), ())),
        )
        for row in rows
    ]


def _state(row: Any) -> str:
    if row.stopped_at is not None or row.ends_at <= row.now:
        return OVER
    return PLANNED if row.starts_at > row.now else RUNNING


def _rungs(session: Session, keys: Sequence[tuple[int, int]]) -> dict[tuple[int, int], list[Rung]]:
    found: dict[tuple[int, int], list[Rung]] = {}
    if not keys:
        return found
    rows = session.execute(
        select(*LadderRung.__table__.c)
        .where(tuple_(LadderRung.campaign_id, LadderRung.version).in_(keys))
        .order_by(LadderRung.campaign_id, LadderRung.version, LadderRung.position)
    )
    for row in rows:
        rung = Rung(
            row.position, row.side, row.threshold, row.times, row.rule_id, row.name, row.reward
        )
        found.setdefault((row.campaign_id, row.version), []).append(rung)
    return found
