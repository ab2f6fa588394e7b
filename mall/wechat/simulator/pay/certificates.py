"""/v3/certificates and the echo by which a merchant can try out its keys."""

from __future__ import annotations

from cryptography.hazmat.primitives.serialization import Encoding
from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from mall.wechat.simulator import signing
from mall.wechat.simulator.callbacks import queue_callback
from mall.wechat.simulator.clock import rfc3339
from mall.wechat.simulator.context import simulator
from mall.wechat.simulator.pay import orders
from mall.wechat.simulator.pay.errors import PayError, param_error
from mall.wechat.simulator.pay.shapes import Record, Text, body_of

_ECHO = Record(
    fields={
        "notify_url": Text(most=256),
        "echo_message": Text(most=1024, required=True),
        "encrypted_echo_message": Text(most=1024),
    }
)


def register(blueprint: Blueprint) -> None:
    blueprint.get("/certificates")(certificates)
    blueprint.post("/security/echo")(echo)


def certificates() -> ResponseReturnValue:
    """The platform certificate, encrypted; absent for merchants who only have a public key."""
    current = simulator()
    if current.settings.certificates == "absent":
        raise PayError(404, "RESOURCE_NOT_EXISTS", "无可用的平台证书，请使用微信支付公钥")
    credentials = current.credentials
    certificate = credentials.platform_certificate
    pem = certificate.public_bytes(Encoding.PEM)
    entry = {
        "serial_no": credentials.platform_serial,
        "effective_time": rfc3339(certificate.not_valid_before_utc.timestamp()),
        "expire_time": rfc3339(certificate.not_valid_after_utc.timestamp()),
        "encrypt_certificate": signing.encrypt_resource(credentials.apiv3_key, pem, "certificate"),
    }
    return jsonify({"data": [entry]})


def echo() -> ResponseReturnValue:
    """Say the message back, and by callback too when a notify_url is given."""
    body, current = body_of(_ECHO), simulator()
    said = {"echo_message": body["echo_message"]}
    if "encrypted_echo_message" in body:
        try:
            said["encrypted_echo_message"] = signing.decrypt_field(
                current.credentials.pay_key, body["encrypted_echo_message"]
            )
        except ValueError:
            raise param_error("/encrypted_echo_message", None, "can't be decrypted") from None
    if "notify_url" in body:
        orders.check_notify_url(current, body["notify_url"])
        queue_callback(
            current,
            target="echo-notify",
            ref="",
            url=body["notify_url"],
            event_type="SECURITY_ECHO.SUCCESS",
            original_type="security",
            summary="回声",
            plaintext=dict(said),
        )
    return jsonify(said)
