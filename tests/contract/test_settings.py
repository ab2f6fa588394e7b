"""The settings' declarations, their page, and that policy doesn't return to the environment."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from mall.config import Config, Kind, variables
from mall.config.moved import MOVED
from mall.kernel.features import Mall
from mall.kernel.http.access import PERMISSIONS
from mall.wiring import FEATURES
from tests.conftest import ROOT
from tests.contract.settings import PAGE, declared, with_table

# What may stand in the environment, by kind. What a shop owner decides (a time limit, an
# amount, a template, a switch) is none of these: declare a setting in the feature's settings.py.
ENVIRONMENT = {
    Kind.INFRASTRUCTURE: """
        MALL_ENV MALL_PUBLIC_BASE_URL MALL_LOG_FORMAT MALL_LOG_LEVEL MALL_DB_POOL_SIZE
        MALL_WEB_THREADS MALL_WORKER_PORT MALL_WORKER_HOST
        MALL_UPLOADS_STORAGE MALL_UPLOADS_BASE_URL
        MALL_UPLOADS_DIR MALL_S3_BUCKET MALL_S3_ENDPOINT
        MALL_S3_REGION MALL_S3_ADDRESSING MALL_WECHAT_API_BASE MALL_WECHAT_ENV_VERSION
        MALL_WECHAT_TIMEOUT_S MALL_WECHAT_PAY_BASE MALL_WECHAT_MCH_KEY_FILE
        MALL_WECHAT_PAY_PUBLIC_KEY_FILE
    """,
    Kind.SECRET: """
        DATABASE_URL REDIS_URL MALL_FLASH_REDIS_URL MALL_PERSONAL_DATA_KEYS MALL_BLIND_INDEX_KEY
        MALL_S3_ACCESS_KEY_ID MALL_S3_SECRET_ACCESS_KEY MALL_WECHAT_SECRET MALL_WECHAT_PUSH_TOKEN
        MALL_WECHAT_PUSH_AES_KEY MALL_WECHAT_APIV3_KEY
    """,
    Kind.MERCHANT: """
        MALL_WECHAT_APPID MALL_WECHAT_MCHID MALL_WECHAT_MCH_SERIAL MALL_WECHAT_PAY_PUBLIC_KEY_ID
    """,
    Kind.PROTECTION: """
        MALL_MAX_BODY_BYTES MALL_TRUSTED_PROXIES MALL_LIMIT_SHOPPER_LOGIN MALL_LIMIT_STAFF_LOGIN
        MALL_LIMIT_PHONE_CODE MALL_LIMIT_PICKUP_CODE MALL_LIMIT_TILL_CODE
        MALL_LIMIT_MISSION_CODE MALL_LIMIT_RACE_CODE
        MALL_FLASH_TOKEN_OPENS_S MALL_FLASH_TOKEN_LIFE_S
        MALL_FLASH_SHOPPER_PER_10S MALL_FLASH_ADDRESS_PER_10S
    """,
    Kind.TESTING: "MALL_FAILPOINT",
}


@pytest.mark.parametrize("kind", Kind)
def test_the_environment_holds_no_policy(kind: Kind) -> None:
    held = {one.name for one in variables(Config).values() if one.kind is kind}
    assert held == set(ENVIRONMENT[kind].split()), (
        "a variable of the environment came or went: is it what a shop owner decides? "
        "Then declare a setting (docs/settings.md); else name it here under its kind"
    )


def test_variables_that_moved_name_settings_that_are_there(environment: dict[str, str]) -> None:
    assert set(MOVED.values()) <= {one.name for one in declared()}
    assert not set(MOVED) & {one.name for one in variables(Config).values()}


def test_the_table_is_up_to_date() -> None:
    page = PAGE.read_text()
    assert page == with_table(page), "run python -m tests.contract.settings"


def test_each_setting_belongs_to_its_feature_and_speaks_chinese() -> None:
    folders = {path.parent.name for path in (ROOT / "mall").glob("*/feature.py")}
    for one in declared():
        assert one.name.partition(".")[0] in folders, one.name
        assert re.search(r"[\u4e00-\u9fff]", one.label), one.name
        assert re.search(r"[\u4e00-\u9fff].*。$", one.help), one.name


def test_each_setting_names_a_permission_that_is_there(migrated_app: Flask) -> None:
    known = Mall(FEATURES).items(PERMISSIONS)
    assert {one.permission for one in declared()} <= set(known)
