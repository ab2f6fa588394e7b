"""What PostgreSQL would read of tables that grow with history: by EXPLAIN, with no data at all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event, text

from mall.kernel.db import db

SMALL = {
    # What staff make, and what the catalogue has: it doesn't grow with orders.
    *("blocked_words", "boards", "board_prizes", "brands", "carriers", "cashback_campaigns"),
    *("categories", "check_in_plans", "collage_templates", "commission_plans", "commission_rates"),
    *("compliance_rechecks", "compliance_verdicts", "coupon_batches", "coupon_templates"),
    *("exchange_code_batches", "exchange_items", "exchange_prices", "flash_items"),
    *("flash_sessions", "flash_slots", "freight_templates", "freight_zone_regions"),
    *("freight_zones", "groupbuy_activities", "groupbuy_skus", "groupbuy_tier_sets"),
    *("ladder_campaigns", "ladder_rungs", "ladder_versions", "lockup_offers", "mission_board"),
    *("mission_versions", "missions", "outbound_paces", "pickup_clerks", "pickup_points"),
    *("points_checkout_caps", "points_earning_plans", "points_sheets", "poster_templates"),
    *("promoter_agreements", "promoter_growth_rules", "promoter_lessons", "promoter_levels"),
    *("promoter_material_files", "promoter_material_skus", "promoter_materials", "promotions"),
    *("referral_leaderboard_periods", "referral_leaderboard_prizes", "referral_leaderboards"),
    *("regions", "return_addresses", "review_phrases", "reward_rules", "reward_steps"),
    *("share_channel_codes", "share_channel_costs", "share_channels", "shop_settings"),
    *("show_columns", "show_entries", "skus", "spu_codes", "spu_freight", "spus", "stocks"),
    *("staff_member_roles", "staff_members", "staff_roles", "trials", "spu_ratings"),
    *("spu_rating_tags",),
    # A row a day.
    *("fund_flow_days", "points_balance_days", "points_days", "reconciliations", "share_days"),
    *("payout_sums", "points_reminder_runs", "points_rule_months", "points_lot_months"),
}
Statement = tuple[str, Any]


@contextmanager
def statements() -> Iterator[list[Statement]]:
    """What is sent to PostgreSQL meanwhile and only reads."""
    sent: list[Statement] = []

    def keep(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "WITH")):
            sent.append((statement, parameters))

    event.listen(db.engine, "before_cursor_execute", keep)
    try:
        yield sent
    finally:
        event.remove(db.engine, "before_cursor_execute", keep)


@contextmanager
def huge_tables() -> Iterator[None]:
    """The planner takes reading a table whole for the dearest, as it is when the table is huge.

    Between the two forms of a subquery it chooses by cost alone, so the cost is raised too.
    """
    db.session.rollback()
    db.session.execute(text("SET enable_seqscan = off; SET seq_page_cost = 1e9"))
    try:
        yield
    finally:
        db.session.execute(text("RESET enable_seqscan; RESET seq_page_cost"))
        db.session.remove()


def read_whole(sent: list[Statement]) -> set[str]:
    """The tables that grow which these statements would read from end to end."""
    found: set[str] = set()
    for statement, parameters in {one[0]: one for one in sent}.values():
        raw = db.session.connection().connection.driver_connection
        assert raw is not None
        plan = "\n".join(row[0] for row in raw.execute(f"EXPLAIN {statement}", parameters))
        found |= set(re.findall(r"Seq Scan on (\w+)", plan)) - SMALL
    return found
