"""Campaigns of lots for tests, made as staff would make them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select, text

from mall.kernel.clock import utc_now
from mall.kernel.db import db, transaction
from mall.lottery.lots.admin_schemas import LotCampaignInSchema
from mall.lottery.lots.composing import create_campaign, publish_campaign
from mall.lottery.lots.entering import enter
from mall.lottery.lots.models import LotWin
from mall.lottery.lots.verifying import verify_campaign
from tests.support.invariants import rows_of
from tests.support.lottery import points_rule
from tests.support.written import Received, approved, make_picture, received, written

SHOPPER, ADMIN = "/api/v1/review-lots", "/admin/api/v1/review-lots"
NONCE = "0123456789abcdef"
OWN = ("I87a", "I87b", "I87c", "I87d")


def lot_prize(count: int = 1, rule_id: int | None = None, name: str = "积分") -> dict[str, Any]:
    """The JSON of a prize; without a rule it gives ten points of a new one."""
    rule = str(rule_id or points_rule())
    return {"name": name, "worth_fen": 10, "count": count, "rule_id": rule}


def lot_terms(*prizes: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The JSON of a campaign that starts in an hour, runs for a week and is drawn a day later."""
    now = utc_now()
    return {
        "name": "晒单抽奖",
        "text": "发表带图评价即可参与，不论星级。",
        "starts_at": (now + timedelta(hours=1)).isoformat(),
        "ends_at": (now + timedelta(days=7)).isoformat(),
        "draws_at": (now + timedelta(days=8)).isoformat(),
        "prizes": list(prizes) or [lot_prize()],
        **more,
    }


def lot_draft(*prizes: dict[str, Any], **more: Any) -> int:
    return create_campaign(LotCampaignInSchema().load(lot_terms(*prizes, **more)))


def published_lots(*prizes: dict[str, Any], **more: Any) -> int:
    campaign_id = lot_draft(*prizes, **more)
    publish_campaign(campaign_id, 1, accept_warnings=True)
    return campaign_id


def open_lots(*prizes: dict[str, Any], **more: Any) -> int:
    """A campaign that is open, whatever was published."""
    campaign_id = published_lots(*prizes, **more)
    shift_lots(campaign_id, "starts_at = now() - interval '1 second'")
    return campaign_id


def lots_are_due(campaign_id: int) -> None:
    """Its time has come."""
    shift_lots(
        campaign_id,
        "ends_at = now() - interval '1 second', draws_at = now() - interval '1 second'",
    )


def shift_lots(campaign_id: int, change: str) -> None:
    db.session.rollback()
    with transaction() as session:
        query = text(f"UPDATE lot_campaigns SET {change} WHERE id = :id")
        session.execute(query, {"id": campaign_id})
    db.session.rollback()


def pictured(order: Received | None = None, pictures: int = 1, *, wait: bool = False) -> int:
    """A review with pictures, approved unless it is to wait: its id."""
    order = order or received()
    names = tuple(make_picture(order.user_id) for _ in range(pictures))
    return (written if wait else approved)(order, pictures=names)


def takes_part(campaign_id: int) -> tuple[int, int]:
    """Somebody new takes part with a review that was approved: shopper and review."""
    order = received()
    review_id = pictured(order)
    enter(order.user_id, campaign_id, review_id, NONCE)
    return order.user_id, review_id


def winners_of(campaign_id: int) -> list[tuple[int, int, bool]]:
    """(entry, prize, given) by place."""
    with transaction() as session:
        rows = session.execute(
            select(LotWin.number, LotWin.prize, LotWin.grant_id)
            .where(LotWin.campaign_id == campaign_id)
            .order_by(LotWin.place)
        ).all()
    return [(row.number, row.prize, row.grant_id is not None) for row in rows]


def lots_agree(campaign_id: int) -> None:
    assert list(verify_campaign(campaign_id)) == []


def lots_hold() -> None:
    """What must hold of lots, and of the rewards that they give. (Tests send goods without a
    parcel, so not all is asked.)"""
    for code in OWN:
        assert rows_of(code) == [], code


def lot_ids() -> dict[str, str]:
    """A campaign that is open, and a draft; what placeholders stand for."""
    return {"lot_campaign_id": str(open_lots()), "lot_draft_id": str(lot_draft())}
