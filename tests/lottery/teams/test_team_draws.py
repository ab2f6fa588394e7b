"""Draws of teams by their commands: binding, members' chances, orders made free."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text

from mall.kernel.clock import utc_now
from mall.kernel.db import transaction
from mall.kernel.errors import MallError
from mall.lottery.campaigns.running import end
from mall.lottery.errors import LotteryNotFound, LotteryOver, LotteryTableInvalid
from mall.lottery.teams import binding, jobs
from mall.lottery.teams.errors import (
    LotteryActivityOpen,
    LotteryFreesOthers,
    LotteryIsBox,
    LotteryNotOfActivity,
    LotteryTooShort,
)
from mall.payments.refunds.causing import refund_in_full
from mall.rewards.errors import RewardUnknown
from tests.support.boxes import make_boxes
from tests.support.groupbuy import (
    joined,
    opened,
    refunds_arrive,
    refunds_of,
    seat_of,
    settled,
)
from tests.support.invariants import check_invariants
from tests.support.lottery import (
    chances,
    draw_once,
    lottery_draft,
    prize,
    published,
    running_lottery,
    thanks,
)
from tests.support.orders import make_buyer
from tests.support.team_draws import (
    chances_of,
    coming_activity,
    drawing_activity,
    free_orders,
    free_prize,
    free_rule,
    jobs_run,
    opens_now,
    settled_pair,
)


class TestBinding:
    def test_another_one_before_the_start(self, app: Flask) -> None:
        activity_id, first, second = coming_activity(), published(), published()
        binding.bind(activity_id, first)
        binding.bind(activity_id, first)
        binding.bind(activity_id, second)
        with transaction() as session:
            assert binding.lottery_of(session, activity_id) == second
            said = session.scalars(
                text("SELECT action FROM audit_entries WHERE action LIKE 'lottery.bind%'")
            ).all()
        assert said == ["lottery.bind_activity"] * 2
        binding.unbind(activity_id)
        with pytest.raises(LotteryNotOfActivity):
            binding.unbind(activity_id)

    def test_not_once_it_is_open(self, app: Flask) -> None:
        activity_id, lottery_id = coming_activity(), published()
        binding.bind(activity_id, lottery_id)
        opens_now(activity_id)
        with pytest.raises(LotteryActivityOpen):
            binding.bind(activity_id, lottery_id)
        with pytest.raises(LotteryActivityOpen):
            binding.unbind(activity_id)

    def test_what_nobody_could_draw_from(self, app: Flask) -> None:
        activity_id, over = coming_activity(), running_lottery()
        end(over, "活动取消")
        soon = (utc_now() + timedelta(hours=30)).isoformat()
        others = published(free_prize(coming_activity(), 1), thanks(1), tickets=2)
        wrong: list[tuple[int, type[MallError]]] = [
            (lottery_draft(), LotteryNotFound),
            (over, LotteryOver),
            (published(ends_at=soon), LotteryTooShort),
            (others, LotteryFreesOthers),
            (make_boxes(3).lottery_id, LotteryIsBox),
        ]
        for lottery_id, error in wrong:
            with pytest.raises(error):
                binding.bind(activity_id, lottery_id)

    def test_free_orders_are_not_for_sale(self, app: Flask) -> None:
        mine, other = coming_activity(), coming_activity()
        with pytest.raises(LotteryTableInvalid, match="不能出售"):
            lottery_draft(free_prize(mine, 1), thanks(1), tickets=2, price_points=10)
        with pytest.raises(LotteryTableInvalid, match="同一个"):
            lottery_draft(free_prize(mine, 1), free_prize(other, 1), thanks(1), tickets=3)
        with pytest.raises(RewardUnknown):
            free_rule(other + 100)

    def test_a_budget_counts_the_dearest_order(self, app: Flask) -> None:
        """Five units of the dearest tier."""
        activity_id, _ = drawing_activity(tiers={2: 9_000, 3: 8_000})
        with transaction() as session:
            costs = session.scalars(text("SELECT costs_fen FROM lotteries")).one()
        assert costs == [45_000, 0]
        assert activity_id


class TestChances:
    def test_one_for_each_member_of_a_settled_team(self, app: Flask) -> None:
        activity_id, lottery_id = drawing_activity(free=2)
        members = settled_pair(activity_id)
        assert chances_of(activity_id) == ["given", "given"]
        assert {draw_once(user_id, lottery_id).name for user_id, _ in members} == {"免单"}
        check_invariants()

    def test_none_for_a_team_that_failed(self, app: Flask) -> None:
        activity_id, _ = drawing_activity()
        settled(opened(activity_id))
        jobs_run()
        assert chances_of(activity_id) == []

    def test_none_without_a_lottery(self, app: Flask) -> None:
        activity_id = coming_activity()
        opens_now(activity_id)
        settled_pair(activity_id)
        assert chances_of(activity_id) == []

    def test_lost_jobs(self, app: Flask) -> None:
        activity_id, _ = drawing_activity()
        team_id = opened(activity_id)
        joined(team_id)
        settled(team_id)
        with transaction() as session:
            session.execute(text("DELETE FROM procrastinate_jobs WHERE status = 'todo'"))
            session.execute(
                text(
                    "INSERT INTO lottery_members"
                    " (member_id, activity_id, lottery_id, user_id, order_id)"
                    " SELECT m.id, a.activity_id, a.lottery_id, m.user_id, m.order_id"
                    " FROM groupbuy_members m JOIN lottery_activities a USING (activity_id)"
                )
            )
        jobs.give_due_chances.run()
        assert chances_of(activity_id) == ["given", "given"]

    def test_gone_with_an_order_that_came_back(self, app: Flask) -> None:
        activity_id, lottery_id = drawing_activity(free=2)
        (first, first_no), (second, second_no) = settled_pair(activity_id)
        draw_once(second, lottery_id)
        jobs_run()
        refunds_arrive(second_no)
        for order_no in (first_no, second_no):
            with transaction() as session:
                refund_in_full(session, order_no, "test:back", "退货")
            refunds_arrive(order_no)
        jobs_run()
        assert chances_of(activity_id) == ["taken_back", "given"], "the second one was used"
        with pytest.raises(MallError) as refused:
            draw_once(first, lottery_id)
        assert refused.value.code == "lottery_no_chance"
        check_invariants()

    def test_of_a_lottery_that_is_over(self, app: Flask) -> None:
        activity_id, lottery_id = drawing_activity()
        end(lottery_id, "活动取消")
        settled_pair(activity_id)
        assert chances_of(activity_id) == ["refused", "refused"]
        check_invariants()


class TestFreeOrders:
    def test_what_was_paid_at_the_reached_tier(self, app: Flask) -> None:
        """The team's own difference goes first, the rest by the free order."""
        activity_id, lottery_id = drawing_activity(free=3, tickets=3, tiers={2: 9_000, 3: 8_000})
        buyers = [make_buyer() for _ in range(3)]
        team_id = opened(activity_id, buyers[0], 2)
        orders = [joined(team_id, one) for one in buyers[1:]]
        settled(team_id)
        jobs_run()
        for one in buyers:
            draw_once(one.user_id, lottery_id)
        jobs_run()
        assert free_orders() == [16_000, 8_000, 8_000]
        assert refunds_of(orders[0]) == [("groupbuy:tier:", 1_000), ("lottery:free:", 8_000)]
        assert seat_of(orders[0]).due is None
        check_invariants()

    def test_waits_for_the_difference_of_the_team(self, app: Flask) -> None:
        activity_id, lottery_id = drawing_activity(free=2)
        (user_id, order_no), _ = settled_pair(activity_id)
        with transaction() as session:
            session.execute(text("UPDATE groupbuy_members SET due = 'settle', due_since = now()"))
        draw_once(user_id, lottery_id)
        jobs_run()
        assert (free_orders(), refunds_of(order_no)) == ([None], [])
        with transaction() as session:
            session.execute(text("UPDATE groupbuy_members SET due = NULL, due_since = NULL"))
        jobs.pay_back_due.run()
        jobs.pay_back_due.run()
        assert free_orders() == [9_000]
        assert refunds_of(order_no) == [("lottery:free:", 9_000)]

    def test_of_who_gave_the_goods_back_meanwhile(self, app: Flask) -> None:
        activity_id, lottery_id = drawing_activity(free=2)
        (user_id, order_no), _ = settled_pair(activity_id)
        draw_once(user_id, lottery_id)
        with transaction() as session:
            refund_in_full(session, order_no, "test:back", "退货")
        jobs_run()
        assert free_orders() == [0]
        assert refunds_of(order_no) == [("test:back", 9_000)]
        check_invariants()

    def test_who_has_no_order_waits_for_one(self, app: Flask) -> None:
        """A chance that staff gave by hand: the prize is kept until there is an order."""
        _, lottery_id = drawing_activity(free=1, tickets=1)
        buyer = make_buyer()
        chances(buyer.user_id, lottery_id)
        assert draw_once(buyer.user_id, lottery_id).refusal == "lottery_no_free_order"
        assert free_orders() == []

    def test_beside_another_prize(self, app: Flask) -> None:
        """Prizes of a lottery for teams may be anything that rewards give."""
        activity_id = coming_activity()
        lottery_id = published(prize(count=2), tickets=2)
        binding.bind(activity_id, lottery_id)
        opens_now(activity_id)
        with transaction() as session:
            session.execute(text("UPDATE lotteries SET starts_at = now()"))
        members = settled_pair(activity_id)
        for user_id, _ in members:
            assert draw_once(user_id, lottery_id).name == "积分"
        check_invariants()
