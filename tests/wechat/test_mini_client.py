"""The mini-program API over real HTTP."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from redis import Redis
from werkzeug import Request, Response

from mall.wechat.errors import WechatError, WechatRefused, WechatUnavailable, WechatUnknown
from mall.wechat.mini_client import MiniClient
from mall.wechat.mini_http import TOKEN_PATH, MiniHttp, fetch_stable_token
from mall.wechat.mini_models import Parcel, ShippingReport
from mall.wechat.tokens import TokenSource
from mall.wechat.transport import Transport
from tests.wechat.conftest import FAST
from tests.wechat.fakes import APPID, FakeWechat, plain_json, silent

SECRET = "secret-of-the-mini-program"
SEND = "/cgi-bin/message/subscribe/send"
LOGIN = "/sns/jscode2session"


@pytest.fixture
def make(wechat: FakeWechat, redis: Redis) -> Callable[..., MiniClient]:
    def build(version: str = "release") -> MiniClient:
        transport = Transport(wechat.url, FAST)
        tokens = TokenSource(
            appid=APPID,
            fetch=lambda: fetch_stable_token(transport, APPID, SECRET),
            client=redis,
            fetch_limit_s=3.0,
        )
        return MiniClient(MiniHttp(transport, tokens), appid=APPID, secret=SECRET, version=version)

    return build


@pytest.fixture
def mini(make: Callable[..., MiniClient]) -> MiniClient:
    return make()


@pytest.fixture
def tokens(wechat: FakeWechat) -> list[str]:
    """Numbered tokens, a new one at each fetch."""
    given: list[str] = []

    def answer(_request: Request) -> Response:
        given.append(f"token-{len(given) + 1}")
        return plain_json({"access_token": given[-1], "expires_in": 7200})(_request)

    wechat.answers[TOKEN_PATH] = answer
    return given


def body_of(wechat: FakeWechat, path: str) -> dict[str, Any]:
    sent: dict[str, Any] = next(
        json.loads(body) for _, seen, _, body in wechat.seen if seen.startswith(path)
    )
    return sent


def sent_to(wechat: FakeWechat, path: str) -> list[str]:
    return [seen for _, seen, _, _ in wechat.seen if seen.startswith(path)]


def send(mini: MiniClient) -> None:
    mini.send_subscribe_message("o-1", "tpl", {"thing1": "雪糕"})


class TestToken:
    def test_it_is_fetched_as_a_stable_one(
        self, mini: MiniClient, wechat: FakeWechat, tokens: list[str]
    ) -> None:
        wechat.answers[SEND] = plain_json({"errcode": 0, "errmsg": "ok"})
        send(mini)
        send(mini)
        assert tokens == ["token-1"]
        assert body_of(wechat, TOKEN_PATH) == {
            "grant_type": "client_credential",
            "appid": APPID,
            "secret": SECRET,
        }
        assert sent_to(wechat, SEND) == [f"{SEND}?access_token=token-1"] * 2
        assert {headers["Content-Type"] for _, _, headers, _ in wechat.seen} == {"application/json"}

    @pytest.mark.parametrize("errcode", [40001, 40014, 42001])
    def test_one_that_was_replaced_costs_one_more_try(
        self, mini: MiniClient, wechat: FakeWechat, tokens: list[str], errcode: int
    ) -> None:
        def answer(request: Request) -> Response:
            stale = request.args["access_token"] == "token-1"
            return plain_json({"errcode": errcode if stale else 0})(request)

        wechat.answers[SEND] = answer
        send(mini)
        assert [path.partition("=")[2] for path in sent_to(wechat, SEND)] == tokens

    def test_one_that_is_always_refused_ends_after_two(
        self, mini: MiniClient, wechat: FakeWechat, tokens: list[str]
    ) -> None:
        wechat.answers[SEND] = plain_json({"errcode": 40001, "errmsg": "invalid rid: 1-2"})
        with pytest.raises(WechatUnavailable):
            send(mini)
        assert len(sent_to(wechat, SEND)) == 2
        assert tokens == ["token-1", "token-2"]

    @pytest.mark.parametrize(
        "answer",
        [
            plain_json({"errcode": 40164, "errmsg": f"invalid ip, secret {SECRET}"}),
            plain_json([], 200),
            plain_json({"access_token": "x"}),
            plain_json({}, 500),
            lambda _request: Response("<html>"),
        ],
    )
    def test_none_to_be_had(
        self, mini: MiniClient, wechat: FakeWechat, answer: Callable[[Request], Response]
    ) -> None:
        wechat.answers[TOKEN_PATH] = answer
        with pytest.raises(WechatUnavailable) as unavailable:
            send(mini)
        assert SECRET not in str(unavailable.value)
        assert sent_to(wechat, SEND) == []

    def test_a_slow_desk_is_not_waited_for(self, mini: MiniClient, wechat: FakeWechat) -> None:
        wechat.answers[TOKEN_PATH] = silent
        before = time.monotonic()
        with pytest.raises(WechatUnavailable):
            send(mini)
        assert time.monotonic() - before < 0.9


class TestLogin:
    def test_it_needs_no_token(self, mini: MiniClient, wechat: FakeWechat) -> None:
        wechat.answers[LOGIN] = plain_json({"openid": "o-1", "session_key": "k"})
        session = mini.code_to_session("code & more")
        assert (session.openid, session.session_key, session.unionid) == ("o-1", "k", None)
        assert "'k'" not in repr(session)
        (path,) = sent_to(wechat, "/")
        assert "access_token" not in path
        assert "js_code=code+%26+more" in path

    @pytest.mark.parametrize("errcode", [40029, 40163, 40226])
    def test_refusals(self, mini: MiniClient, wechat: FakeWechat, errcode: int) -> None:
        wechat.answers[LOGIN] = plain_json({"errcode": errcode, "errmsg": "no, rid: 6a-7b"})
        with pytest.raises(WechatRefused) as refused:
            mini.code_to_session("code")
        assert (refused.value.code, refused.value.request_id) == (str(errcode), "6a-7b")
        assert len(wechat.seen) == 1

    @pytest.mark.parametrize(
        ("answer", "kind"),
        [
            (plain_json({"errcode": -1}), WechatUnknown),
            (plain_json({"errcode": 45009}), WechatUnavailable),
            (plain_json({"errcode": 45011}), WechatUnavailable),
            (plain_json({"errcode": "busy"}), WechatUnknown),
            (plain_json({"session_key": "k"}), WechatUnknown),
            (plain_json([1]), WechatUnknown),
            (plain_json({"openid": "o", "session_key": "k"}, 502), WechatUnknown),
            (lambda _r: Response("<html>"), WechatUnknown),
            (lambda _r: Response(status=302, headers={"Location": "/elsewhere"}), WechatUnknown),
        ],
    )
    def test_no_secret_in_any_failure(
        self,
        mini: MiniClient,
        wechat: FakeWechat,
        answer: Callable[[Request], Response],
        kind: type[WechatError],
    ) -> None:
        wechat.answers[LOGIN] = answer
        with pytest.raises(WechatError) as failed:
            mini.code_to_session("code")
        assert type(failed.value) is kind
        assert SECRET not in repr(failed.value)
        assert failed.value.__context__ is failed.value.__cause__ is None

    def test_a_slow_reply(self, mini: MiniClient, wechat: FakeWechat) -> None:
        wechat.answers[LOGIN] = silent
        with pytest.raises(WechatUnknown) as failed:
            mini.code_to_session("code")
        assert failed.value.__context__ is None


@pytest.mark.usefixtures("tokens")
class TestCalls:
    def test_phone_number(self, mini: MiniClient, wechat: FakeWechat) -> None:
        info = {
            "phoneNumber": "13800000000",
            "purePhoneNumber": "13800000000",
            "countryCode": 86,
            "watermark": {"timestamp": 1, "appid": APPID},
        }
        path = "/wxa/business/getuserphonenumber"
        wechat.answers[path] = plain_json({"errcode": 0, "phone_info": info})
        found = mini.phone_number("code", "o-1")
        assert (found.country_code, found.pure_number) == ("86", "13800000000")
        assert "138" not in repr(found)
        assert body_of(wechat, path) == {"code": "code", "openid": "o-1"}
        info["watermark"] = {"appid": "wx-of-another"}
        with pytest.raises(WechatRefused, match="WATERMARK"):
            mini.phone_number("code", "o-1")

    def test_risk_rank(self, mini: MiniClient, wechat: FakeWechat) -> None:
        wechat.answers["/wxa/getuserriskrank"] = plain_json({"errcode": 0, "risk_rank": 3})
        assert mini.risk_rank("o-1", 1, "203.0.113.9") == 3

    def test_the_worst_part_of_a_long_text_decides(
        self, mini: MiniClient, wechat: FakeWechat
    ) -> None:
        def answer(request: Request) -> Response:
            content = json.loads(request.get_data())["content"]
            assert len(content) <= 2500
            bad = "坏" in content
            result = {"suggest": "risky" if bad else "pass", "label": 20006 if bad else 100}
            return plain_json({"errcode": 0, "trace_id": "t", "result": result})(request)

        wechat.answers["/wxa/msg_sec_check"] = answer
        assert mini.check_text("o-1", "好" * 2500, 2).suggest == "pass"
        verdict = mini.check_text("o-1", "好" * 2500 + "坏" + "好" * 2500, 2, nickname="小王")
        assert (verdict.suggest, verdict.label) == ("risky", 20006)
        assert len(sent_to(wechat, "/wxa/msg_sec_check")) == 4

    def test_an_odd_verdict_is_unknown(self, mini: MiniClient, wechat: FakeWechat) -> None:
        body = {"errcode": 0, "result": {"suggest": "maybe", "label": 100}}
        wechat.answers["/wxa/msg_sec_check"] = plain_json(body)
        with pytest.raises(WechatUnknown):
            mini.check_text("o-1", "好", 2)

    def test_a_picture_is_sent_by_its_address(self, mini: MiniClient, wechat: FakeWechat) -> None:
        path = "/wxa/media_check_async"
        wechat.answers[path] = plain_json({"errcode": 0, "errmsg": "ok", "trace_id": "t-1"})
        assert mini.check_picture("o-1", "https://mall.example/a.jpg", 2) == "t-1"
        assert body_of(wechat, path) == {
            "version": 2,
            "openid": "o-1",
            "scene": 2,
            "media_url": "https://mall.example/a.jpg",
            "media_type": 2,
        }

    def test_a_picture_without_trace_id_is_unknown(
        self, mini: MiniClient, wechat: FakeWechat
    ) -> None:
        wechat.answers["/wxa/media_check_async"] = plain_json({"errcode": 0})
        with pytest.raises(WechatUnknown):
            mini.check_picture("o-1", "https://mall.example/a.jpg", 2)

    def test_subscribe_message(self, make: Callable[..., MiniClient], wechat: FakeWechat) -> None:
        wechat.answers[SEND] = plain_json({"errcode": 0})
        data = {"thing1": "长" * 30, "amount2": "88.00元"}
        make("trial").send_subscribe_message("o-1", "tpl", data, "pages/order?no=1")
        body = body_of(wechat, SEND)
        assert body["data"]["thing1"]["value"] == "长" * 19 + "…"
        assert body["data"]["amount2"]["value"] == "88.00元"
        assert (body["miniprogram_state"], body["page"]) == ("trial", "pages/order?no=1")
        wechat.answers[SEND] = plain_json({"errcode": 43101, "errmsg": "user refuse"})
        with pytest.raises(WechatRefused) as refused:
            send(make())
        assert refused.value.code == "43101"

    def test_wxacode(self, make: Callable[..., MiniClient], wechat: FakeWechat) -> None:
        path = "/wxa/getwxacodeunlimit"
        image = b"\xff\xd8\xff\xe0 image"
        wechat.answers[path] = lambda _r: Response(image, content_type="image/jpeg")
        assert make("develop").wxacode("s=1", "pages/index") == image
        body = body_of(wechat, path)
        assert (body["check_path"], body["env_version"], body["width"]) == (False, "develop", 430)
        wechat.answers[path] = plain_json({"errcode": 41030})
        with pytest.raises(WechatRefused):
            make().wxacode("s=1", None)
        wechat.answers[path] = lambda _r: Response("<html>")
        with pytest.raises(WechatUnknown):
            make().wxacode("s=1", None)

    @pytest.mark.parametrize(
        ("scene", "page", "width"),
        [
            ("", "p", 430),
            ("x" * 33, "p", 430),
            ("商品", "p", 430),
            ("a%b", "p", 430),
            ("a\n", "p", 430),
            ("a", "/p", 430),
            ("a", "p?q=1", 430),
            ("a", "p", 279),
        ],
    )
    def test_wxacode_is_checked_before_the_call(
        self, mini: MiniClient, wechat: FakeWechat, scene: str, page: str, width: int
    ) -> None:
        with pytest.raises(ValueError, match=r"\w"):
            mini.wxacode(scene, page, width)
        assert wechat.seen == []

    def test_url_link(self, mini: MiniClient, wechat: FakeWechat) -> None:
        wechat.answers["/wxa/generate_urllink"] = plain_json(
            {"errcode": 0, "url_link": "https://w"}
        )
        assert mini.url_link("pages/index", "a=1", 30) == "https://w"
        with pytest.raises(ValueError, match="30 days"):
            mini.url_link("pages/index", "a=1", 31)

    def test_shipping(self, mini: MiniClient, wechat: FakeWechat) -> None:
        path = "/wxa/sec/order/upload_shipping_info"
        report = ShippingReport(
            transaction_id="42000",
            openid="o-1",
            logistics_type=1,
            parcels=(Parcel("雪糕" * 100, "SF1", "SF", "138****0000"),),
            reported_at=datetime(2024, 5, 1, 4, 0, 0, 120_000, UTC),
        )
        wechat.answers[path] = plain_json({"errcode": 10060023, "errmsg": "nothing changed"})
        mini.report_shipping(report)
        body = body_of(wechat, path)
        assert body["upload_time"] == "2024-05-01T12:00:00.120+08:00"
        assert body["order_key"] == {"order_number_type": 2, "transaction_id": "42000"}
        assert len(body["shipping_list"][0]["item_desc"]) == 120
        assert "is_all_delivered" not in body
        wechat.answers[path] = plain_json({"errcode": 10060001})
        with pytest.raises(WechatRefused, match="10060001"):
            mini.report_shipping(report)
        wechat.answers[path] = plain_json({"errcode": 10060012})
        with pytest.raises(WechatUnknown):
            mini.report_shipping(report)

    def test_delivery_companies(self, mini: MiniClient, wechat: FakeWechat) -> None:
        path = "/cgi-bin/express/delivery/open_msg/get_delivery_list"
        entry = {"delivery_id": "SF", "delivery_name": "顺丰速运"}
        wechat.answers[path] = plain_json({"errcode": 0, "delivery_list": [entry], "count": 1})
        (company,) = mini.delivery_companies()
        assert (company.delivery_id, company.name) == ("SF", "顺丰速运")
        assert body_of(wechat, path) == {}
