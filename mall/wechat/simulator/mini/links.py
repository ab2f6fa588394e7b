"""Mini-program codes (images) and links that open the mini program."""

from __future__ import annotations

import re
import secrets
from typing import Any

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from mall.wechat.simulator.context import simulator
from mall.wechat.simulator.mini.pictures import jpeg_of, png_of
from mall.wechat.simulator.mini.reply import MiniError, json_body, require_token, success

LONGEST_LINK_DAYS = 30
_SCENE = re.compile(r"[0-9A-Za-z!#$&'()*+,/:;=?@\-._~]*")
_ENVIRONMENTS = (None, "release", "trial", "develop")


def register(blueprint: Blueprint) -> None:
    blueprint.post("/wxa/getwxacodeunlimit")(unlimited_code)
    blueprint.post("/wxa/generate_urllink")(url_link)
    blueprint.post("/wxa/generatescheme")(url_scheme)


def unlimited_code() -> ResponseReturnValue:
    """Image bytes on success (JPEG, PNG when transparent), JSON on failure."""
    require_token()
    body = json_body()
    scene = body.get("scene")
    if not isinstance(scene, str) or not 1 <= len(scene) <= 32:
        raise MiniError(40169, "invalid length for scene, or the data is not json string")
    if not _SCENE.fullmatch(scene):
        raise MiniError(40129, "invalid scene")
    _check_page(body.get("page"))
    width = body.get("width", 430)
    if type(width) is not int or not 280 <= width <= 1280:
        raise MiniError(40097, "invalid args: width")
    if body.get("env_version") not in _ENVIRONMENTS:
        raise MiniError(40097, "invalid args: env_version")
    simulator().store.put(
        "qrcode", secrets.token_hex(8), {"scene": scene, "page": body.get("page")}
    )
    if body.get("is_hyaline") is True:
        return Response(png_of(scene, width), mimetype="image/png")
    return Response(jpeg_of(scene, width), mimetype="image/jpeg")


def url_link() -> ResponseReturnValue:
    require_token()
    body = json_body()
    _check_target(body)
    _check_expiry(body)
    return success(url_link=f"https://wxaurl.cn/{secrets.token_urlsafe(8)}")


def url_scheme() -> ResponseReturnValue:
    require_token()
    body = json_body()
    _check_target(body.get("jump_wxa") or {})
    _check_expiry(body)
    return success(openlink=f"weixin://dl/business/?t={secrets.token_urlsafe(8)}")


def _check_page(page: Any) -> None:
    if page is None:
        return
    if not isinstance(page, str) or page.startswith("/") or "?" in page:
        raise MiniError(41030, "invalid page")


def _check_target(target: Any) -> None:
    if not isinstance(target, dict):
        raise MiniError(40165, "invalid weapp pagepath")
    path, query = target.get("path", ""), target.get("query", "")
    if not isinstance(path, str) or "?" in path:
        raise MiniError(40165, "invalid weapp pagepath")
    if not isinstance(query, str) or len(query) > 1024:
        raise MiniError(40212, "invalid query")
    if target.get("env_version") not in _ENVIRONMENTS:
        raise MiniError(85079, "miniprogram has no online release")


def _check_expiry(body: dict[str, Any]) -> None:
    kind = body.get("expire_type", 0)
    if kind == 0 and "expire_time" in body:
        days = (body["expire_time"] - simulator().now()) / 86400
    elif kind == 0:
        days = LONGEST_LINK_DAYS
    elif kind == 1:
        days = body.get("expire_interval", LONGEST_LINK_DAYS)
    else:
        raise MiniError(85400, "invalid expire_type")
    if not 0 < days <= LONGEST_LINK_DAYS + 0.01:
        raise MiniError(85402, "invalid expire time")
