"""Settlement of commission as a worker does it: 10,000 and then 100,000 lines, their rate and what
of memory they take."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import text
from sqlalchemy.orm import Session

from benchmarks.groupbuy.sweeping import MOST_GROWTH_MB, alone
from benchmarks.report import Row, at_least, at_most
from benchmarks.stack import Stack
from mall.kernel.db import transaction
from mall.referral.commission.settling import settle_batch

PROMOTERS = 2_000
FEW, MANY = 10_000, 100_000
GOAL = 1_000
"""Lines a second."""
_SETUP = (
    """
    INSERT INTO users (appid, openid)
    SELECT 'wxbench', 'commission-' || n FROM generate_series(1, :promoters) n
    ON CONFLICT DO NOTHING
    """,
    """
    INSERT INTO commission_accounts (user_id)
    SELECT id FROM users WHERE openid LIKE 'commission-%' ON CONFLICT DO NOTHING
    """,
)
# Each order has one line. What the sweep reads of an order is its lock alone.
_LINES = (
    """
    CREATE TEMP TABLE given ON COMMIT DROP AS
    SELECT nextval(pg_get_serial_sequence('orders', 'id')) AS id, n,
        (SELECT min(id) FROM users WHERE openid LIKE 'commission-%') + n % :promoters AS user_id
    FROM generate_series(1, :lines) n
    """,
    """
    INSERT INTO orders (id, order_no, user_id, status, goods_fen, discount_fen, freight_fen,
        payable_fen, paid_fen, region_code, expires_at, paid_at, completed_at, settled_at)
    OVERRIDING SYSTEM VALUE
    SELECT id, 'C' || id, user_id, 'completed', 1000, 0, 0, 1000, 1000, '110101',
        now(), now(), now(), now() FROM given
    """,
    "INSERT INTO commission_orders (order_id) SELECT id FROM given",
    """
    INSERT INTO commission_lines (order_id, position, level, promoter_id, rate_bp, base_fen,
        amount_fen, due_at, look_at)
    SELECT id, 1, 1, user_id, 1000, 1000, 100, now(), now() FROM given
    """,
    """
    INSERT INTO commission_entries (user_id, kind, source, pending_fen)
    SELECT l.promoter_id, 'earn', 'line:' || l.id, 100 FROM commission_lines l
    WHERE l.order_id IN (SELECT id FROM given)
    """,
    """
    UPDATE commission_accounts a SET pending_fen = a.pending_fen + s.fen
    FROM (SELECT user_id, 100 * count(*) AS fen FROM given GROUP BY user_id) s
    WHERE a.user_id = s.user_id
    """,
    "ANALYZE commission_lines",
)


def measure(stack: Stack, rounds: int, _seconds: float) -> Iterator[Row]:
    """Three sweeps in one process: a first one, then few, then many lines."""
    with stack.app.app_context():
        with transaction() as session:
            for statement in _SETUP:
                session.execute(
                    text(statement), {"promoters": PROMOTERS} if ":" in statement else {}
                )
        counts = (1_000, FEW, MANY)
        before = [lambda count=count: fill(count) for count in counts]
        found = alone(stack, [sweep] * len(counts), before)
        left = _pending()
    rates = [count / seconds for count, (seconds, _) in zip(counts, found, strict=True)]
    yield Row("commission: lines settled, of 10,000", rates[1], "1/s")
    yield at_least("commission: lines settled, of 100,000", rates[2], "1/s", GOAL)
    yield at_most("commission: memory for 100,000 lines", found[2][1], "MiB", MOST_GROWTH_MB)
    yield at_most("commission: lines left", left, "lines", 0)


def fill(lines: int) -> None:
    """So many lines are due."""
    with transaction() as session:
        _run(session, _LINES, promoters=PROMOTERS, lines=lines)


def _run(session: Session, statements: Sequence[str], **values: int) -> None:
    for statement in statements:
        used = {name: value for name, value in values.items() if f":{name}" in statement}
        session.execute(text(statement), used)


def sweep() -> None:
    """What the job does."""
    while settle_batch():
        pass


def _pending() -> int:
    with transaction() as session:
        query = text("SELECT count(*) FROM commission_lines WHERE status = 'pending'")
        return int(session.scalar(query) or 0)
