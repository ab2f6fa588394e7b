"""Activities whose members draw, for tests."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select, text, update

from mall.groupbuy.activities.models import GroupActivity
from mall.kernel.clock import utc_now
from mall.kernel.db import db, transaction
from mall.kernel.jobs import run_pending
from mall.lottery.teams.binding import bind
from mall.lottery.teams.models import FreeOrder, LotteryMember
from mall.rewards.commands import create_rule
from mall.rewards.schemas import RewardRuleInSchema
from tests.support.groupbuy import joined, make_activity, opened, settled
from tests.support.lottery import begin, prize, published, thanks
from tests.support.orders import make_buyer


def coming_activity(tiers: Any = None, **more: Any) -> int:
    """An activity that has started and opens in an hour."""
    start = utc_now() + timedelta(hours=1)
    times = {"starts_at": start, "ends_at": start + timedelta(days=1)}
    return make_activity(tiers or {2: 9_000}, **{**times, **more})


def opens_now(activity_id: int) -> None:
    """Teams can be opened, whatever was said."""
    with transaction() as session:
        session.execute(
            update(GroupActivity)
            .where(GroupActivity.id == activity_id)
            .values(starts_at=utc_now() - timedelta(minutes=1))
        )
    db.session.rollback()


def free_rule(activity_id: int) -> int:
    """A rule that makes an order of the activity free."""
    part = {"kind": "free_order", "what": str(activity_id), "count": 1}
    return create_rule(**RewardRuleInSchema().load({"name": "免单", "reward": [part]})).id


def free_prize(activity_id: int, count: int) -> dict[str, Any]:
    """The JSON of a counted prize that is an order made free."""
    return prize(free_rule(activity_id), count=count, name="免单", worth_fen=9_000)


def drawing_activity(free: int = 1, tickets: int = 2, **more: Any) -> tuple[int, int]:
    """An activity that is open, and its lottery that runs: so many orders of `tickets` get free."""
    activity_id = coming_activity(**more)
    prizes = [free_prize(activity_id, free)]
    if free < tickets:
        prizes.append(thanks(1))
    lottery_id = published(*prizes, tickets=tickets)
    bind(activity_id, lottery_id)
    opens_now(activity_id)
    begin(lottery_id)
    return activity_id, lottery_id


def chances_of(activity_id: int) -> list[str]:
    """What became of the members' chances, the first first."""
    with transaction() as session:
        return list(
            session.scalars(
                select(LotteryMember.status)
                .where(LotteryMember.activity_id == activity_id)
                .order_by(LotteryMember.member_id)
            )
        )


def free_orders() -> list[int | None]:
    """What went back for each free order."""
    with transaction() as session:
        return list(session.scalars(select(FreeOrder.amount_fen).order_by(FreeOrder.member_id)))


def jobs_run() -> None:
    """What events and jobs bring with them."""
    run_pending()
    db.session.remove()


def settled_pair(activity_id: int) -> list[tuple[int, str]]:
    """The members of a team of two that was settled: each one's id and order."""
    buyers = [make_buyer(), make_buyer()]
    team_id = opened(activity_id, buyers[0])
    joined(team_id, buyers[1])
    settled(team_id)
    jobs_run()
    members = text(
        "SELECT m.user_id, o.order_no FROM groupbuy_members m"
        " JOIN orders o ON o.id = m.order_id WHERE m.team_id = :id ORDER BY m.id"
    )
    with transaction() as session:
        rows = session.execute(members, {"id": team_id}).all()
    return [(row.user_id, row.order_no) for row in rows]
