"""The configuration of the mall, read once from the environment.

`Config.from_env` is the only reader of `os.environ` in the package. In production a
missing secret stops the start with one message that names every variable at fault;
in development `make run` makes the secrets itself and keeps them under `var/`.
`docs/configuration.md` describes each variable; a test holds the two together.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from flask import current_app

from mall.config.checks import are_named_keys, is_key, one_of
from mall.config.declaring import (
    ConfigurationError,
    Kind,
    number,
    read_all,
    refused,
    text,
    variables,
)
from mall.config.limits import LimitConfig
from mall.config.uploads import UploadConfig
from mall.config.wechat import WechatConfig

__all__ = ["Config", "ConfigurationError", "Kind", "current_config", "variables"]

ENVIRONMENTS = ("development", "test", "production")


@dataclass(frozen=True, kw_only=True)
class Config(WechatConfig, LimitConfig, UploadConfig):
    """The whole configuration. Durations end in `_s`."""

    environment: str = text(
        "MALL_ENV",
        "development",
        kind=Kind.INFRASTRUCTURE,
        doc="development, test or production",
        checks=[one_of(*ENVIRONMENTS)],
    )
    database_url: str = text(
        "DATABASE_URL", None, kind=Kind.SECRET, doc="postgresql://user:password@host/database"
    )
    redis_url: str = text("REDIS_URL", None, kind=Kind.SECRET, doc="redis://, rediss:// or unix://")
    public_base_url: str = text(
        "MALL_PUBLIC_BASE_URL",
        "http://127.0.0.1:8000",
        kind=Kind.INFRASTRUCTURE,
        doc="how WeChat reaches this mall; https in production",
    )
    log_format: str = text(
        "MALL_LOG_FORMAT", "json", kind=Kind.INFRASTRUCTURE, doc="json or console"
    )
    log_level: str = text(
        "MALL_LOG_LEVEL", "INFO", kind=Kind.INFRASTRUCTURE, doc="DEBUG, INFO, WARNING or ERROR"
    )
    db_pool_size: int = number(
        "MALL_DB_POOL_SIZE",
        8,
        at_least=1,
        kind=Kind.INFRASTRUCTURE,
        doc="PostgreSQL connections kept by one process",
    )
    web_threads: int = number(
        "MALL_WEB_THREADS",
        8,
        at_least=1,
        kind=Kind.INFRASTRUCTURE,
        doc="threads of one web process that work for Flask",
    )
    worker_port: int = number(
        "MALL_WORKER_PORT",
        0,
        at_least=0,
        kind=Kind.INFRASTRUCTURE,
        doc="/healthz and /metrics of `mall worker` and `mall flash-worker`; 0 = none",
    )
    worker_host: str = text(
        "MALL_WORKER_HOST",
        "127.0.0.1",
        kind=Kind.INFRASTRUCTURE,
        doc="address that MALL_WORKER_PORT listens on",
    )
    max_body_bytes: int = number(
        "MALL_MAX_BODY_BYTES",
        1_048_576,
        at_least=1024,
        kind=Kind.PROTECTION,
        doc="largest request body taken",
    )

    failpoint: str = text(
        "MALL_FAILPOINT",
        "",
        kind=Kind.TESTING,
        doc="tests only: the place in the code where the process dies",
    )

    trusted_proxies: int = number(
        "MALL_TRUSTED_PROXIES",
        0,
        kind=Kind.PROTECTION,
        doc="load balancers in front that set X-Forwarded-For; 0 = believe none",
    )

    # -- secrets of our own ------------------------------------------------------------
    personal_data_keys: str = text(
        "MALL_PERSONAL_DATA_KEYS",
        None,
        kind=Kind.SECRET,
        doc="AES-256-GCM keys 'id:base64[,id:base64…]'; the first encrypts, all decrypt",
        checks=[are_named_keys],
    )
    blind_index_key: str = text(
        "MALL_BLIND_INDEX_KEY",
        None,
        kind=Kind.SECRET,
        doc="base64 of 32 bytes for HMAC look-ups",
        checks=[is_key],
    )

    # -- flash sale --------------------------------------------------------------------
    flash_redis_url: str = text(
        "MALL_FLASH_REDIS_URL",
        "",
        kind=Kind.SECRET,
        doc="Redis of the sale's gate, also redis-cluster://host:port,host:port; empty = REDIS_URL",
    )
    flash_token_opens_s: int = number(
        "MALL_FLASH_TOKEN_OPENS_S",
        60,
        kind=Kind.PROTECTION,
        doc="seconds before the start from which purchase tokens are issued",
    )
    flash_token_life_s: int = number(
        "MALL_FLASH_TOKEN_LIFE_S",
        600,
        at_least=10,
        kind=Kind.PROTECTION,
        doc="seconds that a purchase token is good for",
    )
    flash_shopper_per_10s: int = number(
        "MALL_FLASH_SHOPPER_PER_10S",
        20,
        kind=Kind.PROTECTION,
        doc="attempts and polls of one shopper that one web process answers in 10 s; 0 = any",
    )
    flash_address_per_10s: int = number(
        "MALL_FLASH_ADDRESS_PER_10S",
        2_000,
        kind=Kind.PROTECTION,
        doc="the same of one network address (many shoppers may share one); 0 = any",
    )

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Config:
        """Read and check every variable.

        Raises ConfigurationError that lists all faults at once: first of each variable for
        itself, then between them.
        """
        values = read_all(cls, os.environ if environ is None else environ)
        config = cls(**values)  # type: ignore[arg-type]
        faults = config._faults()
        if faults:
            raise refused(faults)
        return config

    @property
    def is_production(self) -> bool:
        return self.environment == "production"

    @property
    def uploads_base(self) -> str:
        """What stands before the path of a picture in answers; empty = nothing."""
        given = self.uploads_base_url or (self.public_base_url if self.is_production else "")
        return given.rstrip("/")

    def _faults(self) -> list[str]:
        faults = self.wechat_faults(production=self.is_production)
        faults += self.upload_faults(production=self.is_production)
        if self.is_production:
            faults += self._production_faults()
        return faults

    def _production_faults(self) -> list[str]:
        faults = []
        if self.failpoint:
            faults.append("MALL_FAILPOINT: is for tests, never for production")
        if not self.public_base_url.startswith("https://"):
            faults.append("MALL_PUBLIC_BASE_URL: WeChat calls back over https only")
        return faults


def current_config() -> Config:
    """The configuration of the running app."""
    config: Config = current_app.extensions["mall.config"]
    return config
