"""/healthz (the process answers), /readyz (it can serve), /metrics (Prometheus).

A load balancer asks /readyz; /metrics belongs behind it (docs/running.md).
"""

from __future__ import annotations

import os
import re
from functools import cache
from pathlib import Path

import psycopg
from flask import Blueprint, Flask, Response, current_app, jsonify
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client import REGISTRY as PROCESS_REGISTRY
from prometheus_client.multiprocess import MultiProcessCollector
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from mall.config import current_config
from mall.kernel.db import db
from mall.kernel.http import access
from mall.kernel.pooling import TransactionPooling, refuse_transaction_pooling
from mall.kernel.redis import RedisError, redis_client

MIGRATIONS = Path(__file__).resolve().parents[3] / "migrations" / "versions"
REVISION = re.compile(r'^(down_)?revision = "(\w+)"', re.MULTILINE)

blp = Blueprint("health", __name__)


def init_health(app: Flask) -> None:
    app.register_blueprint(blp)


@blp.get("/healthz")
@access.public
def healthz() -> Response:
    """The process is alive; nothing else is asked."""
    return jsonify(status="ok")


@blp.get("/readyz")
@access.public
def readyz() -> tuple[Response, int]:
    """200 when PostgreSQL and Redis answer and the schema is this version's, else 503."""
    checks = readiness()
    ready = all(state == "ok" for state in checks.values())
    return jsonify(status="ready" if ready else "not_ready", checks=checks), 200 if ready else 503


def readiness() -> dict[str, str]:
    """What this process needs, each "ok" or a word on what is wrong."""
    return {"postgresql": _postgresql(), "redis": _redis(), "migrations": _migrations()}


def _postgresql() -> str:
    try:
        db.session.execute(text("SELECT 1"))
        _refuse_pooling_once()
    except (SQLAlchemyError, psycopg.Error):
        db.session.rollback()
        return "unreachable"
    except TransactionPooling:
        return "behind a pooler in transaction mode: set pool_mode = session"
    return "ok"


def _refuse_pooling_once() -> None:
    """Until it was found right: a pooler isn't put between under way."""
    if "mall.own_sessions" not in current_app.extensions:
        refuse_transaction_pooling(current_config().database_url)
        current_app.extensions["mall.own_sessions"] = True


def _redis() -> str:
    try:
        redis_client().ping()
    except RedisError:
        return "unreachable"
    return "ok"


def _migrations() -> str:
    try:
        applied = set(db.session.scalars(text("SELECT version_num FROM alembic_version")))
    except SQLAlchemyError:
        db.session.rollback()
        return "unknown"
    return "ok" if applied == migration_heads() else "behind: run `mall db upgrade`"


@cache
def migration_heads() -> frozenset[str]:
    """The revisions that no other names as its ground.

    Read from the files themselves: Alembic would cost each web worker 11 MB for this.
    """
    named = [REVISION.findall(path.read_text()) for path in MIGRATIONS.glob("*.py")]
    pairs = [pair for found in named for pair in found]
    grounds = {revision for down, revision in pairs if down}
    return frozenset(revision for down, revision in pairs if not down) - grounds


@blp.get("/metrics")
@access.public
def metrics() -> Response:
    """Every process's figures: web workers and job workers share one directory of files."""
    registry = PROCESS_REGISTRY
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
