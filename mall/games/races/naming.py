"""The name of a team passes WeChat's content check, as nicknames do."""

from __future__ import annotations

from mall.games.races.errors import RaceTeamNameRefused
from mall.kernel.http.access import Shopper
from mall.users.errors import WechatVisitTooOld
from mall.users.wechat_errors import translated_wechat_errors
from mall.wechat.gateway import gateway

SCENE = 1
"""A text of the shopper's own profile."""


def check_name(shopper: Shopper, name: str) -> None:
    """Only a clean verdict passes: another name costs the captain a moment. Not inside a
    transaction. Raises RaceTeamNameRefused, WechatVisitTooOld, WechatUnreachable."""
    with translated_wechat_errors({"61010": WechatVisitTooOld}):
        verdict = gateway().mini.check_text(shopper.openid, name, SCENE, name)
    if verdict.suggest != "pass":
        raise RaceTeamNameRefused(param="name")
