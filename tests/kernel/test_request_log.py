from __future__ import annotations

import json
from dataclasses import replace

import pytest

from mall.application import create_app
from mall.config import Settings


def test_each_request_leaves_one_json_line(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    app = create_app(replace(settings, log_level="INFO"))
    app.test_client().get("/healthz?phone=13800138000", headers={"X-Request-ID": "trace-0001"})
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    (line,) = [line for line in lines if line["event"] == "request"]
    assert line["request_id"] == "trace-0001"
    assert (line["method"], line["endpoint"], line["status"]) == ("GET", "health.healthz", 200)
    assert "13800138000" not in json.dumps(lines)
