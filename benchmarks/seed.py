"""A shop to measure in: products with stock, shoppers with addresses, all through the
mall's own commands and routes."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import requests
from sqlalchemy import text

from benchmarks.stack import ROOT, Stack
from mall.inventory.commands import receive
from mall.kernel.db import db, transaction
from mall.tour.client import Client


@dataclass(frozen=True)
class Buyer:
    """A logged-in shopper with an address."""

    token: str
    address_id: str


def demo_shop(stack: Stack) -> list[str]:
    """Load the demo catalogue with plenty of stock; the SKU ids, as clients see them."""
    subprocess.run(
        [sys.executable, "-m", "mall", "demo", "load"],
        cwd=ROOT,
        env=stack.environment,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    with stack.app.app_context():
        sku_ids = list(
            db.session.scalars(text("SELECT id FROM skus WHERE enabled ORDER BY id LIMIT 40"))
        )
        with transaction() as session:
            for sku_id in sku_ids:
                receive(session, sku_id, 1_000_000, reason="benchmark", ref="benchmark")
    return [str(sku_id) for sku_id in sku_ids]


def buyers(stack: Stack, count: int) -> list[Buyer]:
    """Log `count` new shoppers in through WeChat's login and give each an address."""
    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(lambda _: _buyer(stack), range(count)))


def _buyer(stack: Stack) -> Buyer:
    with requests.Session() as session:
        wechat = Client(stack.simulator_url, session=session)
        shop = Client(f"http://127.0.0.1:{stack.web_port}", session=session)
        code = wechat.post("/_control/login-codes", expect=200)["code"]
        shop.token = shop.post("/api/v1/sessions", {"code": code})["token"]
        address = shop.post(
            "/api/v1/addresses",
            {
                "receiver": "测试",
                "phone": "13800138000",
                "region_code": _region(stack),
                "detail": "某路 1 号",
            },
        )
    return Buyer(shop.token, address["id"])


def _region(stack: Stack) -> str:
    with stack.app.app_context():
        code = db.session.scalar(text("SELECT code FROM regions WHERE level = 3 LIMIT 1"))
    return str(code)
