"""The gateway from the configuration alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from redis import Redis

from mall.config import Config, ConfigurationError, variables
from mall.wechat.clients import build_gateway, init_app
from mall.wechat.gateway import Gateway, MiniProgram, Pay, gateway
from tests.wechat.fakes import APIV3_KEY, APPID, MCHID, PUBLIC_KEY_ID, Keys, private_pem, public_pem

# Nothing listens on either: building must not care.
NOWHERE = "http://127.0.0.1:9"
GONE: Redis = Redis(unix_socket_path="/nonexistent/redis.sock")


def make_config(keys: Keys, folder: Path, **changes: object) -> Config:
    merchant_key, public_key = folder / "merchant.pem", folder / "public.pem"
    merchant_key.write_bytes(private_pem(keys.merchant))
    public_key.write_bytes(public_pem(keys.wechat))
    values: dict[str, object] = {
        name: "x" if variable.default in (None, "") else variable.default
        for name, variable in variables(Config).items()
    }
    values |= {
        "wechat_api_base": NOWHERE,
        "wechat_pay_base": NOWHERE,
        "wechat_appid": APPID,
        "wechat_mchid": MCHID,
        "wechat_apiv3_key": APIV3_KEY,
        "wechat_push_aes_key": "A" * 43,
        "wechat_mch_key_file": str(merchant_key),
        "wechat_pay_public_key_id": PUBLIC_KEY_ID,
        "wechat_pay_public_key_file": str(public_key),
    }
    return Config(**{**values, **changes})  # type: ignore[arg-type]


def test_it_builds_without_a_network(keys: Keys, tmp_path: Path) -> None:
    built = build_gateway(make_config(keys, tmp_path), GONE)
    mini: MiniProgram = built.mini
    pay: Pay = built.pay
    assert (mini.appid, pay.appid, pay.mchid) == (APPID, APPID, MCHID)


def test_in_certificate_mode_too(keys: Keys, tmp_path: Path) -> None:
    changes = {"wechat_pay_public_key_id": "", "wechat_pay_public_key_file": ""}
    assert build_gateway(make_config(keys, tmp_path, **changes), GONE).pay.mchid == MCHID


def test_a_broken_key_stops_the_start_without_showing_itself(keys: Keys, tmp_path: Path) -> None:
    broken = tmp_path / "broken.pem"
    broken.write_text("-----BEGIN PRIVATE KEY-----\nverysecret\n-----END PRIVATE KEY-----\n")
    config = make_config(keys, tmp_path, wechat_mch_key_file=str(broken))
    with pytest.raises(ConfigurationError, match="MALL_WECHAT_MCH_KEY_FILE") as error:
        build_gateway(config, GONE)
    assert "verysecret" not in str(error.value)


def test_no_secret_is_in_a_repr(keys: Keys, tmp_path: Path) -> None:
    built = build_gateway(make_config(keys, tmp_path), GONE)
    assert APIV3_KEY not in repr(built)


def test_the_gateway_of_an_app(keys: Keys, tmp_path: Path) -> None:
    app = Flask("shop")
    with app.app_context(), pytest.raises(RuntimeError):
        gateway()
    init_app(app, make_config(keys, tmp_path), GONE)
    with app.app_context():
        assert isinstance(gateway(), Gateway)
