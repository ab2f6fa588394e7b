"""The mini-program side, over plain HTTP and through the wechatpy library."""

from __future__ import annotations

import struct
import zlib
from typing import Any

import pytest
import requests
from wechatpy import WeChatClient
from wechatpy.client.api import WeChatWxa
from wechatpy.exceptions import WeChatClientException

from mall.wechat.simulator import RunningSimulator
from tests.simulator.helpers import Control

TEMPLATE = "tpl_order_shipped"


class Mini:
    """The mini program's server calls with a token of its own."""

    def __init__(self, wechat: RunningSimulator) -> None:
        self.wechat = wechat
        self.app = {"appid": wechat.credentials.appid, "secret": wechat.credentials.secret}
        self.token = str(self.stable_token()["access_token"])

    def stable_token(self, **more: Any) -> dict[str, Any]:
        body = self.app | {"grant_type": "client_credential"} | more
        return self._json(requests.post(f"{self.wechat.url}/cgi-bin/stable_token", json=body))

    def login(self, code: str, **change: str) -> dict[str, Any]:
        query = self.app | {"js_code": code, "grant_type": "authorization_code"} | change
        return self._json(requests.get(f"{self.wechat.url}/sns/jscode2session", params=query))

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return self._json(self.raw(path, body))

    def raw(self, path: str, body: dict[str, Any]) -> requests.Response:
        query = {"access_token": self.token}
        return requests.post(f"{self.wechat.url}{path}", params=query, json=body)

    def _json(self, reply: requests.Response) -> dict[str, Any]:
        assert reply.status_code == 200
        body = reply.json()
        assert isinstance(body, dict)
        return body


@pytest.fixture
def mini(wechat: RunningSimulator) -> Mini:
    return Mini(wechat)


def test_a_login_code_works_once_and_for_five_minutes(mini: Mini, control: Control) -> None:
    given = control.post("/login-codes", unionid="u1")
    session = mini.login(given["code"])
    assert (session["openid"], session["unionid"]) == (given["openid"], "u1")
    assert session["session_key"]
    assert mini.login(given["code"])["errcode"] == 40163
    assert mini.login("nonsense")["errcode"] == 40029
    again = control.post("/login-codes", openid=given["openid"])
    assert again["openid"] == given["openid"]
    control.post("/settings", clock_offset_s=301)
    assert mini.login(again["code"])["errcode"] == 40029


def test_login_needs_the_right_app_and_an_unblocked_shopper(mini: Mini, control: Control) -> None:
    given = control.post("/login-codes")
    assert mini.login(given["code"], appid="wx0")["errcode"] == 40013
    assert mini.login(given["code"], secret="0")["errcode"] == 40125
    control.post("/users", openid=given["openid"], blocked=True)
    assert mini.login(given["code"])["errcode"] == 40226


def test_the_stable_token_stays_until_five_minutes_before_its_end(
    mini: Mini, control: Control
) -> None:
    first = mini.stable_token()
    assert first["access_token"] == mini.token
    assert 7100 < first["expires_in"] <= 7200
    control.post("/settings", clock_offset_s=6890)
    assert mini.stable_token()["access_token"] == mini.token
    control.post("/settings", clock_offset_s=6905)
    second = mini.stable_token()
    assert second["access_token"] != mini.token
    assert (
        mini.post("/wxa/sec/order/is_trade_managed", {"appid": mini.app["appid"]})["errcode"] == 0
    )
    forced = mini.stable_token(force_refresh=True)
    assert forced["access_token"] != second["access_token"]
    mini.token = second["access_token"]
    assert mini.post("/wxa/generate_urllink", {})["errcode"] == 40001


def test_token_errors(mini: Mini, control: Control) -> None:
    good, mini.token = mini.token, "nonsense"
    assert mini.post("/wxa/generate_urllink", {})["errcode"] == 40001
    mini.token = good
    control.fault("api", "token_40001")
    assert mini.post("/wxa/generate_urllink", {})["errcode"] == 40001
    assert mini.post("/wxa/generate_urllink", {})["errcode"] == 0
    control.fault("api", "errcode", error={"errcode": 45009, "errmsg": "reach max api daily quota"})
    assert mini.post("/wxa/generate_urllink", {})["errcode"] == 45009
    control.post("/settings", clock_offset_s=7201)
    assert mini.post("/wxa/generate_urllink", {})["errcode"] == 42001
    control.fault("api", "http_500")
    assert mini.raw("/wxa/generate_urllink", {}).status_code == 502


def test_a_phone_code(mini: Mini, control: Control) -> None:
    openid = control.openid()
    code = control.post("/phone-codes", openid=openid, phone="13800138000")["code"]
    info = mini.post("/wxa/business/getuserphonenumber", {"code": code, "openid": openid})
    assert info["phone_info"]["purePhoneNumber"] == "13800138000"
    assert info["phone_info"]["watermark"]["appid"] == mini.app["appid"]
    assert mini.post("/wxa/business/getuserphonenumber", {"code": code})["errcode"] == 40029
    other = control.post("/phone-codes", openid=openid, phone="91234567", country_code="852")[
        "code"
    ]
    body = {"code": other, "openid": "oOther"}
    assert mini.post("/wxa/business/getuserphonenumber", body)["errcode"] == 40029
    other = control.post("/phone-codes", openid=openid, phone="91234567", country_code="852")[
        "code"
    ]
    info = mini.post("/wxa/business/getuserphonenumber", {"code": other})
    assert info["phone_info"]["phoneNumber"] == "+85291234567"


def test_a_subscribe_message_uses_up_its_grant(mini: Mini, control: Control) -> None:
    openid = control.openid()
    path = "/cgi-bin/message/subscribe/send"
    body = {
        "touser": openid,
        "template_id": TEMPLATE,
        "page": "pages/order?no=1",
        "data": {"thing1": {"value": "您的商品已发货"}, "character_string2": {"value": "SF123"}},
    }
    assert mini.post(path, body)["errcode"] == 43101
    assert control.post("/grants", openid=openid, template_id=TEMPLATE, count=1) == {"left": 1}
    assert mini.post(path, body)["errcode"] == 0
    assert mini.post(path, body)["errcode"] == 43101
    (message,) = control.get("/messages", openid=openid)["messages"]
    assert message["data"] == {"thing1": "您的商品已发货", "character_string2": "SF123"}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("thing1", "一" * 21),
        ("thing1", ""),
        ("number1", "12a"),
        ("letter1", "ab1"),
        ("symbol1", "abc"),
        ("character_string1", "快递"),
        ("character_string1", "1" * 33),
        ("time1", "明天"),
        ("amount1", "12.3.4"),
        ("phone_number1", "1" * 18),
        ("car_number1", "粤" * 9),
        ("name1", "张" * 11),
        ("phrase1", "已经发货了呀"),
        ("surprise1", "x"),
    ],
)
def test_message_values_that_are_too_long(
    mini: Mini, control: Control, key: str, value: str
) -> None:
    openid = control.openid()
    control.post("/grants", openid=openid, template_id=TEMPLATE)
    body = {"touser": openid, "template_id": TEMPLATE, "data": {key: {"value": value}}}
    answer = mini.post("/cgi-bin/message/subscribe/send", body)
    assert answer["errcode"] == 47003
    assert key in answer["errmsg"]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("thing1", "一" * 20),
        ("number1", "-12.50"),
        ("time1", "2019年10月1日 15:01"),
        ("date1", "2019-10-01 15:01:05"),
        ("amount1", "¥12.50元"),
        ("name1", "张三"),
        ("phrase1", "已发货"),
    ],
)
def test_message_values_that_fit(mini: Mini, control: Control, key: str, value: str) -> None:
    openid = control.openid()
    control.post("/grants", openid=openid, template_id=TEMPLATE)
    body = {"touser": openid, "template_id": TEMPLATE, "data": {key: {"value": value}}}
    assert mini.post("/cgi-bin/message/subscribe/send", body)["errcode"] == 0


def test_a_code_picture(mini: Mini) -> None:
    path = "/wxa/getwxacodeunlimit"
    jpeg = mini.raw(path, {"scene": "i=8fK2", "page": "pages/index", "check_path": False})
    assert jpeg.headers["Content-Type"] == "image/jpeg"
    assert jpeg.content[:3] == b"\xff\xd8\xff"
    assert jpeg.content[-2:] == b"\xff\xd9"
    png = mini.raw(path, {"scene": "i=8fK2", "width": 280, "is_hyaline": True})
    assert png.headers["Content-Type"] == "image/png"
    assert _png_size(png.content) == (280, 280)
    for bad, errcode in (
        ({"scene": "x" * 33}, 40169),
        ({"scene": ""}, 40169),
        ({"scene": "邀请"}, 40129),
        ({"scene": "a%20"}, 40129),
        ({"scene": "a", "page": "/pages/index"}, 41030),
        ({"scene": "a", "width": 100}, 40097),
    ):
        assert mini.post(path, bad)["errcode"] == errcode, bad


def _png_size(png: bytes) -> tuple[int, int]:
    """Width and height of a PNG whose pixels really are there."""
    width, height = struct.unpack(">II", png[16:24])
    start = png.index(b"IDAT")
    (length,) = struct.unpack(">I", png[start - 4 : start])
    assert len(zlib.decompress(png[start + 4 : start + 4 + length])) == height * (width + 1)
    return width, height


def test_links(mini: Mini) -> None:
    body = {"path": "pages/index", "query": "a=1", "expire_type": 1, "expire_interval": 30}
    assert mini.post("/wxa/generate_urllink", body)["url_link"].startswith("https://wxaurl.cn/")
    assert mini.post("/wxa/generatescheme", {"jump_wxa": {}})["openlink"].startswith("weixin://")
    assert mini.post("/wxa/generate_urllink", body | {"expire_interval": 31})["errcode"] == 85402
    assert mini.post("/wxa/generate_urllink", body | {"query": "x" * 1025})["errcode"] == 40212


def test_content_checks(mini: Mini, control: Control) -> None:
    given = control.post("/login-codes")
    body = {"version": 2, "scene": 2, "openid": given["openid"], "content": "很好用"}
    path = "/wxa/msg_sec_check"
    assert mini.post(path, body)["errcode"] == 61010
    mini.login(given["code"])
    assert mini.post(path, body)["result"] == {"suggest": "pass", "label": 100}
    review = mini.post(path, body | {"content": "加微信聊"})
    assert review["result"]["suggest"] == "review"
    risky = mini.post(path, body | {"content": "一起赌博"})
    assert risky["result"]["suggest"] == "risky"
    assert mini.post(path, body | {"version": 1})["errcode"] == 40097
    assert mini.post(path, body | {"openid": "oNobody"})["errcode"] == 40003


def test_the_risk_rank(mini: Mini, control: Control) -> None:
    openid = control.openid()
    body = {"appid": mini.app["appid"], "openid": openid, "scene": 1, "client_ip": "127.0.0.1"}
    assert mini.post("/wxa/getuserriskrank", body)["risk_rank"] == 0
    control.post("/users", openid=openid, risk_rank=4)
    assert mini.post("/wxa/getuserriskrank", body)["risk_rank"] == 4


def test_bodies_that_are_no_json(mini: Mini) -> None:
    url = f"{mini.wechat.url}/wxa/generate_urllink?access_token={mini.token}"
    assert requests.post(url, data="a=1").json()["errcode"] == 47001
    assert requests.post(url).json()["errcode"] == 44002


class _Client(WeChatClient):
    """wechatpy pointed at the simulator; its token call has its own fixed address."""

    def fetch_access_token(self) -> Any:
        return self._fetch_access_token(
            url=f"{self.API_BASE_URL}token",
            params={
                "grant_type": "client_credential",
                "appid": self.appid,
                "secret": self.secret,
            },
        )


def test_the_wechatpy_library_gets_along(
    wechat: RunningSimulator, control: Control, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_Client, "API_BASE_URL", f"{wechat.url}/cgi-bin/")
    monkeypatch.setattr(WeChatWxa, "API_BASE_URL", f"{wechat.url}/")
    credentials = wechat.credentials
    client = _Client(credentials.appid, credentials.secret, timeout=5, auto_retry=False)
    given = control.post("/login-codes")
    assert client.wxa.code_to_session(given["code"])["openid"] == given["openid"]
    control.post("/grants", openid=given["openid"], template_id=TEMPLATE)
    data = {"thing1": {"value": "已发货"}}
    client.wxa.send_subscribe_message(given["openid"], TEMPLATE, data)
    with pytest.raises(WeChatClientException) as refused:
        client.wxa.send_subscribe_message(given["openid"], TEMPLATE, data)
    assert refused.value.errcode == 43101
    picture = client.wxa.get_wxa_code_unlimited("i=1")
    assert picture.content[:2] == b"\xff\xd8"
    carriers = client.post("express/delivery/open_msg/get_delivery_list", data={})
    assert "SF" in [carrier["delivery_id"] for carrier in carriers["delivery_list"]]
