"""Login codes, access tokens, phone numbers."""

from __future__ import annotations

import secrets

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from mall.wechat.simulator.context import Simulator, simulator
from mall.wechat.simulator.mini.reply import MiniError, json_body, require_token, success, text_of
from mall.wechat.simulator.state import Doc

CODE_LIFE_S = 300
TOKEN_LIFE_S = 7200
RENEWED_BEFORE_S = 300


def register(blueprint: Blueprint) -> None:
    blueprint.get("/sns/jscode2session")(code_to_session)
    blueprint.post("/cgi-bin/stable_token")(stable_token)
    blueprint.get("/cgi-bin/token")(legacy_token)
    blueprint.post("/wxa/business/getuserphonenumber")(phone_number)


def code_to_session() -> ResponseReturnValue:
    """A login code becomes an openid, once."""
    current = simulator()
    _check_app(current, request.args.get("appid"), request.args.get("secret"))
    if request.args.get("grant_type") != "authorization_code":
        raise MiniError(40002, "invalid grant_type")
    code = _use_code(current, "login-code", request.args.get("js_code", ""))
    user = current.store.get("user", code["openid"]) or {}
    if user.get("blocked"):
        raise MiniError(40226, "code blocked")
    session_key = secrets.token_urlsafe(18)
    current.store.put("user", code["openid"], user | {"last_login_at": current.now()})
    session: Doc = {"openid": code["openid"], "session_key": session_key}
    if user.get("unionid"):
        session["unionid"] = user["unionid"]
    return jsonify(session)


def stable_token() -> ResponseReturnValue:
    """The same token until five minutes before its end; a forced one kills the old."""
    current, body = simulator(), json_body()
    _check_app(current, body.get("appid"), body.get("secret"))
    if body.get("grant_type") != "client_credential":
        raise MiniError(40002, "invalid grant_type")
    with current.store.transaction():
        latest = current.store.get("stable-token", "latest")
        forced = body.get("force_refresh") is True
        if latest and forced:
            current.store.delete("token", latest["access_token"])
        if latest and not forced and latest["expires_at"] - current.now() > RENEWED_BEFORE_S:
            token = latest
        else:
            token = _new_token(current)
            current.store.put("stable-token", "latest", token)
    life_s = int(token["expires_at"] - current.now())
    return jsonify({"access_token": token["access_token"], "expires_in": life_s})


def legacy_token() -> ResponseReturnValue:
    """Every call a new token; the one before lives five minutes more."""
    current = simulator()
    _check_app(current, request.args.get("appid"), request.args.get("secret"))
    with current.store.transaction():
        latest = current.store.get("legacy-token", "latest")
        if latest:
            ends_at = min(latest["expires_at"], current.now() + RENEWED_BEFORE_S)
            current.store.put("token", latest["access_token"], {"expires_at": ends_at})
        token = _new_token(current)
        current.store.put("legacy-token", "latest", token)
    return jsonify({"access_token": token["access_token"], "expires_in": TOKEN_LIFE_S})


def phone_number() -> ResponseReturnValue:
    """A phone code becomes a number, once; an openid in the body must be the code's."""
    require_token()
    current, body = simulator(), json_body()
    code = _use_code(current, "phone-code", text_of(body, "code", 40029), spent=40029)
    if body.get("openid") not in (None, "", code["openid"]):
        raise MiniError(40029, "code does not belong to this openid")
    country, phone = code["country_code"], code["phone"]
    full = phone if country == "86" else f"+{country}{phone}"
    watermark = {"timestamp": int(current.now()), "appid": current.credentials.appid}
    return success(
        phone_info={
            "phoneNumber": full,
            "purePhoneNumber": phone,
            "countryCode": country,
            "watermark": watermark,
        }
    )


def issue_code(current: Simulator, kind: str, fields: Doc) -> str:
    """A fresh code of the phone, as wx.login or the phone button would give."""
    code = secrets.token_hex(16)
    record = fields | {"expires_at": current.now() + CODE_LIFE_S, "used": False}
    current.store.put(kind, code, record)
    return code


def _use_code(current: Simulator, kind: str, code: str, spent: int = 40163) -> Doc:
    with current.store.transaction():
        record = current.store.get(kind, code)
        if record is None:
            raise MiniError(40029, "invalid code")
        if record["used"]:
            raise MiniError(spent, "code been used")
        if record["expires_at"] <= current.now():
            raise MiniError(40029, "invalid code")
        current.store.put(kind, code, record | {"used": True})
    return record


def _new_token(current: Simulator) -> Doc:
    token = f"{secrets.randbelow(90) + 10}_{secrets.token_urlsafe(100)}"
    record: Doc = {"access_token": token, "expires_at": current.now() + TOKEN_LIFE_S}
    current.store.put("token", token, record)
    return record


def _check_app(current: Simulator, appid: object, secret: object) -> None:
    if appid != current.credentials.appid:
        raise MiniError(40013, "invalid appid")
    if secret != current.credentials.secret:
        raise MiniError(40125, "invalid appsecret")
