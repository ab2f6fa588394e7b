"""The clients against the project's simulator, which shares no code with them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from redis import Redis
from werkzeug import Response

from mall.config import Config, variables
from mall.wechat.clients import build_gateway
from mall.wechat.errors import NotificationRejected, WechatRefused, WechatUnknown
from mall.wechat.gateway import Gateway
from mall.wechat.mini_models import Parcel, ShippingReport
from mall.wechat.pay_models import Payment, PrepayRequest, Refund, RefundRequest
from mall.wechat.simulator.app import close_simulator, create_simulator
from mall.wechat.simulator.credentials import Credentials, ensure_credentials
from tests.support.servers import serve
from tests.wechat.fakes import FakeWechat, Keys, served
from tests.wechat.test_building import make_config

Control = Callable[..., Any]


@pytest.fixture(scope="module")
def credentials(tmp_path_factory: pytest.TempPathFactory) -> Credentials:
    return ensure_credentials(tmp_path_factory.mktemp("simulator"))


@pytest.fixture(scope="module")
def base_url(credentials: Credentials) -> Iterator[str]:
    app = create_simulator(credentials.directory, environment="test")
    with serve(app) as server:
        yield server.url
    close_simulator(app)


@pytest.fixture
def control(base_url: str) -> Iterator[Control]:
    def call(action: str, /, **body: Any) -> Any:
        reply = requests.post(f"{base_url}/_control/{action}", json=body, timeout=5)
        assert reply.ok, reply.text
        return reply.json()

    call("settings", refund_delay_s=0.0, time_scale=0.001)
    yield call
    call("reset")


@pytest.fixture(params=["public key", "certificate"])
def config(
    request: pytest.FixtureRequest,
    keys: Keys,
    tmp_path: Path,
    credentials: Credentials,
    base_url: str,
) -> Config:
    environ = credentials.environment(base_url, request.param == "public key")
    names = {variable.name: name for name, variable in variables(Config).items()}
    changes = {names[variable]: value for variable, value in environ.items()}
    return replace(make_config(keys, tmp_path, **changes), wechat_timeout_s=2)


@pytest.fixture
def wechat_gateway(config: Config, redis: Redis, control: Control) -> Gateway:
    by = "public_key" if config.payments_by_public_key else "certificate"
    control("settings", sign_with=by)
    return build_gateway(config, redis)


@pytest.fixture
def mall(keys: Keys) -> Iterator[FakeWechat]:
    """Where callbacks arrive; it answers 204 to all."""
    with served(FakeWechat(keys)) as listener:
        for path in ("/pay", "/refund"):
            listener.answers[path] = lambda _request: Response(status=204)
        yield listener


def arrived(mall: FakeWechat, path: str) -> tuple[dict[str, str], bytes]:
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        for _, seen, headers, body in mall.seen:
            if seen == path:
                return headers, body
        time.sleep(0.02)
    raise AssertionError(f"nothing arrived at {path}")


def order(gateway: Gateway, mall: FakeWechat, openid: str) -> PrepayRequest:
    return PrepayRequest(
        appid=gateway.pay.appid,
        mchid=gateway.pay.mchid,
        description="雪糕 一箱",
        out_trade_no=f"T{time.time_ns()}",
        total_fen=8800,
        openid=openid,
        notify_url=f"{mall.url}/pay",
        time_expire=datetime.now(UTC) + timedelta(minutes=30),
    )


def test_from_login_to_refund(wechat_gateway: Gateway, control: Control, mall: FakeWechat) -> None:
    mini, pay = wechat_gateway.mini, wechat_gateway.pay
    session = mini.code_to_session(control("login-codes")["code"])
    request = order(wechat_gateway, mall, session.openid)
    number = request.out_trade_no

    assert pay.query_payment(number) is None
    first, again = pay.prepay(request), pay.prepay(PrepayRequest.from_body(request.body()))
    assert first != again
    with pytest.raises(WechatRefused, match="OUT_TRADE_NO_USED"):
        pay.prepay(replace(request, total_fen=1))
    unpaid = pay.query_payment(number)
    assert unpaid is not None
    assert not unpaid.is_paid

    control(f"payments/{number}/approve", **pay.payment_params(again))
    notified = Payment.from_wechat(pay.open_notification(*arrived(mall, "/pay")).resource)
    queried = pay.query_payment(number)
    assert queried is not None
    assert (notified.total_fen, notified.openid) == (8800, session.openid)
    assert notified.transaction_id == queried.transaction_id is not None
    assert pay.close_payment(number) is False

    mini.report_shipping(
        ShippingReport(
            transaction_id=str(queried.transaction_id),
            openid=session.openid,
            logistics_type=1,
            parcels=(
                Parcel("雪糕", "YT0001", mini.delivery_companies()[0].delivery_id, "138****0000"),
            ),
            reported_at=datetime.now(UTC),
        )
    )
    back = RefundRequest(
        out_trade_no=number,
        out_refund_no=f"R{time.time_ns()}",
        refund_fen=800,
        total_fen=8800,
        notify_url=f"{mall.url}/refund",
        reason="少了一支",
    )
    assert pay.refund(back).refund_fen == 800
    opened = pay.open_notification(*arrived(mall, "/refund"))
    assert opened.event_type == "REFUND.SUCCESS"
    assert Refund.from_wechat(opened.resource).status == "SUCCESS"
    found = pay.query_refund(back.out_refund_no)
    assert found is not None
    assert found.status == "SUCCESS"
    still = pay.query_payment(number)
    assert still is not None
    assert (still.trade_state, still.is_paid) == ("REFUND", True)

    control("settings", bill_state="ready")
    bill = pay.trade_bill(datetime.now(UTC).date())
    assert {row.out_trade_no for row in bill.rows()} <= {number}


def test_closing(wechat_gateway: Gateway, control: Control, mall: FakeWechat) -> None:
    request = order(wechat_gateway, mall, control("login-codes")["openid"])
    wechat_gateway.pay.prepay(request)
    assert wechat_gateway.pay.close_payment(request.out_trade_no) is True
    assert wechat_gateway.pay.close_payment(request.out_trade_no) is True
    closed = wechat_gateway.pay.query_payment(request.out_trade_no)
    assert closed is not None
    assert closed.trade_state == "CLOSED"


@pytest.mark.parametrize("tampering", ["forge", "stale", "signtest", "unknown_serial"])
def test_tampered_callbacks(
    wechat_gateway: Gateway, control: Control, mall: FakeWechat, tampering: str
) -> None:
    control("faults", target="pay-notify", kind=tampering)
    request = order(wechat_gateway, mall, control("login-codes")["openid"])
    wechat_gateway.pay.prepay(request)
    control(f"payments/{request.out_trade_no}/approve")
    with pytest.raises(NotificationRejected):
        wechat_gateway.pay.open_notification(*arrived(mall, "/pay"))


def test_login_codes_are_good_once(wechat_gateway: Gateway, control: Control) -> None:
    code = control("login-codes")["code"]
    wechat_gateway.mini.code_to_session(code)
    with pytest.raises(WechatRefused) as refused:
        wechat_gateway.mini.code_to_session(code)
    assert refused.value.code == "40163"


def test_mini_program_calls(wechat_gateway: Gateway, control: Control) -> None:
    mini = wechat_gateway.mini
    login = control("login-codes")
    mini.code_to_session(login["code"])
    openid = login["openid"]
    code = control("phone-codes", openid=openid, phone="13800000000")["code"]
    assert mini.phone_number(code, openid).pure_number == "13800000000"
    assert mini.risk_rank(openid, 0, "203.0.113.9") in range(5)
    assert mini.check_text(openid, "很好吃", 2).suggest == "pass"
    assert mini.wxacode("s=1", "pages/index/index")[:3] in (b"\xff\xd8\xff", b"\x89PN")
    assert mini.url_link("pages/index/index", "a=1", 7).startswith("http")
    control("grants", openid=openid, template_id="tpl", count=1)
    assert mini.send_subscribe_message(openid, "tpl", {"thing1": "长" * 30})
    with pytest.raises(WechatRefused, match="43101"):
        mini.send_subscribe_message(openid, "tpl", {"thing1": "短"})


@pytest.mark.parametrize("kind", ["bad_reply_signature", "signtest", "429_accepted"])
def test_a_refund_whose_answer_is_lost_is_found_by_query(
    wechat_gateway: Gateway, control: Control, mall: FakeWechat, kind: str
) -> None:
    pay = wechat_gateway.pay
    request = order(wechat_gateway, mall, control("login-codes")["openid"])
    pay.prepay(request)
    control(f"payments/{request.out_trade_no}/approve")
    back = RefundRequest(
        out_trade_no=request.out_trade_no,
        out_refund_no=f"R{time.time_ns()}",
        refund_fen=8800,
        total_fen=8800,
        notify_url=f"{mall.url}/refund",
    )
    control("faults", target="api", kind=kind, path="/v3/refund/domestic/refunds")
    with pytest.raises(WechatUnknown):
        pay.refund(back)
    assert pay.query_refund(back.out_refund_no) is not None
