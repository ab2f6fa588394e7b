"""Cash for likes in tests: a campaign, a writer's show that was shared, friends who like it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select, text

from mall.aftersales.settling import settle_due
from mall.kernel.db import db, transaction
from mall.reviews.cashback.admin_schemas import CashbackCampaignInput
from mall.reviews.cashback.campaigns import create_campaign, enable_campaign
from mall.reviews.cashback.deciding import RELEASE, decide
from mall.reviews.cashback.jobs import sweep_shows
from mall.reviews.cashback.liking import Liked, like
from mall.reviews.cashback.models import CashbackShow
from mall.reviews.cashback.opening import begin_show
from mall.reviews.cashback.page_kind import NAME
from mall.reviews.cashback.settings import CASHBACK_OPEN
from mall.rewards.models import RewardGrant, RewardRule
from mall.sharing.shares.opening import open_share, share_page
from mall.staff.models import StaffMember
from tests.support.invariants import rows_of
from tests.support.messages import now
from tests.support.orders import Buyer, make_buyer
from tests.support.payouts import cash_rule
from tests.support.settings import set_setting
from tests.support.staff import make_staff
from tests.support.users import make_shopper
from tests.support.written import Received, approved, make_picture, received, work

FEN, NEEDED = 500, 3
OWN = ("I76a", "I76b", "I76c", "I76d", "I76e", "I76f", "I9a", "I9d")


@dataclass(frozen=True)
class Shown:
    """A review that is shown for cash, as its writer shared it."""

    id: int
    token: str
    review_id: int
    campaign_id: int
    order: Received

    @property
    def user_id(self) -> int:
        return self.order.user_id


def rule(budget: int = 10 * FEN, fen: int = FEN) -> int:
    """A reward rule that gives cash within a budget in fen: its id."""
    return cash_rule(fen, budget=budget, budget_unit="fen")


def terms(rule_id: int, **more: Any) -> dict[str, Any]:
    """A campaign's terms as staff send them: open since an hour for ten days."""
    moment = now()
    return {
        "name": "晒单有礼",
        "text": "晒出您的真实评价，请好友点个赞",
        "rule_id": str(rule_id),
        "likes_needed": NEEDED,
        "days": 3,
        "starts_at": (moment - timedelta(hours=1)).isoformat(),
        "ends_at": (moment + timedelta(days=10)).isoformat(),
        "accept_warnings": True,
        **more,
    }


def make_campaign(rule_id: int | None = None, *, on: bool = True, **more: Any) -> int:
    """A campaign that runs: its id."""
    set_setting(CASHBACK_OPEN, True)
    campaign_id = create_campaign(CashbackCampaignInput().load(terms(rule_id or rule(), **more)))
    if on:
        enable_campaign(campaign_id, enabled=True)
    return campaign_id


def pictured(order: Received | None = None, pictures: int = 1) -> tuple[Received, int]:
    """An order with its approved review with pictures."""
    order = order or received()
    names = tuple(make_picture(order.user_id) for _ in range(pictures))
    return order, approved(order, pictures=names)


def device() -> str:
    """What a new phone calls itself."""
    return f"phone-{secrets.token_hex(8)}"


def shown(campaign_id: int | None = None, buyer: Buyer | None = None, phone: str = "") -> Shown:
    """A writer shows a review, and shared the page."""
    campaign_id = campaign_id or make_campaign()
    order, review_id = pictured(received(buyer=buyer or make_buyer()))
    show_id = begin_show(order.user_id, campaign_id, review_id, phone or device())
    token = share_page(order.user_id, NAME, show_id).token
    return Shown(show_id, token, review_id, campaign_id, order)


def friend_of(show: Shown) -> int:
    """A shopper who has opened the shared show."""
    friend_id, _ = make_shopper()
    open_share(friend_id, show.token)
    return friend_id


def liked(show: Shown, times: int = 1) -> list[Liked]:
    """Friends open the show and like it, each on a phone of their own."""
    return [like(friend_of(show), show.id, show.token, device()) for _ in range(times)]


def show_row(show: Shown) -> CashbackShow:
    """The show's row, read afresh."""
    db.session.rollback()
    with transaction() as session:
        return session.get_one(CashbackShow, show.id, populate_existing=True)


def grant_status(show: Shown) -> str:
    db.session.rollback()
    with transaction() as session:
        return session.scalars(
            select(RewardGrant.status)
            .join(CashbackShow, CashbackShow.grant_id == RewardGrant.id)
            .where(CashbackShow.id == show.id)
        ).one()


def used_of(rule_id: int) -> int:
    """What of the budget is promised or given, in fen."""
    db.session.rollback()
    with transaction() as session:
        return session.scalars(select(RewardRule.used).where(RewardRule.id == rule_id)).one()


def days_pass(days: int) -> None:
    """All of it was so many days earlier; what can't come back any more is settled."""
    shift = f"interval '{days} days'"
    db.session.rollback()
    with transaction() as session:
        session.execute(
            text(
                f"UPDATE cashback_shows SET created_at = created_at - {shift},"
                f" ends_at = ends_at - {shift}, changed_at = changed_at - {shift},"
                f" reached_at = reached_at - {shift}, hold_until = hold_until - {shift},"
                f" given_at = given_at - {shift}"
            )
        )
        session.execute(text(f"UPDATE cashback_likes SET created_at = created_at - {shift}"))
        session.execute(
            text(
                f"UPDATE orders SET completed_at = completed_at - {shift},"
                f" settled_at = settled_at - {shift}"
            )
        )
    settle_due()
    sweep_shows()
    work()


def clerk_id() -> int:
    """A member of staff."""
    make_staff()
    with transaction() as session:
        return session.scalars(select(StaffMember.id).order_by(StaffMember.id.desc())).first() or 0


def release(show: Shown) -> None:
    """Staff let it go; what follows was done."""
    decide(clerk_id(), show.id, RELEASE, "")
    work()


def given() -> Shown:
    """A show whose cash its writer was given."""
    show = shown()
    liked(show, NEEDED)
    release(show)
    days_pass(30)
    assert show_row(show).status == "given"
    return show


def cashback_holds() -> None:
    """What must hold of cash for likes holds."""
    db.session.rollback()
    assert {code: rows for code in OWN if (rows := rows_of(code))} == {}


def cashback_ids(buyer: Buyer) -> dict[str, str]:
    """A show that this shopper has opened, and a review of their own to show; what placeholders
    stand for."""
    rule_id = rule()
    show = shown(make_campaign(rule_id))
    open_share(buyer.user_id, show.token)
    _, review_id = pictured(received(buyer=buyer))
    return {
        "cash_rule_id": str(rule_id),
        "cashback_campaign_id": str(show.campaign_id),
        "cashback_show_id": str(show.id),
        "cashback_share": show.token,
        "cashback_review_id": str(review_id),
    }
