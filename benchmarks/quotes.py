"""A quote in a shop full of promotions, for a shopper full of coupons, beside a plain one."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

import requests
from rich.console import Console
from sqlalchemy import text

from benchmarks import report, seed
from benchmarks.report import Row
from benchmarks.seed import Buyer
from benchmarks.stack import Stack, running
from mall.coupons.schemas import CouponTemplateInSchema
from mall.coupons.templates import create
from mall.kernel.db import transaction
from mall.promotions.commands import create_promotion
from mall.promotions.schemas import PromotionInput
from mall.tour.client import Client

PROMOTIONS, COUPONS, LINES = 50, 20, 5
MOST_TIMES = 2.0
AMOUNTS = [{"from_fen": 9_900, "off_fen": 900}, {"from_fen": 49_900, "off_fen": 6_000}]
UNITS = [{"from_units": 2, "pay_bp": 9_500}, {"from_units": 5, "pay_bp": 9_000}]
RULES: tuple[dict[str, Any], ...] = (
    {"amount_off": {"steps": AMOUNTS}},
    {"units_percent": {"steps": UNITS}},
    {"units_free": {"units": 3, "free_units": 1, "repeat": False}},
    {"percent": {"pay_bp": 9_000}},
    {"free_freight": {"from_fen": 9_900}},
)

say = Console(stderr=True).print


@dataclass(frozen=True)
class Asker:
    """A shopper who asks what the same five goods cost, again and again."""

    url: str
    token: str
    body: dict[str, Any]
    session: requests.Session

    def ask(self, seconds: float) -> list[float]:
        """Milliseconds of each quote; at least 20 of them."""
        took: list[float] = []
        until = time.perf_counter() + seconds
        while time.perf_counter() < until or len(took) < 20:
            began = time.perf_counter()
            answer = self.session.post(
                self.url,
                json=self.body,
                headers={"Authorization": f"Bearer {self.token}"},
                timeout=30,
            )
            took.append((time.perf_counter() - began) * 1000)
            answer.raise_for_status()
        return took


def run(rounds: int, seconds: float) -> Iterator[Row]:
    """Both kinds of quotes in turns, over one connection each; medians over all rounds."""
    with running() as stack:
        skus = seed.demo_shop(stack)
        plain, rich = seed.buyers(stack, 2)
        say(f"making {PROMOTIONS} promotions and {COUPONS} coupons …")
        _make_promotions(stack, skus)
        _make_coupons(stack, rich, skus)
        few, many = _asker(stack, plain, skus, "none"), _asker(stack, rich, skus, "best")
        bare: list[float] = []
        full: list[float] = []
        for turn in range(rounds + 1):  # the first warms up
            _let_run(stack, running=False)
            without = few.ask(seconds / 2)
            _let_run(stack, running=True)
            with_all = many.ask(seconds / 2)
            if turn:
                bare += without
                full += with_all
        what = f"quote of {LINES} lines"
        named = f"{what} with {PROMOTIONS} promotions and {COUPONS} coupons"
        yield Row(f"{what}, median", median(bare), "ms")
        yield Row(f"{named}, median", median(full), "ms")
        share = median(full) / median(bare)
        yield report.at_most(f"{named} ÷ with none", share, "ratio", MOST_TIMES)


def _asker(stack: Stack, buyer: Buyer, skus: list[str], coupons: str) -> Asker:
    wanted = [{"sku_id": sku_id, "quantity": 2} for sku_id in skus[:LINES]]
    body = {"lines": wanted, "address_id": buyer.address_id, "choices": {"coupons": coupons}}
    url = f"http://127.0.0.1:{stack.web_port}/api/v1/quotes"
    return Asker(url, buyer.token, body, requests.Session())


def _make_promotions(stack: Stack, skus: list[str]) -> None:
    """Of all kinds and scopes: a third is for everything, the others for some goods each."""
    now = datetime.now(UTC)
    with stack.app.app_context():
        for n in range(PROMOTIONS):
            named = {"sku_ids": [skus[(n + i) % len(skus)] for i in range(1 + n % 4)]}
            terms = {
                "name": f"活动 {n}",
                "rule": RULES[n % len(RULES)],
                "scope": {} if n % 3 == 0 else {"only": named},
                "exclusive_group": "大促" if n % 2 else None,
                "starts_at": (now - timedelta(days=1)).isoformat(),
                "ends_at": (now + timedelta(days=1)).isoformat(),
            }
            create_promotion(PromotionInput().load(terms))


def _make_coupons(stack: Stack, buyer: Buyer, skus: list[str]) -> None:
    client = Client(f"http://127.0.0.1:{stack.web_port}", buyer.token)
    for n in range(COUPONS):
        terms = {
            "name": f"券 {n}",
            "kind": "amount",
            "amount_fen": 100 + 10 * n,
            "threshold_fen": 1_000 * n,
            "scope": {} if n % 3 == 0 else {"only": {"sku_ids": [skus[n]]}},
            "way": "public",
            "valid_days": 7,
        }
        with stack.app.app_context():
            template_id = create(**CouponTemplateInSchema().load(terms)).id
        client.post(f"/api/v1/coupon-templates/{template_id}/claims")


def _let_run(stack: Stack, *, running: bool) -> None:
    with stack.app.app_context(), transaction() as session:
        paused = None if running else "staff"
        session.execute(text("UPDATE promotions SET paused = :paused"), {"paused": paused})
