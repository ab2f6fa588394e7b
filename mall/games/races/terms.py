"""The terms of a race: what scores how much, and what the ranks get. Immutable once published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from mall.boards.opening import Period, Prize

CHECK_IN, MISSION, PURCHASE = "check_in", "mission", "purchase"
SCORE_KINDS = (CHECK_IN, MISSION, PURCHASE)
"""What scores: a check-in of the day itself, a completed mission, each yuan of a settled order."""
_TIMES = ("starts_at", "ends_at", "joins_until")


@dataclass(frozen=True, slots=True)
class ScoreTerm:
    """So many `points` for one of a kind. A mission term without `mission_id` is for all missions
    that have no term of their own; `name` is the mission's name then."""

    kind: str
    points: int
    mission_id: int | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class PrizeTerm:
    """What each member of the teams of these ranks gets: `reward` as the rule gave it when the
    terms were saved."""

    first_rank: int
    last_rank: int
    rule_id: int
    name: str
    reward: Sequence[Mapping[str, Any]]

    @property
    def ranks(self) -> int:
        """How many ranks get it."""
        return self.last_rank - self.first_rank + 1

    def as_promised(self) -> Prize:
        """The prize as the board keeps it."""
        return Prize(self.first_rank, self.last_rank, self.rule_id, self.reward)


@dataclass(frozen=True, slots=True)
class Terms:
    """All that staff set of a race. Teams are made and joined until `joins_until`; refunds are
    waited for until `wait_h` hours after the end."""

    name: str
    text: str
    starts_at: datetime
    ends_at: datetime
    joins_until: datetime
    team_size: int
    wait_h: int
    scores: tuple[ScoreTerm, ...]
    prizes: tuple[PrizeTerm, ...]

    @property
    def period(self) -> Period:
        """When the board counts, and when it freezes."""
        return Period(self.starts_at, self.ends_at, self.ends_at + timedelta(hours=self.wait_h))

    def points(self, kind: str, units: int = 1, mission_id: int | None = None) -> int:
        """What so many of a kind score."""
        own = [one for one in self.scores if one.kind == kind]
        exact = [one for one in own if one.mission_id == mission_id]
        found = exact or [one for one in own if one.mission_id is None]
        return found[0].points * units if found else 0

    def prize_of(self, rank: int | None) -> PrizeTerm | None:
        """What a rank gets."""
        found = (one for one in self.prizes if rank and one.first_rank <= rank <= one.last_rank)
        return next(found, None)


def as_json(terms: Terms) -> dict[str, Any]:
    """Terms as they are stored."""
    return {
        "name": terms.name,
        "text": terms.text,
        **{name: getattr(terms, name).isoformat() for name in _TIMES},
        "team_size": terms.team_size,
        "wait_h": terms.wait_h,
        "scores": [_plain(one) for one in terms.scores],
        "prizes": [_plain(one) for one in terms.prizes],
    }


def read_terms(stored: Mapping[str, Any]) -> Terms:
    """Terms as they were stored."""
    times = {name: datetime.fromisoformat(stored[name]) for name in _TIMES}
    scores = tuple(ScoreTerm(**one) for one in stored["scores"])
    prizes = tuple(PrizeTerm(**one) for one in stored["prizes"])
    return Terms(**{**stored, **times, "scores": scores, "prizes": prizes})


def _plain(one: ScoreTerm | PrizeTerm) -> dict[str, Any]:
    return {field.name: getattr(one, field.name) for field in fields(one)}
