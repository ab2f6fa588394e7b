"""What a shop owner decides of the codes on pictures."""

from __future__ import annotations

from mall.settings import text

LINK_PREFIX = text(
    "sharing.code_link_prefix",
    default="",
    pattern=r"(https://[!-~]{1,180})?",
    at_most=190,
    label="普通二维码的链接前缀",
    help="小程序后台“扫普通链接二维码打开小程序”中配置的规则前缀，例如 https://shop.example/s/ ；"
    "二维码内容为该前缀加分享码。留空则海报和拼图只能使用小程序码。",
)
SETTINGS = (LINK_PREFIX,)
