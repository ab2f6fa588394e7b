"""The demo shop's plan of earning: a point a yuan, twice on Christmas."""

from __future__ import annotations

from datetime import date

from rich.console import Console
from sqlalchemy import select

from mall.kernel.clock import shop_day
from mall.kernel.db import db_now, transaction
from mall.points.earning.models import EarningPlan
from mall.points.earning.planning import make_plan

RATE = 100
"""Points for 100 yuan."""


def load_demo_plan(console: Console) -> None:
    """Make a first plan, when there is none."""
    with transaction() as session:
        if session.scalar(select(EarningPlan.version).limit(1)) is not None:
            return
        year = shop_day(db_now(session)).year
        christmas = {
            "name": "圣诞双倍积分",
            "first_day": date(year, 12, 24),
            "last_day": date(year, 12, 25),
            "multiple_bp": 20_000,
        }
        make_plan(
            name="消费得积分",
            default_rate=RATE,
            categories={},
            skus={},
            days=[christmas],
            replaces=0,
        )
    console.print("a plan by which orders earn points")
