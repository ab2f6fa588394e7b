"""One simulator for the folder, emptied before each test, and a sink for its callbacks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from wechatpayv3 import WeChatPay

from mall.wechat.simulator import RunningSimulator, run_in_thread
from tests.simulator.helpers import Control, Sink, library, run_sink
from tests.support.parallel import free_port

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def sink_of_all() -> Iterator[Sink]:
    with run_sink() as sink:
        yield sink


@pytest.fixture(scope="session")
def wechat_of_all(
    tmp_path_factory: pytest.TempPathFactory, sink_of_all: Sink
) -> Iterator[RunningSimulator]:
    state_dir = tmp_path_factory.mktemp("wechat")
    with run_in_thread(state_dir, mall_url=sink_of_all.url) as running:
        yield running


@pytest.fixture
def wechat(wechat_of_all: RunningSimulator) -> RunningSimulator:
    control = Control(wechat_of_all.url)
    control.post("/reset")
    control.post("/settings", time_scale=0.005, refund_delay_s=0.02)
    return wechat_of_all


@pytest.fixture
def control(wechat: RunningSimulator) -> Control:
    return Control(wechat.url)


@pytest.fixture
def sink(wechat: RunningSimulator, sink_of_all: Sink) -> Sink:
    sink_of_all.clear()
    return sink_of_all


@pytest.fixture(scope="session")
def pay_of_all(wechat_of_all: RunningSimulator, sink_of_all: Sink) -> WeChatPay:
    return library(wechat_of_all, sink_of_all)


@pytest.fixture
def pay(pay_of_all: WeChatPay, wechat: RunningSimulator, sink: Sink) -> WeChatPay:
    """The merchant's client, on an empty simulator."""
    return pay_of_all


@pytest.fixture(scope="session")
def vectors() -> dict[str, Any]:
    """Published samples; the copy in the repository does where the other isn't."""
    shared = ROOT.parent / "shared" / "wechat" / "vectors.json"
    path = shared if shared.exists() else ROOT / "tests" / "wechat" / "vectors.json"
    loaded = json.loads(path.read_text())
    assert isinstance(loaded, dict)
    return loaded


@pytest.fixture
def unused_port() -> int:
    return free_port()
