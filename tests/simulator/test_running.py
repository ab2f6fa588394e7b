"""Credentials, starting, restarting, resetting, and who may use the controls."""

from __future__ import annotations

import stat
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests
from cryptography.x509 import load_pem_x509_certificate
from wechatpayv3 import WeChatPay

from mall.config import Config, variables
from mall.wechat.simulator import (
    RunningSimulator,
    SimulatorRefused,
    create_simulator,
    ensure_credentials,
    run_in_thread,
)
from mall.wechat.simulator.app import close_simulator
from tests.simulator.helpers import Control, Sink, library, library_of, order


def test_credentials_are_drawn_once_even_by_many(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(ensure_credentials, [tmp_path / "wechat"] * 4))
    assert len({one.secret for one in found}) == 1
    credentials = found[0]
    assert len(credentials.apiv3_key) == 32
    assert len(credentials.push_aes_key) == 43
    assert credentials.public_key_id.startswith("PUB_KEY_ID_")
    for name in ("merchant", "platform"):
        pem = credentials.file(f"{name}_certificate.pem").read_bytes()
        serial = f"{load_pem_x509_certificate(pem).serial_number:040X}"
        assert serial == getattr(
            credentials, "mch_serial" if name == "merchant" else "platform_serial"
        )
        assert len(serial) == 40
    for path in [*tmp_path.glob("wechat/*.pem"), tmp_path / "wechat" / "credentials.json"]:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    assert credentials.secret not in repr(credentials)


@pytest.mark.parametrize("public_key_mode", [True, False])
def test_the_environment_is_what_the_mall_reads(
    wechat: RunningSimulator, public_key_mode: bool
) -> None:
    given = wechat.credentials.environment(wechat.url, public_key_mode)
    known = {one.name: one.default for one in variables(Config).values()}
    needed = {
        name
        for name, default in known.items()
        if name.startswith("MALL_WECHAT_") and default is None
    }
    assert needed <= set(given) <= set(known)
    assert bool(given["MALL_WECHAT_PAY_PUBLIC_KEY_ID"]) == public_key_mode


def test_it_refuses_production(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SimulatorRefused):
        create_simulator(tmp_path, environment="production")
    monkeypatch.setenv("MALL_ENV", "production")
    with pytest.raises(SimulatorRefused):
        create_simulator(tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_restart_forgets_nothing(tmp_path: Path, sink: Sink) -> None:
    with run_in_thread(tmp_path, mall_url=sink.url) as first:
        control, pay = Control(first.url), library(first, sink)
        order(pay, "STAY0001", control.openid())
        order(pay, "STAY0002", control.openid())
        control.fault("pay-notify", "delay", seconds=0.3)
        control.approve("STAY0001")
        appid = first.credentials.appid
    assert not sink.received
    with run_in_thread(tmp_path, mall_url=sink.url) as second:
        assert second.credentials.appid == appid
        pay, control = library(second, sink), Control(second.url)
        (received,) = sink.wait_for(1)  # was still on its way
        opened = pay.callback(received.headers, received.body.decode())
        assert opened["resource"]["out_trade_no"] == "STAY0001"
        assert control.approve("STAY0002")["state"] == "SUCCESS"


def test_reset_forgets_all_but_the_account(
    pay: WeChatPay, control: Control, wechat: RunningSimulator
) -> None:
    order(pay, "GONE0001", control.openid())
    control.fault("pay-notify", "drop")
    control.post("/settings", coupon_fen=1)
    control.post("/reset")
    assert control.get("/payments") == {"payments": []}
    assert control.get("/faults") == {"faults": []}
    assert control.get("/settings")["coupon_fen"] == 0
    assert control.get("/health")["appid"] == wechat.credentials.appid
    assert pay.query(out_trade_no="GONE0001")[0] == 404


def test_no_callback_comes_after_a_reset(pay: WeChatPay, control: Control, sink: Sink) -> None:
    sink.delay_s = 0.6
    openid = control.openid()
    for number in range(20):  # more than are sent at a time
        order(pay, f"LATE{number:04}", openid)
        control.approve(f"LATE{number:04}")
    sink.wait_for(1)
    control.post("/reset")
    arrived = len(sink.received)
    time.sleep(0.3)
    assert len(sink.received) == arrived


def test_settings_are_checked(control: Control) -> None:
    control.post("/settings", 400, surprise=1)
    control.post("/settings", 400, sign_with="magic")
    control.post("/settings", 400, time_scale=-1)
    control.post("/settings", 400, coupon_fen="1")


def test_callbacks_are_retried_by_the_schedule(
    pay: WeChatPay, control: Control, sink: Sink
) -> None:
    sink.failing = 4
    control.post("/settings", time_scale=0.002)
    order(pay, "RETRY001", control.openid())
    control.approve("RETRY001")
    first, second, third, fourth = sink.wait_for(5)[:4]
    gaps = [second.at - first.at, third.at - second.at, fourth.at - third.at]
    assert gaps[0] >= 0.03
    assert gaps[1] >= 0.03
    assert gaps[2] >= 0.06
    control.wait(within=0.4)
    (entry,) = control.callbacks(ref="RETRY001")
    assert entry["status"] == "delivered"
    assert len(entry["attempts"]) == 5


def test_a_slow_mall_counts_as_silent(pay: WeChatPay, control: Control, sink: Sink) -> None:
    sink.delay_s = 0.4
    control.post("/settings", callback_timeout_s=0.1)
    order(pay, "SLOW0001", control.openid())
    control.approve("SLOW0001")
    sink.wait_for(2)
    entry = control.callbacks()[0]
    assert entry["attempts"][0]["error"] == "ReadTimeoutError"


def test_controls_answer_to_this_machine_only(tmp_path: Path) -> None:
    app = create_simulator(tmp_path)
    client = app.test_client()
    try:
        far = {"environ_base": {"REMOTE_ADDR": "192.0.2.7"}}
        for path in ("/_control/health", "/phone"):
            assert client.get(path).status_code == 200
            assert client.get(path, **far).status_code == 403
            assert client.get(path, headers={"Host": "evil.example"}).status_code == 403
        foreign = {"Origin": "https://evil.example"}
        assert client.post("/_control/reset", headers=foreign).status_code == 403
        app.config["OPEN_CONTROL"] = True
        assert client.get("/_control/health", **far).status_code == 200
    finally:
        close_simulator(app)


@pytest.mark.parametrize(
    ("origin", "may"),
    [
        ("http://127.0.0.1:8000", True),
        ("http://localhost:8000", True),
        ("http://localhost:5173", True),
        ("http://localhost:8001", False),
        ("https://localhost:8000", False),
        ("http://evil.example:8000", False),
        ("http://localhost.evil.example:8000", False),
        ("http://localhost:99999", False),
        ("null", False),
    ],
)
def test_a_page_of_the_shop_may_use_the_phone(tmp_path: Path, origin: str, may: bool) -> None:
    app = create_simulator(tmp_path, mall_url="http://127.0.0.1:8000")
    client, named = app.test_client(), {"Origin": origin}
    try:
        client.post("/_control/settings", json={"page_origins": "http://localhost:5173"})
        asked = client.options("/_control/request-payment", headers=named)
        done = client.post("/_control/users", json={}, headers=named)
        read = client.get("/_control/payments", headers=named)
        shown = [
            answer.headers.get("Access-Control-Allow-Origin") for answer in (asked, done, read)
        ]
        assert shown == [origin if may else None] * 3
        assert [asked.status_code, read.status_code] == [200 if may else 403] * 2
        assert (done.status_code == 403) is not may
        if may:
            assert "Content-Type" in asked.headers["Access-Control-Allow-Headers"]
            refused = client.post("/_control/request-payment", json={}, headers=named)
            assert refused.headers["Access-Control-Allow-Origin"] == origin
    finally:
        close_simulator(app)


def test_the_phone_page_is_served(wechat: RunningSimulator) -> None:
    page = requests.get(f"{wechat.url}/phone", timeout=5)
    assert "顾客的手机" in page.text
    for name in ("phone.css", "phone.js"):
        assert requests.get(f"{wechat.url}/phone/static/{name}", timeout=5).status_code == 200


def test_many_shoppers_at_once(pay: WeChatPay, control: Control, sink: Sink) -> None:
    openid = control.openid()

    def buy(index: int) -> str:
        order(pay, f"MANY{index:04d}", openid)
        return str(control.approve(f"MANY{index:04d}")["transaction_id"])

    with ThreadPoolExecutor(8) as pool:
        bought = list(pool.map(buy, range(24)))
    assert len(set(bought)) == 24
    sink.wait_for(24)
    control.wait()
    assert {entry["status"] for entry in control.callbacks()} == {"delivered"}


def test_the_command(tmp_path: Path, unused_port: int) -> None:
    """`python -m mall.wechat.simulator` serves under its production-like server."""
    command = [sys.executable, "-m", "mall.wechat.simulator", "--port", str(unused_port)]
    process = subprocess.Popen([*command, "--state-dir", str(tmp_path / "wechat")])
    control = Control(f"http://127.0.0.1:{unused_port}")
    try:
        _wait_until_up(control)
        openid = control.openid()
        credentials = ensure_credentials(tmp_path / "wechat")
        pay = library_of(credentials, control.url, "http://127.0.0.1:9/notify")
        control.fault("api", "lost_reply")
        with pytest.raises(requests.ConnectionError):
            order(pay, "CMD00001", openid)
        assert order(pay, "CMD00001", openid)[0] == 200
        assert pay.close("CMD00001")[0] == 204
        parameters = {"js_code": control.post("/login-codes")["code"]} | {
            "appid": credentials.appid,
            "secret": credentials.secret,
            "grant_type": "authorization_code",
        }
        url = f"{control.url}/sns/jscode2session"
        assert "openid" in requests.get(url, params=parameters, timeout=5).json()
    finally:
        process.terminate()
        assert process.wait(timeout=10) == 0


def _wait_until_up(control: Control) -> None:
    deadline = time.monotonic() + 15
    while True:
        try:
            control.get("/health")
        except requests.ConnectionError:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        else:
            return
