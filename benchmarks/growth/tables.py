"""Tables that don't grow with orders, or hardly: what staff make, and what has a row a day."""

from __future__ import annotations

SMALL = frozenset(
    {
        # What staff make, and what the catalogue has: it doesn't grow with orders.
        *("blocked_words", "boards", "board_prizes", "brands", "carriers", "cashback_campaigns"),
        *(
            "categories",
            "check_in_plans",
            "collage_templates",
            "commission_plans",
            "commission_rates",
        ),
        *("compliance_rechecks", "compliance_verdicts", "coupon_batches", "coupon_templates"),
        *("exchange_code_batches", "exchange_items", "exchange_prices", "flash_items"),
        *("flash_sessions", "flash_slots", "freight_templates", "freight_zone_regions"),
        *("freight_zones", "groupbuy_activities", "groupbuy_skus", "groupbuy_tier_sets"),
        *("ladder_campaigns", "ladder_rungs", "ladder_versions", "lockup_offers", "mission_board"),
        *("lotteries", "lottery_versions", "lottery_activities", "lot_campaigns"),
        *("packet_campaigns", "hidden_coupons", "communities", "community_missions"),
        "races",
        "lottery_boxes",
        *("pet_seasons", "pet_season_pauses", "pet_season_versions"),
        *("mission_versions", "missions", "outbound_paces", "pickup_clerks", "pickup_points"),
        *("points_checkout_caps", "points_earning_plans", "points_sheets", "poster_templates"),
        *("promoter_agreements", "promoter_growth_looks", "promoter_growth_rules"),
        *("promoter_lessons", "promoter_levels"),
        *("promoter_material_files", "promoter_material_skus", "promoter_materials", "promotions"),
        *("referral_leaderboard_periods", "referral_leaderboard_prizes", "referral_leaderboards"),
        *("regions", "return_addresses", "review_phrases", "review_rewards", "reward_rules"),
        *("share_channel_codes", "share_channel_costs", "share_channels", "shop_settings"),
        *("show_columns", "show_entries", "skus", "spu_codes", "spu_freight", "spus", "stocks"),
        "stock_closings",
        "promotion_tallies",
        *("staff_member_roles", "staff_members", "staff_roles", "trials", "spu_ratings"),
        *("spu_questions", "spu_rating_tags"),
        # A row a day.
        *("fund_flow_days", "points_balance_days", "points_days", "reconciliations"),
        *("payout_sums", "points_reminder_runs", "points_rule_months", "points_lot_months"),
    }
)
