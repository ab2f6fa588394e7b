"""A shop to measure in: products with stock, shoppers with addresses.

All is done by the command line of the checkout under test, by its HTTP API and by SQL, so
that another version of the mall can be measured too.
"""

from __future__ import annotations

import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import psycopg

from benchmarks.stack import Stack
from mall.tour.client import Client

UNITS = 1_000_000


@dataclass(frozen=True)
class Buyer:
    """A logged-in shopper with an address."""

    user_id: int
    token: str
    address_id: str


def demo_shop(stack: Stack) -> list[str]:
    """Load the demo catalogue with plenty of stock; the SKU ids, as clients see them."""
    subprocess.run(
        [stack.python, "-m", "mall", "demo", "load"],
        cwd=stack.root,
        env=stack.environment,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    with psycopg.connect(stack.database_url) as connection:
        rows = connection.execute("SELECT id FROM skus WHERE enabled ORDER BY id LIMIT 40")
        sku_ids = [int(row[0]) for row in rows]
        _add_units(connection, sku_ids)
    return [str(sku_id) for sku_id in sku_ids]


def _add_units(connection: psycopg.Connection, sku_ids: list[int]) -> None:
    """More units than the benchmarks sell. The sum of a stock row has its own name in a
    version before."""
    columns = connection.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_name = 'stocks'"
    )
    total = "received" if ("received",) in columns.fetchall() else "put_in"
    connection.execute(
        f"UPDATE stocks SET sellable = sellable + %s, {total} = {total} + %s"
        " WHERE sku_id = ANY(%s)",
        (UNITS, UNITS, sku_ids),
    )


def buyers(stack: Stack, count: int) -> list[Buyer]:
    """Log `count` new shoppers in through WeChat's login and give each an address."""
    with psycopg.connect(stack.database_url) as connection:
        region = connection.execute("SELECT code FROM regions WHERE level = 3 LIMIT 1").fetchone()
    if region is None:
        raise RuntimeError("the shop knows no regions")
    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(lambda _: _buyer(stack, str(region[0])), range(count)))


def _buyer(stack: Stack, region_code: str) -> Buyer:
    wechat = Client(stack.simulator_url)
    shop = Client(f"http://127.0.0.1:{stack.web_port}")
    code = wechat.post("/_control/login-codes", expect=200)["code"]
    login = shop.post("/api/v1/sessions", {"code": code})
    shop.token = login["token"]
    address = shop.post(
        "/api/v1/addresses",
        {
            "receiver": "测试",
            "phone": "13800138000",
            "region_code": region_code,
            "detail": "某路 1 号",
        },
    )
    wechat.http.clear()
    shop.http.clear()
    return Buyer(int(login["user_id"]), login["token"], address["id"])
