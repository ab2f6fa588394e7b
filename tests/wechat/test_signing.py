"""Keys as they come in files."""

from __future__ import annotations

import pytest

from mall.wechat.signing import load_private_key, load_public_key, sign, verifies
from tests.wechat.fakes import Keys, private_pem, public_pem


@pytest.mark.parametrize("pkcs1", [False, True])
@pytest.mark.parametrize("ends", [b"\n", b"\r\n"])
def test_merchant_key_forms(keys: Keys, pkcs1: bool, ends: bytes) -> None:
    pem = private_pem(keys.merchant, pkcs1=pkcs1).replace(b"\n", ends)
    assert load_private_key(b"\xef\xbb\xbf  " + pem).private_numbers() == (
        keys.merchant.private_numbers()
    )


def test_public_key_with_windows_line_ends(keys: Keys) -> None:
    loaded = load_public_key(public_pem(keys.wechat).replace(b"\n", b"\r\n"))
    assert verifies(loaded, b"text", sign(keys.wechat, b"text"))


@pytest.mark.parametrize("pem", [b"", b"no key", b"-----BEGIN PRIVATE KEY-----\nAAAA"])
def test_what_is_no_key(pem: bytes) -> None:
    with pytest.raises(ValueError, match="PEM"):
        load_private_key(pem)
    with pytest.raises(ValueError, match="PEM"):
        load_public_key(pem)


@pytest.mark.parametrize("signature", ["", "?", "WECHATPAY/SIGNTEST/abcd", "AAAA", "é"])
def test_malformed_signatures_verify_nothing(keys: Keys, signature: str) -> None:
    assert not verifies(keys.wechat.public_key(), b"text", signature)
