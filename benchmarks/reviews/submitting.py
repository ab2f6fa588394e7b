"""Reviews that shoppers send, a second, over HTTP: each of a received line of their own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from statistics import median

from sqlalchemy import text

from benchmarks import load, seed
from benchmarks.load import request_bytes
from benchmarks.points.people import Person, people
from benchmarks.report import Row
from benchmarks.stack import Stack
from mall.kernel.db import transaction

CALLS = 1_000
# Orders as they are once they were received.
_ORDERS = """
WITH made AS (
    INSERT INTO orders (order_no, user_id, status, goods_fen, discount_fen, freight_fen,
        payable_fen, paid_fen, region_code, expires_at, paid_at, shipped_at, completed_at)
    SELECT 'R' || u.id, u.id, 'completed', 100, 0, 0, 100, 100, '110101', now(), now(),
        now(), now()
    FROM unnest(CAST(:users AS bigint[])) AS u (id) RETURNING id
)
INSERT INTO order_lines (order_id, position, sku_id, spu_id, sku_code, name, spec_text, image,
    price_fen, quantity, total_fen, payable_fen, shipped_quantity)
SELECT made.id, 1, s.id, s.spu_id, s.sku_code, '商品', '', '', 100, 1, 100, 100, 1
FROM made CROSS JOIN (SELECT * FROM skus ORDER BY id LIMIT 1) s
"""
_BODY = {
    "goods_stars": 4,
    "logistics_stars": 4,
    "service_stars": 4,
    "text": "被芯比想象中轻，盖着却很暖，前几天降到八度也没觉得冷。",
}


def measure(stack: Stack, rounds: int, _seconds: float) -> Iterator[Row]:
    """Each shopper reviews once; the rate while they come."""
    seed.demo_shop(stack)
    rates, slowest = [], []
    for _ in range(max(2, min(3, rounds))):
        requests = [_request(one) for one in _buyers(stack)]
        outcome = load.run(stack.web_port, requests, connections=8)
        if set(outcome.statuses) != {201}:
            raise RuntimeError(f"expected only 201, got {dict(outcome.statuses)}")
        rates.append(outcome.per_second)
        slowest.append(outcome.percentile(0.99))
    yield Row("reviews sent", median(rates), "1/s")
    yield Row("reviews sent, p99", median(slowest) * 1000, "ms")


def _buyers(stack: Stack) -> list[Person]:
    found = people(stack, CALLS)
    with stack.app.app_context(), transaction() as session:
        session.execute(text(_ORDERS), {"users": [one.user_id for one in found]})
    return found


def _request(one: Person) -> bytes:
    path = f"/api/v1/orders/R{one.user_id}/lines/1/review"
    headers = {"Authorization": f"Bearer {one.token}", "Idempotency-Key": f"review-{one.user_id}"}
    return request_bytes("POST", path, headers, json.dumps(_BODY).encode())
