"""The demo shop's channel: a code in a store, with a coupon for new shoppers."""

from __future__ import annotations

from rich.console import Console
from sqlalchemy import exists, select

from mall.catalog.models import Spu
from mall.catalog.rules import on_shelf_now
from mall.coupons import templates
from mall.coupons.schemas import CouponTemplateInSchema
from mall.kernel.clock import shop_day
from mall.kernel.db import db_now, transaction
from mall.sharing.channels.defining import ChannelDraft, create_channel, put_cost
from mall.sharing.channels.models import STORE, Channel

COUPON = {
    "name": "扫码见面礼",
    "description": "新顾客扫门店码领取，线上下单或到店出示核销码均可使用。",
    "kind": "amount",
    "amount_fen": 500,
    "threshold_fen": 3_000,
    "way": "channel",
    "valid_days": 30,
    "total_limit": 1_000,
    "at_counter": True,
    "accept_warnings": True,
}
COST_FEN = 20_000


def load_demo_channel(console: Console) -> None:
    """Make the demo shop's channel, when there is none and a product to lead to."""
    console.print(f"{int(make_channel())} channel")


def make_channel() -> bool:
    """A store's code; whether it was made."""
    with transaction() as session:
        product_id = session.scalar(
            select(Spu.id).where(on_shelf_now()).order_by(Spu.id.desc()).limit(1)
        )
        if product_id is None or session.scalar(select(exists(select(Channel.id)))):
            return False
        today = shop_day(db_now(session))
    template_id = templates.create(**CouponTemplateInSchema().load(COUPON)).id
    channel_id = create_channel(
        ChannelDraft(
            name="门店收银台立牌",
            kind=STORE,
            page_kind="product",
            page_id=product_id,
            starts_at=None,
            ends_at=None,
            coupon_template_id=template_id,
            point_id=None,
            note="演示渠道",
        )
    )
    put_cost(channel_id, today, COST_FEN, "立牌印刷")
    return True
