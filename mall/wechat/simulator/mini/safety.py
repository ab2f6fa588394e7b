"""Content checks and the risk rank of a shopper. Verdicts go by keyword."""

from __future__ import annotations

import secrets

from flask import Blueprint
from flask.typing import ResponseReturnValue

from mall.wechat.simulator.callbacks import queue_push
from mall.wechat.simulator.context import simulator
from mall.wechat.simulator.mini.reply import MiniError, json_body, require_token, success, text_of

# Keyword → (suggestion, label); the first that occurs decides.
VERDICTS = {
    "赌博": ("risky", 20006),
    "毒品": ("risky", 20006),
    "色情": ("risky", 20002),
    "诈骗": ("risky", 20008),
    "傻逼": ("risky", 20003),
    "risky": ("risky", 21000),
    "加微信": ("review", 10001),
    "广告": ("review", 10001),
    "review": ("review", 21000),
}
RECENT_USE_S = 7200


def register(blueprint: Blueprint) -> None:
    blueprint.post("/wxa/msg_sec_check")(check_text)
    blueprint.post("/wxa/media_check_async")(check_media)
    blueprint.post("/wxa/getuserriskrank")(risk_rank)


def check_text() -> ResponseReturnValue:
    require_token()
    body = json_body()
    _check_common(body)
    content = text_of(body, "content", 44002)
    if len(content) > 2500:
        raise MiniError(44991, "content too long")
    whole = content + "".join(str(body.get(name, "")) for name in ("nickname", "title"))
    suggest, label, keyword = _verdict(whole)
    detail = {"strategy": "content_model", "errcode": 0, "suggest": suggest, "label": label}
    if keyword:
        detail |= {"prob": 90, "keyword": keyword}
    return success(
        trace_id=secrets.token_hex(16),
        result={"suggest": suggest, "label": label},
        detail=[detail],
    )


def check_media() -> ResponseReturnValue:
    """Takes the job; the verdict (by keyword in the address) comes as a message push."""
    require_token()
    body = json_body()
    _check_common(body)
    if body.get("media_type") not in (1, 2):
        raise MiniError(40097, "invalid args: media_type")
    suggest, label = _media_verdict(text_of(body, "media_url"))
    trace_id = secrets.token_hex(16)
    verdict = {
        "appid": simulator().credentials.appid,
        "trace_id": trace_id,
        "version": 2,
        "errcode": 0,
        "errmsg": "ok",
        "result": {"suggest": suggest, "label": label},
        "detail": [{"strategy": "content_model", "errcode": 0, "suggest": suggest, "label": label}],
    }
    queue_push(simulator(), "wxa_media_check", verdict, ref=trace_id, openid=body["openid"])
    return success(trace_id=trace_id)


def risk_rank() -> ResponseReturnValue:
    """0 (no risk) to 4, as set for the shopper through the control API."""
    require_token()
    body = json_body()
    user = simulator().store.get("user", text_of(body, "openid", 40003))
    if user is None:
        raise MiniError(40003, "invalid openid")
    if body.get("appid") != simulator().credentials.appid:
        raise MiniError(40013, "invalid appid")
    if body.get("scene") not in (0, 1, 2):
        raise MiniError(40129, "invalid scene")
    text_of(body, "client_ip")
    return success(unoin_id=secrets.randbelow(2**31), risk_rank=user.get("risk_rank", 0))


def _check_common(body: dict[str, object]) -> None:
    if body.get("version") != 2:
        raise MiniError(40097, "invalid args: version must be 2")
    if body.get("scene") not in (1, 2, 3, 4):
        raise MiniError(40129, "invalid scene")
    user = simulator().store.get("user", text_of(body, "openid", 40003))
    if user is None:
        raise MiniError(40003, "invalid openid")
    if simulator().now() - user.get("last_login_at", 0) > RECENT_USE_S:
        raise MiniError(61010, "user not access in 2 hours")


def _media_verdict(address: str) -> tuple[str, int]:
    """By keyword, unless the settings say what every picture is."""
    ordered = simulator().settings.media_suggest
    if ordered != "auto":
        return ordered, 100 if ordered == "pass" else 20002
    suggest, label, _ = _verdict(address)
    return suggest, label


def _verdict(content: str) -> tuple[str, int, str]:
    for keyword, (suggest, label) in VERDICTS.items():
        if keyword in content:
            return suggest, label, keyword
    return "pass", 100, ""
