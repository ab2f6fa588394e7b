from __future__ import annotations

import io
import json
import sys
from dataclasses import replace

import pytest

from mall.application import create_app
from mall.config import Config
from mall.kernel import afterwards


def test_each_request_leaves_one_json_line(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    app = create_app(replace(config, log_level="INFO"))
    output = io.StringIO()  # after the app: its loggers must not keep what ends with this test
    afterwards.settle()
    monkeypatch.setattr(sys, "stdout", output)
    app.test_client().get("/healthz?phone=13800138000", headers={"X-Request-ID": "trace-0001"})
    afterwards.settle()
    lines = [json.loads(line) for line in output.getvalue().splitlines()]
    (line,) = [line for line in lines if line["event"] == "request"]
    assert line["request_id"] == "trace-0001"
    assert (line["method"], line["endpoint"], line["status"]) == ("GET", "health.healthz", 200)
    assert "13800138000" not in json.dumps(lines)
