"""Every list has an index for what it filters by: no table that grows with history is read whole.

Each list is asked without and with each of its filters; the planner reads a table whole only where
it has no other way. That it has other plans for few rows doesn't matter here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import marshmallow as ma
import pytest
from flask import Flask
from marshmallow import fields, validate
from sqlalchemy import event, text

from mall.kernel.db import Base, db
from mall.kernel.http.api import schemas_read_by
from mall.kernel.http.schemas import Id
from mall.kernel.http.times import Moment, ShopDay
from tests.bad_input.world import World, make_world

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
SHEETS = ("/export", "/sheet", "-sheet")
"""What is for everything, once in a while."""
KNOWN: dict[str, str] = {
    "/admin/api/v1/points-reports/liability": "what is owed to everybody, asked once in a while",
}
"""Lists that read a table whole, with why that may be."""
Statement = tuple[str, Any]


@pytest.fixture
def world(app: Flask) -> World:
    return make_world(app)


def test_no_list_reads_a_table_that_grows_whole(app: Flask, world: World) -> None:
    asked: dict[str, list[Statement]] = {}
    for path, query in questions(app):
        who = world.admin if path.startswith("/admin/") else world.shopper
        with statements() as sent:
            answer = who.get(filled(path, world), **query)
            answer.close()
        assert answer.status_code < 500, (path, query)
        asked[f"{path} {' '.join(query)}".strip()] = sent
    assert len(asked) > 300
    with huge_tables():
        whole = {name: tables for name, sent in asked.items() if (tables := read_whole(sent))}
    assert whole.keys() == KNOWN.keys(), whole


def questions(app: Flask) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each address that is read, alone and with each of its filters."""
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or "/api/v1/" not in rule.rule:
            continue
        if rule.rule.endswith(SHEETS):
            continue
        read = schemas_read_by(app.view_functions[rule.endpoint])
        filters = {
            field.data_key or name: field
            for place, schema in read
            if place == "query"
            for name, field in schema.load_fields.items()
        }
        needed = {name: value_of(field) for name, field in filters.items() if field.required}
        yield rule.rule, needed
        for name, field in filters.items():
            if name not in ("cursor", "limit", "format"):
                yield rule.rule, {**needed, name: value_of(field)}


def value_of(field: ma.fields.Field[Any]) -> Any:
    """A value that the filter takes."""
    for check in field.validators:
        if isinstance(check, validate.OneOf):
            return next(iter(check.choices))
    match field:
        case Id() | fields.Integer():
            return "1"
        case Moment():
            return "2026-01-01T00:00:00+08:00"
        case ShopDay():
            return "2026-01-01"
        case fields.Boolean():
            return "true"
    return "2601010000000000"


def filled(path: str, world: World) -> str:
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda name: world.ids.get(name[1], "1"), path)


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


def test_small_tables_are_named_as_they_are() -> None:
    assert set(Base.metadata.tables) >= SMALL
