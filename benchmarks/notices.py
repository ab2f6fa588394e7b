"""Payment notices as WeChat would sign and encrypt them, made ahead of the measurement."""

from __future__ import annotations

import json
import secrets
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.load import request_bytes
from mall.wechat.simulator import signing
from mall.wechat.simulator.clock import rfc3339
from mall.wechat.simulator.credentials import Credentials


@dataclass(frozen=True)
class AwaitingPayment:
    """A payment attempt that waits for its notice."""

    out_trade_no: str
    amount_fen: int
    openid: str


def notices(credentials: Credentials, waiting: Sequence[AwaitingPayment]) -> list[bytes]:
    """One ready request for each attempt."""
    return [_notice(credentials, one) for one in waiting]


def _notice(credentials: Credentials, one: AwaitingPayment) -> bytes:
    amount = one.amount_fen
    payment = {
        "appid": credentials.appid,
        "mchid": credentials.mchid,
        "out_trade_no": one.out_trade_no,
        "transaction_id": "42" + "".join(secrets.choice("0123456789") for _ in range(26)),
        "trade_type": "JSAPI",
        "trade_state": "SUCCESS",
        "trade_state_desc": "支付成功",
        "bank_type": "OTHERS",
        "success_time": rfc3339(time.time()),
        "payer": {"openid": one.openid},
        "amount": {
            "total": amount,
            "payer_total": amount,
            "currency": "CNY",
            "payer_currency": "CNY",
        },
    }
    body = json.dumps(
        {
            "id": str(uuid.uuid4()),
            "create_time": rfc3339(time.time()),
            "event_type": "TRANSACTION.SUCCESS",
            "resource_type": "encrypt-resource",
            "summary": "支付成功",
            "resource": signing.encrypt_resource(
                credentials.apiv3_key, json.dumps(payment).encode(), "transaction"
            ),
        }
    ).encode()
    stamp, nonce = str(int(time.time())), secrets.token_urlsafe(24)
    headers = {
        "Wechatpay-Timestamp": stamp,
        "Wechatpay-Nonce": nonce,
        "Wechatpay-Signature": signing.sign(
            credentials.pay_key, signing.reply_message(stamp, nonce, body)
        ),
        "Wechatpay-Serial": credentials.public_key_id,
        "Wechatpay-Signature-Type": signing.SCHEME,
    }
    return request_bytes("POST", "/callbacks/wechat/pay", headers, body)
