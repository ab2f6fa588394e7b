"""When visitors come: how fast a team's visits fade with its age, and how the hours differ.

The rate of visits at age `a` (hours) in hour `h` of the day is `fade(a) * hour(h)`. Both are
fitted in turns to the same table (iterative proportional fitting, which is the maximum
likelihood of a multiplicative Poisson table); hours are shrunk towards 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mall.groupbuy.advice.model.history import HOURS, MAX_LIFE_H, PastTeam

AGES = (0, 1, 2, 4, 8, 16, 32, MAX_LIFE_H)
"""Ages of one bucket fade alike: 0 to 1 h, 1 to 2 h, 2 to 4 h, …"""
ROUNDS = 8
HOUR_STRENGTH = 20.0
"""The prior that all hours are alike weighs as much as so many expected visits."""
AGE_STRENGTH = 0.5


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Rates by bucket of age and by hour of the day; `openings` is which share of the teams
    was opened in each hour. `mean_exposure` is the expected visits of the average past team."""

    fade: tuple[float, ...]
    hours: tuple[float, ...]
    openings: tuple[float, ...]
    mean_exposure: float

    def exposure(self, opened_hour: int, life_h: float) -> float:
        """How many visits a team meets by its time alone; the average past team meets 1."""
        whole = min(int(life_h), MAX_LIFE_H)
        met = sum(self._rate(age, opened_hour) for age in range(whole))
        if whole < MAX_LIFE_H:
            met += (life_h - whole) * self._rate(whole, opened_hour)
        return met / self.mean_exposure

    def exposures(self, teams: Sequence[PastTeam]) -> list[float]:
        """The exposure of each team, by its own hour and life."""
        known: dict[tuple[int, int], float] = {}
        for team in teams:
            key = team.opened_hour, team.life_h
            if key not in known:
                known[key] = self.exposure(*key)
        return [known[team.opened_hour, team.life_h] for team in teams]

    def usual_exposure(self, life_h: float) -> float:
        """The same for a team that is opened when teams usually are."""
        return sum(
            part * self.exposure(hour, life_h) for hour, part in enumerate(self.openings) if part
        )

    def best_hours(self, life_h: float, count: int) -> list[tuple[int, float]]:
        """The hours of the day in which to open a team rather, the best first, each with its
        exposure by that of the usual ones."""
        usual = self.usual_exposure(life_h)
        found = [(hour, self.exposure(hour, life_h) / usual) for hour in range(HOURS)]
        return sorted(found, key=lambda one: -one[1])[:count]

    def _rate(self, age: int, opened_hour: int) -> float:
        return self.fade[bucket(age)] * self.hours[(opened_hour + age) % HOURS]


def bucket(age: int) -> int:
    """The place of an age (whole hours) among AGES."""
    return next(place for place in range(len(AGES) - 1) if age < AGES[place + 1])


def fit_arrivals(teams: Sequence[PastTeam], seen: Mapping[tuple[int, int], int]) -> Arrivals:
    """Fit to teams and to their visits by (age, hour). There is a team at least."""
    open_h = _hours_open(teams)
    at_age, at_hour = [0.0] * (len(AGES) - 1), [0.0] * HOURS
    for (age, hour), visits in seen.items():
        if age < MAX_LIFE_H:
            at_age[bucket(age)] += visits
            at_hour[hour] += visits
    hours = [1.0] * HOURS
    usual = (sum(at_age) + AGE_STRENGTH) / sum(open_h.values())
    fade = [usual] * len(at_age)
    for _ in range(ROUNDS):
        by_age, by_hour = [0.0] * len(at_age), [0.0] * HOURS
        for (age, hour), exposed in open_h.items():
            by_age[bucket(age)] += exposed * hours[hour]
        fade = [
            (seen_ + AGE_STRENGTH) / (exposed + AGE_STRENGTH / usual)
            for seen_, exposed in zip(at_age, by_age, strict=True)
        ]
        for (age, hour), exposed in open_h.items():
            by_hour[hour] += exposed * fade[bucket(age)]
        hours = [
            (seen_ + HOUR_STRENGTH) / (expected + HOUR_STRENGTH)
            for seen_, expected in zip(at_hour, by_hour, strict=True)
        ]
    openings = [0.0] * HOURS
    for team in teams:
        openings[team.opened_hour] += 1 / len(teams)
    raw = Arrivals(tuple(fade), tuple(hours), tuple(openings), 1.0)
    mean = sum(raw.exposures(teams)) / len(teams)
    return Arrivals(raw.fade, raw.hours, raw.openings, mean)


def _hours_open(teams: Sequence[PastTeam]) -> dict[tuple[int, int], float]:
    """Hours that teams were open, by (age, hour of the day)."""
    alike: dict[tuple[int, int], int] = {}
    for team in teams:
        key = team.opened_hour, min(team.life_h, MAX_LIFE_H)
        alike[key] = alike.get(key, 0) + 1
    found: dict[tuple[int, int], float] = {}
    for (opened_hour, life_h), count in alike.items():
        for age in range(life_h):
            key = age, (opened_hour + age) % HOURS
            found[key] = found.get(key, 0.0) + count
    return found
