"""A database of the version before, with rows in it, upgrades to this one."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import flask_migrate
import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.engine import make_url

from mall.application import create_app
from mall.cli.database import MIGRATIONS, upgrade_schema
from mall.config import Config
from mall.kernel.db import db
from tests.support.invariants import rows_of

BEFORE = "flashsale_0001"
"""The last revision of the version before."""
ROWS = [
    "INSERT INTO event_deliveries VALUES"
    " (gen_random_uuid(), 'mall.coupons.handlers.use_coupons_on_order_paid', now())",
    "INSERT INTO stocks (sku_id, put_in, sellable, reserved, sold) VALUES (7, 9, 4, 3, 2)",
    "INSERT INTO cart_lines (user_id, sku_id, quantity) VALUES (1, 8, 1), (1, 7, 2), (2, 7, 1)",
    "INSERT INTO shipping_uploads (order_id, version, split, complete, status, attempts, due_at)"
    " VALUES (1, 1, false, true, 'pending', 3, now()), (2, 1, false, true, 'failed', 9, now()),"
    " (3, 1, false, true, 'uploaded', 1, now())",
    "INSERT INTO messages (kind, ref, user_id, template_id, status, due_at) VALUES"
    " ('order_shipped', 'a', 1, 't', 'pending', now()),"
    " ('order_shipped', 'b', 1, 't', 'failed', now()),"
    " ('order_shipped', 'c', 1, 't', 'sent', now()),"
    " ('coupon_expiring', '4', 1, 't', 'sent', now()),"
    " ('flash_starting', '5:1', 1, 't', 'sent', now()),"
    " ('flash_starting', '5:2', 2, 't', 'no_grant', now())",
    "INSERT INTO refunds (refund_no, out_refund_no, order_id, attempt_id, kind, amount_fen,"
    " freight_fen, reason, request, status, tries, next_try_at) VALUES"
    " ('R1', 'o1', 1, 1, 'staff', 5, 0, 'x', '{}', 'sent', 2, now()),"
    " ('R2', 'o2', 1, 1, 'staff', 5, 0, 'x', '{}', 'succeeded', 1, NULL)",
    "INSERT INTO staff_roles (name, permissions, built_in) VALUES"
    " ('goods', ARRAY['catalog:read', 'catalog:write'], false),"
    " ('desk', ARRAY['catalog:read'], false)",
    "INSERT INTO after_sale_steps (after_sale_id, to_status, actor, word)"
    " VALUES (1, 'applied', 'shopper', 'too late')",
    "INSERT INTO reward_rules (name, reward, budget, granted) VALUES ('x', '[]', 9, 1)",
    "INSERT INTO reward_grants (rule_id, event, user_id, day, status, reversed_at, receipts) VALUES"
    ' (1, \'a\', 1, now(), \'granted\', NULL, \'[{"kind": "coupon", "receipt": "7"}]\'),'
    ' (1, \'b\', 1, now(), \'reversed\', now(), \'[{"kind": "coupon", "receipt": "8",'
    ' "taken_back": true}, {"kind": "coupon", "receipt": "9",'
    ' "taken_back": false}]\')',
    "SELECT procrastinate_defer_jobs_v1(ARRAY[ROW('default', 'shipping.upload', 0, NULL, NULL,"
    " '{}'::jsonb, NULL)]::procrastinate_job_to_defer_v1[])",
]


@pytest.fixture
def old_database(config: Config, migrated_app: Flask) -> Iterator[Flask]:
    """An app on a database of its own, at the schema of the version before."""
    with migrated_app.app_context():
        outside = db.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        outside.execute(text("DROP DATABASE IF EXISTS upgraded"))
        outside.execute(text("CREATE DATABASE upgraded"))
    url = make_url(config.database_url).set(database="upgraded")
    app = create_app(
        dataclasses.replace(config, database_url=url.render_as_string(hide_password=False))
    )
    with app.app_context():
        flask_migrate.Migrate(app, db, directory=str(MIGRATIONS))
        flask_migrate.upgrade(directory=str(MIGRATIONS), revision=BEFORE)
        yield app
        db.session.remove()
        db.engine.dispose()
    with migrated_app.app_context():
        outside.execute(text("DROP DATABASE upgraded"))
        outside.close()


def rows(query: str) -> list[tuple[object, ...]]:
    return [tuple(row) for row in db.session.execute(text(query))]


def test_rows_of_the_version_before_are_there_after_the_upgrade(old_database: Flask) -> None:
    with db.engine.connect() as connection:  # without the rows that these refer to
        connection.execute(text("SET session_replication_role = replica"))
        for statement in ROWS:
            connection.execute(text(statement.replace(":", "\\:")))
        connection.execute(text("RESET session_replication_role"))
    db.session.remove()
    upgrade_schema(old_database)
    assert rows("SELECT handler FROM event_deliveries") == [("coupons.use",)]
    assert rows("SELECT received, sellable, reserved, sold FROM stocks") == [(9, 4, 3, 2)]
    assert rows("SELECT user_id, slot FROM cart_lines ORDER BY 1, 2") == [(1, 1), (1, 2), (2, 1)]
    assert rows("SELECT comment FROM after_sale_steps") == [("too late",)]
    assert rows("SELECT kind, state, attempts FROM outbound_calls ORDER BY 1, 2") == [
        ("messages.send", "given_up", 1),
        ("messages.send", "pending", 0),
        ("payments.refund", "done", 1),
        ("payments.refund", "pending", 2),
        ("shipping.report", "done", 1),
        ("shipping.report", "given_up", 9),
        ("shipping.report", "pending", 3),
    ]
    assert rows("SELECT kind, purpose, ref, user_id, status FROM messages ORDER BY kind, ref") == [
        ("coupon_expiring", "marketing", "4", 1, "sent"),
        ("flash_starting", "service", "5", 1, "sent"),
        ("flash_starting", "service", "5", 2, "no_grant"),
        ("order_shipped", "order", "a", 1, "pending"),
        ("order_shipped", "order", "b", 1, "failed"),
        ("order_shipped", "order", "c", 1, "sent"),
    ]
    assert rows("SELECT count(*) FROM shipping_reports") == [(3,)]
    assert rows("SELECT budget, used, budget_unit FROM reward_rules") == [(9, 1, "pieces")]
    assert rows("SELECT status, budget_used FROM reward_grants ORDER BY 1") == [
        ("granted", 1),
        ("reversed", 0),
    ]
    assert rows(
        "SELECT position, count, receipt, taken_back, debt FROM reward_parts ORDER BY receipt"
    ) == [(0, 1, "7", 0, 0), (0, 1, "8", 1, 0), (1, 1, "9", 0, 1)]
    assert [rows_of(code) for code in ("I9a", "I9d", "I9e")] == [[], [], []]
    assert rows("SELECT name, permissions FROM staff_roles ORDER BY name") == [
        ("desk", ["catalog:read"]),
        ("goods", ["catalog:read", "catalog:write", "catalog:cost"]),
    ]
    old_jobs = "SELECT count(*) FROM procrastinate_jobs WHERE task_name LIKE 'shipping.upload%'"
    assert rows(old_jobs) == [(0,)]
