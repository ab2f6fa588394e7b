"""The demo shop's lots: reviews with pictures win points."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from rich.console import Console
from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from mall.kernel.db import db_now, transaction
from mall.lottery.lots.admin_schemas import LotCampaignInSchema
from mall.lottery.lots.composing import create_campaign, publish_campaign
from mall.lottery.lots.models import LotCampaign
from mall.rewards.commands import create_rule
from mall.rewards.schemas import RewardRuleInSchema

DAYS = 14
PRIZES = (("一等奖 1000 积分", 1_000, 1), ("二等奖 200 积分", 200, 5), ("三等奖 50 积分", 50, 20))
"""Name, points, how many there are."""
TEXT = (
    "活动期间购物后发表带图评价，不论星级，均可用该评价参与一次抽奖；每人一次。"
    "奖品共 26 份，中奖概率为奖品份数除以有效参与人数，人数不足时人人有奖；每人至多中一份。"
    "开奖时评价须已通过审核、商品未全部退回。开奖后公布随机密钥，人人可自行验算；积分自动发放。"
)


def load_demo_lots(console: Console) -> None:
    """Publish a campaign of lots, when none takes entries now or later."""
    console.print(f"{int(_make())} campaign of lots")


def _make() -> bool:
    with transaction() as session:
        if _has_one(session):
            return False
        starts_at = db_now(session) + timedelta(minutes=1)
    ends_at = starts_at + timedelta(days=DAYS)
    terms = {
        "name": "晒单抽积分",
        "text": TEXT,
        "starts_at": starts_at.isoformat(),
        "ends_at": ends_at.isoformat(),
        "draws_at": (ends_at + timedelta(days=1)).isoformat(),
        "prizes": [_prize(*one) for one in PRIZES],
    }
    campaign_id = create_campaign(LotCampaignInSchema().load(terms))
    publish_campaign(campaign_id, 1, accept_warnings=True)
    return True


def _has_one(session: Session) -> bool:
    found = exists().where(
        LotCampaign.published_at.is_not(None),
        LotCampaign.canceled_at.is_(None),
        LotCampaign.ends_at > func.now(),
    )
    return bool(session.scalar(select(found)))


def _prize(name: str, points: int, count: int) -> dict[str, Any]:
    reward = [{"kind": "points", "count": points}]
    rule = create_rule(**RewardRuleInSchema().load({"name": f"晒单：{name}", "reward": reward}))
    return {"name": name, "rule_id": str(rule.id), "worth_fen": points, "count": count}
