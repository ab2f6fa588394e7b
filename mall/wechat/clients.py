"""Builds the gateway from the configuration. Nothing here touches the network."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import redis
from flask import Flask

from mall.config import Config, ConfigurationError
from mall.wechat.gateway import Gateway, install
from mall.wechat.mini_client import MiniClient
from mall.wechat.mini_http import TOKEN_LIMITS, MiniHttp, fetch_stable_token
from mall.wechat.pay_client import PayClient
from mall.wechat.pay_http import Merchant, PayHttp
from mall.wechat.push import MessagePush
from mall.wechat.signing import load_private_key, load_public_key
from mall.wechat.tokens import FetchedToken, TokenSource
from mall.wechat.transport import Limits, Transport

Key = TypeVar("Key")


def init_app(app: Flask, config: Config, client: redis.Redis) -> None:
    """Install the gateway in `app`. Raises ConfigurationError for a key that can't be read."""
    install(app, build_gateway(config, client))


def build_gateway(config: Config, client: redis.Redis) -> Gateway:
    """The gateway to the addresses in `config`; `client` shares the access token.

    Makes no call, in platform-certificate mode either: certificates are downloaded when the
    first reply or callback needs one. Raises ConfigurationError for a key that can't be read.
    """
    limits = Limits(read_s=float(config.wechat_timeout_s), total_s=3.0 * config.wechat_timeout_s)
    return Gateway(
        mini=_mini(config, client, limits),
        pay=_pay(config, limits),
        push=MessagePush(
            token=config.wechat_push_token,
            aes_key=config.wechat_push_aes_key,
            appid=config.wechat_appid,
            # In production choose 安全模式 in the console: only that signs the body.
            allow_plain=not config.is_production,
        ),
    )


def _mini(config: Config, client: redis.Redis, limits: Limits) -> MiniClient:
    appid, secret = config.wechat_appid, config.wechat_secret
    transport = Transport(config.wechat_api_base, limits)

    def fetch() -> FetchedToken:
        return fetch_stable_token(transport, appid, secret)

    tokens = TokenSource(
        appid=appid,
        fetch=fetch,
        client=client,
        fetch_limit_s=TOKEN_LIMITS.connect_s + TOKEN_LIMITS.total_s + TOKEN_LIMITS.read_s,
    )
    http = MiniHttp(transport, tokens)
    return MiniClient(http, appid=appid, secret=secret, version=config.wechat_env_version)


def _pay(config: Config, limits: Limits) -> PayClient:
    merchant = Merchant(
        appid=config.wechat_appid,
        mchid=config.wechat_mchid,
        serial=config.wechat_mch_serial,
        private_key=_read_key(
            "MALL_WECHAT_MCH_KEY_FILE", config.wechat_mch_key_file, load_private_key
        ),
        apiv3_key=config.wechat_apiv3_key.encode(),
    )
    fixed = {}
    if config.payments_by_public_key:
        fixed[config.wechat_pay_public_key_id] = _read_key(
            "MALL_WECHAT_PAY_PUBLIC_KEY_FILE",
            config.wechat_pay_public_key_file,
            load_public_key,
        )
    http = PayHttp(merchant, Transport(config.wechat_pay_base, limits), fixed)
    return PayClient(merchant, http)


def _read_key(variable: str, path: str, load: Callable[[bytes], Key]) -> Key:
    try:
        return load(Path(path).read_bytes())
    except (OSError, ValueError) as error:
        problem = f"{variable}: {error}"
    raise ConfigurationError(problem)
