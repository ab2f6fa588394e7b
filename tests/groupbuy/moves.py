"""What may happen in a group-buy, and the dice that say what does."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from tests.groupbuy.books import Terms

SHOPPERS = 7
DAY_MIN = 1_440


def pick(dice: Random) -> int:
    return dice.randrange(10_000)


def units(dice: Random) -> int:
    """Mostly one; now and then more than may be ordered."""
    return dice.choice([1, 1, 1, 2, 2, 3, 4])


def maybe(dice: Random) -> bool:
    return dice.random() < 0.5


def rarely(dice: Random) -> bool:
    return dice.random() < 0.1


def minutes(dice: Random) -> int:
    """To the end of a time to pay, of a team, of the activity, or less."""
    return dice.choice([1, 5, 9, 10, 20, 29, 60, 200])


def decision(dice: Random) -> str:
    return dice.choice(["run", "form", "refund"])


Tiering = tuple[tuple[int, ...], tuple[int, ...]]
SMALL: Tiering = ((2, 3, 4), (9_000, 8_000, 7_000))
SETS: tuple[tuple[Tiering, ...], ...] = (
    (SMALL,),
    (((3,), (8_500,)),),
    (((3, 4, 6), (9_500, 9_499, 4_000)),),
    (SMALL, ((3, 4, 6), (8_000, 7_000, 4_000))),
    (((2,), (9_500,)), ((2, 5), (9_500, 6_501))),
)


def terms(dice: Random) -> Terms:
    """What staff may have said: both modes, one tier set or two, few seats and units."""
    sets, is_chosen = dice.choice(SETS), dice.random() < 0.3
    least = min(prices[-1 if is_chosen else 0] for _, prices in sets)
    virtual_seats = dice.choice([0, 1, 2])
    return Terms(
        is_chosen=is_chosen,
        sets=sets,
        leader_price_fen=dice.choice([None, None, least, least // 2]),
        leader_free_freight=maybe(dice),
        stacks=maybe(dice),
        hands_over=dice.random() < 0.8,
        virtual_seats=min(virtual_seats, min(sizes[0] for sizes, _ in sets) - 1),
        order_units=3,
        shopper_units=dice.choice([6, 30]),
        open_teams=dice.choice([1, 2]),
        pay_min=dice.choice([10, 20]),
        team_open_min=dice.choice([20, 60, DAY_MIN]),
        ends_at=dice.choice([120, 2 * DAY_MIN]),
    )


# What may happen, how often, and what it is called with.
MOVES: list[tuple[str, int, tuple[Callable[[Random], Any], ...]]] = [
    ("open_team", 6, (pick, pick, units, maybe, rarely)),
    ("join", 20, (pick, pick, units, maybe, rarely)),
    ("pay", 24, (pick, rarely)),
    ("pay_late", 2, (pick, maybe)),
    ("leave", 6, (pick, rarely)),
    ("form", 2, (pick,)),
    ("fail", 1, (pick,)),
    ("remove", 1, (pick,)),
    ("end_early", 1, (decision,)),
    ("time_passes", 6, (minutes,)),
    ("close_orders", 9, (rarely,)),
    ("close_decided", 8, (pick,)),
    ("close_teams", 8, (rarely,)),
    ("close_full", 5, (pick, rarely)),
    ("end_activity", 2, (rarely,)),
    ("carry_out", 10, (pick,)),
    ("carry_out_all", 3, ()),
    ("refund", 4, (pick, units)),
    ("goodwill", 1, (pick,)),
    ("arrive", 10, (pick,)),
    ("wechat_closes", 2, (pick,)),
    ("ship", 6, (pick, units, rarely)),
    ("receive", 4, (pick,)),
    ("buy_on_shelf", 2, (units, rarely)),
]
