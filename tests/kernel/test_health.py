from __future__ import annotations

from alembic.script import ScriptDirectory
from redis import Redis
from sqlalchemy import text

from mall.kernel.db import db
from mall.kernel.http.health import MIGRATIONS, migration_heads
from tests.support.http import Http, error_code


def test_alive_and_ready(http: Http) -> None:
    assert http.get("/healthz").json == {"status": "ok"}
    ready = http.get("/readyz")
    assert ready.status_code == 200, ready.json


def test_not_ready_when_a_migration_is_missing(http: Http) -> None:
    head = db.session.scalar(text("SELECT version_num FROM alembic_version"))
    set_version("kernel_0001")
    try:
        answer = http.get("/readyz")
        assert answer.status_code == 503
        assert answer.get_json()["checks"]["migrations"].startswith("behind")
    finally:
        set_version(str(head))


def set_version(version: str) -> None:
    db.session.execute(text("UPDATE alembic_version SET version_num = :v"), {"v": version})
    db.session.commit()


def test_metrics_count_requests(http: Http) -> None:
    http.get("/healthz")
    text_ = http.get("/metrics").get_data(as_text=True)
    assert 'mall_http_request_seconds_count{endpoint="health.healthz",status="200"}' in text_


def test_the_api_document_can_be_read(http: Http) -> None:
    assert http.get("/docs/openapi.json").json is not None
    assert "swagger-ui" in http.get("/docs/").get_data(as_text=True)


def test_the_request_id_comes_back_in_header_and_error(http: Http) -> None:
    answer = http.call("GET", "/nowhere", headers={"X-Request-ID": "abcdef-123456"})
    assert answer.status_code == 404
    assert error_code(answer) == "not_found"
    assert answer.headers["X-Request-ID"] == "abcdef-123456"
    assert answer.get_json()["error"]["request_id"] == "abcdef-123456"


def test_a_made_up_request_id_is_replaced(http: Http, redis: Redis) -> None:
    answer = http.call("GET", "/healthz", headers={"X-Request-ID": "a b\tc"})
    assert " " not in answer.headers["X-Request-ID"]
    assert len(answer.headers["X-Request-ID"]) == 16


def test_the_head_read_from_the_files_is_alembics() -> None:
    assert migration_heads() == frozenset(ScriptDirectory(str(MIGRATIONS.parent)).get_heads())
