"""Every setting of the mall, read once from the environment.

`Config.from_env` is the only reader of `os.environ` in the package. In production a
missing secret stops the start with one message that names every variable at fault;
in development `make run` makes the secrets itself and keeps them under `var/`.
`docs/configuration.md` describes each variable; a test holds the two together.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from flask import current_app

from mall.config.declaring import ConfigurationError, is_key, number, parsed, setting
from mall.config.limits import LimitConfig
from mall.config.messages import MessageConfig
from mall.config.uploads import UploadConfig

__all__ = ["Config", "ConfigurationError", "current_config"]

ENVIRONMENTS = ("development", "test", "production")


@dataclass(frozen=True, kw_only=True)
class Config(MessageConfig, LimitConfig, UploadConfig):
    """The whole configuration. Durations end in `_s`, `_min` or `_days`, money in `_fen`."""

    environment: str = setting("MALL_ENV", "development", doc="development, test or production")
    database_url: str = setting(
        "DATABASE_URL", None, secret=True, doc="postgresql://user:password@host/database"
    )
    redis_url: str = setting("REDIS_URL", None, secret=True, doc="redis://, rediss:// or unix://")
    public_base_url: str = setting(
        "MALL_PUBLIC_BASE_URL",
        "http://127.0.0.1:8000",
        doc="how WeChat reaches this mall; https in production",
    )
    log_format: str = setting("MALL_LOG_FORMAT", "json", doc="json or console")
    log_level: str = setting("MALL_LOG_LEVEL", "INFO", doc="DEBUG, INFO, WARNING or ERROR")
    db_pool_size: int = number(
        "MALL_DB_POOL_SIZE", 8, at_least=1, doc="PostgreSQL connections kept by one process"
    )
    max_body_bytes: int = number(
        "MALL_MAX_BODY_BYTES", 1_048_576, at_least=1024, doc="largest request body taken"
    )

    failpoint: str = setting(
        "MALL_FAILPOINT", "", doc="tests only: the place in the code where the process dies"
    )

    trusted_proxies: int = number(
        "MALL_TRUSTED_PROXIES",
        0,
        doc="load balancers in front that set X-Forwarded-For; 0 = believe none",
    )

    # -- secrets of our own ------------------------------------------------------------
    personal_data_keys: str = setting(
        "MALL_PERSONAL_DATA_KEYS",
        None,
        secret=True,
        doc="AES-256-GCM keys 'id:base64[,id:base64…]'; the first encrypts, all decrypt",
    )
    blind_index_key: str = setting(
        "MALL_BLIND_INDEX_KEY", None, secret=True, doc="base64 of 32 bytes for HMAC look-ups"
    )

    # -- shop policy -------------------------------------------------------------------
    unpaid_close_min: int = number(
        "MALL_UNPAID_CLOSE_MIN", 30, at_least=1, doc="minutes until an unpaid order is closed"
    )
    auto_confirm_days: int = number(
        "MALL_AUTO_CONFIRM_DAYS", 10, at_least=1, doc="days from shipping to automatic receipt"
    )
    late_payment_policy: str = setting(
        "MALL_LATE_PAYMENT_POLICY",
        "reserve_again",
        doc="payment of a closed order: reserve_again (else refund) or refund",
    )
    freight_fen: int = number("MALL_FREIGHT_FEN", 1000, doc="flat freight of an order, fen")
    free_freight_from_fen: int = number(
        "MALL_FREE_FREIGHT_FROM_FEN", 8800, doc="goods total from which freight is free, fen"
    )
    aftersale_days: int = number(
        "MALL_AFTERSALE_DAYS",
        7,
        doc="days after an order's completion in which an after-sale may be asked for",
    )
    aftersale_staff_h: int = number(
        "MALL_AFTERSALE_STAFF_H",
        48,
        at_least=1,
        doc="hours until an after-sale that staff don't answer is approved",
    )
    aftersale_shopper_days: int = number(
        "MALL_AFTERSALE_SHOPPER_DAYS",
        7,
        at_least=1,
        doc="days until an after-sale is withdrawn that waits for its shopper",
    )
    aftersale_receipt_days: int = number(
        "MALL_AFTERSALE_RECEIPT_DAYS",
        10,
        at_least=1,
        doc="days until goods that were sent back count as received",
    )
    shopper_session_days: int = number(
        "MALL_SHOPPER_SESSION_DAYS", 30, at_least=1, doc="sliding life of a shopper's token"
    )
    staff_session_min: int = number(
        "MALL_STAFF_SESSION_MIN", 480, at_least=5, doc="sliding life of a staff session"
    )

    # -- flash sale --------------------------------------------------------------------
    flash_redis_url: str = setting(
        "MALL_FLASH_REDIS_URL",
        "",
        secret=True,
        doc="Redis of the sale's gate, also redis-cluster://host:port,host:port; empty = REDIS_URL",
    )
    flash_fast_path: int = number(
        "MALL_FLASH_FAST_PATH", 1, doc="1: purchases are answered in front of Flask; 0: by Flask"
    )
    flash_pass_opens_s: int = number(
        "MALL_FLASH_PASS_OPENS_S", 60, doc="seconds before the start from which passes are given"
    )
    flash_pass_life_s: int = number(
        "MALL_FLASH_PASS_LIFE_S", 600, at_least=10, doc="seconds that a pass is good for"
    )
    flash_shopper_per_10s: int = number(
        "MALL_FLASH_SHOPPER_PER_10S",
        20,
        doc="presses and looks of one shopper that one web process answers in 10 s; 0 = any",
    )
    flash_address_per_10s: int = number(
        "MALL_FLASH_ADDRESS_PER_10S",
        2_000,
        doc="the same of one network address (many shoppers may share one); 0 = any",
    )
    flash_pay_min: int = number(
        "MALL_FLASH_PAY_MIN", 5, at_least=1, doc="minutes until an unpaid flash order is closed"
    )
    flash_max_risk: int = number(
        "MALL_FLASH_MAX_RISK",
        3,
        doc="WeChat's risk rank (0 to 4) up to which a shopper gets a flash order; 4 = anybody",
    )

    # -- WeChat mini-program -----------------------------------------------------------
    wechat_api_base: str = setting(
        "MALL_WECHAT_API_BASE", "https://api.weixin.qq.com", doc="mini-program API host"
    )
    wechat_appid: str = setting("MALL_WECHAT_APPID", None, doc="AppID of the mini-program")
    wechat_secret: str = setting(
        "MALL_WECHAT_SECRET", None, secret=True, doc="AppSecret of the mini-program"
    )
    wechat_push_token: str = setting(
        "MALL_WECHAT_PUSH_TOKEN", None, secret=True, doc="Token of the message push"
    )
    wechat_push_aes_key: str = setting(
        "MALL_WECHAT_PUSH_AES_KEY", None, secret=True, doc="EncodingAESKey of the message push"
    )
    wechat_env_version: str = setting(
        "MALL_WECHAT_ENV_VERSION", "release", doc="release, trial or develop"
    )
    wechat_timeout_s: int = number(
        "MALL_WECHAT_TIMEOUT_S", 10, at_least=1, doc="read time-out of calls to WeChat"
    )

    # -- WeChat Pay --------------------------------------------------------------------
    wechat_pay_base: str = setting(
        "MALL_WECHAT_PAY_BASE", "https://api.mch.weixin.qq.com", doc="WeChat Pay APIv3 host"
    )
    wechat_mchid: str = setting("MALL_WECHAT_MCHID", None, doc="merchant number")
    wechat_mch_serial: str = setting(
        "MALL_WECHAT_MCH_SERIAL", None, doc="serial of the merchant API certificate (hex)"
    )
    wechat_mch_key_file: str = setting(
        "MALL_WECHAT_MCH_KEY_FILE", None, doc="PEM file of the merchant API private key"
    )
    wechat_apiv3_key: str = setting(
        "MALL_WECHAT_APIV3_KEY", None, secret=True, doc="APIv3 key, 32 bytes"
    )
    wechat_pay_public_key_id: str = setting(
        "MALL_WECHAT_PAY_PUBLIC_KEY_ID",
        "",
        doc="PUB_KEY_ID_…; empty = platform-certificate mode",
    )
    wechat_pay_public_key_file: str = setting(
        "MALL_WECHAT_PAY_PUBLIC_KEY_FILE", "", doc="PEM file of the WeChat Pay public key"
    )

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Config:
        """Read and check every setting.

        Raises ConfigurationError that lists all faults at once.
        """
        source = os.environ if environ is None else environ
        values: dict[str, str | int] = {}
        faults: list[str] = []
        for spec in fields(cls):
            name = spec.metadata["env"]
            raw = source.get(name, spec.metadata["default"])
            if raw is None or (raw == "" and spec.metadata["default"] is None):
                faults.append(f"{name} is not set ({spec.metadata['doc']})")
                continue
            try:
                values[spec.name] = parsed(raw, spec.metadata)
            except ValueError as fault:
                faults.append(f"{name}: {fault}")
        if not faults:
            config = cls(**values)  # type: ignore[arg-type]
            faults = config._faults()
        if faults:
            raise ConfigurationError("The configuration can't be used:\n  " + "\n  ".join(faults))
        return config

    @property
    def is_production(self) -> bool:
        return self.environment == "production"

    @property
    def payments_by_public_key(self) -> bool:
        """True in WeChat Pay public-key mode, False in platform-certificate mode."""
        return bool(self.wechat_pay_public_key_id)

    def _faults(self) -> list[str]:
        faults = []
        if self.environment not in ENVIRONMENTS:
            faults.append(f"MALL_ENV: must be one of {', '.join(ENVIRONMENTS)}")
        if self.late_payment_policy not in ("reserve_again", "refund"):
            faults.append("MALL_LATE_PAYMENT_POLICY: must be reserve_again or refund")
        if len(self.wechat_apiv3_key.encode()) != 32:
            faults.append("MALL_WECHAT_APIV3_KEY: must be exactly 32 bytes")
        if len(self.wechat_push_aes_key) != 43:
            faults.append("MALL_WECHAT_PUSH_AES_KEY: must be 43 characters")
        faults += self.message_faults()
        faults += self.limit_faults()
        if bool(self.wechat_pay_public_key_id) != bool(self.wechat_pay_public_key_file):
            faults.append(
                "MALL_WECHAT_PAY_PUBLIC_KEY_ID and MALL_WECHAT_PAY_PUBLIC_KEY_FILE go together"
            )
        faults += [
            f"{name}: no such file: {path}"
            for name, path in (
                ("MALL_WECHAT_MCH_KEY_FILE", self.wechat_mch_key_file),
                ("MALL_WECHAT_PAY_PUBLIC_KEY_FILE", self.wechat_pay_public_key_file),
            )
            if path and not Path(path).is_file()
        ]
        faults += self._key_faults()
        faults += self.upload_faults(production=self.is_production)
        if self.is_production:
            faults += self._production_faults()
        return faults

    def _key_faults(self) -> list[str]:
        faults = []
        for part in self.personal_data_keys.split(","):
            key_id, _, encoded = part.partition(":")
            if not key_id or not is_key(encoded):
                faults.append(f"MALL_PERSONAL_DATA_KEYS: '{key_id}' is not id:base64 of 32 bytes")
        if not is_key(self.blind_index_key):
            faults.append("MALL_BLIND_INDEX_KEY: must be base64 of 32 bytes")
        return faults

    def _production_faults(self) -> list[str]:
        faults = []
        if self.failpoint:
            faults.append("MALL_FAILPOINT: is for tests, never for production")
        if not self.public_base_url.startswith("https://"):
            faults.append("MALL_PUBLIC_BASE_URL: WeChat calls back over https only")
        faults += [
            f"{name}: must be an https address in production"
            for name, url in (
                ("MALL_WECHAT_API_BASE", self.wechat_api_base),
                ("MALL_WECHAT_PAY_BASE", self.wechat_pay_base),
            )
            if not url.startswith("https://")
        ]
        return faults


def current_config() -> Config:
    """The settings of the running app."""
    config: Config = current_app.extensions["mall.config"]
    return config
