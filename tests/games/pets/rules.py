"""Rules and entries for tests of the pure functions."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from mall.games.pets.growing import FEED, FRIEND, REVERSAL, WATER, Entry
from mall.games.pets.rules import FLOORS, Rules, Stage
from mall.rewards.granters import Part

FIRST = date(2031, 1, 1)


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


def stages(*thresholds: int) -> tuple[Stage, ...]:
    """Stages of which each but the first gives points."""
    return tuple(
        Stage(f"第{at}阶段", threshold, 10, 1, (Part("points", "", 10),))
        if at
        else Stage("幼崽", threshold)
        for at, threshold in enumerate(thresholds)
    )


def rules(**more: Any) -> Rules:
    """A portion is worth 10, care 5, a friend 2; 3 decay after a day without care."""
    made = Rules(
        kind="pet",
        name="养猫",
        text="规则",
        starts_at=datetime(2030, 12, 31, 16, tzinfo=UTC),
        ends_at=datetime(2031, 1, 30, 16, tzinfo=UTC),
        feed_growth=10,
        daily_portions=None,
        water_growth=5,
        friend_growth=2,
        friend_waterings=3,
        decay=3,
        grace_days=1,
        floor="stage",
        places=None,
        stages=stages(0, 20, 60),
    )
    return replace(made, **more)


def feeds(number: int, portions: int = 1, lot: int = 1) -> Entry:
    return Entry(FEED, day(number), portions, lot)


def waters(number: int) -> Entry:
    return Entry(WATER, day(number))


def friend(number: int) -> Entry:
    return Entry(FRIEND, day(number))


def gone(portions: int, lot: int = 1, number: int = 20) -> Entry:
    return Entry(REVERSAL, day(number), portions, lot)


some_rules = st.builds(
    lambda ways, **more: rules(
        stages=stages(0, *(sum(ways[: at + 1]) for at in range(len(ways)))), **more
    ),
    st.lists(st.integers(1, 40), min_size=1, max_size=4),
    feed_growth=st.integers(1, 15),
    water_growth=st.integers(0, 8),
    friend_growth=st.integers(0, 4),
    decay=st.integers(0, 12),
    grace_days=st.integers(0, 3),
    floor=st.sampled_from(FLOORS),
)
one_entry = st.one_of(
    st.builds(feeds, st.integers(0, 12), st.integers(1, 3), st.integers(1, 3)),
    st.builds(waters, st.integers(0, 12)),
    st.builds(friend, st.integers(0, 12)),
)
some_entries = st.lists(one_entry, max_size=14)
