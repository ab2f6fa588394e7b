"""Every table that names a shopper is erased when the account closes, or kept for a reason.

A new one must stand in one of the two lists below, so that it can't be forgotten.
"""

from __future__ import annotations

from flask import Flask

from mall.kernel.db import Base
from mall.users.erasing import ERASERS

NAMED_IN = {
    "addresses": "users",
    "cart_lines": "cart",
    "uploads": "uploads.unused",
    "message_grants": "messages",
    "message_preferences": "messages",
    "inbox_messages": "messages",
    "check_in_states": "check-ins",
    "check_ins": "check-ins",
    "check_in_cycles": "check-ins",
    "make_up_cards": "check-ins",
    "make_up_card_months": "check-ins",
    "check_in_reminders": "check-ins",
    "view_days": "browsing",
    "view_sessions": "browsing",
    "shares": "sharing",
    "share_opens": "sharing",
    "share_shoppers": "sharing",
    "share_days": "sharing",
    "pets": "pets",
    "mission_progress": "missions",
    "mission_unlocks": "missions",
    "flash_reminders": "flash reminders",
    "groupbuy_visits": "group visits",
    "after_sales": "aftersales",
    "orders": "orders",
    "points_accounts": "points",
    "till_codes": "till codes",
    "coupon_counter_codes": "coupon codes",
    "lockups": "lock-ups",
    "promoters": "promoters",
    "posters": "posters",
    "collages": "collages",
    "referral_bindings": "bindings",
    "referral_traits": "traits",
    "commission_accounts": "commission",
    "lesson_progress": "lessons",
    "lesson_attempts": "lessons",
    "promoter_material_downloads": "material downloads",
    "product_questions": "questions",
    "product_answers": "questions",
    "answer_votes": "questions",
    "question_askings": "questions",
    "asked_shoppers": "questions",
    "cashback_likes": "cash for likes",
    "cashback_shows": "cash for likes",
    "prize_claims": "prizes",
    "trial_applications": "trials",
    "trial_invitations": "trials",
    "reviews": "reviews",
    "moderated_contents": "moderated contents",
    "content_reports": "content reports",
    "review_chances": "reviews",
    "review_votes": "review votes",
    "show_likes": "buyer show marks",
    "show_collects": "buyer show marks",
    "race_members": "race teams",
}
"""What an eraser takes care of, and its name. Its condition names the table."""
KEPT = {
    "referral_invites": "who brought whom, by the shoppers' ids",
    "order_attributions": "who brought an order, by the shoppers' ids",
    "user_tokens": "deleted in the transaction of the closing (I28a)",
    "coupons": "what was given and used, by the shopper's id",
    "coupon_holdings": "counts claims",
    "coupon_redemptions": "what was redeemed at a counter, by the shopper's id",
    "channel_claims": "who claimed a channel's coupon, by the shopper's id",
    "reward_grants": "what was given, by the shopper's id",
    "reward_days": "counts grants",
    "points_entries": "what was given and spent, by the shopper's id",
    "points_lots": "what was given, by the shopper's id",
    "points_holds": "what orders cost in points",
    "points_sheet_lines": "what staff gave by a sheet, by the shopper's id",
    "lockup_counts": "counts locks",
    "till_entries": "what staff gave and took, by the shopper's id",
    "exchange_orders": "what an order cost in points",
    "promotion_uses": "what an order got",
    "promotion_shoppers": "counts uses",
    "groupbuy_teams": "who led a team, by the shopper's id",
    "groupbuy_members": "which order held a seat",
    "groupbuy_brought": "for whom a leader was rewarded, by the shopper's id",
    "ladder_grants": "for what an inviter or invitee was rewarded, by the shopper's id",
    "groupbuy_shoppers": "counts units",
    "groupbuy_newcomers": "an unpaid order, which hinders closing",
    "payouts": "what was owed and paid, by the shopper's id",
    "payout_transfers": "how it was paid; the name is gone once it ended",
    "payout_accounts": "what is owed back, by the shopper's id",
    "withdrawals": "what was withdrawn, by the shopper's id",
    "payout_debts": "what is owed back, by the shopper's id",
    "flash_tickets": "how a purchase attempt ended",
    "flash_shoppers": "counts units",
    "flash_session_shoppers": "counts units",
    "messages": "that a message was sent, without its text",
    "marketing_days": "counts messages",
    "commission_entries": "what was earned and withdrawn, by the shopper's id",
    "commission_lines": "what was earned, by the promoter's id",
    "commission_holds": "what was withdrawn, by the shopper's id",
    "promoter_acceptances": "which agreement was accepted when, by the shopper's id",
    "board_awards": "what was given for a rank, by the shopper's id",
    "race_teams": "who led a team, by the shopper's id",
    "race_entries": "what somebody scored for a team, by the shopper's id",
    "lottery_shoppers": "counts draws",
    "lottery_draws": "what was drawn, by the shopper's id",
    "lottery_wins": "what was won, by the shopper's id",
    "lottery_chances": "counts chances, which a closed account can't use",
    "lot_entries": "takes part by the shopper's id; a closed account wins nothing",
    "lottery_members": "what a chance was given for, by the shopper's id",
    "lottery_chance_entries": "what chances were for, by the shopper's id",
    "hidden_coupon_claims": "what was given, by the shopper's id",
    "community_members": "which community was joined, by the shopper's id",
    "community_facts": "what counted for a mission, by the shopper's id",
    "community_rewards": "what was given, by the shopper's id",
    "packets": "which packet was opened, by the shopper's id",
    "box_orders": "what was bought, by the shopper's id",
    "pet_feeds": "counts feed, which a closed account can't use",
    "pet_lots": "what feed was given, by the shopper's id",
    "pet_entries": "what was done for a pet, by the shopper's id",
    "trial_officers": "counts trials",
    "trial_promoter_offers": "who was offered to become a promoter, by the shopper's id",
    "promoter_changes": "how somebody became a promoter, by the shopper's id",
}


def test_no_table_of_shoppers_is_forgotten() -> None:
    tables = {
        table.name
        for table in Base.metadata.tables.values()
        if any(key.column.table.name == "users" for key in table.foreign_keys)
        and not table.name.startswith("birthday")
    }
    assert tables == NAMED_IN.keys() | KEPT.keys()
    assert not NAMED_IN.keys() & KEPT.keys()


def test_the_conditions_of_the_erasers_name_the_tables(migrated_app: Flask) -> None:
    erasers = ERASERS.items(migrated_app)
    for table, eraser in NAMED_IN.items():
        assert f" {table} " in erasers[eraser].left, table
