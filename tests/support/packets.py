"""Expanding red packets for tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

from sqlalchemy import text

from mall.games.packets.admin_schemas import PacketCampaignInSchema
from mall.games.packets.composing import create_campaign, publish
from mall.games.packets.opening import open_packet
from mall.kernel.clock import shop_day
from mall.kernel.db import db_now, transaction
from mall.kernel.in_use import KNOWN_BY_ALL
from tests.support.missions import days_pass, plan

SHOPPER, ADMIN = "/api/v1/packet-campaigns", "/admin/api/v1/packet-campaigns"
VALUES = [500, 800, 1200]
"""Worth after no check-in, one, two."""
_OLDER = {
    "packet_campaigns": ("warm_first", "warm_last", "sale_first", "sale_last"),
    "packets": ("opened_on",),
}
_EARLIER = {
    "packet_campaigns": ("published_at",),
    "coupon_templates": ("claim_from", "claim_to", "valid_from", "valid_to"),
    "coupons": ("valid_from", "expires_at"),
}


def packet_terms(**more: Any) -> dict[str, Any]:
    """The JSON of a campaign: a warm-up of five days from tomorrow on, a day between, a sale of
    two."""
    days = {"warm_first": 1, "warm_last": 5, "sale_first": 7, "sale_last": 8}
    return {
        "name": "双十一膨胀红包",
        "rules": "预热期每天签到，红包变大；促销期使用。",
        **{name: str(today() + timedelta(days=after)) for name, after in days.items()},
        "values_fen": VALUES,
        "packets": 100,
        **more,
    }


def today() -> date:
    with transaction() as session:
        return shop_day(db_now(session))


def packet_draft(**more: Any) -> int:
    return create_campaign(PacketCampaignInSchema().load(packet_terms(**more)))


def upcoming_campaign(**more: Any) -> int:
    """A campaign that is published; its warm-up begins tomorrow."""
    campaign_id = packet_draft(**more)
    publish(campaign_id, 1, accept_warnings=True)
    return campaign_id


def warm_campaign(**more: Any) -> int:
    """A campaign on the first day of its warm-up, in a shop where one can check in."""
    open_check_in()
    campaign_id = upcoming_campaign(**more)
    shop_days_pass()
    return campaign_id


def open_check_in() -> None:
    """A plan of check-ins, if there is none."""
    with transaction() as session:
        known = session.scalar(text("SELECT count(*) FROM check_in_plans"))
    if not known:
        plan(30)


def shop_days_pass(count: int = 1) -> None:
    """What there is of campaigns, their coupons and check-ins is `count` days older."""
    days_pass(count)
    with transaction() as session, _published_terms_may_change():
        for tables, by in ((_OLDER, f"- {count}"), (_EARLIER, f"- interval '{count} days'")):
            for table, columns in tables.items():
                changes = ", ".join(f"{column} = {column} {by}" for column in columns)
                session.execute(text(f"UPDATE {table} SET {changes}"))


def every_process_knows_of_packets() -> None:
    """Campaigns were published a while ago, on whatever day."""
    with transaction() as session, _published_terms_may_change():
        earlier = f"published_at = published_at - interval '{KNOWN_BY_ALL.seconds} seconds'"
        session.execute(text(f"UPDATE packet_campaigns SET {earlier}"))


@contextmanager
def _published_terms_may_change() -> Iterator[None]:
    with transaction() as session:
        switch = "ALTER TABLE packet_campaigns {} TRIGGER packet_campaigns_immutable"
        session.execute(text(switch.format("DISABLE")))
        yield
        session.execute(text(switch.format("ENABLE")))


def packet_ids(user_id: int) -> dict[str, str]:
    """A campaign in its warm-up, of which this shopper has a packet, and a draft; what
    placeholders stand for."""
    campaign_id = warm_campaign()
    open_packet(user_id, campaign_id)
    return {"packet_campaign_id": str(campaign_id), "packet_draft_id": str(packet_draft())}
