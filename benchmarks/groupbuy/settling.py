"""Teams of 100 and of 1,000 members are settled: each gets the difference back.

The jobs of the members are run one after the other, as one worker does. Of the refunds the rows
and the jobs that send them are written; WeChat isn't asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from sqlalchemy import text

from benchmarks.groupbuy.copies import add_members
from benchmarks.groupbuy.shop import Shopper, open_team, shoppers, skus, start_activity
from benchmarks.groupbuy.sweeping import MOST_GROWTH_MB, MOST_SLOWER, alone
from benchmarks.report import Row, at_most, exactly
from benchmarks.stack import Stack
from mall.groupbuy.settlement.jobs import carry_out_member
from mall.groupbuy.teams.closing import close_due_teams
from mall.kernel.db import transaction

SMALL, LARGE = 100, 1_000
_END = text(
    "UPDATE groupbuy_teams SET expires_at = clock_timestamp() - interval '1 s' WHERE id = :team_id"
)
_DUE = text(
    "SELECT id FROM groupbuy_members WHERE team_id = :team_id AND due IS NOT NULL ORDER BY id"
)
_LEFT = text(
    """
    SELECT count(*) FROM groupbuy_members m
    WHERE m.team_id = :team_id AND (m.due IS NOT NULL OR m.difference_fen <> 100 OR 1 <> (
        SELECT count(*) FROM refunds r WHERE r.order_id = m.order_id))
    """
)


def measure(stack: Stack, _rounds: int, _seconds: float) -> Iterator[Row]:
    """Small, large, small, after one that warms the worker; the small ones are their mean."""
    sku_id, people = skus(stack, 1)[0], shoppers(stack, LARGE)
    sizes = (SMALL, SMALL, LARGE, SMALL)
    with stack.app.app_context():
        teams = [_team(stack, n, sku_id, people[:size]) for n, size in enumerate(sizes)]
    ends = [partial(_end, stack, team_id) for team_id in teams]
    _, first, many, last = alone(stack, [partial(_settle, team_id) for team_id in teams], ends)
    with stack.app.app_context(), transaction() as session:
        left = sum(session.execute(_LEFT, {"team_id": one}).scalar_one() for one in teams)
    small = (first[0] + last[0]) / 2 / SMALL * 1_000
    large = many[0] / LARGE * 1_000
    yield Row(f"group-buy: settlement, a member of {SMALL}", small, "ms")
    yield Row(f"group-buy: settlement, a member of {LARGE:,}", large, "ms")
    yield at_most(
        f"group-buy: settlement, a member of {LARGE:,} ÷ of {SMALL}",
        large / small,
        "ratio",
        MOST_SLOWER,
    )
    yield at_most(
        f"group-buy: settlement of {LARGE:,}, growth of the worker's memory",
        many[1],
        "MiB",
        MOST_GROWTH_MB,
    )
    yield exactly("group-buy: members not settled once", left, "members", 0)


def _team(stack: Stack, turn: int, sku_id: int, people: Sequence[Shopper]) -> int:
    """A formed team of these shoppers, all of whom have paid: one of its tiers is reached."""
    activity = start_activity(sku_id, {2: 900, len(people): 800, LARGE + 1: 700}, units=LARGE + 1)
    team_id = open_team(activity, people[0])
    users = [shopper.user_id for shopper in people[1:]]
    add_members(stack.database_url, team_id, users, f"settling{turn}")
    return team_id


def _end(stack: Stack, team_id: int) -> None:
    with stack.app.app_context(), transaction() as session:
        session.execute(_END, {"team_id": team_id})


def _settle(team_id: int) -> None:
    """The sweep, then each member's job."""
    close_due_teams()
    with transaction() as session:
        due = session.scalars(_DUE, {"team_id": team_id}).all()
    for member_id in due:
        carry_out_member(member_id=member_id)
