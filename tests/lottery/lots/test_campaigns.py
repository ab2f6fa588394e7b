"""Campaigns of lots by their commands: composing, taking part, drawing, giving, verifying."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from mall.compliance.errors import CampaignRefused
from mall.kernel.clock import utc_now
from mall.kernel.db import transaction
from mall.lottery.errors import LotteryRuleBounded, LotteryRuleUnknown
from mall.lottery.lots import composing, drawing, queries
from mall.lottery.lots.admin_schemas import LotCampaignInSchema
from mall.lottery.lots.entering import enter
from mall.lottery.lots.errors import (
    LotCampaignChanged,
    LotCampaignClosed,
    LotCampaignNotFound,
    LotCampaignNotPublished,
    LotCampaignOver,
    LotCampaignPaused,
    LotCampaignPublished,
    LotEntered,
    LotReviewNotFound,
    LotReviewUnfit,
    LotTimesInvalid,
)
from mall.lottery.lots.verifying import verify_campaign
from mall.users.closing import close_account
from tests.support.cli import mall
from tests.support.lots import (
    NONCE,
    lot_draft,
    lot_prize,
    lot_terms,
    lots_agree,
    lots_are_due,
    lots_hold,
    open_lots,
    pictured,
    published_lots,
    shift_lots,
    takes_part,
    winners_of,
)
from tests.support.lottery import points_rule
from tests.support.points import figures
from tests.support.races import execute
from tests.support.written import decide, received, refund_line, spu_of, written


def drawn(campaign_id: int) -> list[tuple[int, int, bool]]:
    """Its time has come and its prizes are given: (entry, prize, given) by place."""
    lots_are_due(campaign_id)
    drawing.draw_due()
    drawing.give_prizes()
    lots_agree(campaign_id)
    lots_hold()
    return winners_of(campaign_id)


class TestComposing:
    def test_a_draft_changes_until_it_is_public(self, app: Flask) -> None:
        campaign_id = lot_draft()
        other = LotCampaignInSchema().load(lot_terms(lot_prize(3)))
        composing.change_campaign(campaign_id, 1, other)
        with pytest.raises(LotCampaignChanged):
            composing.change_campaign(campaign_id, 1, other)
        with transaction() as session:
            for entries, expected in ((None, 30), (2, 20), (0, 0), (9, 30)):
                costs = composing.cost_preview(session, campaign_id, entries)
                assert costs == {"prizes": 3, "expected_fen": expected, "worst_fen": 30}
        composing.publish_campaign(campaign_id, 2, accept_warnings=True)
        for late in (
            lambda: composing.change_campaign(campaign_id, 3, other),
            lambda: composing.publish_campaign(campaign_id, 3, accept_warnings=True),
        ):
            with pytest.raises(LotCampaignPublished):
                late()

    def test_times(self, app: Flask) -> None:
        soon, later = utc_now() + timedelta(days=1), utc_now() + timedelta(days=2)
        for wrong in (
            {"ends_at": soon.isoformat(), "starts_at": later.isoformat()},
            {"draws_at": soon.isoformat()},
        ):
            with pytest.raises(LotTimesInvalid):
                lot_draft(**wrong)
        campaign_id = lot_draft()
        shift_lots(campaign_id, "starts_at = now()")
        with pytest.raises(LotTimesInvalid):
            composing.publish_campaign(campaign_id, 1, accept_warnings=True)

    def test_rules_of_prizes(self, app: Flask) -> None:
        paused = points_rule()
        execute(f"UPDATE reward_rules SET enabled = false WHERE id = {paused}")
        with pytest.raises(LotteryRuleUnknown):
            lot_draft(lot_prize(rule_id=paused))
        with pytest.raises(LotteryRuleBounded):
            lot_draft(lot_prize(rule_id=points_rule(budget=5)))

    def test_no_prize_above_fifty_thousand_yuan(self, app: Flask) -> None:
        campaign_id = lot_draft({**lot_prize(), "worth_fen": 5_000_001})
        with pytest.raises(CampaignRefused):
            composing.publish_campaign(campaign_id, 1, accept_warnings=True)

    def test_paused_nobody_enters_and_it_is_drawn_in_time(self, app: Flask) -> None:
        campaign_id, draft_id = open_lots(), lot_draft()
        takes_part(campaign_id)
        with pytest.raises(LotCampaignNotPublished):
            composing.pause_campaign(draft_id, True)
        for _ in range(2):
            composing.pause_campaign(campaign_id, True)
        with pytest.raises(LotCampaignPaused):
            takes_part(campaign_id)
        composing.pause_campaign(campaign_id, False)
        takes_part(campaign_id)
        composing.pause_campaign(campaign_id, True)
        with transaction() as session:
            assert queries.public_view(session, campaign_id)["state"] == "paused"
        assert len(drawn(campaign_id)) == 1
        with pytest.raises(LotCampaignOver):
            composing.pause_campaign(campaign_id, False)

    def test_canceled_for_a_public_reason(self, app: Flask) -> None:
        campaign_id, draft_id = open_lots(), lot_draft()
        takes_part(campaign_id)
        with pytest.raises(LotCampaignNotPublished):
            composing.cancel_campaign(draft_id, "x")
        composing.cancel_campaign(campaign_id, "供应商倒闭")
        with pytest.raises(LotCampaignOver):
            composing.cancel_campaign(campaign_id, "x")
        with pytest.raises(LotCampaignOver):
            takes_part(campaign_id)
        lots_are_due(campaign_id)
        assert drawing.draw_due() == 0
        assert not drawing.draw_campaign(campaign_id)
        with transaction() as session:
            shown = queries.public_view(session, campaign_id)
        assert (shown["state"], shown["cancel_reason"]) == ("canceled", "供应商倒闭")
        assert shown["secret"] is None
        lots_hold()


class TestEntering:
    def test_once_a_shopper(self, app: Flask) -> None:
        campaign_id, order = open_lots(), received()
        first, second = pictured(order), pictured(received(buyer=order.buyer))
        assert enter(order.user_id, campaign_id, first, NONCE) == 1
        assert enter(order.user_id, campaign_id, first, "another-nonce-here") == 1
        with pytest.raises(LotEntered):
            enter(order.user_id, campaign_id, second, NONCE)
        assert takes_part(campaign_id)
        with transaction() as session:
            numbers = [
                one["number"] for one in queries.entries(session, campaign_id, after=0, limit=9)
            ]
        assert numbers == [1, 2]
        lots_hold()

    def test_only_in_its_time(self, app: Flask) -> None:
        order, coming, draft = received(), published_lots(), lot_draft()
        review_id = pictured(order)
        with pytest.raises(LotCampaignClosed):
            enter(order.user_id, coming, review_id, NONCE)
        with pytest.raises(LotCampaignNotFound):
            enter(order.user_id, draft, review_id, NONCE)
        over = open_lots()
        lots_are_due(over)
        with pytest.raises(LotCampaignClosed):
            enter(order.user_id, over, review_id, NONCE)
        drawing.draw_due()
        with pytest.raises(LotCampaignOver):
            enter(order.user_id, over, review_id, NONCE)

    def test_reviews_that_dont_fit(self, app: Flask) -> None:
        order = received()
        old = pictured(order)
        campaign_id = open_lots(min_pictures=2)
        with pytest.raises(LotReviewUnfit, match="至少 2 张"):
            enter(order.user_id, campaign_id, old, NONCE)
        whole = received()
        before = pictured(whole, 2)
        shift_lots(campaign_id, "starts_at = now()")
        with pytest.raises(LotReviewUnfit, match="开始之后"):
            enter(whole.user_id, campaign_id, before, NONCE)
        for status in ("refused", "hidden"):
            one = received()
            refused = pictured(one, 2, wait=status == "refused")
            decide(status, refused)
            with pytest.raises(LotReviewUnfit, match="审核"):
                enter(one.user_id, campaign_id, refused, NONCE)
        with pytest.raises(LotReviewNotFound):
            enter(order.user_id, campaign_id, before, NONCE)

    def test_only_the_products_that_were_named(self, app: Flask) -> None:
        order, other = received(), received()
        campaign_id = open_lots(spu_ids=[str(spu_of(order.sku_id))])
        assert enter(order.user_id, campaign_id, pictured(order), NONCE) == 1
        with pytest.raises(LotReviewUnfit, match="不参与"):
            enter(other.user_id, campaign_id, pictured(other), NONCE)


class TestDrawing:
    def test_at_its_time_and_once(self, app: Flask) -> None:
        campaign_id = open_lots(lot_prize(1, name="一等奖"), lot_prize(2, name="二等奖"))
        people = [takes_part(campaign_id)[0] for _ in range(5)]
        assert not drawing.draw_campaign(campaign_id), "before its time"
        won = drawn(campaign_id)
        assert [(prize, given) for _, prize, given in won] == [(0, True), (1, True), (1, True)]
        assert drawn(campaign_id) == won
        points = {user_id: figures(user_id)[0] for user_id in people}
        assert sorted(points.values()) == [0, 0, 10, 10, 10]
        with transaction() as session:
            names = [
                one["prize"] for one in queries.winners(session, campaign_id, after=0, limit=9)
            ]
            own = [queries.own_entry(session, campaign_id, one)["prize"] for one in people]
        assert names == ["一等奖", "二等奖", "二等奖"]
        assert sorted(map(str, own)) == ["None", "None", "一等奖", "二等奖", "二等奖"]

    def test_only_reviews_that_stand(self, app: Flask) -> None:
        """Refused, waiting, withdrawn by a refund, of a closed account: none takes part."""
        campaign_id = open_lots(lot_prize(9))
        good, refused, waiting, back, closed = (received() for _ in range(5))
        for order in (good, refused, waiting, back, closed):
            review_id = pictured(order, wait=order is waiting)
            enter(order.user_id, campaign_id, review_id, NONCE)
            if order is refused:
                decide("hidden", review_id)
        refund_line(back.order_no)
        close_account(closed.user_id)
        assert drawn(campaign_id) == [(1, 0, True)]
        with transaction() as session:
            took_part = [
                one["took_part"] for one in queries.entries(session, campaign_id, after=0, limit=9)
            ]
        assert took_part == [True, False, False, False, False]

    def test_nobody_took_part(self, app: Flask) -> None:
        assert drawn(open_lots()) == []

    def test_a_refused_prize_is_tried_again(self, app: Flask) -> None:
        rule_id = points_rule()
        campaign_id = open_lots(lot_prize(rule_id=rule_id))
        takes_part(campaign_id)
        execute(f"UPDATE reward_rules SET enabled = false WHERE id = {rule_id}")
        assert drawn(campaign_id) == [(1, 0, False)]
        drawing.give_prizes()
        assert winners_of(campaign_id) == [(1, 0, False)]
        execute(f"UPDATE reward_rules SET enabled = true WHERE id = {rule_id}")
        drawing.give_prizes(again=True)
        assert winners_of(campaign_id) == [(1, 0, True)]


class TestVerifying:
    @pytest.mark.parametrize(
        ("change", "said"),
        [
            ("UPDATE lot_wins SET prize = 1 - prize", "was drawn"),
            ("UPDATE lot_entries SET nonce = 'x' WHERE number = 2", "entries"),
            ("UPDATE lot_campaigns SET eligible = '{1,2}'", "entries"),
            ("UPDATE lot_campaigns SET secret = 'abcd'", "secret"),
            ("UPDATE lot_campaigns SET canonical = replace(canonical, '晒单', '抽奖')", "hash"),
        ],
    )
    def test_what_was_tampered_with_is_found(self, app: Flask, change: str, said: str) -> None:
        campaign_id = open_lots(lot_prize(1), lot_prize(1))
        for _ in range(3):
            takes_part(campaign_id)
        drawn(campaign_id)
        execute("ALTER TABLE lot_entries DISABLE TRIGGER USER")
        try:
            execute(change)
        finally:
            execute("ALTER TABLE lot_entries ENABLE TRIGGER USER")
        assert any(said in fault.what for fault in verify_campaign(campaign_id))
        assert mall(app, "lottery", "verify-lots").exit_code == 1

    def test_by_the_command(self, app: Flask) -> None:
        campaign_id = open_lots()
        takes_part(campaign_id)
        early = mall(app, "lottery", "verify-lots", campaign_id)
        assert (early.exit_code, "were drawn" in early.output) == (1, True)
        drawn(campaign_id)
        shown = mall(app, "lottery", "verify-lots")
        assert (shown.exit_code, shown.output) == (0, f"lots {campaign_id}: holds\n")


def test_an_entry_never_changes(app: Flask) -> None:
    takes_part(open_lots())
    with pytest.raises(Exception, match="never change"):
        execute("UPDATE lot_entries SET nonce = 'x'")


def test_a_review_of_words_alone(app: Flask) -> None:
    order = received()
    with pytest.raises(LotReviewUnfit):
        enter(order.user_id, open_lots(), written(order), NONCE)
