"""The demo shop's red packet: it grows by check-ins from today on, and is used a week later."""

from __future__ import annotations

from datetime import date, timedelta

from rich.console import Console
from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from mall.games.packets.admin_schemas import PacketCampaignInSchema
from mall.games.packets.composing import create_campaign, publish
from mall.games.packets.models import PacketCampaign
from mall.kernel.clock import shop_day
from mall.kernel.db import db_now, transaction

WARM_DAYS, SALE_DAYS = 7, 3
VALUES_FEN = (200, 400, 700, 1_000, 1_500, 2_000)
THRESHOLD_FEN, PACKETS = 5_000, 1_000
TEXT = (
    "预热期内领取一个红包，每天签到一次红包变大，签到五次达到 20 元；补签不计。"
    "促销期内商品满 50 元可用，每人一个，数量有限，领完为止；促销期结束后失效。"
)


def load_demo_packets(console: Console) -> None:
    """Publish a campaign whose warm-up is now, when there is none."""
    console.print(f"{int(_make())} red packet campaign")


def _make() -> bool:
    with transaction() as session:
        today = shop_day(db_now(session))
        if _has_one(session, today):
            return False
    sale = today + timedelta(days=WARM_DAYS)
    terms = {
        "name": "签到膨胀红包",
        "rules": TEXT,
        "warm_first": str(today),
        "warm_last": str(sale - timedelta(days=1)),
        "sale_first": str(sale),
        "sale_last": str(sale + timedelta(days=SALE_DAYS - 1)),
        "values_fen": list(VALUES_FEN),
        "threshold_fen": THRESHOLD_FEN,
        "packets": PACKETS,
    }
    publish(create_campaign(PacketCampaignInSchema().load(terms)), 1, accept_warnings=True)
    return True


def _has_one(session: Session, today: date) -> bool:
    """Whether shoppers can open a packet, or will."""
    found = exists().where(
        PacketCampaign.published_at.is_not(None),
        PacketCampaign.ended_at.is_(None),
        PacketCampaign.warm_last >= today,
    )
    return bool(session.scalar(select(found)))
