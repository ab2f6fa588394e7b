"""The `MiniProgram` side of the gateway."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, cast

from mall.wechat.errors import WechatRefused, WechatUnknown
from mall.wechat.mini_http import MiniHttp
from mall.wechat.mini_models import (
    DeliveryCompany,
    MiniSession,
    PhoneNumber,
    ShippingReport,
    Suggestion,
    TextVerdict,
)
from mall.wechat.text_limits import limited

# Narrower than the documented set, of which WeChat has been seen to refuse a part.
_SCENE = re.compile(r"[0-9A-Za-z_=.-]{1,32}", re.ASCII)
_PAGE = re.compile(r"[0-9A-Za-z_\-/]+", re.ASCII)

_NOTHING_CHANGED = "10060023"

_MESSAGE_STATES = {"release": "formal", "trial": "trial", "develop": "developer"}
_TEXT_PART = 2500
_PICTURE = 2
"""`media_type`; 1 is audio, and there is none for videos."""
_SEVERITY: tuple[Suggestion, ...] = ("pass", "review", "risky")


class MiniClient:
    """Implements `gateway.MiniProgram`; see there for what each call promises."""

    def __init__(self, http: MiniHttp, *, appid: str, secret: str, version: str) -> None:
        """`version` is release, trial or develop: which build codes and links open."""
        self._http = http
        self._appid = appid
        self._secret = secret
        self._version = version

    @property
    def appid(self) -> str:
        return self._appid

    def code_to_session(self, code: str) -> MiniSession:
        params = {
            "appid": self._appid,
            "secret": self._secret,
            "js_code": code,
            "grant_type": "authorization_code",
        }
        reply = self._http.get("/sns/jscode2session", params)
        return MiniSession(
            openid=_text(reply, "openid"),
            session_key=_text(reply, "session_key"),
            unionid=reply.get("unionid") or None,
        )

    def phone_number(self, code: str, openid: str) -> PhoneNumber:
        reply = self._http.post(
            "/wxa/business/getuserphonenumber", {"code": code, "openid": openid}
        )
        info = _object(reply, "phone_info")
        if _object(info, "watermark").get("appid") != self._appid:
            raise WechatRefused("WATERMARK_MISMATCH", "the number is of another mini-program")
        # Documented as text, seen as a number.
        return PhoneNumber(str(info.get("countryCode", "")), _text(info, "purePhoneNumber"))

    def risk_rank(self, openid: str, scene: int, client_ip: str) -> int:
        # developers.weixin.qq.com, getUserRiskRank.
        body = {"appid": self._appid, "openid": openid, "scene": scene, "client_ip": client_ip}
        return _whole(self._http.post("/wxa/getuserriskrank", body), "risk_rank")

    def check_text(
        self, openid: str, content: str, scene: int, nickname: str | None = None
    ) -> TextVerdict:
        parts = [content[at : at + _TEXT_PART] for at in range(0, len(content), _TEXT_PART)]
        if not parts:
            raise ValueError("there is no text to check")
        verdicts = [self._check_part(openid, part, scene, nickname) for part in parts]
        return max(verdicts, key=lambda verdict: _SEVERITY.index(verdict.suggest))

    def _check_part(self, openid: str, part: str, scene: int, nickname: str | None) -> TextVerdict:
        body = {"version": 2, "openid": openid, "scene": scene, "content": part}
        if nickname is not None:
            body["nickname"] = nickname
        reply = self._http.post("/wxa/msg_sec_check", body)
        result = _object(reply, "result")
        if result.get("suggest") not in _SEVERITY:
            raise WechatUnknown("a verdict that isn't pass, review or risky")
        suggest = cast(Suggestion, result["suggest"])
        return TextVerdict(suggest, _whole(result, "label"), str(reply.get("trace_id", "")))

    def check_picture(self, openid: str, address: str, scene: int) -> str:
        body = {
            "version": 2,
            "openid": openid,
            "scene": scene,
            "media_url": address,
            "media_type": _PICTURE,
        }
        return _text(self._http.post("/wxa/media_check_async", body), "trace_id")

    def send_subscribe_message(
        self,
        openid: str,
        template_id: str,
        data: Mapping[str, str],
        page: str | None = None,
    ) -> str | None:
        body: dict[str, Any] = {
            "touser": openid,
            "template_id": template_id,
            "data": limited(data),
            "miniprogram_state": _MESSAGE_STATES[self._version],
            "lang": "zh_CN",
        }
        if page is not None:
            body["page"] = page
        number = self._http.post("/cgi-bin/message/subscribe/send", body).get("msgid")
        return str(number)[:64] if isinstance(number, int | str) else None

    def wxacode(self, scene: str, page: str | None, width: int = 430) -> bytes:
        if not _SCENE.fullmatch(scene):
            raise ValueError("scene must be 1 to 32 of 0-9 A-Z a-z _ = . -")
        if page is not None and (page.startswith("/") or not _PAGE.fullmatch(page)):
            raise ValueError("page has no leading slash and no query")
        if not 280 <= width <= 1280:
            raise ValueError("width must be 280 to 1280 pixels")
        body: dict[str, Any] = {
            "scene": scene,
            "width": width,
            "env_version": self._version,
            # Before the first release no page is published that could be checked.
            "check_path": self._version == "release",
        }
        if page is not None:
            body["page"] = page
        return self._http.post_for_image("/wxa/getwxacodeunlimit", body)

    def url_link(self, path: str, query: str, expire_days: int) -> str:
        if not 1 <= expire_days <= 30 or len(query) > 1024:
            raise ValueError("a link lives 1 to 30 days and has a query of at most 1024")
        body = {
            "path": path,
            "query": query,
            "expire_type": 1,
            "expire_interval": expire_days,
            "env_version": self._version,
        }
        return _text(self._http.post("/wxa/generate_urllink", body), "url_link")

    def report_shipping(self, report: ShippingReport) -> None:
        try:
            self._http.post("/wxa/sec/order/upload_shipping_info", report.body())
        except WechatRefused as refused:
            if refused.code != _NOTHING_CHANGED:
                raise

    def delivery_companies(self) -> list[DeliveryCompany]:
        # developers.weixin.qq.com, industry/express/business/express_search.
        reply = self._http.post("/cgi-bin/express/delivery/open_msg/get_delivery_list", {})
        companies = reply.get("delivery_list")
        if not isinstance(companies, list) or not all(isinstance(c, dict) for c in companies):
            raise WechatUnknown("a list of carriers that can't be read")
        return [
            DeliveryCompany(_text(company, "delivery_id"), _text(company, "delivery_name"))
            for company in companies
        ]


def _object(reply: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = reply.get(name)
    if not isinstance(value, dict):
        raise WechatUnknown(f"a reply without {name}")
    return value


def _text(reply: Mapping[str, Any], name: str) -> str:
    value = reply.get(name)
    if not isinstance(value, str) or not value:
        raise WechatUnknown(f"a reply without {name}")
    return value


def _whole(reply: Mapping[str, Any], name: str) -> int:
    value = reply.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise WechatUnknown(f"a reply without {name}")
    return value
