"""What the environment says is parsed and checked; what is wrong is said at once, in full."""

from __future__ import annotations

from pathlib import Path

import pytest

from mall.config import Config, ConfigurationError

SECRET = "c2VjcmV0LXRoYXQtbm9ib2R5LW1heS1zZWUtaGVyZQ=="


def faults(environment: dict[str, str], **changes: str) -> str:
    with pytest.raises(ConfigurationError) as error:
        Config.from_env({**environment, **changes})
    return str(error.value)


def test_all_faults_are_told_at_once(environment: dict[str, str]) -> None:
    said = faults(
        environment,
        MALL_ENV="staging",
        MALL_DB_POOL_SIZE="0",
        MALL_TRUSTED_PROXIES="two",
        MALL_WECHAT_APPID=" ",
        MALL_WECHAT_APIV3_KEY="short",
        MALL_WECHAT_PUSH_AES_KEY="short",
        MALL_WECHAT_MCH_KEY_FILE="/nowhere.pem",
        MALL_LIMIT_STAFF_LOGIN="often",
    )
    assert said.splitlines()[0] == "The configuration can't be used:"
    assert {line.strip() for line in said.splitlines()[1:]} == {
        "MALL_ENV: must be one of development, test, production",
        "MALL_DB_POOL_SIZE: must be at least 1",
        "MALL_TRUSTED_PROXIES: must be a whole number, not 'two'",
        "MALL_WECHAT_APPID is not set (AppID of the mini-program)",
        "MALL_WECHAT_APIV3_KEY: must be exactly 32 bytes",
        "MALL_WECHAT_PUSH_AES_KEY: must be 43 characters",
        "MALL_WECHAT_MCH_KEY_FILE: no such file: /nowhere.pem",
        "MALL_LIMIT_STAFF_LOGIN: must be like 30/minute (second, minute, hour, day), or empty",
    }


@pytest.mark.parametrize(
    "variable",
    [
        "MALL_PERSONAL_DATA_KEYS",
        "MALL_BLIND_INDEX_KEY",
        "MALL_WECHAT_APIV3_KEY",
        "MALL_WECHAT_PUSH_AES_KEY",
    ],
)
def test_a_wrong_secret_is_not_shown(environment: dict[str, str], variable: str) -> None:
    said = faults(environment, **{variable: SECRET[:-4]})
    assert variable in said
    assert SECRET[:12] not in said


def test_secrets_are_not_in_the_repr(config: Config) -> None:
    shown = repr(config)
    assert config.wechat_appid in shown
    for secret in (
        config.database_url,
        config.personal_data_keys,
        config.wechat_secret,
        config.wechat_apiv3_key,
    ):
        assert secret not in shown


def test_only_what_is_given_is_read(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MALL_LOG_LEVEL", "DEBUG")
    given = {name: value for name, value in environment.items() if name != "MALL_LOG_LEVEL"}
    assert Config.from_env(given).log_level == "INFO"
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("MALL_LOG_LEVEL", " ERROR ")
    assert Config.from_env().log_level == "ERROR"


def test_faults_between_variables(environment: dict[str, str]) -> None:
    said = faults(
        environment,
        MALL_ENV="production",
        MALL_FAILPOINT="x",
        MALL_PUBLIC_BASE_URL="http://shop.example",
        MALL_WECHAT_PAY_PUBLIC_KEY_ID="",
    )
    assert "MALL_FAILPOINT: is for tests" in said
    assert "MALL_PUBLIC_BASE_URL: WeChat calls back over https only" in said
    assert "MALL_WECHAT_API_BASE: must be an https address in production" in said
    assert "go together" in said


@pytest.mark.parametrize("given", [None, ""])
def test_a_value_may_stand_in_a_file(
    environment: dict[str, str], tmp_path: Path, given: str | None
) -> None:
    secret = tmp_path / "push_token"
    secret.write_text("token-of-the-file\n")
    changed = {**environment, "MALL_WECHAT_PUSH_TOKEN_FILE": str(secret)}
    del changed["MALL_WECHAT_PUSH_TOKEN"]
    if given is not None:
        changed["MALL_WECHAT_PUSH_TOKEN"] = given
    assert Config.from_env(changed).wechat_push_token == "token-of-the-file"


def test_the_variable_itself_goes_before_its_file(
    environment: dict[str, str], tmp_path: Path
) -> None:
    config = Config.from_env({**environment, "MALL_LOG_LEVEL": "INFO", "MALL_LOG_LEVEL_FILE": "/x"})
    assert config.log_level == "INFO"
    missing = str(tmp_path / "missing")
    without = {name: value for name, value in environment.items() if name != "MALL_LOG_LEVEL"}
    del without["MALL_WECHAT_APPID"], without["MALL_WECHAT_PUSH_TOKEN"]
    said = faults(without, MALL_LOG_LEVEL_FILE=missing, MALL_WECHAT_PUSH_TOKEN_FILE=missing)
    assert {line.strip() for line in said.splitlines()[1:]} == {
        f"MALL_LOG_LEVEL_FILE: {missing} can't be read (FileNotFoundError)",
        f"MALL_WECHAT_PUSH_TOKEN_FILE: {missing} can't be read (FileNotFoundError)",
        "MALL_WECHAT_APPID is not set (AppID of the mini-program)",
    }
