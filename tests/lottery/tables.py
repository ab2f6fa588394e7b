"""Tables for tests of the pure rules, without a database."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from mall.lottery.campaigns.building import table_faults
from mall.lottery.rules.table import REWARD, THANKS, Guarantee, Prize, Table
from mall.rewards.granters import Part

SECRET = bytes(range(32))
COMMITMENT = "630dcd2966c4336691125448bbb25b4ff412a49c732db2c8abc1b8581bd710dd"


def won(
    count: int | None = None, weight: int | None = None, *, name: str = "积分", points: int = 10
) -> Prize:
    return Prize(name, REWARD, points, count, weight, 1, (Part("points", "", points),))


def nothing(weight: int = 1) -> Prize:
    return Prize("谢谢参与", THANKS, 0, None, weight, None, ())


def table(*prizes: Prize, **more: Any) -> Table:
    """A table of the first version, without bounds."""
    terms: dict[str, Any] = {
        **{"lottery_id": 7, "version": 1, "name": "抽奖", "text": "规则"},
        "starts_at": datetime(2031, 1, 1, tzinfo=UTC),
        "ends_at": datetime(2031, 2, 1, tzinfo=UTC),
        **dict.fromkeys(("tickets", "guarantee", "daily_draws", "price_points", "budget_fen")),
        "commitment": COMMITMENT,
        **more,
    }
    return Table(prizes=prizes, **terms)


MIXED = table(
    *(won(count=2, name="大奖", points=500), won(weight=3, name="小奖"), nothing(7)),
    tickets=100,
    guarantee=Guarantee(5, 1),
    daily_draws=3,
    price_points=20,
    budget_fen=10_000,
)
"""With counts, weights and every bound."""


@st.composite
def sound_tables(draw: st.DrawFn) -> Table:
    """Tables from which somebody can draw, with few tickets."""
    counts = draw(st.lists(st.integers(1, 5), max_size=3))
    weights = draw(st.lists(st.integers(0, 9), max_size=3))
    prizes = [won(count=one) for one in counts] + [won(weight=one) for one in weights]
    guarantee = None
    if draw(st.booleans()):
        prizes.append(nothing(draw(st.integers(1, 9))))
        if weights and draw(st.booleans()):
            guarantee = Guarantee(draw(st.integers(2, 4)), len(counts))
    spare = draw(st.integers(0, 6))
    tickets = sum(counts) + spare if counts else None
    made = table(*prizes, tickets=tickets, guarantee=guarantee)
    sound = bool(prizes) and not list(table_faults(made))
    return made if sound else table(won(weight=1), nothing())
