"""The demo shop's group-buys: one whose price falls with the team, one for a tier of choice."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from rich.console import Console
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mall.catalog.models import Sku, Spu
from mall.catalog.rules import on_shelf_now
from mall.groupbuy.activities.models import CHOSEN, DIFFERENCE, ENDED, GroupActivity
from mall.groupbuy.activities.saving import create_activity
from mall.groupbuy.activities.schemas import GroupActivityInput
from mall.groupbuy.activities.starting import start_activity
from mall.inventory.models import Stock
from mall.kernel.db import db_now, transaction
from mall.rewards.commands import create_rule
from mall.rewards.models import RewardRule
from mall.rewards.schemas import RewardRuleInSchema

STOCK, LASTS = 18, timedelta(days=7)
DAY_MIN = 24 * 60
LEAST_FEN = 1_000
LEADER_RULE, LEADER_POINTS = "拼团老带新", 100
_Planned = tuple[str, str, dict[int, int]]
"""Mode, name, and the tiers: members → how much of the shop's price each pays, in basis points."""
ACTIVITIES: tuple[_Planned, ...] = (
    (DIFFERENCE, "阶梯拼团", {2: 9_000, 5: 8_000, 9: 7_000}),
    (CHOSEN, "自选人数拼团", {3: 8_500, 6: 7_500}),
)


def load_demo_teams(console: Console) -> None:
    """Start the demo shop's group-buys, when none is under way."""
    console.print(f"{start_group_buys()} group-buy activities")


def start_group_buys() -> int:
    """Both run from now on for a week; how many were started.

    None when the shop has one that isn't over, or too few goods.
    """
    with transaction() as session:
        now = db_now(session)
        under_way = session.scalar(
            select(func.count())
            .select_from(GroupActivity)
            .where(GroupActivity.status != ENDED, GroupActivity.ends_at > now)
        )
        goods = _goods(session)
        if under_way or len(goods) < len(ACTIVITIES):
            return 0
    rule_id = _leader_rule()
    for plan, sku in zip(ACTIVITIES, goods, strict=True):
        # A second round goes with warnings: what was sold in teams is now the lowest price.
        start_activity(_draft(plan, sku, rule_id, now), accept_warnings=True)
    return len(ACTIVITIES)


def _goods(session: Session) -> list[Any]:
    """One SKU each of the products that have most, so that other parts of the demo keep theirs."""
    one_each = select(func.min(Sku.id)).where(Sku.enabled).group_by(Sku.spu_id)
    rows = session.execute(
        select(Sku.id, Sku.spu_id, Sku.price_fen)
        .join(Spu, Spu.id == Sku.spu_id)
        .join(Stock, Stock.sku_id == Sku.id)
        .where(Sku.id.in_(one_each), on_shelf_now(), Sku.price_fen >= LEAST_FEN)
        .where(Stock.sellable >= STOCK)
        .order_by(Stock.sellable.desc(), Sku.id)
        .limit(len(ACTIVITIES))
    )
    return list(rows)


def _draft(plan: _Planned, sku: Any, rule_id: int, now: datetime) -> int:
    mode, name, tiers = plan
    prices = {size: sku.price_fen * rate_bp // 10_000 for size, rate_bp in tiers.items()}
    body = {
        "accept_warnings": True,
        "name": name,
        "description": "邀好友一起买，人越多越便宜。",
        "mode": mode,
        "spu_id": str(sku.spu_id),
        "starts_at": now.isoformat(),
        "ends_at": (now + LASTS).isoformat(),
        "team_open_min": DAY_MIN,
        "pay_min": 30,
        "order_units": 2,
        "shopper_units": 4,
        "open_teams": 2,
        "leader_rule_id": str(rule_id),
        "skus": [{"sku_id": str(sku.id), "stock": STOCK}],
        "tier_sets": [
            {
                "name": "标准档",
                "tiers": [
                    {"size": size, "prices": [{"sku_id": str(sku.id), "price_fen": fen}]}
                    for size, fen in prices.items()
                ],
            }
        ],
    }
    return create_activity(GroupActivityInput().load(body))


def _leader_rule() -> int:
    """What leaders get for each new customer, made if there is none: the rule's id."""
    with transaction() as session:
        known = session.scalar(select(RewardRule.id).where(RewardRule.name == LEADER_RULE).limit(1))
    if known is not None:
        return known
    reward = [{"kind": "points", "count": LEADER_POINTS}]
    return int(create_rule(**RewardRuleInSchema().load({"name": LEADER_RULE, "reward": reward})).id)
