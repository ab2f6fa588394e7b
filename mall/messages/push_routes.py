"""Where WeChat pushes its messages (console: 开发管理 → 消息推送)."""

from __future__ import annotations

import structlog
from flask import Blueprint, Response, request

from mall.kernel.http import access
from mall.messages import pushes
from mall.wechat.errors import NotificationRejected
from mall.wechat.gateway import gateway

blp = Blueprint("wechat_push", __name__, url_prefix="/callbacks/wechat")
log = structlog.get_logger("mall.messages")


@blp.get("/push")
@access.wechat
def check_url() -> Response:
    """Answer the console's check of the address."""
    try:
        return _plain(gateway().push.verify_url(request.args))
    except NotificationRejected as rejected:
        return _rejected(rejected)


@blp.post("/push")
@access.wechat
def receive() -> Response:
    """Accept a push; "success" tells WeChat not to repeat it."""
    try:
        push = gateway().push.open_push(
            request.args, request.get_data(cache=False), request.content_type or ""
        )
    except NotificationRejected as rejected:
        return _rejected(rejected)
    pushes.store_push(push)
    return _plain("success")


def _plain(text: str, status: int = 200) -> Response:
    return Response(text, status=status, content_type="text/plain; charset=utf-8")


def _rejected(rejected: NotificationRejected) -> Response:
    log.warning("push rejected", reason=rejected.reason)
    return _plain("rejected", 403)
