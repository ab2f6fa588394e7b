"""Platform certificates: when they are fetched, and that a nuisance can't cost us any."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from cryptography import x509
from werkzeug import Response

from mall.wechat.errors import NotificationRejected, WechatUnknown
from mall.wechat.keys import KeyRing, PlatformKey, read_certificates
from mall.wechat.pay_client import ORDERS_PATH
from mall.wechat.pay_http import CERTIFICATES_PATH
from tests.wechat.conftest import MakePay
from tests.wechat.fakes import (
    APIV3_KEY,
    PUBLIC_KEY_ID,
    FakeWechat,
    Keys,
    callback_body,
    certificate,
    certificates_reply,
    payment,
    serial_of,
    signed_headers,
)

NO = "T20240501000001"
ORDER_PATH = f"{ORDERS_PATH}/{NO}"


@pytest.fixture(scope="module")
def issued(keys: Keys) -> x509.Certificate:
    return certificate(keys.wechat)


def offer(wechat: FakeWechat, issued: x509.Certificate, **how: Any) -> None:
    answer = wechat.signed(certificates_reply(issued), **{"serial": serial_of(issued), **how})
    wechat.answers[CERTIFICATES_PATH] = answer


class TestCertificateMode:
    def test_building_makes_no_call(self, make_pay: MakePay, wechat: FakeWechat) -> None:
        make_pay(public_key=False)
        assert wechat.seen == []

    def test_the_first_reply_fetches_them_once(
        self, make_pay: MakePay, wechat: FakeWechat, issued: x509.Certificate
    ) -> None:
        offer(wechat, issued)
        wechat.answers[ORDER_PATH] = wechat.signed(payment(), serial=serial_of(issued))
        pay = make_pay(public_key=False)
        for _ in range(3):
            assert pay.query_payment(NO) is not None
        assert wechat.paths().count(CERTIFICATES_PATH) == 1
        assert "Wechatpay-Serial" not in wechat.seen[0][2]

    def test_the_first_callback_fetches_them_too(
        self, make_pay: MakePay, wechat: FakeWechat, issued: x509.Certificate
    ) -> None:
        offer(wechat, issued)
        body = callback_body(payment())
        headers = signed_headers(wechat.keys.wechat, body, serial=serial_of(issued).lower())
        assert make_pay(public_key=False).open_notification(headers, body).id == "e-1"

    def test_a_flood_of_unknown_serials_makes_one_call(
        self, make_pay: MakePay, wechat: FakeWechat, issued: x509.Certificate
    ) -> None:
        offer(wechat, issued)
        pay = make_pay(public_key=False)
        body = callback_body(payment())
        for number in range(10):
            headers = signed_headers(wechat.keys.stranger, body, serial=f"{number:040X}")
            with pytest.raises(NotificationRejected):
                pay.open_notification(headers, body)
        assert wechat.paths() == [CERTIFICATES_PATH]
        good = signed_headers(wechat.keys.wechat, body, serial=serial_of(issued))
        assert pay.open_notification(good, body).id == "e-1"

    @pytest.mark.parametrize("status", [404, 500])
    def test_no_certificates(self, make_pay: MakePay, wechat: FakeWechat, status: int) -> None:
        body = b'{"code":"RESOURCE_NOT_EXISTS"}'
        wechat.answers[CERTIFICATES_PATH] = lambda _r: Response(body, status)
        wechat.answers[ORDER_PATH] = wechat.signed(payment(), serial="5D" * 20)
        with pytest.raises(WechatUnknown, match="unknown_serial"):
            make_pay(public_key=False).query_payment(NO)

    def test_certificates_that_their_own_key_didnt_sign(
        self, make_pay: MakePay, wechat: FakeWechat, issued: x509.Certificate
    ) -> None:
        offer(wechat, issued, key=wechat.keys.stranger)
        wechat.answers[ORDER_PATH] = wechat.signed(payment(), serial=serial_of(issued))
        with pytest.raises(WechatUnknown, match="unknown_serial"):
            make_pay(public_key=False).query_payment(NO)


def test_during_the_transition_both_verify(make_pay: MakePay, wechat: FakeWechat) -> None:
    platform = certificate(wechat.keys.stranger)
    offer(wechat, platform, serial=PUBLIC_KEY_ID)
    pay = make_pay()
    body = callback_body(payment())
    by_public_key = signed_headers(wechat.keys.wechat, body)
    by_certificate = signed_headers(wechat.keys.stranger, body, serial=serial_of(platform))
    assert pay.open_notification(by_public_key, body).id == "e-1"
    assert wechat.seen == []
    assert pay.open_notification(by_certificate, body).id == "e-1"


def test_an_expired_certificate_verifies_nothing(make_pay: MakePay, wechat: FakeWechat) -> None:
    old = certificate(wechat.keys.stranger, expired=True)
    offer(
        wechat, old, key=wechat.keys.wechat, serial="PUB_KEY_ID_0119000000012024050100000000000001"
    )
    body = callback_body(payment())
    headers = signed_headers(wechat.keys.stranger, body, serial=serial_of(old))
    with pytest.raises(NotificationRejected, match="unknown_serial"):
        make_pay().open_notification(headers, body)


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"data":[{}]}', b'{"data":7}', b"[" * 99999])
def test_an_unreadable_list(body: bytes) -> None:
    with pytest.raises(WechatUnknown):
        read_certificates(body, APIV3_KEY.encode())


def test_leading_zeros_of_a_serial_dont_matter(make_pay: MakePay, wechat: FakeWechat) -> None:
    platform = certificate(wechat.keys.wechat, serial=0xABCDEF0123)
    offer(wechat, platform, serial=PUBLIC_KEY_ID)
    body = callback_body(payment())
    headers = signed_headers(wechat.keys.wechat, body, serial=f"{0xABCDEF0123:040X}")
    assert make_pay().open_notification(headers, body).id == "e-1"


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


class TestPace:
    """How often a ring downloads, on a clock of its own."""

    @pytest.fixture
    def platform(self, issued: x509.Certificate, keys: Keys) -> dict[str, PlatformKey]:
        return {
            serial_of(issued): PlatformKey(keys.wechat.public_key(), issued.not_valid_after_utc)
        }

    def test_twice_a_day_and_rarely_for_strangers(
        self, platform: Mapping[str, PlatformKey], issued: x509.Certificate
    ) -> None:
        calls: list[float] = []
        clock = Clock()

        def download() -> Mapping[str, PlatformKey]:
            calls.append(clock.now)
            return platform

        ring = KeyRing({}, download, clock)
        known = serial_of(issued)
        assert ring.find(known) is not None
        for second in range(0, 12 * 3600, 60):
            clock.now = 1000.0 + second
            assert ring.find(known) is not None
        assert len(calls) == 1
        clock.now = 1000.0 + 12 * 3600 + 1
        assert ring.find(known) is not None
        assert len(calls) == 2
        for second in range(0, 1200, 10):
            clock.now = 1000.0 + 12 * 3600 + 1 + second
            assert ring.find("5D" * 20) is None
        assert len(calls) == 3

    def test_a_failed_refresh_keeps_the_keys_and_waits(
        self, platform: Mapping[str, PlatformKey], issued: x509.Certificate
    ) -> None:
        calls: list[float] = []
        clock = Clock()

        def download() -> Mapping[str, PlatformKey]:
            calls.append(clock.now)
            if len(calls) > 1:
                raise WechatUnknown("down")
            return platform

        ring = KeyRing({}, download, clock)
        known = serial_of(issued)
        assert ring.find(known) is not None
        clock.now += 13 * 3600
        for _ in range(20):
            assert ring.find(known) is not None
        assert len(calls) == 2
        clock.now += 61
        assert ring.find(known) is not None
        assert len(calls) == 3

    def test_after_one_failed_download_callbacks_are_verified_a_second_later(
        self, platform: Mapping[str, PlatformKey], issued: x509.Certificate
    ) -> None:
        calls: list[float] = []
        clock = Clock()

        def download() -> Mapping[str, PlatformKey]:
            calls.append(clock.now)
            if len(calls) in (1, 3, 4, 5):
                raise WechatUnknown("down")
            return platform

        ring = KeyRing({}, download, clock)
        known = serial_of(issued)
        assert ring.find(known) is None
        clock.now += 1
        assert ring.find(known) is not None
        clock.now += 13 * 3600
        began = clock.now
        for second in range(8):
            clock.now = began + second
            assert ring.find(known) is not None, "what is known is kept"
        assert [call - began for call in calls[2:]] == [0, 1, 3, 7], "after each a longer pause"
