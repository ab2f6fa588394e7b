"""Ten thousand teams expire at once, beside a thousand: what the sweep takes for each.

Each team has a leader who has paid and whose refund is made due; the refunds themselves are the
members' jobs, which `settling` measures.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import psycopg

from benchmarks.groupbuy.copies import add_teams
from benchmarks.groupbuy.shop import open_team, shoppers, skus, start_activity
from benchmarks.groupbuy.sweeping import MOST_GROWTH_MB, MOST_SLOWER, alone
from benchmarks.report import Row, at_most, exactly
from benchmarks.stack import Stack
from mall.groupbuy.teams.jobs import close_due_teams

FEW, MANY, WARM = 1_000, 10_000, 200
_LATE = "UPDATE groupbuy_teams SET expires_at = now() - interval '1 s' WHERE code LIKE %s"
_LEFT = """
SELECT count(*) FROM groupbuy_members m JOIN groupbuy_teams t ON t.id = m.team_id
WHERE t.code LIKE 'expiry%' AND (t.status <> 'failed' OR m.due <> 'refund')
"""


def measure(stack: Stack, _rounds: int, _seconds: float) -> Iterator[Row]:
    """Few, many, few: the few are the mean of both."""
    sku_id, people = skus(stack, 1)[0], shoppers(stack, 1)
    with stack.app.app_context():
        activity = start_activity(sku_id, {2: 900}, units=10)
        like = open_team(activity, people[0])
    counts = (WARM, FEW, MANY, FEW)
    prepare = [partial(_expire, stack, like, turn, count) for turn, count in enumerate(counts)]
    _, first, many, last = alone(stack, [close_due_teams.run] * len(counts), prepare)
    with psycopg.connect(stack.database_url) as connection:
        left = connection.execute(_LEFT).fetchone()
    few_ms = (first[0] + last[0]) / 2 / FEW * 1_000
    many_ms = many[0] / MANY * 1_000
    yield Row(f"group-buy: expiry, a team of {FEW:,}", few_ms, "ms")
    yield Row(f"group-buy: expiry, a team of {MANY:,}", many_ms, "ms")
    yield at_most(
        f"group-buy: expiry, a team of {MANY:,} ÷ of {FEW:,}",
        many_ms / few_ms,
        "ratio",
        MOST_SLOWER,
    )
    yield at_most(
        f"group-buy: expiry of {MANY:,}, growth of the worker's memory",
        many[1],
        "MiB",
        MOST_GROWTH_MB,
    )
    yield exactly("group-buy: expired teams without a refund due", (left or (0,))[0], "teams", 0)


def _expire(stack: Stack, like: int, turn: int, count: int) -> None:
    """So many more teams like this one, whose time is over."""
    name = f"expiry{turn}"
    add_teams(stack.database_url, like, count, name)
    with psycopg.connect(stack.database_url) as connection:
        connection.execute(_LATE, (f"{name}-%",))
