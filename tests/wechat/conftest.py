"""Keys made for the run, WeChat's side over real HTTP, and clients that talk to it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mall.wechat.pay_client import PayClient
from mall.wechat.pay_http import Merchant, PayHttp
from mall.wechat.transport import Limits, Transport
from tests.wechat.fakes import APIV3_KEY, APPID, MCHID, PUBLIC_KEY_ID, FakeWechat, Keys, served

FAST = Limits(connect_s=0.5, read_s=0.5, total_s=1.5)


@pytest.fixture(scope="session")
def vectors() -> dict[str, Any]:
    """Published samples: see each one's `source`."""
    loaded: dict[str, Any] = json.loads(
        (Path(__file__).parent / "vectors.json").read_text(encoding="utf-8")
    )
    return loaded


@pytest.fixture(scope="session")
def keys() -> Keys:
    return Keys.generate()


@pytest.fixture
def wechat(keys: Keys) -> Iterator[FakeWechat]:
    with served(FakeWechat(keys)) as fake:
        yield fake


@pytest.fixture
def merchant(keys: Keys) -> Merchant:
    return Merchant(
        appid=APPID,
        mchid=MCHID,
        serial="5F1C72E2A8931B72",
        private_key=keys.merchant,
        apiv3_key=APIV3_KEY.encode(),
    )


MakePay = Callable[..., PayClient]


@pytest.fixture
def make_pay(wechat: FakeWechat, keys: Keys, merchant: Merchant) -> MakePay:
    """A client in public-key mode, or in certificate mode with `public_key=False`."""

    def make(*, public_key: bool = True, url: str | None = None) -> PayClient:
        fixed = {PUBLIC_KEY_ID: keys.wechat.public_key()} if public_key else {}
        transport = Transport(url or wechat.url, FAST)
        return PayClient(merchant, PayHttp(merchant, transport, fixed))

    return make


@pytest.fixture
def pay(make_pay: MakePay) -> PayClient:
    return make_pay()
