"""Configuration of WeChat: the mini-program and WeChat Pay."""

from __future__ import annotations

from dataclasses import dataclass

from environs import validate

from mall.config.checks import is_32_bytes, is_file
from mall.config.declaring import Kind, number, text


@dataclass(frozen=True, kw_only=True)
class WechatConfig:
    """Who the shop is at WeChat, and where WeChat is."""

    # -- WeChat mini-program -----------------------------------------------------------
    wechat_api_base: str = text(
        "MALL_WECHAT_API_BASE",
        "https://api.weixin.qq.com",
        kind=Kind.INFRASTRUCTURE,
        doc="mini-program API host",
    )
    wechat_appid: str = text(
        "MALL_WECHAT_APPID", None, kind=Kind.MERCHANT, doc="AppID of the mini-program"
    )
    wechat_secret: str = text(
        "MALL_WECHAT_SECRET", None, kind=Kind.SECRET, doc="AppSecret of the mini-program"
    )
    wechat_push_token: str = text(
        "MALL_WECHAT_PUSH_TOKEN", None, kind=Kind.SECRET, doc="Token of the message push"
    )
    wechat_push_aes_key: str = text(
        "MALL_WECHAT_PUSH_AES_KEY",
        None,
        kind=Kind.SECRET,
        doc="EncodingAESKey of the message push",
        checks=[validate.Length(equal=43, error="must be 43 characters")],
    )
    wechat_env_version: str = text(
        "MALL_WECHAT_ENV_VERSION",
        "release",
        kind=Kind.INFRASTRUCTURE,
        doc="release, trial or develop",
    )
    wechat_timeout_s: int = number(
        "MALL_WECHAT_TIMEOUT_S",
        10,
        at_least=1,
        kind=Kind.INFRASTRUCTURE,
        doc="read time-out of calls to WeChat",
    )

    # -- WeChat Pay --------------------------------------------------------------------
    wechat_pay_base: str = text(
        "MALL_WECHAT_PAY_BASE",
        "https://api.mch.weixin.qq.com",
        kind=Kind.INFRASTRUCTURE,
        doc="WeChat Pay APIv3 host",
    )
    wechat_mchid: str = text("MALL_WECHAT_MCHID", None, kind=Kind.MERCHANT, doc="merchant number")
    wechat_mch_serial: str = text(
        "MALL_WECHAT_MCH_SERIAL",
        None,
        kind=Kind.MERCHANT,
        doc="serial of the merchant API certificate (hex)",
    )
    wechat_mch_key_file: str = text(
        "MALL_WECHAT_MCH_KEY_FILE",
        None,
        kind=Kind.INFRASTRUCTURE,
        doc="PEM file of the merchant API private key",
        checks=[is_file],
    )
    wechat_apiv3_key: str = text(
        "MALL_WECHAT_APIV3_KEY",
        None,
        kind=Kind.SECRET,
        doc="APIv3 key, 32 bytes",
        checks=[is_32_bytes],
    )
    wechat_pay_public_key_id: str = text(
        "MALL_WECHAT_PAY_PUBLIC_KEY_ID",
        "",
        kind=Kind.MERCHANT,
        doc="PUB_KEY_ID_…; empty = platform-certificate mode",
    )
    wechat_pay_public_key_file: str = text(
        "MALL_WECHAT_PAY_PUBLIC_KEY_FILE",
        "",
        kind=Kind.INFRASTRUCTURE,
        doc="PEM file of the WeChat Pay public key",
        checks=[is_file],
    )

    @property
    def payments_by_public_key(self) -> bool:
        """True in WeChat Pay public-key mode, False in platform-certificate mode."""
        return bool(self.wechat_pay_public_key_id)

    def wechat_faults(self, *, production: bool) -> list[str]:
        """What is wrong between these variables."""
        faults = []
        if bool(self.wechat_pay_public_key_id) != bool(self.wechat_pay_public_key_file):
            faults.append(
                "MALL_WECHAT_PAY_PUBLIC_KEY_ID and MALL_WECHAT_PAY_PUBLIC_KEY_FILE go together"
            )
        faults += [
            f"{name}: must be an https address in production"
            for name, url in (
                ("MALL_WECHAT_API_BASE", self.wechat_api_base),
                ("MALL_WECHAT_PAY_BASE", self.wechat_pay_base),
            )
            if production and not url.startswith("https://")
        ]
        return faults
