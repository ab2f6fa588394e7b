"""Names that shoppers give: themselves, their pets, their teams. WeChat checks every one first."""

from __future__ import annotations

from mall.kernel.errors import MallError
from mall.users.errors import WechatVisitTooOld
from mall.users.wechat_errors import translated_wechat_errors
from mall.wechat.gateway import gateway

SCENE = 1
"""Of the content check: what shoppers say of themselves."""


def check_name(openid: str, name: str, refused: MallError) -> None:
    """Only a clean verdict passes: another name costs the shopper a moment. Not inside a
    transaction. Raises `refused`, WechatVisitTooOld, WechatUnreachable."""
    with translated_wechat_errors({"61010": WechatVisitTooOld}):
        verdict = gateway().mini.check_text(openid, name, SCENE, name)
    if verdict.suggest != "pass":
        raise refused
