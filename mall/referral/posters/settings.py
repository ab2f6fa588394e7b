"""What a shop owner decides of posters."""

from __future__ import annotations

from mall.settings import text, whole_number

LINK_PREFIX = text(
    "referral.poster_link_prefix",
    default="",
    pattern=r"(https://[!-~]{1,180})?",
    at_most=190,
    label="海报普通二维码的链接前缀",
    help="小程序后台“扫普通链接二维码打开小程序”中配置的规则前缀，例如 https://shop.example/s/ ；"
    "二维码内容为该前缀加分享码。留空则海报只能使用小程序码。",
)
KEEP_DAYS = whole_number(
    "referral.poster_keep_days",
    default=30,
    at_least=1,
    at_most=365,
    unit="天",
    label="海报图片保留天数",
    help="超过天数无人再次打开的海报图片会被删除，需要时重新生成。",
)
SETTINGS = (LINK_PREFIX, KEEP_DAYS)
